/** Which alerts are firing, and what is to be told of them. Pure; times are ms on the bot's clock. */
import type { Alert, Notice, Recovery } from '../ports/alerts.ts';

export interface AlertPolicy {
  /** An alert that goes on firing is told again after so long, ms. */
  readonly repeatAfterMs: number;
  readonly newId: (now: number) => string;
}

/** An alert that is firing: the last that was said of it, and when it was told. */
export interface Firing extends Alert {
  readonly id: string;
  readonly firstAt: number;
  readonly toldAt: number;
  /** What its next telling is counted from: when it was told; or, where the clock was ahead then, when that was found out. */
  readonly repeatsFrom: number;
  readonly count: number;
}

/** An alert that was told at a time which is still to come: its clock was ahead. Times are ms. */
export interface Ahead {
  readonly id: string;
  readonly told_at: number;
  readonly repeats_from: number;
}

/** The alerts that fire, by {@link alertKey}. */
export type AlertBook = ReadonlyMap<string, Firing>;

export interface Entry {
  readonly book: AlertBook;
  /** What is to be told, in order. */
  readonly notices: readonly Notice[];
}

/** More than these do not fire at once: the one that has fired longest makes room, and can be raised anew. */
const FIRING_AT_MOST = 1_000;

const RANK = { LOW: 0, MEDIUM: 1, HIGH: 2, CRITICAL: 3 } as const satisfies Record<Alert['level'], number>;

export const alertKey = ({ category, subject }: Pick<Alert, 'category' | 'subject'>): string =>
  JSON.stringify([category, subject]);

const noticeOf = (firing: Firing, state: Notice['state'], now: number): Notice => ({
  level: firing.level,
  category: firing.category,
  message: firing.message,
  details: firing.details,
  action_required: firing.actionRequired,
  timestamp: now / 1000,
  timestamp_iso: new Date(now).toISOString(),
  id: firing.id,
  state,
  subject: firing.subject,
  count: firing.count,
  first_at: new Date(firing.firstAt).toISOString(),
});

const withRoom = (book: Map<string, Firing>): Map<string, Firing> => {
  const [oldest] = book.keys();
  if (book.size > FIRING_AT_MOST && oldest !== undefined) book.delete(oldest);
  return book;
};

/** Told at the first time, and when it got worse; else it is only counted. */
export function raised(book: AlertBook, alert: Alert, now: number, { newId }: AlertPolicy): Entry {
  const key = alertKey(alert);
  const known = book.get(key);
  const isNews = known === undefined || RANK[alert.level] > RANK[known.level];
  const firing: Firing = {
    ...alert,
    id: known?.id ?? newId(now),
    firstAt: known?.firstAt ?? now,
    toldAt: isNews ? now : known.toldAt,
    repeatsFrom: isNews ? now : known.repeatsFrom,
    count: (known?.count ?? 0) + 1,
  };
  return {
    book: withRoom(new Map(book).set(key, firing)),
    notices: isNews ? [noticeOf(firing, 'firing', now)] : [],
  };
}

/** A recovery is told only of what fires. */
export function resolved(book: AlertBook, recovery: Recovery, now: number): Entry {
  const key = alertKey(recovery);
  const known = book.get(key);
  if (!known) return { book, notices: [] };
  const { message, details } = recovery;
  const rest = new Map(book);
  rest.delete(key);
  return {
    book: rest,
    notices: [noticeOf({ ...known, message, details, actionRequired: 'None: it is over.' }, 'resolved', now)],
  };
}

const dueAt = ({ repeatsFrom }: Firing, { repeatAfterMs }: AlertPolicy): number => repeatsFrom + repeatAfterMs;

/** Tells again what has been firing for long enough since it was last told. */
export function repeated(book: AlertBook, now: number, policy: AlertPolicy): Entry {
  const due = [...book].filter(([, firing]) => dueAt(firing, policy) <= now);
  const next = new Map(book);
  for (const [key, firing] of due) next.set(key, { ...firing, toldAt: now, repeatsFrom: now });
  return { book: next, notices: due.map(([, firing]) => noticeOf(firing, 'firing', now)) };
}

/** When something is to be told again, or `null` where nothing fires. */
export function nextRepeat(book: AlertBook, policy: AlertPolicy): number | null {
  const times = [...book.values()].map((firing) => dueAt(firing, policy));
  return times.length === 0 ? null : Math.min(...times);
}

/** What fires, as it was last told. */
export const lastTold = (book: AlertBook): readonly Notice[] =>
  [...book.values()].map((firing) => noticeOf(firing, 'firing', firing.toldAt));

/** What fires, by the notices that were told, in their order. */
export function remembered(notices: Iterable<Notice>): AlertBook {
  const book = new Map<string, Firing>();
  for (const notice of notices) {
    const key = alertKey(notice);
    if (notice.state === 'resolved') book.delete(key);
    else {
      const { id, level, category, subject, message, details, count } = notice;
      const toldAt = notice.timestamp * 1000;
      const times = { firstAt: Date.parse(notice.first_at), toldAt, repeatsFrom: toldAt };
      const actionRequired = notice.action_required;
      book.set(key, { id, level, category, subject, message, details, actionRequired, count, ...times });
    }
    withRoom(book);
  }
  return book;
}

/**
 * What was told by a clock that was ahead, or in a replay of a later time, counts as told now: once, so that who starts anew every
 * hour falls silent no more than others.
 * @param ahead what an earlier life has found out of it
 */
export function putRight(book: AlertBook, ahead: readonly Ahead[], now: number): AlertBook {
  return new Map(
    [...book].map(([key, firing]) => {
      const known = ahead.find(({ id, told_at }) => id === firing.id && told_at === firing.toldAt);
      return [key, { ...firing, repeatsFrom: Math.min(known?.repeats_from ?? firing.toldAt, now) }] as const;
    }),
  );
}

/** For {@link putRight} in the next life. */
export const aheadIn = (book: AlertBook): readonly Ahead[] =>
  [...book.values()].flatMap(({ id, toldAt, repeatsFrom }) =>
    repeatsFrom === toldAt ? [] : [{ id, told_at: toldAt, repeats_from: repeatsFrom }],
  );

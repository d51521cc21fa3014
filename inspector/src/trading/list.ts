/** The signals that are known to the page: pages of the server's answer put together, newest first, each signal once. */
import type { SignalPage, SignalView } from '../../../src/inspector/contract.ts';

export interface List {
  readonly rows: readonly SignalView[];
  /** Newer ones that are held back while somebody reads. */
  readonly waiting: readonly SignalView[];
  /** Between those that wait and the rows lie others, which nobody asked for: the list begins anew with those that wait. */
  readonly gap: boolean;
  /** Of all that match, as the server said last. */
  readonly total: number;
  /** There is nothing older. */
  readonly complete: boolean;
}

export const EMPTY: List = { rows: [], waiting: [], gap: false, total: 0, complete: false };

/** More are not held back: then they are asked for again when somebody wants to see them. */
const WAIT_MOST = 2_000;

const newestFirst = (a: SignalView, b: SignalView): number => b.at - a.at || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);

/** The newest page, when nothing is known yet. */
export const begun = (page: SignalPage, asked: number): List => ({
  rows: unique(page.signals),
  waiting: [],
  gap: false,
  total: page.total,
  complete: page.signals.length < asked,
});

/**
 * What `before` to ask for the older ones. One more than the moment of the oldest: others of the same millisecond may have been
 * cut off by the limit.
 * @param stalled the last answer held nothing new, although it was full: then that moment is left behind
 */
export const beforeOf = (list: List, stalled: boolean): number => (list.rows.at(-1)?.at ?? 0) + (stalled ? 0 : 1);

export interface Older {
  readonly list: List;
  /** Nothing in it was new, although there is more: ask past this moment. */
  readonly stalled: boolean;
}

export function withOlder(list: List, page: SignalPage, asked: number): Older {
  const have = new Set([...list.rows, ...list.waiting].map(({ id }) => id));
  const added = page.signals.filter(({ id }) => !have.has(id));
  const complete = page.signals.length < asked;
  return {
    list: { ...list, rows: [...list.rows, ...unique(added)], complete },
    stalled: added.length === 0 && !complete,
  };
}

/**
 * The answer to "what is new?": those that are known get their new state where they stand; new ones go on top, or wait while
 * somebody reads. Where so many are new that some lie between the answer and what is known, the list begins anew (while
 * somebody reads: when they look at the new ones).
 */
export function withNewer(list: List, page: SignalPage, asked: number, reading: boolean): List {
  if (list.rows.length === 0) return begun(page, asked);
  const changed = updated(list, page.signals);
  const have = new Set(changed.rows.map(({ id }) => id));
  const wait = new Set(changed.waiting.map(({ id }) => id));
  const fresh = unique(page.signals.filter(({ id }) => !have.has(id)));
  if (fresh.length === 0) return { ...changed, total: page.total };
  const apart = fresh.length >= asked && !fresh.some(({ id }) => wait.has(id));
  const all = apart ? fresh : unique([...fresh, ...changed.waiting]).toSorted(newestFirst);
  const many = all.length > WAIT_MOST;
  const next = {
    ...changed,
    waiting: many ? fresh : all,
    gap: changed.gap || apart || many,
    total: page.total,
  };
  return reading ? next : shown(next);
}

/** Rows that are on screen, asked again: new states, where they stand. */
export function updated(list: List, signals: readonly SignalView[]): List {
  const news = new Map(signals.map((signal) => [signal.id, signal]));
  let differs = false;
  const rows = list.rows.map((row) => {
    const now = news.get(row.id);
    if (now === undefined || (now.state === row.state && now.changed_at === row.changed_at)) return row;
    differs = true;
    return now;
  });
  return differs ? { ...list, rows } : list;
}

/** The waiting ones go on top. */
export function shown(list: List): List {
  if (list.waiting.length === 0) return list;
  if (list.gap) return { ...list, rows: list.waiting, waiting: [], gap: false, complete: false };
  return { ...list, rows: unique([...list.waiting, ...list.rows]), waiting: [] };
}

function unique(signals: readonly SignalView[]): readonly SignalView[] {
  const seen = new Map<string, SignalView>();
  for (const signal of signals) if (!seen.has(signal.id)) seen.set(signal.id, signal);
  return seen.size === signals.length ? signals : [...seen.values()];
}

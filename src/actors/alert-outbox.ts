import { z } from 'zod';
import { alertKey, lastTold, remembered } from '../healing/alert-book.ts';
import { type Notice, noticeKey, noticeRecord } from '../ports/alerts.ts';
import type { World } from '../ports/world.ts';

/** What fires, and what still has to reach whom. Written before anything is sent. */
export const ALERTS_STATE_FILE = 'state/alerts.json';

export const outbox = z.looseObject({
  schema: z.literal(1),
  firing: z.array(noticeRecord),
  /** By sink. A sink that is not set up any more keeps what waits for it. */
  waiting: z.record(z.string(), z.array(noticeRecord)),
  /** What a sink would not take. */
  undelivered: z.array(z.object({ sink: z.string(), why: z.string(), at: z.string(), notice: noticeRecord })),
  /** Of what fires, what was told by a clock that was ahead. */
  ahead: z.array(z.object({ id: z.string(), told_at: z.number(), repeats_from: z.number() })).optional(),
  /**
   * The last that the file is known to have, by {@link noticeKey}; `null` where it has nothing: what is behind it and did not wait is
   * of who could not note it here.
   */
  last_written: z.string().nullable().optional(),
  last_updated: z.string(),
});
export type Outbox = z.infer<typeof outbox>;

/** What an earlier life of the bot left. */
export type Left = Pick<Outbox, 'firing' | 'waiting' | 'undelivered' | 'ahead' | 'last_written' | 'last_updated'> & {
  readonly isLost?: true;
};

/** Nobody knows any more what was told whom: of so long all that is over is told again, ms. */
const LOST_MS = 86_400_000;

/** @param at up to when all that was told has reached whom it was for, as far as is known, ms */
export const nothingLeft = (at: number): Left => ({
  firing: [],
  waiting: {},
  undelivered: [],
  last_updated: new Date(at).toISOString(),
});

/** What is no outbox is set aside, and said. Rejects where the disk refuses: then what waits there is not lost. */
export async function loadOutbox({
  clock,
  store,
  quarantine,
  log,
}: Pick<World, 'clock' | 'store' | 'quarantine' | 'log'>): Promise<Left> {
  const loaded = await store.load(ALERTS_STATE_FILE, outbox);
  if (loaded.ok) return loaded.value;
  const nothing = nothingLeft(clock.now() - LOST_MS);
  if (loaded.missing) return nothing;
  const { file } = await quarantine.keep(ALERTS_STATE_FILE, 0, loaded.bytes, loaded.reason);
  log.error(
    `${ALERTS_STATE_FILE} cannot be read: ${loaded.reason}; its bytes are in ${file}. What still fires is told again, and what is over since a day`,
  );
  return { ...nothing, isLost: true };
}

/** Each once, in order: what waited by a note that the disk did not take again may have been told since. */
export function pastOf(told: readonly Notice[], waiting: readonly Notice[]): readonly Notice[] {
  const there = new Set(told.map(noticeKey));
  return [...told, ...waiting.filter((notice) => !there.has(noticeKey(notice)))];
}

/** What was said of an alert after that by which the outbox knows it: the disk had refused to note it, and took it. */
function lastSaid(known: Notice, told: readonly Notice[]): Notice {
  const own = told.filter(({ id }) => id === known.id);
  return own.some(({ timestamp }) => timestamp === known.timestamp) ? (own.at(-1) ?? known) : known;
}

/**
 * What the file has, and the outbox does not know. By the time, where the file does not have what was written last: then nobody knows
 * whether it is newer.
 */
function unknownTo(
  { last_written, last_updated, waiting }: Left,
  told: readonly Notice[],
): { readonly notices: ReadonlySet<Notice>; readonly isNewer: boolean } {
  const last = told.findLastIndex((notice) => noticeKey(notice) === last_written);
  const isNewer = last >= 0 || last_written === null;
  const known = new Set((waiting.file ?? []).map(noticeKey));
  const isLater = ({ timestamp }: Notice, index: number): boolean =>
    isNewer ? index > last : timestamp * 1000 > Date.parse(last_updated);
  const notices = told.filter((notice, index) => isLater(notice, index) && !known.has(noticeKey(notice)));
  return { notices: new Set(notices), isNewer };
}

export interface Comparison {
  readonly firing: readonly Notice[];
  /** For all that is known it reached no sink far away. */
  readonly again: readonly Notice[];
  /** What still belongs into the file. */
  readonly forFile: readonly Notice[];
}

/**
 * What fires, by the outbox and by what was told. Where they differ somebody else wrote the file (the guardian of a bot that
 * stays down), the disk refused the outbox, or it was lost: what the file has of a subject then is newer.
 */
export function compared(left: Left, told: readonly Notice[]): Comparison {
  const { notices: unknown, isNewer } = unknownTo(left, told);
  const spokenOf = new Set(isNewer ? [...unknown].map(alertKey) : []);
  const isNewest = (notice: Notice): boolean => !spokenOf.has(alertKey(notice));
  const forFile = (left.waiting.file ?? []).filter(isNewest);
  const past = pastOf(told, forFile);
  const known = new Set(left.firing.filter(isNewest).map(({ id }) => id));
  const strange = lastTold(remembered(past)).filter(({ id }) => !known.has(id));
  const ends = new Map(past.flatMap((notice) => (notice.state === 'resolved' ? [[notice.id, notice] as const] : [])));
  const wasFiring = new Set(left.firing.map(({ id }) => id));
  const over = [...ends.values()].filter((notice) => wasFiring.has(notice.id) || unknown.has(notice));
  const goesOn = left.firing.filter(({ id }) => known.has(id) && !ends.has(id)).map((one) => lastSaid(one, past));
  // An end may be of one before: who is told of it is told behind it what fires now.
  const ended = new Set(over.map(alertKey));
  const stillFires = goesOn.filter((notice) => ended.has(alertKey(notice)));
  return { firing: [...goesOn, ...strange], again: [...over, ...stillFires, ...strange], forFile };
}

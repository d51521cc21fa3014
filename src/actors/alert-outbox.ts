import { z } from 'zod';
import { lastTold, remembered } from '../healing/alert-book.ts';
import { type Notice, noticeKey, noticeRecord } from '../ports/alerts.ts';
import { says } from '../ports/says.ts';
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
  last_updated: z.string(),
});
export type Outbox = z.infer<typeof outbox>;

/** What an earlier life of the bot left. */
export type Left = Pick<Outbox, 'firing' | 'waiting' | 'undelivered' | 'ahead'> & { readonly isLost?: true };

/** Never rejects: what cannot be read is set aside, and said. */
export async function loadOutbox({
  store,
  quarantine,
  log,
}: Pick<World, 'store' | 'quarantine' | 'log'>): Promise<Left> {
  const nothing = { firing: [], waiting: {}, undelivered: [] };
  try {
    const loaded = await store.load(ALERTS_STATE_FILE, outbox);
    if (loaded.ok) return loaded.value;
    if (loaded.missing) return nothing;
    const { file } = await quarantine.keep(ALERTS_STATE_FILE, 0, loaded.bytes, loaded.reason);
    log.error(
      `${ALERTS_STATE_FILE} cannot be read: ${loaded.reason}; its bytes are in ${file}. What still fires is told again`,
    );
  } catch (error) {
    log.error(`${ALERTS_STATE_FILE} cannot be read: ${says(error)}. What still fires is told again`);
  }
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
 * What fires, by the outbox and by what was told. Where they differ somebody else wrote the file (the guardian of a bot that
 * stays down), or the outbox was lost: for all that is known that reached no sink, and is to be told again.
 */
export function compared(
  { firing }: Left,
  told: readonly Notice[],
): Readonly<Record<'firing' | 'again', readonly Notice[]>> {
  const known = new Set(firing.map(({ id }) => id));
  const strange = lastTold(remembered(told)).filter(({ id }) => !known.has(id));
  const ends = new Map(told.flatMap((notice) => (notice.state === 'resolved' ? [[notice.id, notice] as const] : [])));
  const over = firing.flatMap(({ id }) => ends.get(id) ?? []);
  const goesOn = firing.filter(({ id }) => !ends.has(id)).map((known) => lastSaid(known, told));
  return { firing: [...goesOn, ...strange], again: [...over, ...strange] };
}

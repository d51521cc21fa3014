/** The bots of this worker as the inspector's server asks for them, and in words who has the others. */

import type { ProcessTime } from '../../adapters/process-time.ts';
import type { Redactor } from '../../adapters/redactor.ts';
import type { FleetReport } from '../../inspector/contract.ts';
import type { BotsSource, InspectorSource, NotHereNow } from '../../inspector/source.ts';
import { says } from '../../ports/says.ts';
import type { Hosted } from './hosted.ts';
import { type WatchedBot, watchBot } from './watched-bot.ts';

const KEPT_MS = 60_000;
const MOST = 16;
/** How often that is looked at, in its time. */
const LOOKS = 6;

export interface FleetBotsParts {
  /** This worker. */
  readonly worker: string;
  /** What it has of a partition; `null`: nothing. */
  readonly hosted: (name: string) => Hosted | null;
  /** Of the fleet, as the store has it now. */
  readonly report: () => Promise<FleetReport>;
  readonly url: string;
  readonly answerMs: number;
  readonly by: string;
  readonly redactor: Redactor;
  readonly time: ProcessTime;
  readonly failed: (words: string) => void;
  /** What nobody asks for any more is taken away after so long, ms. */
  readonly keptMs?: number;
  /** So many may be looked at at once: each has a thread, a connection, and a copy of its records. */
  readonly most?: number;
}

interface Looked {
  readonly hosted: Hosted;
  readonly watched: Promise<WatchedBot>;
  /** `null`: it is not there yet, and somebody waits for it. */
  opened: WatchedBot | null;
  askedAt: number;
}

export interface FleetBots extends BotsSource {
  close(): Promise<void>;
}

/** Who has a partition that is not here, in words. */
function elsewhere(name: string, { workers, partitions }: FleetReport): NotHereNow {
  const none = { partition: name, owner: null, host: null, page: null, soon: false };
  const found = partitions.find((one) => one.name === name);
  if (found === undefined)
    return { ...none, error: `There is no partition ${name} in this store; /api/fleet lists them.` };
  if (found.owner === null)
    return {
      ...none,
      soon: true,
      error: `${name} has no owner just now; a worker that has room claims it within a lease.`,
    };
  const owner = workers.find((one) => one.name === found.owner);
  const at = owner?.host ? ` on ${owner.host}` : '';
  const page = owner?.page
    ? `Its page is at ${owner.page}`
    : 'It serves no page, or does not say where: its own terminal and its log tell what its bots do';
  return {
    ...{ partition: name, owner: found.owner, host: owner?.host ?? null, page: owner?.page ?? null, soon: false },
    error: `${name} is worker ${found.owner}'s${at}, since epoch ${found.epoch}. ${page}.`,
  };
}

export function fleetBots(parts: FleetBotsParts): FleetBots {
  const {
    worker,
    hosted: hostedOf,
    report,
    url,
    answerMs,
    by,
    redactor,
    time,
    failed,
    keptMs = KEPT_MS,
    most = MOST,
  } = parts;
  const looked = new Map<string, Looked>();
  /** What is taken away just now: the next for the same partition has the same folder, and waits for it. */
  const leaving = new Map<string, Promise<void>>();
  const heeded = new WeakSet<Hosted>();

  const forget = (name: string, one: Looked, reason: string): Promise<void> => {
    if (looked.get(name) === one) looked.delete(name);
    const gone = one.watched
      .then((watched) => watched.close(reason))
      .catch((error: unknown) => failed(says(error)))
      .then(() => {
        if (leaving.get(name) === gone) leaving.delete(name);
      });
    leaving.set(name, gone);
    return gone;
  };
  /** Once for each bot, however often it is looked at: what was taken away is not to be kept by a promise. */
  const heed = (name: string, hosted: Hosted): void => {
    if (heeded.has(hosted)) return;
    heeded.add(hosted);
    void hosted.leaving.then((reason) => {
      const one = looked.get(name);
      if (one?.hosted === hosted) return forget(name, one, `${name} is no longer worker ${worker}'s: ${reason}`);
    });
  };
  /** Makes room for one more; `false`: all that may be looked at are. */
  const hasRoom = (): boolean => {
    if (looked.size < most) return true;
    const [idle] = [...looked]
      .filter(([, { opened }]) => opened !== null && opened.followers === 0)
      .sort(([, a], [, b]) => a.askedAt - b.askedAt);
    if (idle === undefined) return false;
    void forget(...idle, 'another is looked at');
    return true;
  };
  const endLooking = time.every(keptMs / LOOKS, () => {
    for (const [name, one] of looked) {
      if (one.opened === null || one.opened.followers > 0) one.askedAt = time.monotonic();
      else if (time.monotonic() - one.askedAt >= keptMs) void forget(name, one, 'nobody looked any more');
    }
  });

  const look = (name: string, hosted: Hosted): Looked | null => {
    const { inspected, lease, dir } = hosted;
    if (inspected === null) return null;
    const parted = leaving.get(name) ?? Promise.resolve();
    const watched = parted.then(() =>
      watchBot({
        ...{ inspected, dir, url, answerMs, by, redactor },
        hosted: { worker, partition: name, epoch: lease.epoch },
      }),
    );
    const one: Looked = { hosted, watched, opened: null, askedAt: time.monotonic() };
    looked.set(name, one);
    watched.then(
      (opened) => {
        one.opened = opened;
      },
      // What could not be opened is tried anew by the next who asks.
      () => looked.get(name) === one && looked.delete(name),
    );
    heed(name, hosted);
    return one;
  };

  const find = async (name: string): Promise<InspectorSource | NotHereNow> => {
    const hosted = hostedOf(name);
    if (hosted === null) return elsewhere(name, await report());
    const soon = (how: string): NotHereNow => ({
      ...{ partition: name, owner: worker, host: null, page: null, soon: true },
      error: `${name} is this worker's, and its bot ${how}.`,
    });
    if (hosted.status === 'stopping') return soon('is just ending');
    const known = looked.get(name);
    if (known?.hosted !== hosted && !hasRoom())
      return soon(
        `is one too many: ${most} are looked at, which is all that may be at once. Close the page of another`,
      );
    const one = known?.hosted === hosted ? known : look(name, hosted);
    if (one === null) return soon('is starting');
    one.askedAt = time.monotonic();
    return (await one.watched).source;
  };

  return {
    find,
    close: async () => {
      endLooking();
      for (const [name, one] of [...looked]) void forget(name, one, 'the worker stops');
      await Promise.all(leaving.values());
    },
  };
}

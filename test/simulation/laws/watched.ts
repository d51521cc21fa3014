/** One law before a scene that a test arranges: told what would happen, and asked what it found. */
import { Subject } from 'rxjs';
import type { AnyActorRef } from 'xstate';
import type { Notice } from '../../../src/ports/alerts.ts';
import type { RestingOrder } from '../../../src/ports/broker.ts';
import { LAWS } from '../../../src/sim/laws/catalogue.ts';
import type { Life } from '../../../src/sim/life.ts';
import { together } from '../../../src/sim/observers.ts';
import { SimDisk } from '../../../src/sim/sim-disk.ts';
import type { Told } from '../../../src/sim/world/market.ts';

const SETTING = {
  symbols: 1,
  tickMs: 60_000,
  speed: 40,
  restless: true,
  stops: true,
  durability: 'synced',
  mirror: false,
} as const;

export interface Recorded {
  readonly incident_id: string;
  readonly status: string;
}

/** What a law sees of an actor: whether it is open, what it is about, and how much mail waits for it. */
interface Seen {
  readonly isOpen?: boolean;
  readonly context?: object;
  readonly held?: number;
  readonly unprocessedSince?: number;
}

/** A process of the bot, as far as laws look at one. */
export function aLife(actors: Readonly<Record<string, Seen>> = {}) {
  const recorded = new Subject<Recorded>();
  const attached = new Subject<{ readonly id: string; readonly ref: AnyActorRef }>();
  const refs = new Map<string, object>();
  const seenOf = (id: string): Seen => actors[id] ?? {};
  const clock = { at: 0, now: () => clock.at };
  const life = {
    number: 1,
    clock,
    bot: {
      board: { recorded },
      mailboxes: {
        attached,
        ref: (id: string) => {
          const ref = refs.get(id) ?? {
            getSnapshot: () => ({
              status: 'active',
              value: { running: {} },
              hasTag: () => seenOf(id).isOpen ?? true,
              context: seenOf(id).context ?? {},
            }),
          };
          refs.set(id, ref);
          return ref;
        },
        progress: (id: string) => ({
          unprocessedSince: seenOf(id).unprocessedSince ?? null,
          held: seenOf(id).held ?? 0,
        }),
      },
    },
  } as unknown as Life;
  /** Another incarnation is asked for from now on. */
  const restart = (id: string): void => void refs.delete(id);
  return { life, recorded, attached, clock, restart };
}

/** @param id of the law */
export function watched(id: string) {
  const law = LAWS.find((one) => one.id === id);
  if (!law) throw new Error(`there is no law ${id}`);
  const disk = new SimDisk({ chance: () => 0.5 });
  disk.dieAt(Number.POSITIVE_INFINITY);
  const damaged = new Set<string>();
  const exchange = {
    net: new Map<string, number>(),
    stops: [] as RestingOrder[],
    silent: false,
    answers: 0,
    held: () => exchange.net,
    resting: async () => exchange.stops,
  };
  const market = {
    prices: new Map<string, Told>(),
    silent: false,
    lastTold: (symbol: string) => market.prices.get(symbol) ?? null,
  };
  const found: string[] = [];
  const script = { seed: 1, faultyMs: 0, setting: SETTING, faults: [] };
  const pager = { notices: [] as Notice[], isGone: false };
  const told = together([
    law.watch({ script, disk, damaged, exchange, market, pager }, (says) => void found.push(says)),
  ]);
  disk.onCall = (call) => told.called(call, null);
  return {
    disk,
    damaged,
    exchange,
    market,
    pager,
    found,
    told,
    /** So many looks at a process, one after the other. */
    look: async (life: Life, looks: number): Promise<void> => {
      for (let look = 0; look < looks; look++) {
        told.looked(life);
        await Promise.resolve();
      }
    },
  };
}

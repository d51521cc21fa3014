import type { ActorId } from '../machines/messages.ts';
import type { Alerts } from './alerts.ts';
import type { Broker } from './broker.ts';
import type { Chance } from './chance.ts';
import type { Clock } from './clock.ts';
import type { EventLog, EventLogs } from './event-log.ts';
import type { Files } from './files.ts';
import type { FundingRates } from './funding.ts';
import type { Holds } from './holds.ts';
import type { Logger } from './logger.ts';
import type { MarketFeed } from './market-feed.ts';
import type { Lease } from './ownership.ts';
import type { Quarantine } from './quarantine.ts';
import type { Store } from './store.ts';
import type { Vitals } from './vitals.ts';

/** Work that is under way outside the actors. Virtual time waits for it, and so does a clean stop. */
export interface Pending {
  /** Counts the promise as under way until it settles, and hands it back. */
  track<T>(work: Promise<T>): Promise<T>;
  readonly count: number;
}

/** How the bot behaves in time. Milliseconds on the bot's clock. */
export interface Pace {
  /** How often a component looks at its files when nobody tells it that they changed. */
  readonly lookMs: number;
  /** A file that keeps changing is looked at, because it changed, at most once in this time. */
  readonly changeMs: number;
  /** How often components are asked to check what only time can break. */
  readonly checkMs: number;
  /** At most one save of what a start reads back in this time. */
  readonly saveMs: number;
  /** At most one of what is there to be looked at: features, and the beat on disk. */
  readonly showMs: number;
  /** While all is well, what changed is judged at most once in this time; 0: every moment at once. */
  readonly judgeMs: number;
  /** How often the healer judges everything, whether or not anything changed. */
  readonly sweepMs: number;
}

/** Everything the actors need of the world, as ports. One object a bot. */
export interface World {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly files: Files;
  readonly logs: EventLogs;
  /** `logs/signal_bus.jsonl`: opened and written by signalBus alone; others replay it. */
  readonly bus: EventLog;
  readonly store: Store;
  readonly quarantine: Quarantine;
  readonly feed: MarketFeed;
  readonly broker: Broker;
  /** What holding costs, for those who do not hold (shadow trades); missing where nobody knows. */
  readonly funding?: FundingRates;
  readonly alerts: Alerts;
  readonly log: Logger;
  readonly lease: Lease;
  readonly pending: Pending;
  readonly pace: Pace;
  /** `null` in virtual time: what is measured in real time would make every run another one. */
  readonly vitals: Vitals | null;
  /** Left out where nobody outside holds entries back. */
  readonly holds?: Holds;
}

/** How an actor reaches others: by systemId, through mailboxes that keep what cannot be delivered yet. */
export interface Mail {
  post(to: ActorId, event: { readonly type: string; readonly [field: string]: unknown }): void;
  /** To the supervisor: this incarnation is ready for mail, or could not open. */
  announce(id: ActorId, incarnation: number, as: 'ready' | 'failed', self: unknown): void;
  /** It is about to end: what comes from now on is kept for the incarnation after it. */
  leave(id: ActorId, self: unknown): void;
}

import type { Fill, Intent } from '../../machines/messages.ts';
import type { LogRecord, LogVerdict } from '../../ports/event-log.ts';
import type { Commit, PartitionRow } from './store-tables.ts';

/** Under which lease something is done, and by which process. */
export interface Owner {
  readonly partition: string;
  readonly epoch: number;
  readonly process: string;
}

/** A partition as it is read when all is over. */
export interface PartitionLeft {
  readonly partition: string;
  readonly records: readonly LogRecord[];
  readonly verdict: LogVerdict;
  /** What the exchange holds of its symbols. */
  readonly held: ReadonlyMap<string, number>;
}

/** Sees what happens in a simulated fleet, as it happens. */
export interface FleetObserver {
  claimed?(row: Readonly<PartitionRow>): void;
  committed?(commit: Commit): void;
  /** A bot read its partition's log when it began. */
  opened?(owner: Owner, verdict: LogVerdict): void;
  /** The log told a bot that a record is kept. */
  acknowledged?(owner: Owner, record: LogRecord): void;
  /** An order leaves its process. */
  sent?(owner: Owner, intent: Intent): void;
  /** The exchange has it; `live`: so it has had, and one of this name is open there. */
  taken?(owner: Owner, intent: Intent, live: boolean): void;
  filled?(fill: Fill): void;
  /** A worker's process ended by itself, and should not have. */
  broke?(process: string, error: unknown): void;
  /** A tenth of a second has passed. */
  looked?(): void;
  /** Faults are over since a while, and all have stopped: what they left is all there is. */
  ended?(left: readonly PartitionLeft[]): void;
}

/** A fleet as its store knows it: who owns what, who lives, and the one switch. */
import type { Health } from '../../healing/status.ts';

export interface FleetReport {
  readonly schema: 1;
  /** The database's address, without its password. */
  readonly store: string;
  /** As well as its worst partition: a {@link FleetPartition.status}. */
  readonly status: string;
  /** Nobody enters; exits go on. `null`: the switch is off. */
  readonly hold: { readonly reason: string; readonly by: string; readonly at: string } | null;
  readonly workers: readonly FleetWorkerView[];
  readonly partitions: readonly FleetPartition[];
}

export interface FleetWorkerView {
  readonly name: string;
  readonly seen_ms_ago: number;
  /** It was seen within its lease, and does not leave. */
  readonly alive: boolean;
  readonly leaving: boolean;
  readonly pid: number;
  readonly partitions: number;
  /** The machine it is on; `null`: it does not say. */
  readonly host: string | null;
  /** Where it serves its page, without the token; `null`: it serves none. One at 127.0.0.1 is to be had on its machine alone. */
  readonly page: string | null;
  /** `on paper`, or at which real account; `null`: it does not say. */
  readonly orders: string | null;
}

/** Why what is inside a partition's bot cannot be shown here: with status 404, or 503 where it can be in a moment. */
export interface NotHere {
  /** In words: who has it, and where that one's page is. */
  readonly error: string;
  readonly partition: string;
  /** `null`: nobody has it, or it is not known who. */
  readonly owner: string | null;
  readonly host: string | null;
  /** Of its owner. */
  readonly page: string | null;
}

export interface FleetPartition {
  readonly name: string;
  /** Counts its owners. */
  readonly epoch: number;
  /** `null`: nobody has it. */
  readonly owner: string | null;
  /** Until its lease is out, by the database's clock; below 0 it has been out for so long. `null`: it was given back, or nobody ever had it. */
  readonly lease_ms: number | null;
  /** Since its last commit; `null`: there was none. */
  readonly lag_ms: number | null;
  /** What its owner says of its bot, or `starting`, `stopping`, `waiting` for its turn; `red` where nobody has it. */
  readonly status: Health | 'starting' | 'stopping' | (string & {});
  readonly bytes: number;
}

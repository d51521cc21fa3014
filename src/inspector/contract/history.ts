/** What was: time travel over the records. */
import type { IncidentRecord } from '../../healing/ledger.ts';
import type { Health } from '../../healing/status.ts';
import type { ActorView } from './actors.ts';

export interface LogLine {
  readonly at: number;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
}

export interface HistoryRange {
  readonly from: number | null;
  readonly to: number | null;
  /** From when on the steps of the actors are known; `null`: not at all. */
  readonly steps_from: number | null;
  /** Times of incidents, to mark the slider. */
  readonly marks: readonly {
    readonly at: number;
    readonly to: number | null;
    readonly incident: string;
    readonly health: Health;
  }[];
}

/** What was so at a moment: from the event log, the ledger and the flight recorder. */
export interface Moment {
  readonly at: number;
  readonly components: readonly {
    readonly id: string;
    readonly health: Health;
    readonly incident: string | null;
  }[];
  /** All actors, as the flight recorder has them; empty where it has nothing of that time. */
  readonly actors: readonly {
    readonly id: string;
    readonly machine: string | null;
    readonly value: unknown;
    readonly status: ActorView['status'];
    readonly incarnation: number;
    readonly since: number;
    readonly taken: readonly string[];
    /** Its context, as far as it is plain values. */
    readonly context: Readonly<Record<string, unknown>>;
  }[];
  /** Incidents as the ledger had them at that moment. */
  readonly incidents: readonly IncidentRecord[];
  /** Invariants of which the ledger says something at that moment. */
  readonly invariants: readonly {
    readonly id: string;
    readonly component: string;
    readonly holds: boolean | null;
    readonly says: string;
  }[];
  readonly by_state: Readonly<Record<string, number>>;
  readonly positions: readonly { readonly symbol: string; readonly qty: number; readonly entry: number }[];
  /** The records of the event log next to it, oldest first. */
  readonly records: readonly Readonly<Record<string, unknown>>[];
  readonly log: readonly LogLine[];
}

/** A change of an actor's state, as the flight recorder wrote it down. */
export interface Step {
  readonly n: number;
  readonly at: number;
  readonly actor: string;
  readonly event: string;
  readonly from: string | null;
  /** State values before (`null` where it was born) and after. */
  readonly was: unknown;
  readonly value: unknown;
  readonly taken: readonly string[];
  /** Plain values of the context that changed: before and after. */
  readonly diff: readonly { readonly key: string; readonly was: unknown; readonly is: unknown }[];
}
export interface StepPage {
  readonly steps: readonly Step[];
  /** There are more in this time than were given. */
  readonly more: boolean;
}

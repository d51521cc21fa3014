/** How all of it is, and why. */
import type { IncidentRecord } from '../../healing/ledger.ts';
import type { Health, StatusReport } from '../../healing/status.ts';
import type { Command } from './stream.ts';

/** `live`: a bot runs; `records`: a finished directory is shown; `app`: somebody else's XState app; `fleet`: a worker, which shows all of its fleet. */
export type Kind = 'live' | 'records' | 'app' | 'fleet';

export interface Overview {
  readonly kind: Kind;
  /** Name of the bot's directory, or of the app. */
  readonly name: string;
  /** The moment this was judged, ms on the bot's clock. */
  readonly at: number;
  /** How fast the bot's clock runs against the wall's; `null` where it stands (records). */
  readonly speed: number | null;
  readonly status: StatusReport;
  readonly verdict: Verdict;
  readonly feed: {
    /** As a person reads it: `simulated market`, `recorded candles` … */
    readonly kind: string;
    readonly symbols: readonly string[];
    readonly last_tick_at: string | null;
  };
  /** Orders are paper: faults may be injected and events sent by hand. */
  readonly paper: boolean;
  /** What can be asked by `POST /api/commands`. */
  readonly commands: readonly Command['do'][];
  /** Of the last 24 h of the bot's time. */
  readonly repairs: {
    readonly healed: number;
    readonly failed: number;
    readonly cleared: number;
    readonly median_ms: number | null;
    readonly p95_ms: number | null;
    /** Of the incidents healed, the part that did not break again within ten minutes; `null` where none was healed. */
    readonly held: number | null;
    /** Part of `observed_ms` in which every component was green; `null` where it is not known. */
    readonly all_green: number | null;
    /** For how long of the last 24 h of this life everything was judged, ms; 0: not yet, or it is not known. */
    readonly observed_ms: number;
  };
  readonly alerts: {
    /** `null` where it is not known: a finished directory. */
    readonly sent: number | null;
    readonly held_back: number;
  };
  readonly sweep: { readonly last_at: number | null; readonly every_ms: number };
  readonly components: readonly ComponentView[];
  /** A bot that a worker runs for a partition of its fleet; missing for any other. */
  readonly hosted?: { readonly worker: string; readonly partition: string; readonly epoch: number };
}

/** One sentence on how it is, one on the rest, and who was told. Made in the core. */
export interface Verdict {
  readonly health: Health;
  readonly title: string;
  readonly detail: string;
  readonly alert: string;
}

export interface ComponentView {
  /** `signal_bus`. In an app: the actor's id. */
  readonly id: string;
  /** systemId of its actor: `signalBus`. */
  readonly actor: string;
  /** For people: `Signal bus`. */
  readonly name: string;
  readonly health: Health;
  /** Whether the operator is alerted when it cannot be healed. Computed with the health, once, in the core. */
  readonly critical: boolean;
  /** Path of the statechart's state: `running.work.beating`. */
  readonly state: string;
  readonly checks: { readonly held: number; readonly all: number };
  readonly restarts: number;
  /** Times of trouble in the last 24 h, oldest first. */
  readonly strip: readonly {
    readonly from: number;
    /** `null`: it goes on. */
    readonly to: number | null;
    readonly health: Health;
    readonly incident: string;
  }[];
  readonly last_repair: {
    readonly says: string;
    readonly at: string;
    /** `healed`, `failed`, `under way` … */
    readonly outcome: string;
    readonly incident: string;
  } | null;
  readonly budgets: readonly {
    readonly remedy: 'EXPIRE' | 'REPAIR' | 'RESTART';
    readonly left: number;
    readonly most: number;
    readonly within_ms: number;
  }[];
  /** Median time from opening to proof, ms; `null` where nothing was healed. */
  readonly mttr_ms: number | null;
}

/** Why a component is what it is, as a chain a person can follow from the symptom to what to do. */
export interface WhyChain {
  readonly component: string;
  readonly health: Health;
  readonly incident: string | null;
  readonly steps: readonly {
    readonly kind: 'symptom' | 'cause' | 'tried' | 'effect' | 'proof' | 'needs_you' | 'green_when';
    readonly title: string;
    readonly lines: readonly string[];
    /** A command to copy. */
    readonly command: string | null;
  }[];
}

export interface IncidentStory {
  readonly incident: IncidentRecord;
  /** Every record of the ledger about it, oldest first. */
  readonly records: readonly IncidentRecord[];
  /** The story of `kintsugi explain`, chapter by chapter. */
  readonly story: readonly { readonly title: string; readonly says: readonly string[] }[];
}

import type { Evidence } from '../machines/messages.ts';
import type { Intensity, Limits } from './budget.ts';
import type { Incident } from './incident.ts';
import type { Finding, Invariant, Remedy, View } from './invariant.ts';
import type { Plan } from './plan.ts';
import { NO_SPANS, type Spans } from './proof.ts';
import type { History } from './samples.ts';
import type { RemedyAnswer, RemedyWish } from './wish.ts';

/** What sets a round of the loop going. */
export type Impulse =
  | { readonly type: 'seen' | 'swept' | 'woken'; readonly view: View }
  | {
      readonly type: 'answered';
      readonly view: View;
      readonly incident: string;
      /** When the answer was received: evidence taken from then on can prove it. */
      readonly at: number;
      readonly done: Evidence | null;
      readonly failed: string | null;
    }
  | { readonly type: 'asked'; readonly view: View; readonly wish: RemedyWish };

/** What the loop wants done; the healer's actor does it. */
export type Command =
  | {
      readonly do: 'remedy';
      readonly incident: Incident;
      readonly remedy: Remedy;
      readonly to: string;
      readonly plan: Plan;
    }
  | { readonly do: 'record'; readonly incident: Incident; readonly what: 'opened' | 'planned' | 'closed' | 'failed' }
  | { readonly do: 'escalate'; readonly incident: Incident; readonly reason: string }
  | { readonly do: 'wake'; readonly at: number };

/** How a healer heals. `acts` says for which actors: another healer may act for the rest. */
export interface Policy extends Limits {
  readonly invariants: readonly Invariant[];
  readonly acts: (invariant: Invariant) => boolean;
  readonly newId: () => string;
  /** Uniform in [0, 1). */
  readonly chance: () => number;
  /** This many incidents of one invariant within `recurringWithinMs` are a recurring incident: it escalates. */
  readonly recurring: Intensity;
  /** That it recurs is told once, until it has rested; else with every incident from then on. */
  readonly tellsOnce?: true;
  /** A failed incident is tried again after this long, ms. */
  readonly retryFailedMs: number;
  /** How long a remedy may stay unanswered, ms. */
  readonly answerWithinMs: number;
  /** How long that one may take to answer that remedy, ms, besides that. */
  readonly answerMs?: (to: string, remedy: Remedy) => number;
  /** So many actors at most are under a remedy at once; all, where it is left out. */
  readonly atOnce?: number;
  /** Hysteresis against noise and flapping; none, where it is left out. */
  readonly sampling?: Sampling;
  /** A critical invariant of which nothing is known for so long is told to the operator, ms; never, where it is left out. */
  readonly blindAfterMs?: number;
  /** `observe`: everything is judged and planned, and nothing is sent. `act` where nothing is said. */
  readonly mode?: 'act' | 'observe';
  /** Actors a remedy stops or changes, its addressee first. Without it, the addressee alone. */
  readonly affects?: (to: string, remedy: Remedy) => readonly string[];
  /** Open incidents of other healers: causes and effects go across. */
  readonly elsewhere?: () => readonly Incident[];
}

export interface Sampling {
  /** The results of all invariants are noted so often, ms. */
  readonly everyMs: number;
  /** Rounds come more often than this; a longer silence means that the healer was held up itself, ms. */
  readonly lateAfterMs: number;
}

/** The state of the loop after a round. */
export interface Round extends History {
  readonly now: number;
  readonly view: View | null;
  readonly answered: Extract<Impulse, { type: 'answered' }> | null;
  /** What was done about the wish of a person that this round is about. */
  readonly granted: { readonly ask: string; readonly answer: RemedyAnswer } | null;
  /** What was found of every invariant, by id. */
  readonly findings: ReadonlyMap<string, Finding>;
  /** Since when each invariant is broken without a break, by id. */
  readonly brokenSince: ReadonlyMap<string, number>;
  readonly spans: Spans;
  readonly sampledAt: number;
  /** When an incident of an invariant last ended, by id, ms: what depends on it gets the time to recover by itself. */
  readonly mendedAt: ReadonlyMap<string, number>;
  /** Until then ages are held against nobody, ms. */
  readonly lateUntil: number;
  /** Since when nothing is known of each invariant, by id. */
  readonly unknownSince: ReadonlyMap<string, number>;
  /** Those broken for longer than their patience, in the order of the catalogue. */
  readonly violations: readonly Invariant[];
  /** Open incidents by invariant id. */
  readonly incidents: ReadonlyMap<string, Incident>;
  /** Times of remedies, by component and kind: what the budgets count. */
  readonly spent: ReadonlyMap<string, readonly number[]>;
  /** Times at which incidents were opened, by invariant. */
  readonly recurrences: ReadonlyMap<string, readonly number[]>;
  readonly commands: readonly Command[];
}

export const restful: Round = {
  now: 0,
  view: null,
  answered: null,
  granted: null,
  findings: new Map(),
  brokenSince: new Map(),
  unknownSince: new Map(),
  spans: NO_SPANS,
  samples: new Map(),
  flapping: new Set(),
  isSteady: false,
  sampledAt: 0,
  mendedAt: new Map(),
  lateUntil: 0,
  violations: [],
  incidents: new Map(),
  spent: new Map(),
  recurrences: new Map(),
  commands: [],
};

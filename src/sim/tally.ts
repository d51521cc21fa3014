import { FAULT_KINDS, type FaultKind } from './fault-kinds.ts';
import type { Meeting, Outcome } from './outcome.ts';

/** How meetings ended, so many each. */
export type Verdicts = Readonly<Record<Meeting['verdict'], number>>;

/** Meetings of one kind of fault with one component in one state. */
export interface Met extends Omit<Meeting, 'verdict'> {
  readonly times: number;
}

const keyOf = ({ fault, component, state }: Omit<Meeting, 'verdict'>): string => `${fault}\n${component}\n${state}`;

const noVerdicts = (): Record<Meeting['verdict'], number> => ({ healed: 0, safe: 0, red: 0 });

/** What many seeds come to. In which order they are added makes no difference. */
export class Tally {
  seeds = 0;
  lives = 0;
  incidents = 0;
  signals = 0;
  fills = 0;
  /** Bot's time, ms. */
  simulatedMs = 0;
  readonly faults = new Map<FaultKind, number>();
  readonly #met = new Map<string, Meeting & { times: number }>();
  readonly #verdicts = new Map<string, Map<FaultKind, Record<Meeting['verdict'], number>>>();
  readonly #traces = new Map<number, string>();

  add(outcome: Outcome): void {
    this.seeds++;
    this.lives += outcome.lives;
    this.incidents += outcome.incidents;
    this.signals += outcome.signals;
    this.fills += outcome.fills;
    this.simulatedMs += outcome.simulatedMs;
    this.#traces.set(outcome.seed, outcome.trace);
    for (const kind of FAULT_KINDS) {
      const times = outcome.faults[kind];
      if (times !== undefined) this.faults.set(kind, (this.faults.get(kind) ?? 0) + times);
    }
    for (const meeting of outcome.meetings) this.#meet(meeting);
  }

  /** Faults that struck, of all kinds. */
  get struck(): number {
    return [...this.faults.values()].reduce((sum, times) => sum + times, 0);
  }

  /** Of every seed, in their order. */
  traces(): readonly { readonly seed: number; readonly trace: string }[] {
    return [...this.#traces].map(([seed, trace]) => ({ seed, trace })).sort((a, b) => a.seed - b.seed);
  }

  /** By kind, component and state, in this order. */
  met(): readonly Met[] {
    return [...this.#met]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { fault, component, state, times }]) => ({ fault, component, state, times }));
  }

  components(): readonly string[] {
    return [...this.#verdicts.keys()].sort();
  }

  /** How meetings of a component with a kind ended; `null` where they never met. */
  verdicts(component: string, fault: FaultKind): Verdicts | null {
    return this.#verdicts.get(component)?.get(fault) ?? null;
  }

  #meet(meeting: Meeting): void {
    const known = this.#met.get(keyOf(meeting));
    if (known) known.times++;
    else this.#met.set(keyOf(meeting), { ...meeting, times: 1 });
    const { component, fault, verdict } = meeting;
    const kinds = this.#verdicts.get(component) ?? new Map<FaultKind, Record<Meeting['verdict'], number>>();
    this.#verdicts.set(component, kinds);
    const counts = kinds.get(fault) ?? noVerdicts();
    kinds.set(fault, counts);
    counts[verdict]++;
  }
}

import { says } from '../ports/says.ts';
import type { Outcome } from './outcome.ts';
import type { Script } from './script.ts';

/** Runs a script. Rejects where the simulation itself fails. */
export type Simulate = (script: Script) => Promise<Outcome>;

/** A law of the simulator itself: a script runs to its end. */
export const ENDS = 'the-simulation-ends';

/** What a script breaks; a simulation that fails breaks {@link ENDS}. */
export const wrongIn = (simulate: Simulate, script: Script): Promise<Outcome['wrong']> =>
  simulate(script).then(
    ({ wrong }) => wrong,
    (error: unknown) => [{ law: ENDS, says: says(error) }],
  );

export interface TrialsOptions {
  /** The law that has to be broken again: another failure is another bug. */
  readonly law: string;
  /** Each runs one script at a time. */
  readonly lanes: readonly Simulate[];
  readonly maxRuns: number;
  readonly onTrial?: (runs: number) => void;
  /** Once it is `true` nothing more is tried, and what fails by it has not failed. */
  readonly isStopped?: () => boolean;
}

/** Tries scripts, several at once, as if one after the other: what comes out does not depend on how many lanes there are. */
export class Trials {
  readonly #options: TrialsOptions;
  /** Of every script that was tried: what it broke of the law, or `null`. */
  readonly #known = new Map<string, string | null>();
  /** As one lane alone would have needed. */
  runs = 0;

  constructor(options: TrialsOptions) {
    this.#options = options;
  }

  get mayTry(): boolean {
    return this.runs < this.#options.maxRuns && !this.#isStopped;
  }

  get #isStopped(): boolean {
    return this.#options.isStopped?.() ?? false;
  }

  /** @returns the place of the first script that breaks the law; `null` where none does, or the runs are spent */
  async firstFailing(scripts: readonly Script[]): Promise<number | null> {
    const { lanes, maxRuns, onTrial } = this.#options;
    for (let from = 0; from < scripts.length && this.mayTry; ) {
      const batch = scripts.slice(from, from + Math.min(lanes.length, maxRuns - this.runs));
      const broken = await Promise.all(batch.map((script, lane) => this.#try(script, lane)));
      const first = broken.findIndex((says) => says !== null);
      this.runs += first < 0 ? batch.length : first + 1;
      onTrial?.(this.runs);
      if (first >= 0) return from + first;
      from += batch.length;
    }
    return null;
  }

  /** What a script says of the law it broke when it was tried. */
  says(script: Script): string | null {
    return this.#known.get(JSON.stringify(script)) ?? null;
  }

  async #try(script: Script, lane: number): Promise<string | null> {
    const key = JSON.stringify(script);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { lanes, law } = this.#options;
    const simulate = lanes[lane];
    if (simulate === undefined) throw new RangeError(`there is no lane ${lane}`);
    const wrong = await wrongIn(simulate, script);
    if (this.#isStopped) return null;
    const says = wrong.find((one) => one.law === law)?.says ?? null;
    this.#known.set(key, says);
    return says;
  }
}

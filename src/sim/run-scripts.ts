import type { Outcome } from './outcome.ts';
import type { Script } from './script.ts';
import { ENDS, type Simulate } from './trials.ts';

/** A script that broke a law. */
export interface Failed {
  readonly script: Script;
  readonly wrong: Outcome['wrong'];
}

export interface RunScripts {
  /** In the order in which they are begun, and in which the first failure is the first. */
  readonly scripts: Iterable<Script>;
  /** Each runs one script at a time. */
  readonly lanes: readonly Simulate[];
  readonly onOutcome: (outcome: Outcome) => void;
  /** Once it is `true` no script is begun, and none is waited for that fails by it. */
  readonly isStopped: () => boolean;
}

/**
 * Runs scripts, as many at once as there are lanes, until one fails: what was begun before it is waited for, so that the failure
 * that is returned is the first in their order, however many lanes there are.
 * @returns the first that failed; `null`: none did
 */
export async function runScripts({ scripts, lanes, onOutcome, isStopped }: RunScripts): Promise<Failed | null> {
  const coming = scripts[Symbol.iterator]();
  let begun = 0;
  const failures: (Failed & { readonly place: number })[] = [];
  const work = async (simulate: Simulate): Promise<void> => {
    while (failures.length === 0 && !isStopped()) {
      const next = coming.next();
      if (next.done) return;
      const place = begun++;
      try {
        const outcome = await simulate(next.value);
        onOutcome(outcome);
        if (outcome.wrong.length > 0) failures.push({ place, script: next.value, wrong: outcome.wrong });
      } catch (error) {
        if (isStopped()) return;
        const says = error instanceof Error ? error.message : String(error);
        failures.push({ place, script: next.value, wrong: [{ law: ENDS, says }] });
      }
    }
  };
  await Promise.all(lanes.map(work));
  return failures.sort((a, b) => a.place - b.place)[0] ?? null;
}

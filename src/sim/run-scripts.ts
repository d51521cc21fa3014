import { says } from '../ports/says.ts';
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
  /** All are run, whatever fails. */
  readonly keepGoing?: boolean;
}

/**
 * Runs scripts, as many at once as there are lanes, until one fails: what was begun before it is waited for, so that the first
 * failure that is returned is the first in their order, however many lanes there are.
 * @returns those that failed, in their order
 */
export async function runScripts(options: RunScripts): Promise<readonly Failed[]> {
  const { scripts, lanes, onOutcome, isStopped, keepGoing = false } = options;
  const coming = scripts[Symbol.iterator]();
  let begun = 0;
  const failures: (Failed & { readonly place: number })[] = [];
  const work = async (simulate: Simulate): Promise<void> => {
    while ((keepGoing || failures.length === 0) && !isStopped()) {
      const next = coming.next();
      if (next.done) return;
      const place = begun++;
      try {
        const outcome = await simulate(next.value);
        onOutcome(outcome);
        if (outcome.wrong.length > 0) failures.push({ place, script: next.value, wrong: outcome.wrong });
      } catch (error) {
        if (isStopped()) return;
        failures.push({ place, script: next.value, wrong: [{ law: ENDS, says: says(error) }] });
      }
    }
  };
  await Promise.all(lanes.map(work));
  return failures.sort((a, b) => a.place - b.place).map(({ script, wrong }) => ({ script, wrong }));
}

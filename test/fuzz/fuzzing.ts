import { expect } from 'vitest';
import { fc } from '../fast-check.ts';

/** How many times the usual number of inputs: `FUZZ_RUNS=50 npx vitest run test/fuzz`. */
const TIMES = Number(process.env.FUZZ_RUNS ?? 1);
/** The same inputs in every `npm test`; others with `FUZZ_RUNS`, or those of `FUZZ_SEED`. */
const SEED = Number(process.env.FUZZ_SEED ?? (TIMES === 1 ? 7 : Date.now() % 2 ** 31));
/** An input for which a reader takes longer hangs, ms: a busy machine is slow, too. */
const ENDS_WITHIN_MS = 30_000;
/** Memory may grow by so much over all inputs of a test, bytes: what is made is not freed at once. */
export const GROWS_AT_MOST = 300 * 1024 * 1024;

/** Long runs need long tests. */
export const FUZZ_TIMEOUT_MS = 120_000 * TIMES;

/**
 * Tries a promise about one input on many. Nothing may be thrown but by the promise itself, nothing may hang, and memory may not
 * grow with the number of inputs. A failure names its seed and the smallest input found.
 * @param smallest `false`: the first input that fails will do; for what takes long
 */
export async function fuzz<T>(
  inputs: fc.Arbitrary<T>,
  runs: number,
  holds: (input: T) => void | Promise<void>,
  { smallest = true }: { readonly smallest?: boolean } = {},
): Promise<void> {
  const before = process.memoryUsage().rss;
  const property = fc.asyncProperty(inputs, async (input) => {
    const began = performance.now();
    await holds(input);
    expect(performance.now() - began, 'it takes too long').toBeLessThan(ENDS_WITHIN_MS);
  });
  await fc.assert(property, { numRuns: Math.ceil(runs * TIMES), seed: SEED, endOnFailure: !smallest });
  expect(process.memoryUsage().rss - before, 'memory grows').toBeLessThan(GROWS_AT_MOST);
}

import { normalQuantile } from './distributions.ts';

export type Interval = readonly [low: number, high: number];

/**
 * Wilson's score interval of a rate. Within [0, 1], also for no or few trials.
 * @param rate share of successes
 * @param n trials; may be the effective number of them, which is less where they overlap
 */
export function wilson(rate: number, n: number, alpha = 0.05): Interval {
  if (!(n > 0)) return [0, 1];
  const z = normalQuantile(1 - alpha / 2);
  const middle = (rate + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((rate * (1 - rate)) / n + (z * z) / (4 * n * n));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

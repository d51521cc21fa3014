/**
 * Suspicion of silence for what beats regularly: the phi accrual failure detector (Hayashibara et al., SRDS 2004), with the logistic
 * approximation of the normal distribution that Akka and Cassandra use. Times in ms.
 */
export interface Beats {
  readonly lastAt: number;
  /** Of the intervals, older ones forgotten by and by. */
  readonly count: number;
  readonly mean: number;
  readonly variance: number;
}

/** The weight of the newest interval, once there are many. */
const NEWEST = 0.1;
/** Suspicion that convicts: wrong once in 10^8. */
export const CONVICTED_AT = 8;
/** Fewer intervals than this tell nothing. */
const ENOUGH = 5;
/** No clock is more regular than this part of its interval. */
const LEAST_DEVIATION = 0.1;

export function beat(before: Beats | null, at: number): Beats {
  if (before === null) return { lastAt: at, count: 0, mean: 0, variance: 0 };
  const interval = at - before.lastAt;
  const count = before.count + 1;
  const weight = Math.max(NEWEST, 1 / count);
  const off = interval - before.mean;
  return {
    lastAt: at,
    count,
    mean: before.mean + weight * off,
    variance: (1 - weight) * (before.variance + weight * off * off),
  };
}

/**
 * How sure it is that the next beat will not come any more: 1 is wrong once in 10, 8 once in 10^8. One interval more than the
 * mean is forgiven.
 * @returns `null` where too few were seen to tell
 */
export function phi({ lastAt, count, mean, variance }: Beats, now: number): number | null {
  if (count < ENOUGH) return null;
  const deviation = Math.max(Math.sqrt(variance), mean * LEAST_DEVIATION, 1);
  const y = (now - lastAt - mean * 2) / deviation;
  const exponent = -y * (1.5976 + 0.070566 * y * y);
  // For large y the exponential is lost in the sum; its logarithm is the exponent.
  if (y > 5) return -exponent / Math.LN10;
  const e = Math.exp(exponent);
  return y > 0 ? -Math.log10(e / (1 + e)) : -Math.log10(1 - 1 / (1 + e));
}

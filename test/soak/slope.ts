/** A slope that outliers do not move, and between which bounds it lies: Theil (1950), Sen (1968). */

export interface Sample {
  readonly x: number;
  readonly y: number;
}

export interface Slope {
  /** Median of the slopes between all pairs, in units of y per unit of x. */
  readonly slope: number;
  /** It lies between these with 95 %, where the samples are independent of each other. */
  readonly low: number;
  readonly high: number;
}

const Z_95 = 1.96;

const at = (sorted: readonly number[], index: number): number =>
  sorted[Math.min(sorted.length - 1, Math.max(0, index))] ?? Number.NaN;

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (at(sorted, Math.floor(middle)) + at(sorted, Math.ceil(middle))) / 2;
}

/**
 * The interval is Sen's, from the variance of Kendall's S, without ties. Needs samples at two x at least: without them, nothing
 * is known, and the interval is everything.
 */
export function slopeOf(samples: readonly Sample[]): Slope {
  const slopes: number[] = [];
  for (const [i, a] of samples.entries())
    for (const b of samples.slice(i + 1)) if (a.x !== b.x) slopes.push((b.y - a.y) / (b.x - a.x));
  if (slopes.length === 0) return { slope: 0, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  slopes.sort((a, b) => a - b);
  const n = samples.length;
  const spread = Z_95 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const below = Math.floor((slopes.length - spread) / 2);
  const above = Math.ceil((slopes.length + spread) / 2);
  return {
    slope: medianOf(slopes),
    low: below < 1 ? Number.NEGATIVE_INFINITY : at(slopes, below - 1),
    high: above >= slopes.length ? Number.POSITIVE_INFINITY : at(slopes, above),
  };
}

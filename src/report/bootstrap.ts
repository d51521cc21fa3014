/**
 * The block bootstrap: whole blocks of time are drawn with replacement, because trades of one day share its weather. Only the sums
 * of blocks are drawn, so that a draw costs as much as there are days.
 */
import type { Chance } from '../ports/chance.ts';
import { normalCdf, normalQuantile, tCdf, tQuantile } from './distributions.ts';
import type { Interval } from './wilson.ts';

/** Per block: the sum of a figure, and of how many trades. */
export interface BlockSums {
  readonly sums: Float64Array;
  readonly counts: Float64Array;
}

/** Which blocks of time there are, and which of them is drawn when. The same for every figure of a report. */
export class Blocks {
  readonly #places = new Map<number, number>();
  readonly #spanMs: number;
  readonly #draws: Uint32Array;
  readonly resamples: number;

  /** @param times of all trades; blocks in which there is none do not count */
  constructor(times: Iterable<number>, spanMs: number, resamples: number, chance: Chance) {
    this.#spanMs = spanMs;
    this.resamples = resamples;
    const found = new Set<number>();
    for (const at of times) found.add(Math.floor(at / spanMs));
    for (const block of [...found].sort((a, b) => a - b)) this.#places.set(block, this.#places.size);
    const { size } = this;
    this.#draws = new Uint32Array(size * resamples);
    for (let i = 0; i < this.#draws.length; i++) this.#draws[i] = Math.floor(chance.next() * size);
  }

  get size(): number {
    return this.#places.size;
  }

  sums<Trade>(trades: readonly Trade[], at: (trade: Trade) => number, value: (trade: Trade) => number): BlockSums {
    const sums = new Float64Array(this.size);
    const counts = new Float64Array(this.size);
    for (const trade of trades) {
      const place = this.#places.get(Math.floor(at(trade) / this.#spanMs)) ?? 0;
      sums[place] = (sums[place] ?? 0) + value(trade);
      counts[place] = (counts[place] ?? 0) + 1;
    }
    return { sums, counts };
  }

  /** Sums of what was drawn. */
  totals({ sums }: BlockSums): Draws {
    return this.#drawn((from, to) => {
      let sum = 0;
      for (let i = from; i < to; i++) sum += sums[this.#draws[i] ?? 0] ?? 0;
      return sum;
    }, blocksIn(sums));
  }

  /** Means of what was drawn. */
  means(of: BlockSums): Draws {
    return this.differences(of, null);
  }

  /** Mean of the one less mean of the other, drawn together: what moves both moves neither. */
  differences(one: BlockSums, other: BlockSums | null): Draws {
    const draws = this.#draws;
    const filled = Math.min(blocksIn(one.counts), other === null ? Number.POSITIVE_INFINITY : blocksIn(other.counts));
    return this.#drawn((from, to) => {
      let [sumA, countA, sumB, countB] = [0, 0, 0, 0];
      for (let i = from; i < to; i++) {
        const place = draws[i] ?? 0;
        sumA += one.sums[place] ?? 0;
        countA += one.counts[place] ?? 0;
        if (other === null) continue;
        sumB += other.sums[place] ?? 0;
        countB += other.counts[place] ?? 0;
      }
      return sumA / countA - (other === null ? 0 : sumB / countB);
    }, filled);
  }

  #drawn(statistic: (from: number, to: number) => number, filled: number): Draws {
    const { size } = this;
    const values = new Float64Array(this.resamples);
    let kept = 0;
    for (let n = 0; n < this.resamples; n++) {
      const value = statistic(n * size, (n + 1) * size);
      // A draw without a trade of one kind says nothing about it.
      if (Number.isFinite(value)) values[kept++] = value;
    }
    return new Draws(values.subarray(0, kept).sort(), filled);
  }
}

const blocksIn = (counts: Float64Array): number => counts.reduce((filled, count) => filled + (count === 0 ? 0 : 1), 0);

/**
 * What a figure could have been. Its intervals are the percentiles of the draws, taken further out as Student's t is further out
 * than the normal distribution (Hesterberg 2015, "expanded percentile"): of ten days the plain percentiles know too little.
 */
export class Draws {
  readonly #sorted: Float64Array;
  readonly #df: number;
  readonly #stretch: number;

  /** @param filled blocks that say something about the figure */
  constructor(sorted: Float64Array, filled: number) {
    this.#sorted = sorted;
    this.#df = Math.max(1, filled - 1);
    this.#stretch = filled > 1 ? Math.sqrt(filled / (filled - 1)) : Number.POSITIVE_INFINITY;
  }

  /** `null` where a single block is all there is. */
  interval(alpha: number): Interval | null {
    if (!Number.isFinite(this.#stretch) || this.#sorted.length === 0) return null;
    const share = normalCdf(-this.#stretch * tQuantile(1 - alpha / 2, this.#df));
    return [this.#quantile(share), this.#quantile(1 - share)];
  }

  /** The smallest `alpha` whose interval excludes 0. */
  pValue(): number {
    const n = this.#sorted.length;
    if (!Number.isFinite(this.#stretch) || n === 0) return 1;
    let below = 0;
    let above = 0;
    for (const value of this.#sorted) {
      if (value <= 0) below++;
      if (value >= 0) above++;
    }
    // Never 0: that not one of so many draws went there proves no more than that it is rare.
    const share = Math.min(0.5, (Math.min(below, above) + 1) / (n + 1));
    return Math.min(1, 2 * (1 - tCdf(-normalQuantile(share) / this.#stretch, this.#df)));
  }

  /** The smallest true difference that such data would show. */
  detectable(alpha: number, power: number): number | null {
    if (!Number.isFinite(this.#stretch) || this.#sorted.length === 0) return null;
    const mean = this.#sorted.reduce((sum, value) => sum + value, 0) / this.#sorted.length;
    const square = this.#sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / this.#sorted.length;
    return (tQuantile(1 - alpha / 2, this.#df) + normalQuantile(power)) * this.#stretch * Math.sqrt(square);
  }

  #quantile(share: number): number {
    const at = Math.max(0, Math.min(1, share)) * (this.#sorted.length - 1);
    const below = Math.floor(at);
    const low = this.#sorted[below] ?? 0;
    return low + (at - below) * ((this.#sorted[below + 1] ?? low) - low);
  }
}

import type { Chance } from '../../ports/chance.ts';

const HOUR_MS = 3_600_000;
/** What happens close together has one cause: blocks of time are drawn, of a day where there are enough, or else of an hour. */
const BLOCKS_MS = [24 * HOUR_MS, HOUR_MS];
const BLOCKS_NEEDED = 10;
const RESAMPLES = 2_000;
const LOW = 0.025;
const HIGH = 0.975;

export interface Dated {
  readonly at: number;
  readonly value: number;
}

/** The sums of the blocks that are drawn from: of days, of hours, or of each by itself where it is little. */
export function blocksOf(sample: readonly Dated[]): readonly number[] {
  for (const span of BLOCKS_MS) {
    const sums = new Map<number, number>();
    for (const { at, value } of sample) {
      const block = Math.floor(at / span);
      sums.set(block, (sums.get(block) ?? 0) + value);
    }
    if (sums.size >= BLOCKS_NEEDED) return [...sums.values()];
  }
  return sample.map(({ value }) => value);
}

/** The middle 95 % of what the sum could have been, by the percentile bootstrap. The same chance gives the same interval. */
export function intervalOfSum(sample: readonly Dated[], chance: Chance): readonly [low: number, high: number] {
  const blocks = blocksOf(sample);
  const sums = new Float64Array(RESAMPLES);
  for (let n = 0; n < RESAMPLES; n++) {
    let sum = 0;
    for (let drawn = 0; drawn < blocks.length; drawn++) sum += blocks[Math.floor(chance.next() * blocks.length)] ?? 0;
    sums[n] = sum;
  }
  sums.sort();
  const at = (share: number): number => sums[Math.min(RESAMPLES - 1, Math.floor(share * RESAMPLES))] ?? 0;
  return [at(LOW), at(HIGH)];
}

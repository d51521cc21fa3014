import { describe, expect, it } from 'vitest';
import { seededChance } from '../../../src/adapters/seeded-chance.ts';
import { blocksOf, intervalOfSum } from '../../../src/inspector/records/bootstrap.ts';
import { Checkpoints } from '../../../src/inspector/records/checkpoints.ts';
import { GrowingSeries, thin } from '../../../src/inspector/records/thin.ts';
import { fc } from '../../fast-check.ts';

const series = fc
  .array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 3_000 })
  .map((values) => values.map((value, at) => [at, value] as const));

describe('a thinned series', () => {
  it('has no more points than asked for, all of them of the series in its order, with its ends and its extremes', () => {
    fc.assert(
      fc.property(series, fc.integer({ min: 4, max: 200 }), (points, most) => {
        const thinned = thin(points, most);
        expect(thinned.length).toBeLessThanOrEqual(most);
        expect(thinned.map(([at]) => at)).toEqual([...new Set(thinned.map(([at]) => at))].sort((a, b) => a - b));
        for (const [at, value] of thinned) expect(points[at]?.[1]).toBe(value);
        expect([thinned[0], thinned.at(-1)]).toEqual([points[0], points.at(-1)]);
        const values = (of: typeof points) => of.map(([, value]) => value);
        expect(Math.max(...values([...thinned]))).toBe(Math.max(...values(points)));
        expect(Math.min(...values([...thinned]))).toBe(Math.min(...values(points)));
      }),
      { numRuns: 60 },
    );
  });

  it('grows for ever in bounded memory, and knows what was so when its window began', () => {
    const growing = new GrowingSeries(1_000, 500);
    for (let at = 0; at < 100_000; at++) growing.push(at, at);
    const window = growing.since(99_000);
    expect(window.length).toBeLessThanOrEqual(500);
    expect(window[0]?.[0]).toBe(99_000);
    expect(window[0]?.[1]).toBeGreaterThan(98_900);
    expect(window.at(-1)).toEqual([99_999, 99_999]);
  });
});

describe('the interval of a sum', () => {
  const hours = (values: readonly number[]) => values.map((value, index) => ({ at: index * 3_600_000, value }));

  it('is the same for the same chance, and holds the sum of what is all alike', () => {
    const sample = hours(Array.from({ length: 50 }, (_, index) => Math.sin(index)));
    const twice = [1, 2].map(() => intervalOfSum(sample, seededChance(1).fork('Guard')));
    expect(twice[0]).toEqual(twice[1]);
    expect(intervalOfSum(hours(Array.from({ length: 40 }, () => 2)), seededChance(1))).toEqual([80, 80]);
  });

  it('covers the true sum of noise about nineteen times in twenty', () => {
    let covered = 0;
    for (let world = 0; world < 200; world++) {
      const chance = seededChance(world);
      const [low, high] = intervalOfSum(
        hours(Array.from({ length: 60 }, () => chance.gaussian() + 1)),
        chance.fork('draws'),
      );
      if (low <= 60 && 60 <= high) covered++;
    }
    expect(covered / 200).toBeGreaterThan(0.88);
    expect(covered / 200).toBeLessThan(0.99);
  });

  it('draws what happened together together: a hundred trades of one hour are one block, where there are hours enough', () => {
    const busy = Array.from({ length: 1_200 }, (_, index) => ({ at: Math.floor(index / 100) * 3_600_000, value: 1 }));
    expect(blocksOf(busy)).toEqual(Array.from({ length: 12 }, () => 100));
    expect(blocksOf(busy.slice(0, 500))).toHaveLength(500);
  });
});

describe('checkpoints', () => {
  it('give a fold at most two strides away from any moment, and never more of them than are bounded', () => {
    let folded = 0;
    const checkpoints = new Checkpoints(() => folded);
    for (let n = 0; n < 1_000_000; n++) {
      checkpoints.pass(n, n);
      folded++;
    }
    expect(checkpoints.list.length).toBeLessThanOrEqual(512);
    for (const at of [0, 999, 123_456, 999_999]) {
      const checkpoint = checkpoints.upTo(at);
      expect(checkpoint?.state).toBe(checkpoint?.place);
      expect(at - (checkpoint?.place ?? 0)).toBeLessThan(8_000);
    }
  });
});

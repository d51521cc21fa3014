import { describe, expect, it } from 'vitest';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import { Blocks } from '../../src/report/bootstrap.ts';
import { normalCdf, normalQuantile, tCdf, tQuantile } from '../../src/report/distributions.ts';
import { holm } from '../../src/report/holm.ts';
import { DAY_MS, lastMonday } from '../../src/report/rule.ts';
import { effectiveNumber } from '../../src/report/uniqueness.ts';
import { wilson } from '../../src/report/wilson.ts';
import { fc } from '../fast-check.ts';

const probability = fc.double({ min: 0.001, max: 0.999, noNaN: true });

describe('the distributions', () => {
  it('have the values of the printed tables', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 9);
    expect(normalCdf(-3)).toBeCloseTo(0.0013498980316300933, 12);
    for (const [p, df, t] of [
      [0.975, 1, 12.70620474],
      [0.975, 9, 2.262157163],
      [0.975, 29, 2.045229642],
      [0.9995, 9, 4.780912586],
      [0.95, 120, 1.657650899],
    ] as const)
      expect(tQuantile(p, df)).toBeCloseTo(t, 6);
  });

  it('undo each other, are symmetric, and Student comes to the normal one', () => {
    fc.assert(
      fc.property(probability, fc.integer({ min: 1, max: 500 }), (p, df) => {
        expect(tCdf(tQuantile(p, df), df)).toBeCloseTo(p, 8);
        expect(tQuantile(1 - p, df)).toBeCloseTo(-tQuantile(p, df), 6);
        expect(normalCdf(normalQuantile(p))).toBeCloseTo(p, 10);
      }),
    );
    expect(tQuantile(0.975, 100_000)).toBeCloseTo(normalQuantile(0.975), 4);
  });
});

describe("Wilson's interval", () => {
  it('has known values', () => {
    // Wilson 1927; the figures as R's prop.test(x, n, correct = FALSE) gives them.
    for (const [wins, n, low, high] of [
      [0, 10, 0, 0.2775328],
      [10, 10, 0.7224672, 1],
      [8, 10, 0.4901625, 0.9433178],
      [50, 100, 0.4038315, 0.5961685],
      [1, 1_000, 0.0001765, 0.0056426],
    ] as const) {
      const [below, above] = wilson(wins / n, n);
      expect(below).toBeCloseTo(low, 6);
      expect(above).toBeCloseTo(high, 6);
    }
  });

  it('holds the rate, stays within 0 and 1, narrows with trials, and of none is everything', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0.5, max: 1e5, noNaN: true }),
        (rate, n) => {
          const [low, high] = wilson(rate, n);
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeLessThanOrEqual(1);
          expect(low).toBeLessThanOrEqual(rate + 1e-12);
          expect(high).toBeGreaterThanOrEqual(rate - 1e-12);
          const [lower, higher] = wilson(rate, n * 2);
          expect(higher - lower).toBeLessThan(high - low);
        },
      ),
    );
    expect(wilson(0, 0)).toEqual([0, 1]);
  });
});

describe("Holm's procedure", () => {
  it('is the one of the textbook', () => {
    const found = holm([0.01, 0.04, 0.03, 0.005], 0.05);
    expect(found.map(({ p }) => Number(p.toFixed(4)))).toEqual([0.03, 0.06, 0.06, 0.02]);
    expect(found.map(({ isSignificant }) => isSignificant)).toEqual([true, false, false, true]);
    expect(found[3]?.alpha).toBeCloseTo(0.05 / 4, 12);
    expect(found[0]?.alpha).toBeCloseTo(0.05 / 3, 12);
  });

  it('never finds what Bonferroni does not deny and the bare level denies, whatever the order of the questions', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }), (p) => {
        const found = holm(p, 0.05);
        found.forEach(({ p: adjusted, isSignificant }, i) => {
          const own = p[i] ?? 1;
          expect(adjusted).toBeGreaterThanOrEqual(own);
          if (own <= 0.05 / p.length) expect(isSignificant).toBe(true);
          if (own > 0.05) expect(isSignificant).toBe(false);
        });
        const turned = holm([...p].reverse(), 0.05).map(({ p: adjusted }) => adjusted);
        expect(turned.reverse()).toEqual(found.map(({ p: adjusted }) => adjusted));
      }),
    );
  });
});

describe('the effective number of trades', () => {
  const span = fc
    .tuple(fc.integer({ min: 0, max: 1_000 }), fc.integer({ min: 0, max: 100 }))
    .map(([openedAt, held]) => ({ openedAt, endedAt: openedAt + held }));

  it('is their number where none overlap, and 1 where all are the same', () => {
    expect(effectiveNumber([])).toBe(0);
    expect(effectiveNumber([0, 10, 20].map((at) => ({ openedAt: at, endedAt: at + 10 })))).toBeCloseTo(3, 12);
    expect(effectiveNumber(Array.from({ length: 50 }, () => ({ openedAt: 5, endedAt: 9 })))).toBeCloseTo(1, 12);
    // Half of each is shared by two.
    expect(
      effectiveNumber([
        { openedAt: 0, endedAt: 10 },
        { openedAt: 5, endedAt: 15 },
      ]),
    ).toBeCloseTo(1.5, 12);
  });

  it('is what adding up millisecond by millisecond gives', () => {
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 30 }), (spans) => {
        const ends = ({ openedAt, endedAt }: (typeof spans)[number]) => Math.max(endedAt, openedAt + 1);
        let sum = 0;
        for (const one of spans) {
          let unique = 0;
          for (let ms = one.openedAt; ms < ends(one); ms++)
            unique += 1 / spans.filter((other) => other.openedAt <= ms && ms < ends(other)).length;
          sum += unique / (ends(one) - one.openedAt);
        }
        expect(effectiveNumber(spans)).toBeCloseTo(sum, 9);
      }),
    );
  });
});

describe('the block bootstrap', () => {
  interface Point {
    readonly at: number;
    readonly value: number;
  }
  const at = (point: Point): number => point.at;
  const value = (point: Point): number => point.value;
  /** Days with a weather of their own, and a few trades each; the true mean is 0. */
  const world = (days: number, seed: number): Point[] => {
    const chance = seededChance(seed);
    return Array.from({ length: days }, (_, day) => {
      const weather = chance.gaussian();
      return Array.from({ length: 1 + Math.floor(chance.next() * 8) }, () => ({
        at: day * DAY_MS + chance.next() * DAY_MS,
        value: weather + chance.gaussian(),
      }));
    }).flat();
  };
  const blocksOf = (points: readonly Point[], seed = 1, resamples = 400) =>
    new Blocks(points.map(at), DAY_MS, resamples, seededChance(seed));

  it.each([12, 30])('of %i days holds the true mean about as often as it says', (days) => {
    let held = 0;
    let naive = 0;
    const worlds = 400;
    for (let seed = 0; seed < worlds; seed++) {
      const points = world(days, seed);
      const blocks = blocksOf(points, seed);
      const [low, high] = blocks.means(blocks.sums(points, at, value)).interval(0.05) ?? [1, -1];
      if (low <= 0 && high >= 0) held++;
      const mean = points.reduce((sum, one) => sum + one.value, 0) / points.length;
      const variance = points.reduce((sum, one) => sum + (one.value - mean) ** 2, 0) / (points.length - 1);
      if (Math.abs(mean) <= 1.96 * Math.sqrt(variance / points.length)) naive++;
    }
    expect(held / worlds).toBeGreaterThan(0.91);
    expect(held / worlds).toBeLessThan(0.99);
    // Trades taken as independent: what this is for.
    expect(naive / worlds).toBeLessThan(0.85);
  });

  it('agrees with itself: where p is below a level its interval excludes 0, and where p is well above it does not', () => {
    const seen = { excludes: 0, includes: 0 };
    for (let seed = 0; seed < 60; seed++) {
      const points = world(20, seed).map((point) => ({ ...point, value: point.value + (seed % 5) * 0.25 }));
      const blocks = blocksOf(points, seed, 2_000);
      const draws = blocks.means(blocks.sums(points, at, value));
      const p = draws.pValue();
      for (const alpha of [0.01, 0.05, 0.2]) {
        const [low, high] = draws.interval(alpha) ?? [0, 0];
        const excludes = low > 0 || high < 0;
        // Of 2,000 draws a handful lies that far out, and p counts one more than there are.
        if (p < alpha) expect({ seed, alpha, p, excludes }).toEqual({ seed, alpha, p, excludes: true });
        if (p > 2 * alpha) expect({ seed, alpha, p, excludes }).toEqual({ seed, alpha, p, excludes: false });
        seen[excludes ? 'excludes' : 'includes']++;
      }
    }
    expect(Math.min(seen.excludes, seen.includes)).toBeGreaterThan(20);
  });

  it('of the same seed is the same, and in whatever order the trades come', () => {
    const points = world(15, 3);
    const interval = (some: readonly Point[]) => {
      const blocks = blocksOf(some);
      return blocks.means(blocks.sums(some, at, value)).interval(0.05);
    };
    expect(interval(points)).toEqual(interval(points));
    const [low, high] = interval([...points].reverse()) ?? [0, 0];
    expect(low).toBeCloseTo(interval(points)?.[0] ?? Number.NaN, 10);
    expect(high).toBeCloseTo(interval(points)?.[1] ?? Number.NaN, 10);
  });

  it('of a single day knows nothing', () => {
    const points = world(1, 1);
    const blocks = blocksOf(points);
    const draws = blocks.means(blocks.sums(points, at, value));
    expect(draws.interval(0.05)).toBeNull();
    expect(draws.pValue()).toBe(1);
    expect(draws.detectable(0.05, 0.8)).toBeNull();
  });
});

describe('the week of a verdict', () => {
  it('begins on Monday at midnight, UTC', () => {
    expect(new Date(lastMonday(Date.UTC(2026, 0, 7, 13))).toISOString()).toBe('2026-01-05T00:00:00.000Z');
    expect(lastMonday(Date.UTC(2026, 0, 5))).toBe(Date.UTC(2026, 0, 5));
    expect(lastMonday(Date.UTC(2026, 0, 5) - 1)).toBe(Date.UTC(2025, 11, 29));
  });
});

import { describe, expect, it } from 'vitest';
import { funnelRows } from '../../inspector/src/trading/funnel.ts';
import { linear, reach, spread } from '../../inspector/src/trading/scale.ts';
import { stackOf, startsOf } from '../../inspector/src/trading/stack.ts';
import { scrollTo, windowOf } from '../../inspector/src/trading/window.ts';
import { fc } from '../fast-check.ts';

const broken = fc.oneof(fc.integer({ min: 0, max: 1e9 }), fc.constantFrom(Number.NaN, null as unknown as number, -3));

describe('the funnel', () => {
  it('shows what came through, what was lost since the stage before, and in which part', () => {
    const rows = funnelRows([
      { stage: 'Signals', count: 400, lost: null },
      { stage: 'Decided', count: 300, lost: '100 expired' },
      { stage: 'Executed', count: 75, lost: '225 blocked' },
    ]);
    expect(rows.map(({ share, gone, kept, lost }) => ({ share, gone, kept, lost }))).toEqual([
      { share: 1, gone: 0, kept: null, lost: 0 },
      { share: 0.75, gone: 0.25, kept: 0.75, lost: 100 },
      { share: 0.1875, gone: 0.5625, kept: 0.25, lost: 225 },
    ]);
  });

  it('keeps every bar within its track whatever the counts say, and a stage that is not known in its place', () => {
    fc.assert(
      fc.property(fc.array(broken, { maxLength: 12 }), (counts) => {
        const rows = funnelRows(counts.map((count, n) => ({ stage: `${n}`, count, lost: null })));
        expect(rows.map(({ stage }) => stage)).toEqual(counts.map((_, n) => `${n}`));
        for (const { share, gone } of rows) {
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share + gone).toBeLessThanOrEqual(1 + 1e-9);
        }
      }),
    );
  });

  it('measures against the last stage that is known', () => {
    const rows = funnelRows([
      { stage: 'a', count: 10, lost: null },
      { stage: 'b', count: Number.NaN, lost: null },
      { stage: 'c', count: 4, lost: null },
    ]);
    expect(rows[1]?.count).toBeNull();
    expect(rows[2]?.lost).toBe(6);
  });
});

describe('a stacked bar', () => {
  const parts = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 1e-3, max: 1e9, noNaN: true })), { maxLength: 9 });

  it('is as long as it should be, and every part that is not zero can be seen', () => {
    fc.assert(
      fc.property(parts, fc.integer({ min: 40, max: 2000 }), fc.integer({ min: 0, max: 4 }), (all, length, least) => {
        const lengths = stackOf(all, length, least);
        const total = lengths.reduce((sum, one) => sum + one, 0);
        expect(total).toBeCloseTo(all.some((part) => part > 0) ? length : 0, 4);
        for (const [n, one] of lengths.entries()) {
          if (all[n] === 0) expect(one).toBe(0);
          else expect(one).toBeGreaterThanOrEqual(least - 1e-6);
        }
      }),
    );
  });

  it('never shows the smaller part longer', () => {
    fc.assert(
      fc.property(parts, (all) => {
        const lengths = stackOf(all, 300, 2);
        for (const [a, one] of all.entries())
          for (const [b, other] of all.entries())
            if (one < other) expect(lengths[a] ?? 0).toBeLessThanOrEqual((lengths[b] ?? 0) + 1e-6);
      }),
    );
  });

  it('takes what is broken for nothing', () => {
    expect(stackOf([Number.NaN, -4, 2], 100, 2)).toEqual([0, 0, 100]);
    expect(startsOf([10, 0, 5])).toEqual([0, 10, 10]);
  });
});

describe('a scale', () => {
  it('goes one way, and never out of its range', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(number, number, number, number, (low, high, a, b) => {
        const scale = linear([Math.min(low, high), Math.max(low, high)], [10, 90]);
        expect(scale(a)).toBeGreaterThanOrEqual(10);
        expect(scale(a)).toBeLessThanOrEqual(90);
        if (a < b) expect(scale(a)).toBeLessThanOrEqual(scale(b));
      }),
    );
  });

  it('reaches as far as the farthest value on either side of zero', () => {
    expect(reach([3, -8, null, Number.NaN])).toBe(8);
    expect(reach([])).toBe(1);
  });
});

describe('labels at the ends of lines', () => {
  it('never lie upon each other, keep their order, and stay inside while there is room', () => {
    const wanted = fc.array(fc.double({ min: -50, max: 250, noNaN: true }), { maxLength: 6 });
    fc.assert(
      fc.property(wanted, (at) => {
        const placed = spread(at, 16, [0, 200]);
        const sorted = [...placed].sort((a, b) => a - b);
        for (const [n, one] of sorted.entries()) {
          expect(one).toBeGreaterThanOrEqual(0);
          expect(one).toBeLessThanOrEqual(200);
          if (n > 0) expect(one - (sorted[n - 1] ?? 0)).toBeGreaterThanOrEqual(16 - 1e-9);
        }
        for (const [a, one] of at.entries())
          for (const [b, other] of at.entries()) if (one < other) expect(placed[a] ?? 0).toBeLessThan(placed[b] ?? 0);
      }),
    );
  });
});

describe('a long list', () => {
  const view = fc.record({
    scrolled: fc.integer({ min: -500, max: 500_000 }),
    height: fc.integer({ min: 1, max: 2_000 }),
    row: fc.integer({ min: 20, max: 80 }),
    count: fc.integer({ min: 0, max: 10_000 }),
    over: fc.integer({ min: 0, max: 20 }),
  });

  it('draws every row that can be seen, and only a screenful of others', () => {
    fc.assert(
      fc.property(view, (at) => {
        const { first, end, above, height } = windowOf(at);
        expect(height).toBe(at.count * at.row);
        expect(above).toBe(first * at.row);
        expect(end - first).toBeLessThanOrEqual(Math.ceil(at.height / at.row) + 1 + 2 * at.over);
        const top = Math.min(Math.max(0, at.scrolled), Math.max(0, height - at.height));
        expect(above).toBeLessThanOrEqual(top);
        if (height > 0) expect(end * at.row).toBeGreaterThanOrEqual(Math.min(height, top + at.height));
      }),
    );
  });

  it('brings a row into sight with the least move, and leaves it where it is when it is seen', () => {
    fc.assert(
      fc.property(view, fc.nat(9_999), (at, index) => {
        fc.pre(at.height >= at.row && at.scrolled >= 0);
        const to = scrollTo(index, at);
        expect(index * at.row).toBeGreaterThanOrEqual(to);
        expect((index + 1) * at.row).toBeLessThanOrEqual(to + at.height);
        expect(scrollTo(index, { ...at, scrolled: to })).toBe(to);
      }),
    );
  });
});

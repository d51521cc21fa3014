import { describe, expect, it } from 'vitest';
import { stretchesOf } from '../../inspector/src/trading/life.ts';
import { aligned, clean, pointAt, thin } from '../../inspector/src/trading/thin.ts';
import type { Series } from '../../src/inspector/contract.ts';
import { fc } from '../fast-check.ts';

const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const series: fc.Arbitrary<Series> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 1_000 }), value), { maxLength: 400 })
  .map((steps) => {
    let at = 0;
    return steps.map(([by, one]) => {
      at += by;
      return [at, one] as const;
    });
  });

describe('a series', () => {
  it('is thinned to what can be drawn, and keeps its ends and its extremes', () => {
    fc.assert(
      fc.property(series, fc.integer({ min: 4, max: 200 }), (points, most) => {
        const few = thin(points, most);
        expect(few.length).toBeLessThanOrEqual(Math.max(most, 4));
        expect(few.at(0)).toEqual(points.at(0));
        expect(few.at(-1)).toEqual(points.at(-1));
        const values = (from: Series) => from.map(([, one]) => one);
        if (points.length > 0) {
          expect(Math.max(...values(few))).toBe(Math.max(...values(points)));
          expect(Math.min(...values(few))).toBe(Math.min(...values(points)));
        }
        expect(few).toEqual(clean(few));
      }),
    );
  });

  it('that is broken loses what is no point, and is in order', () => {
    const raw = [[3, 1], [1, null], [2, 5], [Number.NaN, 2], [3, 7], null] as unknown as Series;
    expect(clean(raw)).toEqual([
      [2, 5],
      [3, 7],
    ]);
    expect(clean(null)).toEqual([]);
  });

  it('says what was so at a moment: the last that was known by then', () => {
    fc.assert(
      fc.property(series, fc.integer({ min: 0, max: 500_000 }), (points, at) => {
        expect(pointAt(points, at)).toEqual(points.filter(([when]) => when <= at).at(-1) ?? null);
      }),
    );
  });

  it('laid beside another loses no point and invents none', () => {
    fc.assert(
      fc.property(series, series, (a, b) => {
        const [moments, ...values] = aligned([a, b]);
        for (const [n, one] of [a, b].entries())
          expect(
            moments.flatMap((at, index) => {
              const here = values[n]?.[index] ?? null;
              return here === null ? [] : [[at, here] as const];
            }),
          ).toEqual(one);
      }),
    );
  });
});

describe('the life of a signal', () => {
  it('says how long it was in every state but the last', () => {
    const life = stretchesOf([
      { at: 100, from: null, to: 'generated', reason: null },
      { at: 153, from: 'generated', to: 'evaluating', reason: null },
      { at: 150, from: 'evaluating', to: 'blocked', reason: 'fees' },
      { at: Number.NaN, from: 'blocked', to: 'learned', reason: null },
    ]);
    expect(life.map(({ state, lasted, last }) => [state, lasted, last])).toEqual([
      ['generated', 53, false],
      ['evaluating', 0, false],
      ['blocked', null, false],
      ['learned', null, true],
    ]);
  });
});

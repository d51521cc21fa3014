import { describe, expect, it } from 'vitest';
import { type Beats, beat, CONVICTED_AT, phi } from '../../src/machines/beats.ts';
import { fc } from '../fast-check.ts';

const seen = (intervals: readonly number[]): Beats => {
  let at = 0;
  let beats = beat(null, at);
  for (const interval of intervals) {
    at += interval;
    beats = beat(beats, at);
  }
  return beats;
};
const convictedAfter = (beats: Beats): number => {
  for (let silent = 0; silent < 1e9; silent += 10)
    if ((phi(beats, beats.lastAt + silent) ?? 0) >= CONVICTED_AT) return silent;
  return Number.POSITIVE_INFINITY;
};

describe('the suspicion of silence', () => {
  it('says nothing of what it has hardly seen', () => {
    expect(phi(seen([100, 100, 100]), 1e9)).toBeNull();
  });

  it('grows with silence, without a step back, and is never no number', () => {
    const intervals = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 5, maxLength: 60 });
    fc.assert(
      fc.property(
        intervals,
        fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 2, maxLength: 20 }),
        (past, silences) => {
          const beats = seen(past);
          const values = [...silences]
            .sort((a, b) => a - b)
            .map((silent) => phi(beats, beats.lastAt + silent) ?? Number.NaN);
          for (const [i, value] of values.entries()) {
            expect(Number.isFinite(value)).toBe(true);
            expect(value).toBeGreaterThanOrEqual((values[i - 1] ?? 0) - 1e-6);
          }
        },
      ),
    );
  });

  it('convicts a regular one soon, and an irregular one later', () => {
    const regular = convictedAfter(seen(Array.from({ length: 50 }, () => 1_000)));
    const irregular = convictedAfter(seen(Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? 200 : 1_800))));
    expect(regular).toBeGreaterThan(2_000);
    expect(regular).toBeLessThan(3_000);
    expect(irregular).toBeGreaterThan(regular * 1.5);
  });

  it('learns a new pace and forgets the old one', () => {
    const slow = seen([...Array.from({ length: 50 }, () => 1_000), ...Array.from({ length: 80 }, () => 10_000)]);
    expect(slow.mean).toBeGreaterThan(9_900);
    expect(phi(slow, slow.lastAt + 15_000)).toBeLessThan(CONVICTED_AT);
  });
});

import { expect, it } from 'vitest';
import { healerInvariants } from '../../src/healing/invariants/healers.ts';
import { type Beats, beat } from '../../src/machines/beats.ts';

const SWEEP_MS = 60_000;
const TIMES = { barMs: 60_000, recorded: false, lookMs: 2_000, checkMs: 1_000, sweepMs: SWEEP_MS };

/** What is found of a healer that swept at intervals, and then is silent. */
const found = (intervals: readonly number[], silentMs: number): boolean | null | undefined => {
  let at = 0;
  let sweeps: Beats = beat(null, at);
  for (const interval of intervals) {
    at += interval;
    sweeps = beat(sweeps, at);
  }
  const snapshot = { hasTag: () => true, context: { lastSweepAt: at, sweeps } };
  const view = { now: at + silentMs, sight: () => ({ status: 'active', snapshot, since: 0 }), mail: () => ({}) };
  return healerInvariants(TIMES)
    .find(({ id }) => id === 'architectureHealing/sweeps')
    ?.holds(view as never).holds;
};

it('a healer that is silent is found soon where it was regular, and within six sweeps whatever it was', () => {
  const regular = Array.from({ length: 20 }, () => SWEEP_MS);
  const irregular = [...regular, 40 * SWEEP_MS, SWEEP_MS, 25 * SWEEP_MS, SWEEP_MS];
  expect(found(regular, SWEEP_MS * 2)).toBe(true);
  expect(found(regular, SWEEP_MS * 4)).toBe(false);
  expect(found(irregular, SWEEP_MS * 4)).toBe(true);
  expect(found(irregular, SWEEP_MS * 6.1)).toBe(false);
});

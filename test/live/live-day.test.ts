import { expect, it } from 'vitest';
import { liveDay } from './live-day.ts';

it('a live bot keeps its promises through an hour of the market, faults of every kind, and two kills', {
  timeout: 300_000,
}, async () => {
  const report = await liveDay({ minutes: 60, speed: 90, faults: 40, kills: 2, seed: 5 });
  expect(report.lives).toBe(3);
  expect(report.faultsFired).toBeGreaterThan(15);
  expect(report.fills).toBeGreaterThan(0);
  expect(report.quietMoments).toBeGreaterThan(20);
  const { executedTwice, bare, differed, diedOfItself } = report;
  expect({ executedTwice, bare, differed, diedOfItself }).toEqual({
    executedTwice: {},
    bare: [],
    differed: [],
    diedOfItself: [],
  });
  expect(report.inBooks).toEqual(report.atExchange);
});

import { expect, it } from 'vitest';
import { liveDay } from './live-day.ts';

it('a live bot keeps its promises through an hour of the market, faults of every kind, and two kills', {
  timeout: 300_000,
}, async () => {
  const report = await liveDay({ minutes: 60, speed: 90, faults: 40, kills: 2, seed: 5 });
  expect(report.faultsFired).toBeGreaterThan(15);
  expect(report.fills).toBeGreaterThan(0);
  // The market's own faults trade, too: without these it would have been a bot that only looked on.
  expect(report.ownOrders).toBeGreaterThan(0);
  expect(report.ownStops).toBeGreaterThan(0);
  expect(report.quietMoments).toBeGreaterThan(20);
  const { executedTwice, bare, differed, diedOfItself } = report;
  expect({ executedTwice, bare, differed, diedOfItself }).toEqual({
    executedTwice: {},
    bare: [],
    differed: [],
    diedOfItself: [],
  });
  // One at first, and one after each kill and each start that an outage refused; why is among its last words.
  expect(report.lives).toBe(3 + report.refusedStarts.length);
  for (const words of report.refusedStarts) expect(words).toMatch(/exit 1: .*binanceusdm/s);
  expect(report.inBooks).toEqual(report.atExchange);
});

import { expect, it } from 'vitest';
import { mutableFeed } from '../../src/adapters/mutable-feed.ts';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import { simMarket } from '../../src/adapters/sim-market.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';

const SECOND = 1_000;

/** @returns times of the ticks that were heard, in seconds after the start */
async function heard(play: (feed: ReturnType<typeof mutableFeed>, clock: VirtualClock, again: () => void) => void) {
  const clock = new VirtualClock(0);
  const chance = seededChance(1);
  const feed = mutableFeed(simMarket({ symbols: ['BTCUSDT'], intervalMs: SECOND, clock, chance }), clock);
  const ticks: number[] = [];
  const listener = {
    tick: ({ at }: { at: number }) => ticks.push(at / SECOND),
    price: () => undefined,
    notice: () => undefined,
    failed: () => undefined,
  };
  let stop = feed.start(listener);
  play(feed, clock, () => {
    stop();
    stop = feed.start(listener);
  });
  let over = false;
  clock.setTimeout(() => {
    over = true;
    stop();
  }, 10.5 * SECOND);
  await clock.run({ until: () => over, idle: async () => undefined });
  return ticks;
}

it('is silent for as long as it was muted', async () => {
  const ticks = await heard((feed, clock) => clock.setTimeout(() => feed.mute(4 * SECOND), 2.5 * SECOND));
  expect(ticks).toEqual([1, 2, 7, 8, 9, 10]);
});

it('speaks at once to who starts it anew, and is not silenced by a wait that is over', async () => {
  const ticks = await heard((feed, clock, again) => {
    clock.setTimeout(() => feed.mute(60 * SECOND), 2.5 * SECOND);
    clock.setTimeout(again, 4.5 * SECOND);
  });
  expect(ticks).toEqual([1, 2, 5, 6, 7, 8, 9, 10]);
});

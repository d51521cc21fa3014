import { describe, expect, it } from 'vitest';
import { marketFeedActor } from '../../src/actors/market-feed.ts';
import type { FeedListener } from '../../src/ports/market-feed.ts';
import { bar } from './habitat.ts';
import { type Laboratory, laboratories, ordered, repairing } from './laboratory.ts';

const laboratory = laboratories();
/** A feed that says what the test has it say. `listeners` are those that listen now. */
const begin = async () => {
  const t = await laboratory();
  const listeners: FeedListener[] = [];
  const make: typeof marketFeedActor = (habitat) =>
    marketFeedActor({
      ...habitat,
      world: {
        ...habitat.world,
        feed: {
          ...habitat.world.feed,
          start: (listener) => {
            listeners.push(listener);
            return () => listeners.splice(listeners.indexOf(listener), 1);
          },
        },
      },
    });
  await t.start('marketFeed', make);
  const say = async (...symbols: string[]) => {
    const at = t.clock.now();
    const told = { at, candles: symbols.map((symbol) => bar(symbol, 100, at)) };
    for (const listener of listeners) listener.tick(told);
    await t.settle();
    return told;
  };
  return { ...t, listeners, say, make };
};
const work = ({ snapshot }: Laboratory) => snapshot('marketFeed').value.running.work;
const context = ({ snapshot }: Laboratory) => snapshot('marketFeed').context;

describe('the market feed', () => {
  it('hands every tick on unchanged, to those who watch positions first', async () => {
    const t = await begin();
    expect(work(t)).toBe('connecting');
    const tick = await t.say('BTCUSDT', 'ETHUSDT');
    expect(t.posts.filter(({ event }) => event.type === 'TICK')).toEqual(
      ['exitGates', 'shadowEngine', 'featureStore'].map((to) => ({ to, event: { type: 'TICK', tick } })),
    );
    expect(work(t)).toBe('live');
    expect(context(t)).toMatchObject({ lastTickAt: tick.at, ticks: 1 });
  });

  it('is silent after three bars without a tick, and live again with the next', async () => {
    const t = await begin();
    await t.say('BTCUSDT');
    await t.advance(179_000);
    expect(work(t)).toBe('live');
    await t.advance(1_000);
    expect(work(t)).toBe('silent');
    await t.say('BTCUSDT');
    expect(work(t)).toBe('live');
  });

  it('is silent also when there never was a tick', async () => {
    const t = await begin();
    await t.advance(180_000);
    expect(work(t)).toBe('connecting');
    await t.advance(2_000);
    expect(work(t)).toBe('silent');
  });

  it('says a gap in words and counts the bars; it invents none', async () => {
    const t = await begin();
    const from = t.clock.now();
    t.listeners[0]?.notice({ type: 'gap', symbol: 'BTCUSDT', from, to: from + 120_000, missing: 2 });
    t.listeners[0]?.notice({ type: 'gap', symbol: 'BTCUSDT', from, to: from + 180_000, missing: 3 });
    t.listeners[0]?.notice({ type: 'bad-row', file: 'BTCUSDT.csv', line: 7, reason: 'no number' });
    await t.settle();
    expect(context(t)).toMatchObject({ missingBars: 5, badRows: 1, ticks: 0 });
    expect(t.lines.map(({ message }) => message)).toEqual([
      'gap in BTCUSDT: 2 bars missing from 2026-01-05T00:00:00.000Z to 2026-01-05T00:02:00.000Z; none was invented',
      'gap in BTCUSDT: 3 bars missing from 2026-01-05T00:00:00.000Z to 2026-01-05T00:03:00.000Z; none was invented',
      'BTCUSDT.csv, line 7: no number; the row was skipped',
    ]);
    expect(t.posts).toEqual([]);
  });

  it('is broken when the feed fails, says why, and is live when it ticks again', async () => {
    const t = await begin();
    t.listeners[0]?.failed(new Error('the socket closed'));
    await t.settle();
    expect(work(t)).toBe('broken');
    expect(context(t).failure).toBe('the socket closed');
    await t.say('BTCUSDT');
    expect(work(t)).toBe('live');
    expect(context(t).failure).toBe(null);
  });

  it('is ended by the end of a recording, which is not silence', async () => {
    const t = await begin();
    await t.say('BTCUSDT');
    t.listeners[0]?.notice({ type: 'ended' });
    await t.advance(120_000);
    expect(work(t)).toBe('ended');
  });

  it('listens once, also after a restart: no tick is told twice', async () => {
    const t = await begin();
    await t.say('BTCUSDT');
    await t.stop('marketFeed');
    expect(t.listeners).toHaveLength(0);
    await t.say('BTCUSDT');
    await t.start('marketFeed', t.make, ordered);
    expect(t.listeners).toHaveLength(1);
    await t.say('BTCUSDT');
    expect(t.sent('exitGates', 'TICK')).toHaveLength(2);
    expect(t.sent('healingOperator', 'REMEDY.DONE')).toMatchObject([{ evidence: { figures: { incarnation: 2 } } }]);
  });

  it('cannot be repaired, only restarted, and says so', async () => {
    const t = await begin();
    await t.post('marketFeed', repairing('prices'));
    expect(t.sent('healingOperator', 'REMEDY.FAILED')).toMatchObject([
      { error: expect.stringContaining('restart it') },
    ]);
  });
});

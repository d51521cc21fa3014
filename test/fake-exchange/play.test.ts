/** Candles played as a market: what is traded in a bar, and in which order. */
import { describe, expect, it } from 'vitest';
import { pathOf } from './engine/bar-path.ts';
import { steppedClock } from './engine/exchange-clock.ts';
import { FakeExchange } from './fake-exchange.ts';
import { play } from './play.ts';
import { BTC, rig } from './rig.ts';

const START = Date.UTC(2025, 4, 5);
const bar = (minute: number, symbol = 'BTCUSDT') => ({
  symbol,
  ts: START + minute * 60_000,
  open: 100,
  high: 104,
  low: 98,
  close: 101,
  volume: 10,
});

describe('a bar', () => {
  it('goes to its nearer extreme first, or to the one that is asked for', () => {
    const prices = (first?: 'high' | 'low') => pathOf(bar(0), first).map(({ last }) => Number(last));
    expect(prices()).toEqual([100, 98, 104, 101]);
    expect(prices('high')).toEqual([100, 104, 98, 101]);
    expect(prices('low')).toEqual([100, 98, 104, 101]);
  });

  it('has all of its volume, and lies within its minute', () => {
    const moves = pathOf({ ...bar(0), volume: '0.007' });
    expect(moves.reduce((total, { volume }) => total + Number(volume), 0)).toBeCloseTo(0.007, 12);
    expect(moves.every(({ at }) => at >= START && at < START + 60_000)).toBe(true);
  });

  it('ends by the clock, whether or not another trade comes', async () => {
    const clock = steppedClock(START);
    await using r = await rig({ clock });
    expect(r.exchange.market.klines.forming('BTCUSDT')?.t).toBe(START);
    clock.moveTo(START + 60_000);
    r.exchange.engine.tick();
    expect(r.exchange.market.klines.forming('BTCUSDT')).toBeNull();
    expect(r.exchange.market.klines.minutes('BTCUSDT')).toMatchObject([{ t: START, closed: true }]);
  });

  it('triggers a stop in the middle of it', async () => {
    const clock = steppedClock(START - 60_000);
    await using r = await rig({ clock });
    await r.client.createOrder(BTC, 'market', 'buy', 0.01);
    const params = { stopLossPrice: 59_000, reduceOnly: true };
    await r.client.createOrder(BTC, 'market', 'sell', 0.01, undefined, params);
    r.exchange.bar({ symbol: 'BTCUSDT', ts: START, open: 60_000, high: 60_500, low: 58_900, close: 60_400, volume: 5 });
    expect(r.exchange.audit.positions).toEqual({});
    expect(r.exchange.audit.fills.at(-1)).toMatchObject({ price: '58900', time: START + 40_000 });
  });
});

describe('a file that is played', () => {
  it('has its symbols side by side, each trade at its time, and its bars as they were', async () => {
    const exchange = await FakeExchange.start({ clock: steppedClock(START) });
    try {
      const candles = [0, 1, 2].flatMap((minute) => [bar(minute), bar(minute, 'ETHUSDT')]);
      const minutes: number[] = [];
      await play(exchange, candles, { onMinute: (ts) => minutes.push(ts) });
      expect(minutes).toEqual([0, 1, 2].map((minute) => START + minute * 60_000));
      expect(exchange.clock.now()).toBe(START + 180_000);
      for (const symbol of ['BTCUSDT', 'ETHUSDT']) {
        const bars = exchange.market.klines.minutes(symbol);
        expect(bars.map(({ o, h, l, c, v, closed }) => [o, h, l, c, v].map(Number).concat(closed ? 1 : 0))).toEqual(
          candles.slice(0, 3).map(() => [100, 104, 98, 101, 10, 1]),
        );
      }
    } finally {
      await exchange.close();
    }
  });
});

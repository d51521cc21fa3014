import { Decimal } from 'decimal.js';
import { describe, expect, it } from 'vitest';
import { instrumentOf } from '../../src/adapters/instruments.ts';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import { simMarket } from '../../src/adapters/sim-market.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import type { Candle } from '../../src/machines/messages.ts';
import { Heard } from './feed-listener.ts';

const START = 1_746_372_780_250;
const SYMBOLS = ['XRPUSDT', 'BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'BNBUSDT'];

function market(seed: number, { symbols = SYMBOLS, intervalMs = 1_000 } = {}) {
  const clock = new VirtualClock(START);
  const feed = simMarket({ symbols, intervalMs, clock, chance: seededChance(seed) });
  const heard = new Heard();
  return { clock, feed, heard, begin: () => feed.start(heard) };
}

function ran(seed: number, bars: number, options = {}) {
  const one = market(seed, options);
  one.begin();
  one.clock.advance(bars * one.feed.intervalMs);
  return one;
}

const returns = (candles: readonly Candle[]): number[] => candles.map(({ open, close }) => Math.log(close / open));
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: readonly number[]): number => {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
};

describe('the simulated market', () => {
  it('is the same for the same seed, tick for tick and notice for notice, and another for another', () => {
    const [a, b, c] = [ran(5, 2_000), ran(5, 2_000), ran(6, 2_000)];
    expect(JSON.stringify(a.heard)).toBe(JSON.stringify(b.heard));
    expect(JSON.stringify(a.heard)).not.toBe(JSON.stringify(c.heard));
  });

  it('closes bars at multiples of the interval, on the clock, symbols in order', () => {
    const { heard, feed } = ran(1, 500, { intervalMs: 60_000 });
    expect(feed.symbols).toEqual([...SYMBOLS].sort());
    expect(heard.ticks).toHaveLength(500);
    heard.ticks.forEach(({ at, candles }, i) => {
      expect(at % 60_000).toBe(0);
      if (i > 0) expect(at - (heard.ticks[i - 1]?.at ?? 0)).toBe(60_000);
      expect(candles.map(({ symbol }) => symbol)).toEqual(
        feed.symbols.filter((s) => candles.some((candle) => candle.symbol === s)),
      );
      for (const candle of candles) expect(candle.ts).toBe(at - 60_000);
    });
  });

  it('makes bars that can be: low ≤ open, close ≤ high, all on the tick and above 0', () => {
    const { heard } = ran(2, 3_000);
    for (const { symbol, open, high, low, close, volume } of heard.ticks.flatMap(({ candles }) => candles)) {
      const { tick } = instrumentOf(symbol);
      const good =
        low > 0 &&
        low <= Math.min(open, close) &&
        high >= Math.max(open, close) &&
        Number.isFinite(volume) &&
        volume > 0;
      const onTick = [open, high, low, close].every((price) => new Decimal(price).mod(tick).isZero());
      expect({ symbol, open, high, low, close, good, onTick }).toMatchObject({ good: true, onTick: true });
    }
  });

  it('has a history, so that indicators are warm at once: it ends where the first bar begins', () => {
    const { feed, heard, begin, clock } = market(3);
    const history = feed.recent('BTCUSDT', 1_000);
    expect(history.length).toBeGreaterThanOrEqual(400);
    begin();
    clock.advance(1_000);
    const first = heard.candles('BTCUSDT')[0];
    expect(first?.ts).toBe((history.at(-1)?.ts ?? 0) + 1_000);
    expect(first?.open).toBe(history.at(-1)?.close);
    expect(feed.recent('BTCUSDT', 1)).toEqual([first]);
    expect(feed.recent('BTCUSDT', 0)).toEqual([]);
    expect(feed.recent('DOGEUSDT', 5)).toEqual([]);
    expect(history.every(({ ts }, i) => i === 0 || ts - (history[i - 1]?.ts ?? 0) === 1_000)).toBe(true);
  });

  it('leaves bars out now and then, and says so: bars and gaps together leave nothing unsaid', () => {
    const { heard, feed } = ran(4, 20_000);
    expect(heard.gaps().length).toBeGreaterThan(20);
    for (const symbol of feed.symbols) {
      const missing = heard.gaps(symbol).reduce((sum, gap) => sum + gap.missing, 0);
      expect(heard.candles(symbol).length + missing).toBe(20_000);
      const there = new Set(heard.candles(symbol).map(({ ts }) => ts));
      for (const { from } of heard.gaps(symbol)) expect(there.has(from)).toBe(false);
    }
  });

  it('tells the first who listens all bars since it was made: a bot that takes a while to start misses none', () => {
    const { heard, clock, begin } = market(8, { symbols: ['BTCUSDT'] });
    clock.advance(10_000);
    begin();
    clock.advance(1);
    expect(heard.ticks.map(({ at }) => at)).toEqual(
      Array.from({ length: 10 }, (_, n) => (heard.ticks[0]?.at ?? 0) + n * 1_000),
    );
    expect(heard.gaps()).toEqual([]);
    clock.advance(2_000);
    expect(heard.ticks).toHaveLength(12);
  });

  it('says what it did not make while nobody listened any more', () => {
    const { feed, heard, clock, begin } = market(8, { symbols: ['BTCUSDT'] });
    const stop = begin();
    clock.advance(5_000);
    stop();
    clock.advance(7_000);
    expect(heard.ticks).toHaveLength(5);
    feed.start(heard);
    clock.advance(1_000);
    expect(heard.gaps()).toMatchObject([
      { missing: 7, from: heard.ticks[4]?.at, to: (heard.ticks[5]?.at ?? 0) - 1_000 },
    ]);
  });

  it('moves by 2 % within some minutes of one-second bars, in every hour and for every symbol', () => {
    for (const seed of [1, 2, 3]) {
      const { heard } = ran(seed, 3_600, { symbols: ['BTCUSDT', 'SOLUSDT'] });
      for (const symbol of ['BTCUSDT', 'SOLUSDT']) {
        const closes = heard.candles(symbol).map(({ close }) => close);
        const moved = closes.some((close, i) => Math.abs((closes[i + 300] ?? close) / close - 1) > 0.02);
        expect({ seed, symbol, moved }).toEqual({ seed, symbol, moved: true });
      }
    }
  });

  it('has regimes: calm spells and wild ones, spells of one direction, and jumps', () => {
    const { heard } = ran(9, 20_000, { symbols: ['BTCUSDT'] });
    const moves = returns(heard.candles('BTCUSDT'));
    const spells = Array.from({ length: Math.floor(moves.length / 100) }, (_, i) =>
      moves.slice(i * 100, i * 100 + 100),
    );
    const widths = spells.map(deviation).sort((a, b) => a - b);
    expect((widths.at(-5) ?? 0) / (widths[5] ?? 1)).toBeGreaterThan(2);
    const drifts = spells.map((spell) => Math.abs(mean(spell)) / (deviation(spell) / 10));
    expect(drifts.filter((t) => t > 4).length).toBeGreaterThan(3);
    const typical = widths[Math.floor(widths.length / 2)] ?? 1;
    expect(moves.some((move) => Math.abs(move) > 6 * typical)).toBe(true);
  });

  it('moves its symbols together, but not as one', () => {
    const { heard } = ran(10, 10_000, { symbols: ['BTCUSDT', 'ETHUSDT'] });
    const both = heard.ticks.filter(({ candles }) => candles.length === 2);
    const [a, b] = [0, 1].map((i) => returns(both.flatMap(({ candles }) => candles.slice(i, i + 1)))) as [
      number[],
      number[],
    ];
    const [middleA, middleB] = [mean(a), mean(b)];
    const cov = mean(a.map((value, i) => (value - middleA) * ((b[i] ?? 0) - middleB)));
    const correlation = cov / (deviation(a) * deviation(b));
    expect(correlation).toBeGreaterThan(0.4);
    expect(correlation).toBeLessThan(0.95);
  });

  it('goes on for ever: after 60,000 bars prices are still prices, and memory is bounded', () => {
    const { heard, feed } = ran(11, 60_000, { symbols: ['XRPUSDT'] });
    const closes = heard.candles('XRPUSDT').map(({ close }) => close);
    expect(Math.min(...closes)).toBeGreaterThan(0.05);
    expect(Math.max(...closes)).toBeLessThan(100);
    expect(feed.recent('XRPUSDT', 1e9).length).toBeLessThan(5_000);
    expect(heard.notices.some(({ type }) => type === 'ended')).toBe(false);
  });
});

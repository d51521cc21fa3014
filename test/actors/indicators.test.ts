import { describe, expect, it } from 'vitest';
import { indicators, WARM_UP_BARS, WARM_UP_TOLERANCE } from '../../src/actors/indicators.ts';
import { ring } from '../../src/actors/ring.ts';
import type { Candle, Features } from '../../src/machines/messages.ts';
import { fc } from '../fast-check.ts';
import { generated, recorded } from './recorded.ts';

const NUMBERS = ['emaFast', 'emaSlow', 'rsi', 'atr', 'donchianHigh', 'donchianLow', 'volatility'] as const;
const run = (candles: readonly Candle[], options = {}): Features[] => {
  const set = indicators(options);
  return candles.map((candle) => set.add(candle));
};
const last = (all: readonly Features[]): Features => {
  const found = all.at(-1);
  if (!found) throw new Error('no features');
  return found;
};

describe('indicators', () => {
  it('are after a restart what they would have been without it, within the stated tolerance', () => {
    const { candles } = recorded('BTCUSDT', 6_000);
    const continuous = run(candles);
    for (let end = WARM_UP_BARS + 500; end <= candles.length; end += 500) {
      const replayed = last(run(candles.slice(end - WARM_UP_BARS, end)));
      const whole = continuous[end - 1];
      for (const name of NUMBERS) {
        const [a, b] = [replayed[name], whole?.[name]];
        expect(Math.abs(Number(a) - Number(b)), `${name} after bar ${end}`).toBeLessThanOrEqual(
          WARM_UP_TOLERANCE * Math.abs(Number(b)),
        );
      }
      expect(replayed.returns).toEqual(whole?.returns);
      expect([replayed.regime, replayed.stable]).toEqual([whole?.regime, true]);
    }
  });

  it('would not be, if fewer bars were replayed than are said to be needed', () => {
    const { candles } = recorded('BTCUSDT', 3_000);
    const short = last(run(candles.slice(-200)));
    const whole = last(run(candles));
    expect(Math.abs(Number(short.emaSlow) / Number(whole.emaSlow) - 1)).toBeGreaterThan(WARM_UP_TOLERANCE);
  });

  it('agree with their definitions, computed from scratch', () => {
    const candles = generated('DEFINITION', 400);
    const found = last(run(candles));
    const closes = candles.map(({ close }) => close);
    const ema = (n: number) => closes.reduce((value, close) => value + (2 / (n + 1)) * (close - value));
    const changes = closes.slice(1).map((close, i) => close - (closes[i] ?? 0));
    const wilder = (values: readonly number[]) => {
      const seed = values.slice(0, 14).reduce((a, b) => a + b) / 14;
      return values.slice(14).reduce((value, next) => value + (next - value) / 14, seed);
    };
    const gain = wilder(changes.map((change) => Math.max(0, change)));
    const loss = wilder(changes.map((change) => Math.max(0, -change)));
    const ranges = candles.map(({ high, low }, i) => {
      const before = closes[i - 1] ?? low;
      return i === 0 ? high - low : Math.max(high - low, Math.abs(high - before), Math.abs(low - before));
    });
    const returns = changes.map((change, i) => change / (closes[i] ?? 1)).slice(-60);
    const mean = returns.reduce((a, b) => a + b) / 60;
    const deviation = Math.sqrt(returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 59);
    const before = candles.slice(-21, -1);

    expect(found.emaFast).toBeCloseTo(ema(12), 6);
    expect(found.emaSlow).toBeCloseTo(ema(26), 6);
    expect(found.rsi).toBeCloseTo(100 - 100 / (1 + gain / loss), 8);
    expect(found.atr).toBeCloseTo(wilder(ranges), 6);
    expect(found.volatility).toBeCloseTo(deviation, 12);
    expect(found.donchianHigh).toBe(Math.max(...before.map(({ high }) => high)));
    expect(found.donchianLow).toBe(Math.min(...before.map(({ low }) => low)));
    expect(found.returns).toHaveLength(60);
    expect(found.returns.at(-1)).toBeCloseTo(returns.at(-1) ?? 0, 14);
  });

  it('say nothing they do not know yet, and no regime before they are stable', () => {
    const all = run(generated('WARMING', 300));
    expect(all[0]).toMatchObject({
      emaFast: null,
      rsi: null,
      atr: null,
      donchianHigh: null,
      volatility: null,
      regime: 'unknown',
    });
    const stableFrom = all.findIndex(({ stable }) => stable);
    // One bar for the first return, 60 returns for the first volatility, 120 of those for its average.
    expect(stableFrom).toBe(1 + 60 + 120 - 2);
    for (const [index, { stable, regime }] of all.entries()) {
      expect(stable, `bar ${index}`).toBe(index >= stableFrom);
      expect(regime === 'unknown', `bar ${index}`).toBe(!stable);
    }
  });

  it('see every regime in a month of recorded minutes', () => {
    const regimes = new Set(run(recorded('BTCUSDT', 20_000).candles).map(({ regime }) => regime));
    expect([...regimes].sort()).toEqual(['ranging', 'trending', 'unknown', 'volatile']);
  });

  it('know after a replay what they know after bar by bar, and go on from there', () => {
    const candles = generated('REPLAYED', 250);
    const [past, present] = [candles.slice(0, -30), candles.slice(-30)];
    const set = indicators();
    expect(set.replay([])).toBe(null);
    expect(set.replay([...past, ...past.slice(-5)])).toEqual(last(run(past)));
    expect(set.latest).toEqual(last(run(past)));
    expect(present.map((candle) => set.add(candle))).toEqual(run(candles).slice(-30));
  });

  it('take a bar once, however often it is delivered', () => {
    const candles = generated('TWICE', 250);
    const once = last(run(candles));
    const twice = last(run(candles.flatMap((candle, i) => [candle, candle, ...candles.slice(Math.max(0, i - 1), i)])));
    expect(twice).toEqual(once);
  });

  it('refuse a bar of another symbol', () => {
    const set = indicators();
    const [bar] = generated('ONE', 1);
    if (!bar) throw new Error('no bar');
    set.add(bar);
    expect(() => set.add({ ...bar, symbol: 'TWO', ts: bar.ts + 60_000 })).toThrow(/ONE .* TWO/);
  });

  it('stay finite in a flat market', () => {
    const flat = generated('FLAT', 300).map((bar) => ({ ...bar, open: 5, high: 5, low: 5, close: 5 }));
    expect(last(run(flat))).toMatchObject({ atr: 0, volatility: 0, rsi: 100, regime: 'ranging', emaFast: 5 });
  });
});

describe('a ring', () => {
  it('is the last numbers, and computes from them alone', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.array(
          fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => value + 0),
          { minLength: 1, maxLength: 40 },
        ),
        (size, values) => {
          const subject = ring(size);
          for (const value of values) subject.push(value);
          const window = values.slice(-size);
          const sum = window.reduce((a, b) => a + b, 0);
          expect(subject.toArray()).toEqual(window);
          expect(subject.full).toBe(values.length >= size);
          expect(subject.max()).toBe(Math.max(...window));
          expect(subject.min()).toBe(Math.min(...window));
          expect(subject.sum()).toBe(sum);
          expect(subject.mean()).toBe(sum / window.length);
        },
      ),
    );
  });
});

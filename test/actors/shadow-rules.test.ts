import { describe, expect, it } from 'vitest';
import { levelAt } from '../../src/actors/level.ts';
import {
  type ClosedShadow,
  closeShadow,
  SHADOW_RULES,
  ShadowBook,
  type ShadowTrade,
} from '../../src/actors/shadow-rules.ts';
import type { Candle, Direction } from '../../src/machines/messages.ts';
import { fc } from '../fast-check.ts';
import { candle, MINUTE, NOW } from './samples.ts';

const trade = (change: Partial<ShadowTrade> = {}): ShadowTrade => ({
  signalId: 'one',
  symbol: 'BTCUSDT',
  direction: 'LONG',
  entryPrice: 100_000,
  openedAt: NOW,
  ...change,
});
const endsOf = (opened: ShadowTrade, ...bars: Candle[]): ClosedShadow[] => {
  const book = new ShadowBook();
  expect(book.open(opened)).toEqual({ ok: true });
  return bars.flatMap((bar) => book.onCandle(bar, bar.ts + MINUTE));
};
const HOURS_4 = 4 * 60 * MINUTE;

describe('a shadow trade', () => {
  it('ends at +2 %, at -1.5 %, or after 4 h', () => {
    expect(endsOf(trade(), candle(101_000, 102_100, 100_900, 102_000))).toMatchObject([
      { exitReason: 'take_profit', exitPrice: 102_000, pnlPct: 0.02, netPct: 0.0185 },
    ]);
    expect(endsOf(trade(), candle(99_000, 99_100, 98_400, 99_000))).toMatchObject([
      { exitReason: 'stop_loss', exitPrice: 98_500, pnlPct: -0.015 },
    ]);
    expect(endsOf(trade({ direction: 'SHORT' }), candle(99_000, 99_100, 97_900, 98_500))).toMatchObject([
      { exitReason: 'take_profit', exitPrice: 98_000, pnlPct: 0.02 },
    ]);
    expect(endsOf(trade({ direction: 'SHORT' }), candle(101_000, 101_600, 100_900, 101_000))).toMatchObject([
      { exitReason: 'stop_loss', exitPrice: 101_500 },
    ]);
    const quiet = candle(100_500, 100_600, 100_400, 100_500, NOW + HOURS_4 - MINUTE);
    expect(endsOf(trade(), { ...quiet, ts: quiet.ts - MINUTE })).toEqual([]);
    expect(endsOf(trade(), quiet)).toMatchObject([
      { exitReason: 'timeout', exitPrice: 100_500, exitAt: NOW + HOURS_4 },
    ]);
  });
  it('is stopped first where both levels lie inside one bar', () => {
    expect(endsOf(trade(), candle(100_000, 102_500, 98_000, 102_000))).toMatchObject([{ exitReason: 'stop_loss' }]);
    expect(endsOf(trade({ direction: 'SHORT' }), candle(100_000, 102_500, 97_000, 98_000))).toMatchObject([
      { exitReason: 'stop_loss' },
    ]);
  });
  it('ends at the open where the market opened beyond a level', () => {
    expect(endsOf(trade(), candle(97_000, 98_000, 96_000, 97_000))).toMatchObject([
      { exitReason: 'stop_loss', exitPrice: 97_000 },
    ]);
    expect(endsOf(trade(), candle(103_000, 103_000, 98_000, 99_000))).toMatchObject([
      { exitReason: 'take_profit', exitPrice: 103_000 },
    ]);
  });
  it('ends at the first price after a gap in which its time ran out', () => {
    expect(endsOf(trade(), candle(100_200, 103_000, 97_000, 100_000, NOW + HOURS_4 + MINUTE))).toMatchObject([
      { exitReason: 'timeout', exitPrice: 100_200, exitAt: NOW + HOURS_4 + MINUTE },
    ]);
  });
  it('ignores the bar during which it was opened', () => {
    expect(endsOf(trade({ openedAt: NOW + 1 }), candle(100_000, 103_000, 97_000, 100_000))).toEqual([]);
  });
  it('ends when its signal expires, at the price of that moment', () => {
    const book = new ShadowBook();
    book.open(trade());
    expect(book.expire('one', 100_100, NOW + 5)).toMatchObject({
      exitReason: 'signal_expired',
      exitPrice: 100_100,
      exitAt: NOW + 5,
    });
    expect(book.expire('one', 100_100, NOW + 6)).toBe(null);
    expect(book.size).toBe(0);
  });
  it('happens once per signal, ever: not while open, not afterwards, not after a replay', () => {
    const book = new ShadowBook();
    expect(book.open(trade()).ok).toBe(true);
    expect(book.open(trade()).ok).toBe(false);
    book.onCandle(candle(97_000, 98_000, 96_000, 97_000), NOW + MINUTE);
    expect(book.open(trade({ openedAt: NOW + MINUTE })).ok).toBe(false);
    book.remember('two', NOW);
    expect(book.open(trade({ signalId: 'two' })).ok).toBe(false);
    expect(book.size).toBe(0);
  });
  it('is not opened for a signal so old that its trade may be forgotten', () => {
    const book = new ShadowBook({ ...SHADOW_RULES, remembered: 2 });
    for (const [index, signalId] of ['a', 'b', 'c'].entries()) book.remember(signalId, NOW + index);
    expect(book.open(trade({ signalId: 'a', openedAt: NOW })).ok).toBe(false);
    expect(book.open(trade({ signalId: 'd', openedAt: NOW + 9 })).ok).toBe(true);
  });
  it('is not opened without a price', () => {
    expect(new ShadowBook().open(trade({ entryPrice: 0 })).ok).toBe(false);
  });
});

interface Model extends ShadowTrade {
  done: boolean;
}
/** The same rules, told of every trade on every bar. */
const naive = (one: Model, bar: Candle, now: number): ClosedShadow | null => {
  if (one.done || one.symbol !== bar.symbol) return null;
  const side = one.direction === 'LONG' ? 1 : -1;
  const target = levelAt(one.entryPrice, side * SHADOW_RULES.takeProfit);
  const stop = levelAt(one.entryPrice, -side * SHADOW_RULES.stopLoss);
  const deadline = one.openedAt + SHADOW_RULES.maxHoldMs;
  const [worst, best] = side > 0 ? [bar.low, bar.high] : [bar.high, bar.low];
  const end = (price: number, at: number, why: ClosedShadow['exitReason']) => closeShadow(one, price, at, why);
  if (deadline <= bar.ts) return end(bar.open, bar.ts, 'timeout');
  if (one.openedAt <= bar.ts) {
    if ((bar.open - target) * side >= 0) return end(bar.open, bar.ts, 'take_profit');
    if ((worst - stop) * side <= 0) return end((bar.open - stop) * side <= 0 ? bar.open : stop, now, 'stop_loss');
    if ((best - target) * side >= 0) return end(target, now, 'take_profit');
  }
  return deadline <= now ? end(bar.close, now, 'timeout') : null;
};

describe('the shadow book', () => {
  it('ends the trades that a look at every trade on every bar would end, in order, and leaks nothing', () => {
    const step = fc.record({
      move: fc.double({ min: -0.01, max: 0.01, noNaN: true }),
      wick: fc.double({ min: 0, max: 0.006, noNaN: true }),
      gap: fc.double({ min: -0.01, max: 0.01, noNaN: true }),
      minutes: fc.constantFrom(1, 1, 1, 1, 90),
      opens: fc.array(
        fc.record({
          direction: fc.constantFrom<Direction>('LONG', 'SHORT'),
          symbol: fc.constantFrom('A', 'B'),
          late: fc.constantFrom(0, 0, 0, 1),
        }),
        { maxLength: 4 },
      ),
      expires: fc.option(fc.nat(), { nil: null }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 120 }), (steps) => {
        const book = new ShadowBook();
        const models: Model[] = [];
        const prices: Record<string, number> = { A: 100_000, B: 50 };
        let ts = NOW;
        for (const { move, wick, gap, minutes, opens, expires } of steps) {
          const now = ts + MINUTE;
          for (const symbol of ['A', 'B']) {
            const open = (prices[symbol] ?? 1) * (1 + gap);
            const close = open * (1 + move);
            prices[symbol] = close;
            const bar = {
              ...candle(open, Math.max(open, close) * (1 + wick), Math.min(open, close) * (1 - wick), close, ts),
              symbol,
            };
            const expected = models.flatMap((one) => {
              const ended = naive(one, bar, now);
              if (ended) one.done = true;
              return ended ? [ended] : [];
            });
            expect(book.onCandle(bar, now)).toEqual(expected);
          }
          for (const { direction, symbol, late } of opens) {
            const one = {
              signalId: `s${models.length}`,
              symbol,
              direction,
              entryPrice: prices[symbol] ?? 1,
              openedAt: now + late,
              done: false,
            };
            models.push(one);
            expect(book.open(one).ok).toBe(true);
          }
          if (expires !== null && models.length > 0) {
            const one = models[expires % models.length];
            const ended = one && book.expire(one.signalId, 7, now);
            expect(ended !== null).toBe(one?.done === false);
            if (one) one.done = true;
          }
          const open = models.filter(({ done }) => !done);
          expect(book.size).toBe(open.length);
          expect(book.trades.map(({ signalId }) => signalId)).toEqual(open.map(({ signalId }) => signalId));
          expect(book.held).toBeLessThanOrEqual(6 * open.length + 12 * 66);
          ts += minutes * MINUTE;
        }
      }),
      { numRuns: 60 },
    );
  });

  it('stays small when thousands of trades come and go', () => {
    const book = new ShadowBook({ ...SHADOW_RULES, remembered: 1_000 });
    let ts = NOW;
    for (let i = 0; i < 20_000; i++, ts += MINUTE) {
      // Ever lower entries keep a living trade on top of some heaps, above all that have died.
      book.open(
        trade({ signalId: `s${i}`, openedAt: ts, direction: i % 2 ? 'LONG' : 'SHORT', entryPrice: 100_000 - i / 20 }),
      );
      book.onCandle(candle(100_000, 100_100, 99_900, 100_000, ts), ts + MINUTE);
      if (i % 3 === 0) book.expire(`s${i}`, 100_000, ts + MINUTE);
    }
    expect(book.size).toBeLessThanOrEqual(240);
    expect(book.held).toBeLessThan(6 * 240 + 6 * 66);
  });
});

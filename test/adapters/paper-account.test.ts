import { describe, expect, it } from 'vitest';
import { instrumentOf } from '../../src/adapters/instruments.ts';
import { book, closable, equityOf, forcedClose, liquidationOf } from '../../src/adapters/paper-account.ts';
import { partsOf, slippedPrice } from '../../src/adapters/paper-matching.ts';
import { emptyState as account } from '../../src/adapters/paper-state.ts';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import type { Candle } from '../../src/machines/messages.ts';
import { minus, notionalUsd, plus, times } from '../../src/ports/money.ts';
import { fc } from '../fast-check.ts';

const BTC = instrumentOf('BTCUSDT');
const bar = (low: number, high: number, open = high, close = low): Candle => ({
  symbol: 'BTCUSDT',
  ts: 0,
  open,
  high,
  low,
  close,
  volume: 10,
});

const price = fc.integer({ min: 500_000, max: 1_500_000 }).map((n) => times(n, 0.1));
const qty = fc.integer({ min: 1, max: 5_000 }).map((n) => times(n, 0.001));
const side = fc.constantFrom('BUY', 'SELL' as const);
const fee = fc.integer({ min: 0, max: 1_000 }).map((n) => times(n, 0.01));
const leverage = fc.integer({ min: 1, max: 20 });
const trade = fc.record({ symbol: fc.constant('BTCUSDT'), side, qty, price, feeUsd: fee, leverage });

describe('the books of the paper exchange', () => {
  it('make no money and lose none: flat again, cash is what was paid and got, and no margin is bound', () => {
    fc.assert(
      fc.property(fc.array(trade, { minLength: 1, maxLength: 12 }), price, (trades, last) => {
        const state = account(1e7);
        let net = 0;
        let paid = 0;
        const take = (one: (typeof trades)[number]): void => {
          book(state, one, one.leverage);
          const sign = one.side === 'BUY' ? 1 : -1;
          net = plus(net, sign * one.qty);
          paid = plus(paid, plus(sign * notionalUsd(one.price, one.qty), one.feeUsd));
          expect(state.positions.BTCUSDT?.qty ?? 0).toBe(net);
        };
        for (const one of trades) take(one);
        if (net !== 0) {
          const closing = net > 0 ? 'SELL' : 'BUY';
          take({ symbol: 'BTCUSDT', side: closing, qty: Math.abs(net), price: last, feeUsd: 0, leverage: 1 });
        }
        expect(state.positions).toEqual({});
        expect(Math.abs(state.cashUsd - minus(1e7, paid))).toBeLessThan(1e-6);
      }),
    );
  });

  it('say the same equity whether a holding is closed at the last price or not', () => {
    fc.assert(
      fc.property(fc.array(trade, { minLength: 1, maxLength: 8 }), price, (trades, last) => {
        const state = account(1e7);
        for (const one of trades) book(state, one, one.leverage);
        state.marks.BTCUSDT = bar(last, last);
        const before = equityOf(state);
        const net = state.positions.BTCUSDT?.qty ?? 0;
        if (net === 0) return;
        const close = { symbol: 'BTCUSDT', qty: Math.abs(net), price: last, feeUsd: 0 };
        book(state, { ...close, side: net > 0 ? 'SELL' : 'BUY' }, 1);
        expect(Math.abs(equityOf(state) - before)).toBeLessThan(1e-6);
      }),
    );
  });

  it('give a holding that changed sides the price and the margin of what opened it', () => {
    const state = account(100_000);
    book(state, { symbol: 'BTCUSDT', side: 'BUY', qty: 0.1, price: 100_000, feeUsd: 0 }, 10);
    expect(state.positions.BTCUSDT).toEqual({ qty: 0.1, entry: 100_000, marginUsd: 1_000, costUsd: 10_000 });
    book(state, { symbol: 'BTCUSDT', side: 'SELL', qty: 0.3, price: 110_000, feeUsd: 5 }, 5);
    expect(state.positions.BTCUSDT).toEqual({ qty: -0.2, entry: 110_000, marginUsd: 4_400, costUsd: 22_000 });
    expect(state.cashUsd).toBe(100_995);
    expect(closable(state.positions.BTCUSDT, 'BUY')).toBe(0.2);
    expect(closable(state.positions.BTCUSDT, 'SELL')).toBe(0);
    expect(closable(undefined, 'SELL')).toBe(0);
  });

  it('release margin in the measure a holding is closed', () => {
    const state = account(100_000);
    book(state, { symbol: 'BTCUSDT', side: 'SELL', qty: 0.4, price: 100_000, feeUsd: 0 }, 10);
    book(state, { symbol: 'BTCUSDT', side: 'BUY', qty: 0.1, price: 90_000, feeUsd: 0 }, 1);
    expect(state.positions.BTCUSDT).toEqual({ qty: -0.3, entry: 100_000, marginUsd: 3_000, costUsd: 30_000 });
    expect(state.cashUsd).toBe(101_000);
  });
});

describe('a liquidation', () => {
  const long = { qty: 0.01, entry: 60_000, marginUsd: 60, costUsd: 600 };
  const short = { qty: -0.01, entry: 60_000, marginUsd: 60, costUsd: 600 };

  it("happens where Binance's formula says, and not a tick before", () => {
    const at = liquidationOf(long, BTC);
    expect(at).toBeCloseTo(54_216.8675, 4);
    expect(forcedClose(long, at, bar(54_216.9, 55_000), BTC)).toBeNull();
    expect(forcedClose(long, at, bar(54_216.8, 55_000), BTC)).toMatchObject({
      side: 'SELL',
      qty: 0.01,
      price: 54_216.9,
    });
    const above = liquidationOf(short, BTC);
    expect(forcedClose(short, above, bar(60_000, 65_737, 60_000), BTC)).toBeNull();
    expect(forcedClose(short, above, bar(60_000, 65_737.1, 60_000), BTC)).toMatchObject({ side: 'BUY', price: 65_737 });
  });

  it('is at the open where the market jumped over it', () => {
    const at = liquidationOf(long, BTC);
    expect(forcedClose(long, at, bar(54_000, 54_150, 54_100), BTC)?.price).toBe(54_100);
  });

  it('never costs more than the margin, fee and all, however far the market jumps', () => {
    fc.assert(
      fc.property(side, price, qty, fc.integer({ min: 2, max: 20 }), price, (opened, entry, size, lever, open) => {
        const state = account(1e7);
        book(state, { symbol: 'BTCUSDT', side: opened, qty: size, price: entry, feeUsd: 0 }, lever);
        const held = state.positions.BTCUSDT;
        if (!held) throw new Error('nothing was opened');
        const close = forcedClose(held, liquidationOf(held, BTC), bar(open, open), BTC);
        if (!close) return;
        book(state, { symbol: 'BTCUSDT', ...close }, 1);
        expect(state.positions).toEqual({});
        expect(1e7 - state.cashUsd).toBeLessThanOrEqual(held.marginUsd + 1e-6);
      }),
    );
  });
});

describe('the matching of the paper exchange', () => {
  it('fills an order in one to three parts on the lot, which are the whole of it', () => {
    fc.assert(
      fc.property(qty, fc.double({ min: 0, max: 1_000, noNaN: true }), fc.integer(), (size, volume, seed) => {
        const parts = partsOf(size, volume, 0.001, seededChance(seed));
        expect(parts.length).toBeLessThanOrEqual(3);
        expect(parts.reduce(plus, 0)).toBe(size);
        for (const part of parts) expect(times(Math.round(part / 0.001), 0.001)).toBe(part);
        expect(Math.min(...parts)).toBeGreaterThan(0);
      }),
    );
    expect(partsOf(1, 10, 0.001, seededChance(1)).length).toBeGreaterThan(1);
    expect(partsOf(0.001, 0, 0.001, seededChance(1))).toEqual([0.001]);
  });

  it('never gives a better price than the last, and a worse one to a larger order', () => {
    fc.assert(
      fc.property(price, qty, fc.integer(), (close, size, seed) => {
        const last = { ...bar(close, close), volume: 100 };
        const slip = (s: 'BUY' | 'SELL', q: number) => slippedPrice(last, s, q, BTC, seededChance(seed));
        expect(slip('BUY', size)).toBeGreaterThan(close);
        expect(slip('SELL', size)).toBeLessThan(close);
        expect(slip('BUY', 10 * size)).toBeGreaterThanOrEqual(slip('BUY', size));
        expect(slip('BUY', size) / close - 1).toBeLessThan(0.02);
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { SIZING_DEFAULTS, sizeEntry } from '../../src/actors/sizing.ts';
import { liquidationPrice } from '../../src/ports/money.ts';
import { fc } from '../fast-check.ts';
import { instrument } from './samples.ts';

const request = (change: Partial<Parameters<typeof sizeEntry>[0]> = {}) => ({
  direction: 'LONG' as const,
  price: 100_000,
  equityUsd: 10_000,
  instrument: instrument(),
  rules: SIZING_DEFAULTS,
  ...change,
});

describe('the size of an entry', () => {
  it('risks half a per cent of equity at the stop', () => {
    // 50 USD at 1,500 USD a coin is 0.0333…, floored to the lot.
    expect(sizeEntry(request())).toEqual({ qty: 0.033, leverage: 3, marginUsd: 1_100, stopPrice: 98_500 });
    expect(sizeEntry(request({ direction: 'SHORT' }))).toEqual({
      qty: 0.033,
      leverage: 3,
      marginUsd: 1_100,
      stopPrice: 101_500,
    });
  });
  it('is capped by notional and by free margin', () => {
    expect(sizeEntry(request({ rules: { ...SIZING_DEFAULTS, riskFraction: 0.5 } }))).toMatchObject({ qty: 0.05 });
    expect(sizeEntry(request({ freeMarginUsd: 500 }))).toMatchObject({ qty: 0.015, marginUsd: 500 });
  });
  it('lowers leverage until liquidation is far enough behind the stop', () => {
    const wide = { ...SIZING_DEFAULTS, stopFraction: 0.1, leverage: 50 };
    expect(sizeEntry(request({ rules: wide }))).toMatchObject({ leverage: 4 });
    expect(sizeEntry(request({ rules: { ...wide, stopFraction: 0.6 } }))).toHaveProperty('refused');
    expect(sizeEntry(request({ instrument: instrument({ maxLeverage: 2 }) }))).toMatchObject({ leverage: 2 });
  });
  it('refuses what is below the minimum, instead of rounding up to more risk', () => {
    expect(sizeEntry(request({ equityUsd: 200 }))).toEqual({
      refused: 'size 0 BTCUSDT is 0.00 USD, the exchange takes no less than 100 USD',
    });
  });
  it('refuses without equity, price or free margin', () => {
    for (const change of [
      { equityUsd: 0 },
      { equityUsd: -5 },
      { price: 0 },
      { price: Number.NaN },
      { freeMarginUsd: 0 },
    ])
      expect(sizeEntry(request(change))).toHaveProperty('refused');
  });
  it('keeps every cap, whatever the account and the market', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('LONG' as const, 'SHORT' as const),
        fc.double({ min: 0.01, max: 200_000, noNaN: true }),
        fc.double({ min: 1, max: 1e7, noNaN: true }),
        fc.double({ min: 0, max: 1e7, noNaN: true }),
        fc.constantFrom(0.001, 0.1, 1, 10),
        fc.integer({ min: 1, max: 125 }),
        (direction, price, equityUsd, freeMarginUsd, lot, leverage) => {
          const tick = 0.0001;
          const rules = { ...SIZING_DEFAULTS, leverage };
          const market = instrument({ lot, tick, minNotionalUsd: 5 });
          const size = sizeEntry({ direction, price, equityUsd, freeMarginUsd, instrument: market, rules });
          if ('refused' in size) return;
          const slack = 1 + 1e-9;
          const distance = Math.abs(price - size.stopPrice);
          expect(size.qty * distance).toBeLessThanOrEqual(equityUsd * rules.riskFraction * slack);
          expect(size.qty * price).toBeLessThanOrEqual(equityUsd * rules.maxNotional * slack);
          expect(size.qty * price).toBeGreaterThanOrEqual(5);
          expect(size.marginUsd).toBeLessThanOrEqual(freeMarginUsd * slack + 1e-8);
          expect(Math.abs(size.qty / lot - Math.round(size.qty / lot))).toBeLessThan(1e-6 + (size.qty / lot) * 1e-15);
          expect(distance).toBeLessThanOrEqual(price * rules.stopFraction * slack);
          const liquidation = liquidationPrice(direction, price, 1, price / size.leverage, market.maintenanceMargin);
          expect(Math.abs(price - liquidation)).toBeGreaterThanOrEqual(2 * distance * 0.999);
        },
      ),
    );
  });
});

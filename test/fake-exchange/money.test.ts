/** The wallet: fees, funding, margin and liquidation, to the last of eight decimals. */

import { describe, expect, it } from 'vitest';
import { fc } from '../fast-check.ts';
import { ApiError } from './engine/api-error.ts';
import { type Decimal, dec, ZERO } from './engine/decimal.ts';
import { steppedClock } from './engine/exchange-clock.ts';
import { FakeExchange } from './fake-exchange.ts';
import { BTC, rig } from './rig.ts';

const START = Date.UTC(2025, 4, 5, 7, 59);
const HOUR = 3_600_000;

describe('funding', () => {
  it('is paid by longs at its time, on the mark, and is told as income and as a change of the account', async () => {
    const clock = steppedClock(START);
    await using r = await rig({ clock });
    await r.client.createOrder(BTC, 'market', 'buy', 0.1);
    r.exchange.fundingRate('BTCUSDT', '0.0003');
    r.exchange.price('BTCUSDT', '60000', { mark: '61000' });
    expect((await r.client.fetchFundingRate(BTC)).fundingTimestamp).toBe(START + 60_000);
    clock.moveTo(START + 60_000);
    const history = await r.client.fetchFundingHistory(BTC, START - HOUR);
    expect(history).toMatchObject([{ amount: -1.83, timestamp: START + 60_000 }]);
    // 10,000 − fee 6,000 × 0.0005 − 6,100 × 0.0003
    expect(r.exchange.audit.wallet).toBe('9995.17');
  });

  it('follows recorded times and rates where there are some', async () => {
    const clock = steppedClock(START);
    await using r = await rig({ clock });
    r.exchange.fundingTable('BTCUSDT', [
      { ts: START + HOUR, rate: '-0.001' },
      { ts: START + 5 * HOUR, rate: '0.002' },
    ]);
    await r.client.createOrder(BTC, 'market', 'sell', 0.1);
    for (let hour = 1; hour <= 6; hour++) {
      clock.moveTo(START + hour * HOUR);
      r.exchange.price('BTCUSDT', '60000');
    }
    const funding = r.exchange.audit.income.filter(({ incomeType }) => incomeType === 'FUNDING_FEE');
    expect(funding.map(({ income }) => income)).toEqual(['-6.00000000', '12.00000000']);
  });
});

describe('margin', () => {
  it('of an isolated position is its own, and comes back as it is closed', async () => {
    await using r = await rig();
    await r.client.setMarginMode('isolated', BTC);
    await r.client.setLeverage(10, BTC);
    await r.client.createOrder(BTC, 'market', 'buy', 0.1);
    expect((await r.client.fetchBalance()).USDT).toMatchObject({ free: 9_397, used: 600 });
    await r.client.createOrder(BTC, 'market', 'sell', 0.05, undefined, { reduceOnly: true });
    expect((await r.client.fetchBalance()).USDT).toMatchObject({ free: 9_695.5, used: 300 });
  });

  it('sets the liquidation price by Binance’s formula, and the position is taken over there', async () => {
    await using r = await rig({ takerFee: '0', makerFee: '0' });
    await r.client.setMarginMode('isolated', BTC);
    await r.client.setLeverage(10, BTC);
    await r.client.createOrder(BTC, 'market', 'buy', 0.01);
    await r.client.createOrder(BTC, 'limit', 'buy', 0.01, 50_000, { clientOrderId: 'rests' });
    // (margin 60 − 600) / (0.01 × 0.004 − 0.01): research/trading.md §7
    expect((await r.client.fetchPositions([BTC]))[0]?.liquidationPrice).toBe(54_216.86746988);
    r.exchange.price('BTCUSDT', '54216.9');
    expect(r.exchange.audit.positions).toEqual({ BTCUSDT: '0.01' });
    r.exchange.price('BTCUSDT', '54216.8');
    expect(r.exchange.audit.positions).toEqual({});
    // All of the position's margin is gone, and no more than that.
    expect(r.exchange.audit.wallet).toBe('9940');
    const [rests, liquidation] = [
      await r.client.fetchOrder('', BTC, { clientOrderId: 'rests' }),
      r.exchange.audit.orders.at(-1),
    ];
    expect(rests.status).toBe('canceled');
    expect(liquidation).toMatchObject({ type: 'LIQUIDATION', status: 'FILLED', side: 'SELL', executedQty: '0.01' });
    expect(liquidation?.clientOrderId).toMatch(/^autoclose-\d+$/);
  });

  it('that falls to nothing in a gap costs no more than itself', async () => {
    await using r = await rig({ takerFee: '0' });
    await r.client.setMarginMode('isolated', BTC);
    await r.client.setLeverage(20, BTC);
    await r.client.createOrder(BTC, 'market', 'sell', 0.01);
    r.exchange.price('BTCUSDT', '90000');
    expect(r.exchange.audit.wallet).toBe('9970');
    expect(r.exchange.audit.income.map(({ incomeType, income }) => [incomeType, income])).toEqual([
      ['REALIZED_PNL', '-300.00000000'],
      ['INSURANCE_CLEAR', '270.00000000'],
    ]);
  });

  it('that is crossed is all of the wallet, for all positions together', async () => {
    await using r = await rig({ wallet: '1000', takerFee: '0' });
    await r.client.createOrder(BTC, 'market', 'buy', 0.1);
    expect((await r.client.fetchPositions([BTC]))[0]).toMatchObject({ marginMode: 'cross' });
    r.exchange.price('BTCUSDT', '50300');
    expect(r.exchange.audit.positions).toEqual({ BTCUSDT: '0.1' });
    r.exchange.price('BTCUSDT', '50100');
    expect(r.exchange.audit.positions).toEqual({});
  });
});

/** The same account, kept as cash and size: no average price, nothing to round but the fee. */
class CashModel {
  cash = dec(10_000);
  amt = ZERO;

  fill(side: string, qty: Decimal, price: Decimal, commission: Decimal): void {
    const signed = side === 'BUY' ? qty : qty.negated();
    this.amt = this.amt.plus(signed);
    this.cash = this.cash.minus(signed.times(price)).minus(commission);
  }
}

const step = fc.oneof(
  fc.record({ act: fc.constant('price' as const), price: fc.integer({ min: 450_000, max: 750_000 }) }),
  fc.record({
    act: fc.constant('order' as const),
    qty: fc.integer({ min: -60, max: 60 }),
    pieces: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ act: fc.constant('funding' as const), rate: fc.integer({ min: -300, max: 300 }) }),
);

describe('no cent', () => {
  it('is made or lost by any run of fills, fees and funding: when flat, the wallet is the cash that went in and out', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
        const own = await FakeExchange.start({ clock: steppedClock(START) });
        try {
          const { matching, books, account } = own.engine;
          const model = new CashModel();
          const order = (qty: Decimal, reduceOnly: boolean): void => {
            try {
              matching.place({
                symbol: 'BTCUSDT',
                side: qty.isNegative() ? 'SELL' : 'BUY',
                type: 'MARKET',
                quantity: qty.abs(),
                price: ZERO,
                timeInForce: 'GTC',
                reduceOnly,
                clientOrderId: `o-${books.orders.all.length}`,
              });
            } catch (error) {
              if (!(error instanceof ApiError)) throw error;
            }
          };
          own.price('BTCUSDT', '60000');
          for (const one of steps) {
            if (one.act === 'price') own.price('BTCUSDT', dec(one.price).dividedBy(10));
            else if (one.act === 'funding') own.settleFunding('BTCUSDT', dec(one.rate).dividedBy(1e6));
            else {
              own.breakFills(one.pieces);
              order(dec(one.qty).dividedBy(1_000), false);
            }
          }
          order(account.position('BTCUSDT').amt.negated(), true);
          for (const { side, qty, price, commission } of books.trades) model.fill(side, qty, price, commission);
          const other = own.audit.income
            .filter(({ incomeType }) => incomeType === 'FUNDING_FEE' || incomeType === 'INSURANCE_CLEAR')
            .reduce((total, { income }) => total.plus(income), ZERO);
          expect(account.position('BTCUSDT').isFlat).toBe(true);
          expect(model.amt.isZero()).toBe(true);
          expect(own.audit.wallet).toBe(model.cash.plus(other).toString());
        } finally {
          await own.close();
        }
      }),
      { numRuns: 60, seed: 6 },
    );
  });
});

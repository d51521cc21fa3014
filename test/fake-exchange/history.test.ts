/** What Binance remembers, and for how long: who was away must know what he can still ask. */
import { describe, expect, it } from 'vitest';
import { steppedClock } from './engine/exchange-clock.ts';
import { BTC, codeOf, rig } from './rig.ts';

const START = Date.UTC(2025, 4, 5);
const DAY = 86_400_000;

describe('the history', () => {
  it('of executions goes back seven days, unless a time is named', async () => {
    const clock = steppedClock(START);
    await using r = await rig({ clock });
    await r.client.createOrder(BTC, 'market', 'buy', 0.01, undefined, { clientOrderId: 'old' });
    clock.moveTo(START + 8 * DAY);
    await r.client.createOrder(BTC, 'market', 'buy', 0.02, undefined, { clientOrderId: 'new' });
    expect((await r.client.fetchMyTrades(BTC)).map(({ amount }) => amount)).toEqual([0.02]);
    expect((await r.client.fetchMyTrades(BTC, START)).map(({ amount }) => amount)).toEqual([0.01]);
    expect(await r.client.fetchPositions([BTC])).toMatchObject([{ contracts: 0.03 }]);
    const tooMuch = { startTime: START, endTime: START + 8 * DAY };
    expect(await codeOf(r.client.fetchMyTrades(BTC, undefined, undefined, tooMuch))).toBe(-1127);
  });

  it('of executions is read on from a trade id', async () => {
    await using r = await rig();
    r.exchange.breakFills(4);
    await r.client.createOrder(BTC, 'market', 'buy', 0.04);
    const all = await r.client.fetchMyTrades(BTC);
    const [, second] = all;
    const rest = await r.client.fetchMyTrades(BTC, undefined, undefined, { fromId: second?.id });
    expect(rest.map(({ id }) => id)).toEqual(all.slice(1).map(({ id }) => id));
  });

  it('of orders that filled nothing ends after three days, of others after ninety', async () => {
    const clock = steppedClock(START);
    await using r = await rig({ clock });
    const ask = (id: string) => codeOf(r.client.fetchOrder('', BTC, { clientOrderId: id }));
    await r.client.createOrder(BTC, 'limit', 'buy', 0.01, 50_000, { clientOrderId: 'cancelled' });
    await r.client.cancelOrder('', BTC, { clientOrderId: 'cancelled' });
    await r.client.createOrder(BTC, 'limit', 'buy', 0.01, 50_000, { clientOrderId: 'rests' });
    await r.client.createOrder(BTC, 'market', 'buy', 0.01, undefined, { clientOrderId: 'filled' });
    clock.moveTo(START + 2 * DAY);
    expect(await ask('cancelled')).toBe(0);
    clock.moveTo(START + 4 * DAY);
    expect([await ask('cancelled'), await ask('rests'), await ask('filled')]).toEqual([-2013, 0, 0]);
    clock.moveTo(START + 91 * DAY);
    expect(await ask('filled')).toBe(-2013);
  });

  it('of orders and stops lists those of the last week', async () => {
    await using r = await rig();
    await r.client.createOrder(BTC, 'market', 'buy', 0.01, undefined, { clientOrderId: 'a' });
    await r.client.createOrder(BTC, 'market', 'sell', 0.01, undefined, {
      clientOrderId: 's',
      stopLossPrice: 50_000,
      reduceOnly: true,
    });
    await r.client.cancelOrder('', BTC, { clientAlgoId: 's', trigger: true });
    expect((await r.client.fetchOrders(BTC)).map(({ clientOrderId }) => clientOrderId)).toEqual(['a']);
    const stops = await r.client.fetchOrders(BTC, undefined, undefined, { trigger: true });
    expect(stops.map(({ clientOrderId, status }) => [clientOrderId, status])).toEqual([['s', 'canceled']]);
  });
});

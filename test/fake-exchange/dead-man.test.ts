/** Binance's dead-man switch, `countdownCancelAll`. */
import type { Exchange } from 'ccxt';
import { describe, expect, it } from 'vitest';
import { steppedClock } from './engine/exchange-clock.ts';
import { BTC, type Rig, rig } from './rig.ts';

const START = Date.UTC(2025, 4, 5);
const arm = ({ client }: Rig, countdownTime: number): Promise<unknown> =>
  (
    client as Exchange & { fapiPrivatePostCountdownCancelAll(params: object): Promise<unknown> }
  ).fapiPrivatePostCountdownCancelAll({
    symbol: 'BTCUSDT',
    countdownTime,
  });
const left = async ({ client }: Rig): Promise<readonly (string | undefined)[]> => [
  ...(await client.fetchOpenOrders(BTC)).map(({ clientOrderId }) => clientOrderId),
  ...(await client.fetchOpenOrders(BTC, undefined, undefined, { trigger: true })).map(
    ({ clientOrderId }) => clientOrderId,
  ),
];
async function withOrders(r: Rig): Promise<void> {
  await r.client.createOrder(BTC, 'market', 'buy', 0.01);
  await r.client.createOrder(BTC, 'limit', 'buy', 0.01, 50_000, { clientOrderId: 'limit' });
  await r.client.createOrder(BTC, 'market', 'sell', 0.01, undefined, {
    clientOrderId: 'stop',
    stopLossPrice: 50_000,
    reduceOnly: true,
  });
}

describe('the dead-man switch', () => {
  it('cancels what is open unless it is renewed in time; protecting stops too, for all that is known', async () => {
    const clock = steppedClock(START);
    await using r = await rig({ clock });
    await withOrders(r);
    expect(await arm(r, 120_000)).toMatchObject({ symbol: 'BTCUSDT', countdownTime: '120000' });
    clock.moveTo(START + 100_000);
    await arm(r, 120_000);
    clock.moveTo(START + 219_000);
    expect(await left(r)).toEqual(['limit', 'stop']);
    clock.moveTo(START + 220_000);
    expect(await left(r)).toEqual([]);
    expect(r.exchange.engine.deadMan.fired).toEqual([{ symbol: 'BTCUSDT', at: START + 220_000 }]);
    expect(r.exchange.audit.positions).toEqual({ BTCUSDT: '0.01' });
  });

  it('is disarmed by a time of nothing, and can be told to leave stops alone', async () => {
    const clock = steppedClock(START);
    await using r = await rig({ clock });
    await withOrders(r);
    await arm(r, 120_000);
    await arm(r, 0);
    clock.moveTo(START + 200_000);
    expect(await left(r)).toEqual(['limit', 'stop']);
    r.exchange.engine.deadMan.cancelsStops = false;
    await arm(r, 120_000);
    clock.moveTo(START + 320_000);
    expect(await left(r)).toEqual(['stop']);
  });
});

/** Conditional orders of the algo service: where they are seen, when they trigger, and what becomes of them. */
import type { Exchange } from 'ccxt';
import { describe, expect, it } from 'vitest';
import { BTC, codeOf, rig } from './rig.ts';

const stop = (client: Exchange, id: string, trigger: number, more = {}) =>
  client.createOrder(BTC, 'market', 'sell', 0.01, undefined, {
    clientOrderId: id,
    stopLossPrice: trigger,
    reduceOnly: true,
    workingType: 'MARK_PRICE',
    ...more,
  });
const buy = (client: Exchange, qty = 0.01) =>
  client.createOrder(BTC, 'market', 'buy', qty, undefined, { clientOrderId: `b-${qty}` });
const stopById = (client: Exchange, id: string) => client.fetchOrder('', BTC, { clientAlgoId: id, trigger: true });

describe('a stop', () => {
  it('is not among the open orders; it is among the conditional ones, and is cancelled there', async () => {
    await using r = await rig();
    await buy(r.client);
    await stop(r.client, 's-1', 58_000);
    expect(await r.client.fetchOpenOrders(BTC)).toEqual([]);
    const open = await r.client.fetchOpenOrders(BTC, undefined, undefined, { trigger: true });
    expect(open).toMatchObject([{ clientOrderId: 's-1', triggerPrice: 58_000, reduceOnly: true, status: 'open' }]);
    await r.client.cancelOrder('', BTC, { clientAlgoId: 's-1', trigger: true });
    expect((await stopById(r.client, 's-1')).status).toBe('canceled');
    expect(await codeOf(r.client.cancelOrder('', BTC, { clientAlgoId: 's-1', trigger: true }))).toBe(-2011);
  });

  it('triggers by the mark price, and an ordinary order carries its fill', async () => {
    await using r = await rig();
    await buy(r.client);
    await stop(r.client, 's-1', 58_000);
    r.exchange.price('BTCUSDT', '57900', { mark: '58100' });
    expect(r.exchange.audit.positions).toEqual({ BTCUSDT: '0.01' });
    r.exchange.price('BTCUSDT', '57950', { mark: '57990' });
    expect(r.exchange.audit.positions).toEqual({});
    const done = await stopById(r.client, 's-1');
    expect(done.status).toBe('closed');
    const carried = await r.client.fetchOrder(String(done.info.actualOrderId), BTC);
    expect(carried).toMatchObject({
      status: 'closed',
      filled: 0.01,
      average: 57_950,
      info: { origType: 'STOP_MARKET' },
    });
  });

  it('triggers on a gap at the first price beyond it, not at its own', async () => {
    await using r = await rig();
    await buy(r.client);
    await stop(r.client, 's-1', 58_000);
    r.exchange.price('BTCUSDT', '56000');
    expect(r.exchange.audit.fills.at(-1)).toMatchObject({
      price: '56000',
      qty: '0.01',
      side: 'SELL',
      clientOrderId: 's-1',
    });
  });

  it('that would trigger at once is refused', async () => {
    await using r = await rig();
    await buy(r.client);
    expect(await codeOf(stop(r.client, 's-1', 61_000))).toBe(-2021);
  });

  it('of a position that is gone stays open, and is rejected when it triggers: it never opens one', async () => {
    await using r = await rig();
    await buy(r.client);
    await stop(r.client, 's-1', 58_000);
    await r.client.createOrder(BTC, 'market', 'sell', 0.01, undefined, { reduceOnly: true });
    expect((await stopById(r.client, 's-1')).status).toBe('open');
    r.exchange.price('BTCUSDT', '57000');
    expect((await stopById(r.client, 's-1')).status).toBe('rejected');
    expect(r.exchange.audit.positions).toEqual({});
  });

  it('that closes the whole position follows its size, and expires with it', async () => {
    await using r = await rig();
    await buy(r.client);
    const params = { clientOrderId: 'c-1', stopLossPrice: 58_000, closePosition: true };
    await r.client.createOrder(BTC, 'market', 'sell', undefined as unknown as number, undefined, params);
    await buy(r.client, 0.02);
    r.exchange.price('BTCUSDT', '57000');
    expect(r.exchange.audit.positions).toEqual({});
    expect(r.exchange.audit.fills.at(-1)).toMatchObject({ qty: '0.03' });
    await buy(r.client, 0.03);
    await r.client.createOrder(BTC, 'market', 'sell', undefined as unknown as number, undefined, {
      ...params,
      stopLossPrice: 50_000,
    });
    await r.client.createOrder(BTC, 'market', 'sell', 0.03, undefined, { reduceOnly: true });
    expect((await stopById(r.client, 'c-1')).status).toBe('expired');
  });

  it('for profit triggers the other way', async () => {
    await using r = await rig();
    await buy(r.client);
    const params = { clientOrderId: 't-1', takeProfitPrice: 61_000, reduceOnly: true };
    await r.client.createOrder(BTC, 'market', 'sell', 0.01, undefined, params);
    r.exchange.price('BTCUSDT', '61500');
    expect(r.exchange.audit.positions).toEqual({});
    expect(r.exchange.audit.wallet).toBe('10014.3925');
  });

  it('with a limit becomes an order that rests, and is finished when that is', async () => {
    await using r = await rig();
    await buy(r.client);
    const params = { clientOrderId: 'sl-1', stopLossPrice: 58_000, reduceOnly: true };
    await r.client.createOrder(BTC, 'limit', 'sell', 0.01, 58_500, params);
    r.exchange.price('BTCUSDT', '57900');
    expect(await r.client.fetchOpenOrders(BTC)).toMatchObject([
      { clientOrderId: 'sl-1', price: 58_500, reduceOnly: true },
    ]);
    expect((await stopById(r.client, 'sl-1')).info.algoStatus).toBe('TRIGGERED');
    r.exchange.price('BTCUSDT', '58600');
    expect((await stopById(r.client, 'sl-1')).info.algoStatus).toBe('FINISHED');
    expect(r.exchange.audit.positions).toEqual({});
  });

  it('is known to the audit as cover, with the times during which a position had none', async () => {
    await using r = await rig();
    await buy(r.client);
    await stop(r.client, 's-1', 58_000);
    await buy(r.client, 0.02);
    const { audit } = r.exchange;
    const gaps = audit.unprotected(-1);
    expect(gaps.filter(({ to }) => to !== null)).toMatchObject([{ symbol: 'BTCUSDT', qty: '0.01' }]);
    expect(gaps.filter(({ to }) => to === null)).toMatchObject([{ symbol: 'BTCUSDT', qty: '0.02' }]);
    expect(audit.protection.stops()).toMatchObject([{ clientAlgoId: 's-1', triggerPrice: '58000', to: null }]);
  });
});

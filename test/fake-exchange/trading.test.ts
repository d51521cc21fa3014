/** The real ccxt client trades against the fake exchange. */
import type { Exchange, Order } from 'ccxt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientOf } from './ccxt-client.ts';
import { FakeExchange } from './fake-exchange.ts';
import { guardLoopback, type LoopbackGuard } from './loopback-guard.ts';

const BTC = 'BTC/USDT:USDT';

describe('an order', () => {
  let guard: LoopbackGuard;
  let exchange: FakeExchange;
  let client: Exchange;

  beforeEach(async () => {
    guard = guardLoopback();
    exchange = await FakeExchange.start();
    exchange.price('BTCUSDT', '60000');
    exchange.price('ETHUSDT', '3000');
    client = await clientOf(exchange);
  });
  afterEach(async () => {
    await client.close();
    await exchange.close();
    guard[Symbol.dispose]();
    expect(guard.outside).toEqual([]);
  });

  const byId = (id: string): Promise<Order> => client.fetchOrder('', BTC, { clientOrderId: id });
  const market = (side: 'buy' | 'sell', qty: number, id: string, more = {}): Promise<Order> =>
    client.createOrder(BTC, 'market', side, qty, undefined, { clientOrderId: id, ...more });

  it('at market fills at the price, pays the taker fee and makes a position', async () => {
    const order = await market('buy', 0.01, 'a-1');
    expect(order).toMatchObject({ status: 'closed', filled: 0.01, average: 60_000, clientOrderId: 'a-1' });
    expect(exchange.audit.positions).toEqual({ BTCUSDT: '0.01' });
    expect(exchange.audit.wallet).toBe('9999.7');
    const [position] = await client.fetchPositions([BTC]);
    expect(position).toMatchObject({ side: 'long', contracts: 0.01, entryPrice: 60_000 });
    const [trade] = await client.fetchMyTrades(BTC);
    expect(trade).toMatchObject({
      amount: 0.01,
      price: 60_000,
      takerOrMaker: 'taker',
      fee: { cost: 0.3, currency: 'USDT' },
    });
  });

  it('with a limit rests, is found by its client id in the open ones, and is cancelled by it', async () => {
    await client.createOrder(BTC, 'limit', 'buy', 0.01, 50_000, { clientOrderId: 'l-1' });
    expect((await client.fetchOpenOrders(BTC)).map(({ clientOrderId }) => clientOrderId)).toEqual(['l-1']);
    expect((await byId('l-1')).status).toBe('open');
    await client.cancelOrder('', BTC, { clientOrderId: 'l-1' });
    expect((await byId('l-1')).status).toBe('canceled');
    expect(await client.fetchOpenOrders(BTC)).toEqual([]);
  });

  it('that rests fills at its own price as maker when the market comes to it', async () => {
    await client.createOrder(BTC, 'limit', 'buy', 0.01, 59_000, { clientOrderId: 'l-1' });
    exchange.price('BTCUSDT', '58500');
    expect(await byId('l-1')).toMatchObject({ status: 'closed', average: 59_000 });
    expect(exchange.audit.fills).toMatchObject([{ price: '59000', maker: true, commission: '0.118' }]);
  });

  it('larger than what is there fills in part, and the rest with the prices that follow', async () => {
    exchange.liquidity('BTCUSDT', '0.004');
    await client.createOrder(BTC, 'limit', 'buy', 0.01, 60_000, { clientOrderId: 'l-1' });
    expect(await byId('l-1')).toMatchObject({ status: 'open', filled: 0.004, remaining: 0.006 });
    exchange.price('BTCUSDT', '59990');
    exchange.price('BTCUSDT', '59980');
    expect(await byId('l-1')).toMatchObject({ status: 'closed', filled: 0.01 });
    expect(exchange.audit.fills.map(({ qty }) => qty)).toEqual(['0.004', '0.004', '0.002']);
  });

  it('at market that finds too little expires with what it got', async () => {
    exchange.liquidity('BTCUSDT', '0.004');
    expect(await market('buy', 0.01, 'm-1')).toMatchObject({ status: 'expired', filled: 0.004 });
    expect(exchange.audit.positions).toEqual({ BTCUSDT: '0.004' });
  });

  it('that is immediate or cancelled leaves nothing in the book', async () => {
    exchange.liquidity('BTCUSDT', '0.004');
    const params = { clientOrderId: 'i-1', timeInForce: 'IOC' };
    expect(await client.createOrder(BTC, 'limit', 'buy', 0.01, 60_000, params)).toMatchObject({
      status: 'expired',
      filled: 0.004,
    });
    expect(await client.fetchOpenOrders(BTC)).toEqual([]);
  });

  it('is amended in place', async () => {
    const { id } = await client.createOrder(BTC, 'limit', 'buy', 0.01, 50_000, { clientOrderId: 'l-1' });
    await client.editOrder(String(id), BTC, 'limit', 'buy', 0.02, 51_000);
    expect(await byId('l-1')).toMatchObject({ status: 'open', amount: 0.02, price: 51_000 });
  });

  it('that only reduces never turns a position over: it shrinks to what there is', async () => {
    await market('buy', 0.01, 'a-1');
    expect(await market('sell', 0.05, 'x-1', { reduceOnly: true })).toMatchObject({ status: 'closed', filled: 0.01 });
    expect(exchange.audit.positions).toEqual({});
    await expect(market('sell', 0.01, 'x-2', { reduceOnly: true })).rejects.toThrow('"code":-2022');
  });

  it('that only reduces ends when the position is closed by another', async () => {
    await market('buy', 0.01, 'a-1');
    await client.createOrder(BTC, 'limit', 'sell', 0.01, 70_000, { clientOrderId: 'tp-1', reduceOnly: true });
    await market('sell', 0.004, 'x-1', { reduceOnly: true });
    expect(await byId('tp-1')).toMatchObject({ status: 'open', amount: 0.006 });
    await market('sell', 0.006, 'x-2', { reduceOnly: true });
    expect((await byId('tp-1')).status).toBe('expired');
  });

  it('has a client id that is unique among open orders only: a second with the same id is a second order', async () => {
    await market('buy', 0.01, 'same');
    await market('buy', 0.01, 'same');
    expect(exchange.audit.positions).toEqual({ BTCUSDT: '0.02' });
    expect(exchange.audit.executedTwice()).toEqual({ same: 2 });
    await client.createOrder(BTC, 'limit', 'buy', 0.01, 50_000, { clientOrderId: 'open' });
    await expect(client.createOrder(BTC, 'limit', 'buy', 0.01, 50_000, { clientOrderId: 'open' })).rejects.toThrow(
      '"code":-4116',
    );
  });
});

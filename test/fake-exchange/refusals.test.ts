/** What Binance refuses, with which code, and what ccxt makes of it. */
import type { Exchange } from 'ccxt';
import { describe, expect, it } from 'vitest';
import { BTC, classOf, codeOf, ETH, rig } from './rig.ts';

const order = (client: Exchange, params: Record<string, string>): Promise<unknown> =>
  (client as Exchange & { fapiPrivatePostOrder(params: object): Promise<unknown> }).fapiPrivatePostOrder({
    symbol: 'BTCUSDT',
    side: 'BUY',
    type: 'LIMIT',
    timeInForce: 'GTC',
    quantity: '0.01',
    price: '50000',
    ...params,
  });

describe('the exchange refuses', () => {
  const CASES: readonly (readonly [what: string, code: number, params: Record<string, string>])[] = [
    ['a size finer than the step', -1111, { quantity: '0.0101' }],
    ['a price between two ticks', -4014, { price: '50000.05' }],
    ['a size of nothing', -4003, { quantity: '0' }],
    ['a size beyond the largest', -4005, { quantity: '1001' }],
    ['a notional below the least', -4164, { quantity: '0.001', price: '50000' }],
    ['more than the margin carries', -2019, { quantity: '10', price: '50000' }],
    ['a symbol it does not list', -1121, { symbol: 'NONEUSDT' }],
    ['a client id that is too long', -4015, { newClientOrderId: 'x'.repeat(37) }],
    ['a post-only order that would take', -5022, { timeInForce: 'GTX', price: '61000' }],
    ['a fill-or-kill order that would rest', -5021, { timeInForce: 'FOK' }],
    ['a reduce-only order without a position', -2022, { reduceOnly: 'true' }],
    ['a stop at the place of ordinary orders', -4120, { type: 'STOP_MARKET', stopPrice: '58000' }],
    ['a limit order without a price', -1102, { price: '' }],
    ['a number that is none', -1100, { quantity: '1e3' }],
    ['an order of the hedge mode', -4061, { positionSide: 'LONG' }],
  ];

  it.for(CASES)('%s: %i', async ([, code, params]) => {
    await using r = await rig();
    expect(await codeOf(order(r.client, params))).toBe(code);
    expect(r.exchange.audit.orders).toEqual([]);
    expect(r.exchange.audit.receipts.orders).toMatchObject([{ id: null, refused: code }]);
  });

  it('to find what is not there, to cancel it, and to cancel what has ended', async () => {
    await using r = await rig();
    expect(await codeOf(r.client.fetchOrder('99', BTC))).toBe(-2013);
    expect(await classOf(r.client.fetchOrder('99', BTC))).toBe('OrderNotFound');
    expect(await codeOf(r.client.cancelOrder('99', BTC))).toBe(-2011);
    const { id } = await r.client.createOrder(BTC, 'market', 'buy', 0.01);
    expect(await codeOf(r.client.cancelOrder(String(id), BTC))).toBe(-2011);
  });

  it('a wrong key, a wrong signature and a wrong time', async () => {
    await using r = await rig();
    await r.client.loadMarkets();
    const { apiKey, secret, milliseconds } = r.client;
    r.client.secret = 'other';
    expect(await codeOf(r.client.fetchBalance())).toBe(-1022);
    r.client.secret = secret;
    r.client.apiKey = 'other';
    expect(await codeOf(r.client.fetchBalance())).toBe(-2015);
    r.client.apiKey = apiKey;
    r.client.milliseconds = () => r.exchange.clock.now() - 11_000;
    expect(await codeOf(r.client.fetchBalance())).toBe(-1021);
    r.client.milliseconds = () => r.exchange.clock.now() + 3_000;
    expect(await codeOf(r.client.fetchBalance())).toBe(-1021);
    r.client.milliseconds = milliseconds;
    expect(await codeOf(r.client.fetchBalance())).toBe(0);
  });

  it('more than its weight a minute, says when to come back, and bans who goes on', async () => {
    await using r = await rig();
    await r.client.loadMarkets();
    r.exchange.limits.limits.weight = 3;
    const asked = [];
    for (let i = 0; i < 40; i++) asked.push(await classOf(r.client.fetchTicker(BTC)));
    expect(new Set(asked.slice(-38))).toEqual(new Set(['DDoSProtection']));
    expect(r.client.last_http_response).toContain('banned');
    expect(Number(r.client.last_response_headers?.['Retry-After'])).toBeGreaterThan(100);
    expect(Number(r.client.last_response_headers?.['X-Mbx-Used-Weight-1m'])).toBeGreaterThan(3);
  });

  it('orders to a key without futures, and tells what a key may do', async () => {
    await using r = await rig();
    r.exchange.permit({ enableFutures: false, enableWithdrawals: true });
    expect(await codeOf(order(r.client, {}))).toBe(-2015);
    const client = r.client as Exchange & { sapiGetAccountApiRestrictions(): Promise<unknown> };
    expect(await client.sapiGetAccountApiRestrictions()).toMatchObject({
      enableWithdrawals: true,
      enableFutures: false,
    });
  });

  it('leverage out of range, less of it on an isolated position, and a margin mode that is set already', async () => {
    await using r = await rig();
    expect(await codeOf(r.client.setLeverage(126, BTC))).not.toBe(0);
    await r.client.setMarginMode('isolated', BTC);
    expect(await codeOf(r.client.setMarginMode('isolated', BTC))).toBe(-4046);
    await r.client.setLeverage(10, BTC);
    await r.client.createOrder(BTC, 'market', 'buy', 0.01);
    expect(await codeOf(r.client.setLeverage(5, BTC))).toBe(-4161);
    expect(await codeOf(r.client.setMarginMode('cross', BTC))).toBe(-4048);
    await r.client.setLeverage(5, ETH);
    expect(await r.client.fetchLeverage(BTC)).toMatchObject({ longLeverage: 10, marginMode: 'isolated' });
  });
});

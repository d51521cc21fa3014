/** What the real client hears: prices, bars and what happens to its orders. */
import { describe, expect, it } from 'vitest';
import { steppedClock } from './engine/exchange-clock.ts';
import { BTC, heard, OWN_EVENTS_ONLY, rig } from './rig.ts';

const START = Date.UTC(2025, 4, 5, 12);
const candle = (minute: number, close: number, open = close) => ({
  symbol: 'BTCUSDT',
  ts: START + minute * 60_000,
  open,
  high: Math.max(open, close) + 10,
  low: Math.min(open, close) - 10,
  close,
  volume: 12,
});

describe('the streams', () => {
  it('tell every bar as it forms and when it is final, with the figures that REST has', async () => {
    await using r = await rig({ clock: steppedClock(START) });
    const { exchange, client } = r;
    const { next: first } = await heard(r, 'btcusdt@kline_1m', () => client.watchOHLCV(BTC, '1m'));
    exchange.bar(candle(1, 60_100, 60_000));
    await first;
    exchange.bar(candle(2, 60_050));
    const own = client.ohlcvs[BTC]?.['1m'];
    await expect.poll(() => own?.at(-1)?.[0]).toBe(START + 120_000);
    expect(own?.map((row) => [...row])).toContainEqual([START + 60_000, 60_000, 60_110, 59_990, 60_100, 12]);
    const asked = await client.fetchOHLCV(BTC, '1m', START + 60_000, 2);
    expect(asked).toEqual([
      [START + 60_000, 60_000, 60_110, 59_990, 60_100, 12],
      [START + 120_000, 60_050, 60_060, 60_040, 60_050, 12],
    ]);
  });

  it('make longer bars of minutes, on REST and on the stream', async () => {
    await using r = await rig({ clock: steppedClock(START) });
    const { next: first } = await heard(r, 'btcusdt@kline_5m', () => r.client.watchOHLCV(BTC, '5m'));
    for (let minute = 5; minute < 12; minute++) r.exchange.bar(candle(minute, 60_000 + minute));
    await first;
    const bar = [START + 300_000, 60_005, 60_019, 59_995, 60_009, 60];
    expect(await r.client.fetchOHLCV(BTC, '5m', START + 300_000, 1)).toEqual([bar]);
    await expect.poll(() => r.client.ohlcvs[BTC]?.['5m']?.map((row) => [...row])).toContainEqual(bar);
  });

  it('tell the price, the mark with its funding, and the best bid and ask', async () => {
    await using r = await rig({ spreadTicks: 2 });
    const { next: ticker } = await heard(r, 'btcusdt@miniTicker', () => r.client.watchTicker(BTC));
    r.exchange.price('BTCUSDT', '60500');
    expect((await ticker).last).toBe(60_500);
    const { next: mark } = await heard(r, 'btcusdt@markPrice@1s', () => r.client.watchMarkPrice(BTC));
    r.exchange.price('BTCUSDT', '60600', { mark: '60599' });
    expect((await mark).info).toMatchObject({ p: '60599.00000000', r: '0.00010000' });
    const { next: book } = await heard(r, 'btcusdt@bookTicker', () => r.client.watchBidsAsks([BTC]));
    r.exchange.price('BTCUSDT', '60700');
    expect((await book)[BTC]).toMatchObject({ bid: 60_700, ask: 60_700.2 });
  });

  it('tell an order, its fills, its position and the balance', async () => {
    await using r = await rig({}, OWN_EVENTS_ONLY);
    const { client, exchange } = r;
    exchange.breakFills(2);
    const { next: orders } = await heard(r, 'user', () => client.watchOrders());
    const trades = client.watchMyTrades();
    const positions = client.watchPositions();
    const balance = client.watchBalance();
    await client.createOrder(BTC, 'market', 'buy', 0.02, undefined, { clientOrderId: 'o-1' });
    await Promise.all([orders, trades, positions, balance]);
    await expect
      .poll(() => client.orders?.at(-1))
      .toMatchObject({ clientOrderId: 'o-1', status: 'closed', filled: 0.02 });
    expect(client.myTrades?.map(({ amount, price }: { amount: number; price: number }) => [amount, price])).toEqual([
      [0.01, 60_000],
      [0.01, 60_000],
    ]);
    expect((await balance).USDT?.total).toBeLessThan(10_000);
    expect((await positions)[0]).toMatchObject({ symbol: BTC, side: 'long' });
  });

  it('tell what becomes of a stop', async () => {
    await using r = await rig();
    const { client, exchange } = r;
    await client.createOrder(BTC, 'market', 'buy', 0.01);
    const { next: first } = await heard(r, 'user', () => client.watchOrders());
    const params = { stopLossPrice: 59_000, reduceOnly: true, clientOrderId: 's-1' };
    await client.createOrder(BTC, 'market', 'sell', 0.01, undefined, params);
    expect((await first).map(({ clientOrderId, status }) => [clientOrderId, status])).toEqual([['s-1', 'open']]);
    exchange.price('BTCUSDT', '58000');
    await expect
      .poll(() => client.orders?.find(({ info }: { info: { aid?: number } }) => info.aid)?.info.X)
      .toBe('FINISHED');
    expect(client.orders?.find(({ info }: { info: { i?: number } }) => info.i)).toMatchObject({
      clientOrderId: 's-1',
      status: 'closed',
    });
  });

  it('come back after a cut, and the bars between are missing: REST has them', async () => {
    await using r = await rig(
      { clock: steppedClock(START) },
      { options: { ws: { backoff: { base: 20, factor: 1, max: 20 } } } },
    );
    const { client, exchange } = r;
    const { next: first } = await heard(r, 'btcusdt@kline_1m', () => client.watchOHLCV(BTC, '1m'));
    exchange.bar(candle(1, 60_000));
    await first;
    const next = client.watchOHLCV(BTC, '1m');
    const lost = expect(next).rejects.toThrow();
    expect(exchange.inject({ kind: 'cut-socket', sockets: 'market' })).toBe(true);
    await lost;
    exchange.bar(candle(2, 60_000));
    const { next: again } = await heard(r, 'btcusdt@kline_1m', () => client.watchOHLCV(BTC, '1m'));
    exchange.bar(candle(3, 60_000));
    await again;
    const times = (rows: readonly (readonly (number | undefined)[])[] = []) =>
      rows.map(([ts = 0]) => (ts - START) / 60_000);
    expect(times(client.ohlcvs[BTC]?.['1m'])).toEqual([0, 1, 3]);
    expect(times(await client.fetchOHLCV(BTC, '1m', START + 60_000))).toEqual([1, 2, 3]);
  });
});

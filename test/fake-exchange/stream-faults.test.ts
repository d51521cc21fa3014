/** Every fault of the streams and of the world around: that it happens, and that it is recorded. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Exchange } from 'ccxt';
import { describe, expect, it } from 'vitest';
import { steppedClock } from './engine/exchange-clock.ts';
import { BTC, classOf, codeOf, heard, OWN_EVENTS_ONLY, type Rig, rig } from './rig.ts';

const START = Date.UTC(2025, 4, 5, 12);
const candle = (minute: number) => ({
  symbol: 'BTCUSDT',
  ts: START + minute * 60_000,
  open: 60_000,
  high: 60_010,
  low: 59_990,
  close: 60_000 + minute,
  volume: 12,
});
const buy = (client: Exchange, id: string, qty = 0.01) =>
  client.createOrder(BTC, 'market', 'buy', qty, undefined, { clientOrderId: id });

/** Everything a raw socket of the user hears, in those words. */
async function userWords(r: Rig, say: (message: Message) => string = inWords): Promise<readonly string[]> {
  const client = r.client as Exchange & { fapiPrivatePostListenKey(): Promise<{ listenKey: string }> };
  const { listenKey } = await client.fapiPrivatePostListenKey();
  return socketWords(r, `/private/ws?listenKey=${listenKey}`, say);
}
const inWords = ({ e, o }: Message): string => (e === 'ORDER_TRADE_UPDATE' ? `${o.x} ${o.c} ${o.l}` : e);
interface Message {
  readonly e: string;
  readonly o: { readonly x: string; readonly X: string; readonly c: string; readonly l: string };
  readonly k: { readonly t: number; readonly x: boolean };
}
async function socketWords(r: Rig, path: string, say: (message: Message) => string): Promise<readonly string[]> {
  const words: string[] = [];
  const before = r.exchange.listeningTo.length;
  const socket = new WebSocket(`${r.exchange.url.replace('http', 'ws')}${path}`);
  socket.onmessage = ({ data }) => words.push(say(JSON.parse(String(data))));
  await expect.poll(() => r.exchange.listeningTo.length).toBeGreaterThan(before);
  return words;
}
const trades = (words: readonly string[]): readonly string[] => words.filter((word) => word.startsWith('TRADE'));

describe('executions on the user stream', () => {
  it('can be lost: REST has them', async () => {
    await using r = await rig();
    const words = await userWords(r);
    r.exchange.inject({ kind: 'lose-fill' });
    await buy(r.client, 'a');
    await buy(r.client, 'b');
    await expect.poll(() => trades(words)).toEqual(['TRADE b 0.01']);
    expect(await r.client.fetchMyTrades(BTC)).toHaveLength(2);
  });

  it('can come twice, with the same trade id', async () => {
    await using r = await rig();
    const words = await userWords(r);
    r.exchange.inject({ kind: 'duplicate-fill' });
    await buy(r.client, 'a');
    await expect.poll(() => trades(words)).toEqual(['TRADE a 0.01', 'TRADE a 0.01']);
    expect(r.exchange.audit.fills).toHaveLength(1);
  });

  it('can come in the wrong order', async () => {
    await using r = await rig();
    const words = await userWords(r);
    r.exchange.inject({ kind: 'reorder-fills' });
    await buy(r.client, 'first');
    await buy(r.client, 'second', 0.02);
    await expect.poll(() => trades(words)).toEqual(['TRADE second 0.02', 'TRADE first 0.01']);
  });

  it('can come late; one that waits for a next comes in the end all the same', async () => {
    await using r = await rig();
    const words = await userWords(r);
    r.exchange.inject({ kind: 'late-fill', ms: 1_500 });
    const orderedAt = performance.now();
    await buy(r.client, 'a');
    await expect.poll(() => trades(words)).toEqual(['TRADE a 0.01']);
    expect(performance.now() - orderedAt).toBeGreaterThan(1_490);
    r.exchange.inject({ kind: 'reorder-fills' });
    await buy(r.client, 'b');
    await expect.poll(() => trades(words)).toEqual(['TRADE a 0.01', 'TRADE b 0.01']);
    expect(r.exchange.audit.faultsFired.map(({ fault }) => fault.kind)).toEqual(['late-fill', 'reorder-fills']);
  });
});

describe('the user stream', () => {
  it('tells what a stop does in the order in which it happens', async () => {
    await using r = await rig();
    await buy(r.client, 'a');
    const words = await userWords(r, ({ e, o }) =>
      e === 'ACCOUNT_UPDATE' ? 'account' : e === 'ALGO_UPDATE' ? `stop ${o.X}` : `order ${o.x} ${o.X}`,
    );
    const params = { clientOrderId: 's', stopLossPrice: 59_000, reduceOnly: true };
    await r.client.createOrder(BTC, 'market', 'sell', 0.01, undefined, params);
    r.exchange.price('BTCUSDT', '58000');
    const filled = ['order NEW NEW', 'stop TRIGGERED', 'account', 'order TRADE FILLED', 'stop FINISHED'];
    await expect.poll(() => words).toEqual(['stop NEW', 'stop TRIGGERING', ...filled]);
  });
});

describe('bars on the stream', () => {
  const bars = (r: Rig) =>
    socketWords(r, '/market/stream?streams=btcusdt@kline_1m', (combined) => {
      const { k } = (combined as unknown as { data: Message }).data;
      return `${(k.t - START) / 60_000}${k.x ? '!' : ''}`;
    });
  const finals = (words: readonly string[]) => words.filter((word) => word.endsWith('!'));

  it('can lack a final one: REST has it', async () => {
    await using r = await rig({ clock: steppedClock(START) });
    const words = await bars(r);
    r.exchange.bar(candle(1));
    r.exchange.inject({ kind: 'missing-kline', symbol: 'BTCUSDT' });
    r.exchange.bar(candle(2));
    r.exchange.bar(candle(3));
    await expect.poll(() => finals(words)).toEqual(['0!', '1!', '3!']);
    expect(await r.client.fetchOHLCV(BTC, '1m', START + 60_000)).toHaveLength(3);
  });

  it('can have a final one after the next has begun', async () => {
    await using r = await rig({ clock: steppedClock(START) });
    const words = await bars(r);
    r.exchange.bar(candle(1));
    r.exchange.inject({ kind: 'late-kline' });
    r.exchange.bar(candle(2));
    r.exchange.bar(candle(3));
    await expect.poll(() => finals(words)).toEqual(['0!', '1!', '2!', '3!']);
    expect(words.slice(words.indexOf('3') - 1)).toEqual(['2', '3', '2!', '3', '3', '3', '3!']);
  });
});

describe('a socket', () => {
  it('can fall silent and stay open; a new one is well', async () => {
    await using r = await rig();
    const { next } = await heard(r, 'btcusdt@kline_1m', () => r.client.watchOHLCV(BTC, '1m'));
    expect(r.exchange.inject({ kind: 'silent-socket', sockets: 'market' })).toBe(true);
    r.exchange.price('BTCUSDT', '60001');
    expect(await Promise.race([next.then(() => 'heard'), sleep(300, 'silence')])).toBe('silence');
    expect(Object.values(r.client.clients).filter((socket) => socket.isConnected)).toHaveLength(1);
    const words = await socketWords(r, '/market/stream?streams=btcusdt@kline_1m', () => 'heard');
    r.exchange.price('BTCUSDT', '60002');
    await expect.poll(() => words).toEqual(['heard']);
  });

  it('that is deaf as well answers no ping, which ccxt notices', async () => {
    await using r = await rig({}, { streaming: { keepAlive: 100, maxPingPongMisses: 2 } });
    const { next } = await heard(r, 'btcusdt@kline_1m', () => r.client.watchOHLCV(BTC, '1m'));
    r.exchange.inject({ kind: 'silent-socket', sockets: 'all', deaf: true });
    expect(await classOf(next)).toBe('RequestTimeout');
  });

  it('can be cut', async () => {
    await using r = await rig({}, OWN_EVENTS_ONLY);
    const { next } = await heard(r, 'user', () => r.client.watchOrders());
    r.exchange.inject({ kind: 'cut-socket', sockets: 'private' });
    expect(await classOf(next)).toBe('NetworkError');
    await expect.poll(() => r.exchange.inject({ kind: 'cut-socket', sockets: 'private' })).toBe(false);
  });

  it('of the user says no more once its key has expired, and the key cannot be renewed', async () => {
    await using r = await rig();
    const words = await userWords(r);
    r.exchange.inject({ kind: 'listen-key-expired' });
    await buy(r.client, 'a');
    await expect.poll(() => words).toEqual(['listenKeyExpired']);
    const keyed = r.client as Exchange & { fapiPrivatePutListenKey(): Promise<unknown> };
    expect(await codeOf(keyed.fapiPrivatePutListenKey())).toBe(-1125);
  });

  it('of the user loses its key after an hour that nobody prolongs', async () => {
    const clock = steppedClock(START);
    await using r = await rig({ clock });
    const words = await userWords(r);
    clock.moveTo(START + 3_500_000);
    await (r.client as Exchange & { fapiPrivatePutListenKey(): Promise<unknown> }).fapiPrivatePutListenKey();
    clock.moveTo(START + 7_000_000);
    r.exchange.price('BTCUSDT', '60000');
    expect(words).not.toContain('listenKeyExpired');
    clock.moveTo(START + 7_200_000);
    await expect.poll(() => words).toContain('listenKeyExpired');
  });
});

describe('the world', () => {
  it('can be out of reach for a while', async () => {
    await using r = await rig();
    await r.client.loadMarkets();
    r.exchange.inject({ kind: 'outage', ms: 4_000 });
    expect(await classOf(r.client.fetchTime())).toBe('NetworkError');
    await expect.poll(() => classOf(r.client.fetchTime())).toBe('nothing');
  });

  it('can have another clock: requests are refused until the client has measured it', async () => {
    await using r = await rig();
    await r.client.loadMarkets();
    r.exchange.inject({ kind: 'clock-skew', ms: 45_000 * r.exchange.clock.timeScale });
    expect(await codeOf(r.client.fetchBalance())).toBe(-1021);
    await r.client.loadTimeDifference();
    expect(await codeOf(r.client.fetchBalance())).toBe(0);
  });

  it('has others who trade on the same account', async () => {
    await using r = await rig();
    expect(r.exchange.inject({ kind: 'closed-by-hand', symbol: 'BTCUSDT' })).toBe(false);
    expect(r.exchange.inject({ kind: 'traded-by-hand', symbol: 'BTCUSDT', qty: '-0.05' })).toBe(true);
    expect(await r.client.fetchPositions([BTC])).toMatchObject([{ side: 'short', contracts: 0.05 }]);
    expect(r.exchange.inject({ kind: 'closed-by-hand', symbol: 'BTCUSDT' })).toBe(true);
    expect(r.exchange.audit.positions).toEqual({});
    expect(r.exchange.audit.orders.map(({ clientOrderId }) => clientOrderId.slice(0, 4))).toEqual(['web_', 'web_']);
    // Nobody asked REST for these orders: they are no receipts.
    expect(r.exchange.audit.receipts.orders).toEqual([]);
  });

  it('cancels orders and stops that nobody asked it to cancel', async () => {
    await using r = await rig();
    await buy(r.client, 'a');
    await r.client.createOrder(BTC, 'limit', 'buy', 0.01, 50_000, { clientOrderId: 'l' });
    await r.client.createOrder(BTC, 'market', 'sell', 0.01, undefined, {
      clientOrderId: 's',
      stopLossPrice: 50_000,
      reduceOnly: true,
    });
    r.exchange.inject({ kind: 'order-cancelled', symbol: 'BTCUSDT' });
    r.exchange.inject({ kind: 'stop-cancelled', symbol: 'BTCUSDT' });
    expect(r.exchange.audit.openOrders).toEqual([]);
    expect(r.exchange.audit.openStops).toEqual([]);
    expect(r.exchange.audit.faultsFired.map(({ met }) => met)).toEqual(['l', 's']);
  });

  it('liquidates', async () => {
    await using r = await rig();
    await buy(r.client, 'a');
    r.exchange.inject({ kind: 'liquidation', symbol: 'BTCUSDT' });
    expect(r.exchange.audit.positions).toEqual({});
    expect(r.exchange.audit.orders.at(-1)?.clientOrderId).toMatch(/^autoclose-/);
  });
});

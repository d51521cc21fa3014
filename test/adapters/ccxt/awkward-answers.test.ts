/** Answers and news that are easily taken for more, or for less, than they say. */
import { expect, test } from 'vitest';
import type { CcxtClient } from '../../../src/adapters/ccxt/client.ts';
import { onlyAnswers } from '../../../src/adapters/ccxt/only-answers.ts';
import { OrderRejected, OrderTurnedAway } from '../../../src/ports/broker.ts';
import { algoRequest } from '../../fake-exchange/engine/request.ts';
import { BrokerRig, BTC, ETH } from './broker-rig.ts';

const ENTRY = 'k-one-E';
const STOP = 'k-one-S1';
const EXIT = { purpose: 'exit', side: 'SELL', reduceOnly: true } as const;

/** News come in order: with this fill, all that was said before it has been heard. */
async function heardAll(rig: BrokerRig): Promise<void> {
  rig.exchange.inject({ kind: 'traded-by-hand', symbol: ETH, qty: '0.1' });
  await rig.until('the last of the news is heard', () => rig.fills.some(({ symbol }) => symbol === ETH));
}

test.each([
  ['the timestamp is off, and is so again', { status: 400, code: -1021 }, 2],
  ['the key is not accepted for a moment', { status: 401, code: -2015 }, 1],
] as const)('a stop is turned away, and no word is said against it, when %s', async (_, fault, times) => {
  await using rig = await BrokerRig.open();
  await rig.broker.submit(rig.intent(ENTRY));
  rig.exchange.inject({ kind: 'status-before', ...fault, on: { method: 'POST', path: '/algoOrder' } }, times);
  await expect(rig.broker.submit(rig.stop(STOP, 58_000))).rejects.toThrow(OrderTurnedAway);
  await rig.broker.submit(rig.stop('k-one-S2', 58_000));
});

test('an exchange too busy for an entry takes exits and stops, which it exempts: they do not wait', async () => {
  await using rig = await BrokerRig.open();
  await rig.broker.submit(rig.intent(ENTRY));
  rig.exchange.inject({ kind: 'status-before', status: 503, code: -1008, on: { method: 'POST', path: '/order' } });
  await expect(rig.broker.submit(rig.intent('k-two-E'))).rejects.toThrow(OrderTurnedAway);
  await rig.broker.submit(rig.stop(STOP, 58_000));
  await rig.broker.submit(rig.intent('k-one-X1', EXIT));
});

test('leverage that somebody else has changed is set again before the next entry', async () => {
  await using rig = await BrokerRig.open();
  const { exchange, broker } = rig;
  await broker.submit(rig.intent(ENTRY));
  await broker.submit(rig.intent('k-one-X1', EXIT));
  exchange.engine.setLeverage(BTC, 125);
  await heardAll(rig);
  expect(rig.lines.join('\n')).toContain('somebody else has set the leverage of BTCUSDT to 125');
  await broker.submit(rig.intent('k-two-E'));
  expect(exchange.engine.account.setting(BTC)).toEqual({ leverage: 3, marginType: 'ISOLATED' });
});

test('margin that somebody else has made common is isolated again before the next entry', async () => {
  await using rig = await BrokerRig.open();
  const { exchange, broker } = rig;
  await broker.submit(rig.intent(ENTRY));
  await broker.submit(rig.intent('k-one-X1', EXIT));
  exchange.engine.setMarginType(BTC, 'CROSSED');
  await heardAll(rig);
  await broker.submit(rig.intent('k-two-E'));
  expect(exchange.engine.account.setting(BTC)).toEqual({ leverage: 3, marginType: 'ISOLATED' });
});

test('an exit that expired without filling is told of, though the news are silent', async () => {
  await using rig = await BrokerRig.open();
  const { exchange, broker } = rig;
  await broker.submit(rig.intent(ENTRY));
  await rig.until('the fill is told', () => rig.fills.length === 1);
  exchange.inject({ kind: 'silent-socket', sockets: 'private' });
  exchange.liquidity(BTC, '0');
  await broker.submit(rig.intent('k-one-X1', EXIT));
  await rig.until('the end is told', () => rig.ends.includes('k-one-X1'));
  expect(await broker.fate(rig.intent('k-one-X1', EXIT))).toEqual({ status: 'cancelled', fills: [] });
});

test('a stop that has gone off and of which no order comes is not one that rests', async () => {
  await using rig = await BrokerRig.open();
  const { exchange, broker } = rig;
  await broker.submit(rig.intent(ENTRY));
  await broker.submit(rig.stop(STOP, 58_000));
  const [algo] = exchange.engine.books.algos.open(BTC);
  if (!algo) throw new Error('no stop rests');
  exchange.engine.conditionals.stick(algo);
  await expect(broker.fate(rig.stop(STOP, 58_000))).rejects.toThrow(/has gone off/);
  expect(await broker.resting()).toEqual([]);
  await rig.until('it is told of', () => rig.ends.includes(STOP));
});

test('news that say nothing of a stop that was taken are silent, and their connection is made anew', async () => {
  await using rig = await BrokerRig.open();
  await rig.broker.submit(rig.intent(ENTRY));
  await rig.until('the fill is told', () => rig.fills.length === 1);
  rig.exchange.inject({ kind: 'silent-socket', sockets: 'private' });
  await rig.broker.submit(rig.stop(STOP, 58_000));
  await rig.until('the books are doubted', () => rig.doubts.length > 0);
  expect(rig.lines.join('\n')).toContain('did not say so; its connection is made anew');
});

test('while the address is banned, the news are not asked for either', async () => {
  await using rig = await BrokerRig.open();
  const { exchange } = rig;
  const asked = (): number => exchange.audit.report().requests['POST /fapi/v1/listenKey'] ?? 0;
  exchange.inject({ kind: 'banned', retryAfterSec: 6 });
  await expect(rig.broker.positions()).rejects.toThrow();
  const before = asked();
  exchange.inject({ kind: 'cut-socket', sockets: 'private' });
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  expect(asked() - before).toBe(0);
  await rig.until('the news are listened to again', () => exchange.listeningTo.includes('user'));
});

test('an entry that is taken back while it waits for its leverage is not sent', async () => {
  await using rig = await BrokerRig.open();
  const { exchange, broker } = rig;
  exchange.inject({ kind: 'delay-before', ms: 1_000, on: { method: 'POST', path: '/leverage' } });
  const sending = broker.submit(rig.intent(ENTRY));
  await Promise.all([expect(sending).rejects.toThrow(OrderRejected), broker.cancel(rig.intent(ENTRY))]);
  expect(exchange.audit.orders).toEqual([]);
});

test('of an entry that waits for its leverage it is not said that it was never received', async () => {
  await using rig = await BrokerRig.open();
  const { exchange, broker } = rig;
  exchange.inject({ kind: 'delay-before', ms: 2_000, on: { method: 'POST', path: '/leverage' } });
  const sending = broker.submit(rig.intent(ENTRY));
  await expect(broker.fate(rig.intent(ENTRY))).rejects.toThrow(/on its way still/);
  await sending;
});

test('a conditional order of somebody else that names no size and no price does not hide what rests', async () => {
  await using rig = await BrokerRig.open();
  const { exchange, broker } = rig;
  await broker.submit(rig.intent(ENTRY));
  await broker.submit(rig.stop(STOP, 58_000));
  exchange.engine.conditionals.place(
    algoRequest(
      {
        algoType: 'CONDITIONAL',
        ...{ symbol: BTC, side: 'SELL', type: 'TAKE_PROFIT_MARKET', triggerPrice: '70000', closePosition: 'true' },
      },
      () => 'by-hand',
    ),
  );
  expect(await broker.resting()).toMatchObject([
    { clientOrderId: STOP, qty: 0.01, stopPrice: 58_000 },
    { clientOrderId: 'by-hand', qty: 0 },
  ]);
});

test('news that may have been missed are told of, though what was missed cannot be asked for', async () => {
  await using rig = await BrokerRig.open();
  const { exchange } = rig;
  const trades = { method: 'GET', path: '/userTrades' } as const;
  exchange.inject({ kind: 'status-before', status: 503, on: trades }, 10_000);
  exchange.inject({ kind: 'cut-socket', sockets: 'private' });
  await rig.until('the books are doubted', () => rig.doubts.length > 0);
  exchange.faults.disarm();
});

test('news of an order that cannot be read are no news: the books are compared', async () => {
  await using rig = await BrokerRig.open();
  const unread = {
    e: 'ORDER_TRADE_UPDATE',
    E: 1,
    T: 1,
    o: { s: BTC, c: ENTRY, S: 'BUY', x: 'TRADE', X: 'FILLED', i: 1 },
  };
  for (let i = 0; i < 3; i++) rig.exchange.babble('private', JSON.stringify(unread));
  await rig.until('the books are doubted', () => rig.doubts.length > 0);
  expect(rig.doubts).toHaveLength(1);
  expect(rig.lines.join('\n')).toContain('an update of an order could not be read');
});

test('a call for margin is told of', async () => {
  await using rig = await BrokerRig.open();
  rig.exchange.babble('private', JSON.stringify({ e: 'MARGIN_CALL', E: 1, cw: '3.16', p: [{ s: BTC, mp: '187.17' }] }));
  await rig.until('it is told', () => rig.lines.some((line) => line.includes(`near liquidation: ${BTC}`)));
});

test('a page for people that comes with 200 is no answer: nothing held, no order and no trade is concluded from it', async () => {
  await using rig = await BrokerRig.open();
  const { exchange, broker } = rig;
  await broker.submit(rig.intent(ENTRY));
  await broker.submit(rig.stop(STOP, 58_000));
  const since = exchange.clock.now() - 60_000;
  const asks: readonly (readonly [path: string, ask: () => Promise<unknown>])[] = [
    ['/positionRisk', () => broker.positions()],
    ['/openOrders', () => broker.resting()],
    ['/openAlgoOrders', () => broker.resting()],
    ['/userTrades', () => broker.fillsSince(BTC, since)],
    ['/allOrders', () => broker.fillsSince(BTC, since)],
    ['/income', () => broker.fundingSince(since)],
    ['/account', () => broker.equityUsd()],
    ['/order', () => broker.fate(rig.intent(ENTRY))],
  ];
  for (const [path, ask] of asks) {
    exchange.inject({ kind: 'html-page', status: 200, on: { method: 'GET', path } });
    await expect(ask(), path).rejects.toThrow();
  }
  exchange.inject({ kind: 'html-page', status: 200, on: { method: 'POST', path: '/order' } });
  const lost = await broker.submit(rig.intent('k-two-E')).catch((error: unknown) => error);
  expect(lost).toBeInstanceOf(Error);
  expect(lost).not.toBeInstanceOf(OrderRejected);
  expect(exchange.faults.waiting).toEqual([]);
});

test('an object is no list, and an empty body nothing at all: neither says that nothing is held', () => {
  const client = { id: 'binanceusdm', handleErrors: () => undefined } as unknown as CcxtClient;
  onlyAnswers(client);
  const at = 'https://fapi.binance.com/fapi';
  const ask = (status: number, path: string, body: string, answer: unknown) => () =>
    client.handleErrors(status, 'OK', `${at}${path}`, 'GET', {}, body, answer);
  expect(ask(200, '/v3/positionRisk?timestamp=1', '{}', {})).toThrow(/200, and nothing that can be read/);
  expect(ask(202, '/v1/openAlgoOrders?symbol=BTCUSDT', '', undefined)).toThrow(/202/);
  expect(ask(202, '/v1/countdownCancelAll', '', undefined)).toThrow(/202/);
  expect(ask(200, '/v3/positionRisk?timestamp=1', '[]', [])).not.toThrow();
  expect(ask(200, '/v1/order', '{}', {})).not.toThrow();
  const elsewhere = 'https://open-api.bingx.com/openApi/swap/v3/quote/klines?symbol=BTC-USDT';
  expect(() => client.handleErrors(200, 'OK', elsewhere, 'GET', {}, '{"data":[]}', { data: [] })).not.toThrow();
  // These have their own judge.
  expect(ask(502, '/v1/order', '<html>', undefined)).not.toThrow();
});

import { describe, expect, test } from 'vitest';
import { LIQUIDATION } from '../../../src/actors/order-ids.ts';
import { OrderRejected, StopWouldTrigger } from '../../../src/ports/broker.ts';
import { steppedClock } from '../../fake-exchange/engine/exchange-clock.ts';
import { LISTINGS } from '../../fake-exchange/engine/listings.ts';
import type { Fault } from '../../fake-exchange/faults/fault.ts';
import { BrokerRig, BTC, ETH } from './broker-rig.ts';

const ORDER = { method: 'POST', path: '/order' } as const;
const ENTRY = 'k-one-E';

const twice = ({ exchange }: BrokerRig) => exchange.audit.report().executedTwice;

test('an order fills, is told with its exact fee, and is what the account holds', async () => {
  await using rig = await BrokerRig.open();
  const { broker } = rig;
  expect(broker.instrument(BTC)).toMatchObject({ tick: 0.1, lot: 0.001, minNotionalUsd: 100, takerFee: 0.0005 });
  expect(broker.instrument(BTC)).toMatchObject({ maintenanceMargin: 0.004, maxLeverage: 125 });
  expect(await broker.positions()).toEqual([]);
  const { orderId } = await broker.submit(rig.intent(ENTRY));
  await rig.until('the fill is told', () => rig.fills.length === 1);
  const [fill] = rig.fills;
  expect(fill).toMatchObject({ clientOrderId: ENTRY, orderId, symbol: BTC, side: 'BUY', qty: 0.01, price: 60_000 });
  expect(fill).toMatchObject({ feeUsd: 0.3, complete: true });
  const [position] = await broker.positions();
  expect(position).toMatchObject({ symbol: BTC, qty: 0.01, entryPrice: 60_000, markPrice: 60_000 });
  expect(position?.liquidationPrice).toBeGreaterThan(0);
  expect(await broker.equityUsd()).toBe(9_999.7);
  expect(await broker.fate(rig.intent(ENTRY))).toEqual({ status: 'filled', fills: [fill] });
  expect(await broker.fillsSince(BTC, rig.clock.now() - 60_000)).toEqual([fill]);
  expect(await broker.fillsSince(ETH, 0)).toEqual([]);
  expect(twice(rig)).toEqual({});
  expect(rig.lines).toEqual([]);
});

test('entries have isolated margin and their leverage, set once', async () => {
  await using rig = await BrokerRig.open();
  await rig.broker.submit(rig.intent('k-a-E', { leverage: 7 }));
  await rig.broker.submit(rig.intent('k-b-E', { leverage: 7 }));
  const { requests } = rig.exchange.audit.report();
  expect(requests['POST /fapi/v1/leverage']).toBe(1);
  expect(requests['POST /fapi/v1/marginType']).toBe(2);
  const { leverage, marginType } = rig.exchange.engine.account.setting(BTC);
  expect([leverage, marginType]).toEqual([7, 'ISOLATED']);
});

test('an entry whose leverage cannot be set is refused, and was not sent', async () => {
  await using rig = await BrokerRig.open();
  const refused = rig.broker.submit(rig.intent(ENTRY, { leverage: 400 }));
  await expect(refused).rejects.toThrow(OrderRejected);
  await expect(refused).rejects.toThrow(/leverage could not be set/);
  expect(rig.exchange.audit.orders).toEqual([]);
});

describe('what the exchange refuses is rejected, with its words', () => {
  test.each([
    ['too much for the margin', { qty: 90 }, /Margin is insufficient/],
    ['too small', { qty: 0.001 }, /notional/],
    ['nothing to reduce', { purpose: 'exit', side: 'SELL', reduceOnly: true }, /ReduceOnly/],
    ['no multiple of the lot', { qty: 0.0105 }, /not a multiple of 0.001/],
  ] as const)('%s', async (_, parts, words) => {
    await using rig = await BrokerRig.open();
    const refused = rig.broker.submit(rig.intent(ENTRY, parts));
    await expect(refused).rejects.toThrow(OrderRejected);
    await expect(refused).rejects.toThrow(words);
    expect(rig.exchange.audit.positions).toEqual({});
  });
});

describe('no answer is no refusal: the order stays unknown until the exchange tells', () => {
  test.each<[string, Fault, 'filled' | 'never-received']>([
    ['the connection breaks after it was taken', { kind: 'drop-after', on: ORDER }, 'filled'],
    ['the connection breaks before it arrived', { kind: 'drop-before', on: ORDER }, 'never-received'],
    ['the answer never comes, and it was taken', { kind: 'timeout-after', on: ORDER }, 'filled'],
    ['the answer never comes, and it was not', { kind: 'timeout-before', on: ORDER }, 'never-received'],
    ['503 after it was taken', { kind: 'status-after', on: ORDER, status: 503, code: -1007 }, 'filled'],
    ['500 without a code', { kind: 'status-after', on: ORDER, status: 500 }, 'filled'],
    ['a web page', { kind: 'html-page', on: ORDER, status: 502 }, 'never-received'],
  ])('%s', async (_, fault, fate) => {
    await using rig = await BrokerRig.open({ timeoutMs: 2_500 });
    const intent = rig.intent(ENTRY);
    rig.exchange.inject(fault);
    const lost = rig.broker.submit(intent);
    await expect(lost).rejects.toThrow();
    await expect(lost).rejects.not.toBeInstanceOf(OrderRejected);
    const found = await rig.broker.fate(intent);
    expect(found.status).toBe(fate);
    expect('fills' in found ? found.fills : []).toHaveLength(fate === 'filled' ? 1 : 0);
    // Whoever sends it again by mistake has still only one.
    if (fate === 'filled') await rig.broker.submit(intent);
    expect(twice(rig)).toEqual({});
    expect(rig.exchange.audit.positions).toEqual(fate === 'filled' ? { BTCUSDT: '0.01' } : {});
  });
});

test('a question that fails is no answer: neither about an order nor about positions', async () => {
  await using rig = await BrokerRig.open({ timeoutMs: 2_500 });
  await rig.broker.submit(rig.intent(ENTRY));
  rig.exchange.inject({ kind: 'drop-before' }, 30);
  await expect(rig.broker.positions()).rejects.toThrow(/positions/);
  await expect(rig.broker.fate(rig.intent(ENTRY))).rejects.toThrow(/k-one-E/);
  await expect(rig.broker.resting()).rejects.toThrow(/BTCUSDT/);
  await expect(rig.broker.fillsSince(BTC, 0)).rejects.toThrow(/trades/);
  await expect(rig.broker.equityUsd()).rejects.toThrow(/balance/);
});

test('an order that the exchange took and then says it never had stays unknown', async () => {
  await using rig = await BrokerRig.open();
  await rig.broker.submit(rig.intent(ENTRY));
  rig.exchange.inject({
    kind: 'status-before',
    on: { method: 'GET', path: '/order' },
    status: 400,
    code: -2013,
    msg: 'Order does not exist.',
  });
  // The second question finds it.
  expect((await rig.broker.fate(rig.intent(ENTRY))).status).toBe('filled');
  await expect(rig.broker.fate(rig.intent('k-never-E'))).resolves.toEqual({ status: 'never-received' });
});

test('an order that may be on its way still was not “never received”', async () => {
  await using rig = await BrokerRig.open({ recvWindowMs: 60_000 });
  rig.exchange.inject({ kind: 'drop-before', on: ORDER });
  await expect(rig.broker.submit(rig.intent(ENTRY))).rejects.toThrow();
  await expect(rig.broker.fate(rig.intent(ENTRY))).rejects.toThrow(/may be on its way still/);
  const { PROVEN_AFTER_MS } = await import('../../../src/actors/order-router.ts');
  expect(PROVEN_AFTER_MS).toBeGreaterThanOrEqual(10_000);
});

describe('a clock that is off', () => {
  test('is measured at the start, told, and signed with', async () => {
    await using rig = await BrokerRig.start();
    rig.exchange.inject({ kind: 'clock-skew', ms: 45_000 });
    await rig.connect();
    expect(rig.lines.join()).toMatch(/clock is 4\d{4} ms behind the clock of binanceusdm/);
    await rig.broker.submit(rig.intent(ENTRY));
    expect(rig.exchange.audit.positions).toEqual({ BTCUSDT: '0.01' });
  });

  test('is measured again when the exchange turns a request away for it, which is then made once more', async () => {
    await using rig = await BrokerRig.open();
    rig.exchange.inject({ kind: 'clock-skew', ms: -60_000 });
    await rig.broker.submit(rig.intent(ENTRY));
    await rig.until('doubt', () => rig.doubts.includes('the clock was off'));
    expect(rig.exchange.audit.positions).toEqual({ BTCUSDT: '0.01' });
    expect(twice(rig)).toEqual({});
    expect(rig.lines.join()).toMatch(/ms ahead of the clock/);
  });
});

describe('asked to be left alone', () => {
  test('by 429, it asks nothing until Retry-After is over, and an order meanwhile is certainly not sent', async () => {
    await using rig = await BrokerRig.open();
    rig.exchange.inject({ kind: 'too-many-requests', retryAfterSec: 2, on: { path: '/positionRisk' } });
    await expect(rig.broker.positions()).rejects.toThrow();
    const before = JSON.stringify(rig.exchange.audit.report().requests);
    await expect(rig.broker.submit(rig.intent(ENTRY, { leverage: 1 }))).rejects.toThrow(OrderRejected);
    await expect(rig.broker.positions()).rejects.toThrow(/left alone/);
    expect(JSON.stringify(rig.exchange.audit.report().requests)).toBe(before);
    expect(rig.lines.join()).toMatch(/nothing is asked for 2 s/);
    await expect.poll(() => rig.broker.positions().catch(() => null), { timeout: 20_000 }).toEqual([]);
  });

  test('by 418, everything stops for as long as the ban says', async () => {
    await using rig = await BrokerRig.open();
    rig.exchange.inject({ kind: 'banned', retryAfterSec: 900 });
    await expect(rig.broker.equityUsd()).rejects.toThrow();
    await expect(rig.broker.fate(rig.intent(ENTRY))).rejects.toThrow(/left alone for (8|9)\d\d s/);
  });
});

describe('keys', () => {
  test('that are refused are said to be, before anything was ordered', async () => {
    await using rig = await BrokerRig.start();
    await expect(rig.connect({ apiKey: 'wrong', secret: 'wrong' })).rejects.toThrow(/binanceusdm refuses the keys/);
  });
});

test('symbols that are margined in other money than USDT are refused at the start: the account would not tell their equity', async () => {
  const bitcoin = LISTINGS.get(BTC);
  if (!bitcoin) throw new Error(`${BTC} is not listed`);
  const listings = new Map([...LISTINGS, ['BTCUSDC', { ...bitcoin, symbol: 'BTCUSDC', quote: 'USDC' }]]);
  await using rig = await BrokerRig.start({ listings, symbols: [BTC, 'BTCUSDC'] });
  await expect(rig.connect()).rejects.toThrow(
    'BTCUSDC is margined in USDC, and this bot keeps an account in USDT only: it sends no orders. Leave it out of --symbols, or trade it on paper',
  );
  expect(rig.exchange.audit.report().requests['POST /fapi/v1/marginType']).toBeUndefined();
});

test('a fee that is paid in BNB is booked at the taker’s rate, and is said not to have left the account’s money', async () => {
  await using rig = await BrokerRig.open({ bnbPrice: '600' });
  await rig.broker.submit(rig.intent(ENTRY));
  await rig.until('the fill is told', () => rig.fills.length === 1);
  expect(rig.fills).toMatchObject([{ feeUsd: 0.3, feeAsset: 'BNB' }]);
  expect(await rig.broker.fillsSince(BTC, 0)).toEqual(rig.fills);
  expect(await rig.broker.equityUsd()).toBe(10_000);
  expect(rig.lines.join()).toMatch(/fees are paid in BNB/);
});

describe('stops', () => {
  test('rest in their own book, close what they can, and their fill bears their name', async () => {
    await using rig = await BrokerRig.open();
    await rig.broker.submit(rig.intent(ENTRY));
    const stop = rig.stop('k-one-S1', 58_000);
    const { orderId } = await rig.broker.submit(stop);
    expect(await rig.broker.resting()).toEqual([
      {
        clientOrderId: 'k-one-S1',
        orderId,
        symbol: BTC,
        side: 'SELL',
        purpose: 'stop',
        qty: 0.01,
        reduceOnly: true,
        stopPrice: 58_000,
      },
    ]);
    expect(await rig.broker.fate(stop)).toEqual({ status: 'open', fills: [] });
    await rig.until('the entry is told', () => rig.fills.length === 1);
    rig.exchange.price(BTC, '57990');
    await rig.until('the stop is told', () => rig.fills.length === 2);
    expect(rig.fills[1]).toMatchObject({ clientOrderId: 'k-one-S1', side: 'SELL', qty: 0.01, complete: true });
    expect(await rig.broker.fate(stop)).toEqual({ status: 'filled', fills: [rig.fills[1]] });
    expect(await rig.broker.positions()).toEqual([]);
    expect(await rig.broker.resting()).toEqual([]);
    expect((await rig.broker.fillsSince(BTC, 0)).map(({ clientOrderId }) => clientOrderId)).toEqual([
      ENTRY,
      'k-one-S1',
    ]);
  });

  test('are booked once and by their name, also where the news of their order come before their own', async () => {
    await using rig = await BrokerRig.open();
    rig.exchange.engine.conditionals.toldFirst = 'order';
    await rig.broker.submit(rig.intent(ENTRY));
    await rig.broker.submit(rig.stop('k-one-S1', 58_000));
    await rig.until('the entry is told', () => rig.fills.length === 1);
    rig.exchange.price(BTC, '57990');
    const said = () => rig.exchange.said('private').join();
    await rig.until('all is said', () => said().includes('FINISHED') && rig.fills.length >= 2);
    const first = said().lastIndexOf('"X":"FILLED"');
    expect(first).toBeGreaterThan(said().indexOf('"X":"TRIGGERING"'));
    expect(said().indexOf('"X":"TRIGGERED"')).toBeGreaterThan(first);
    expect(rig.fills.map(({ clientOrderId, complete }) => [clientOrderId, complete])).toEqual([
      [ENTRY, true],
      ['k-one-S1', true],
    ]);
    expect(await rig.broker.fate(rig.stop('k-one-S1', 58_000))).toEqual({ status: 'filled', fills: [rig.fills[1]] });
    expect(rig.ends).toEqual([]);
  });

  test('are known by name also to a bot that was started anew', async () => {
    await using rig = await BrokerRig.open();
    await rig.broker.submit(rig.intent(ENTRY));
    await rig.broker.submit(rig.stop('k-one-S1', 58_000));
    await rig.until('the entry is told', () => rig.fills.length === 1);
    rig.exchange.price(BTC, '57990');
    await rig.connect();
    const fills = await rig.broker.fillsSince(BTC, 0);
    expect(fills.map(({ clientOrderId, complete }) => [clientOrderId, complete])).toEqual([
      [ENTRY, true],
      ['k-one-S1', true],
    ]);
    expect((await rig.broker.fate(rig.stop('k-one-S1', 58_000))).status).toBe('filled');
  });

  test('that are reached already say so', async () => {
    await using rig = await BrokerRig.open();
    await rig.broker.submit(rig.intent(ENTRY));
    await expect(rig.broker.submit(rig.stop('k-one-S1', 60_500))).rejects.toThrow(StopWouldTrigger);
  });

  test('are cancelled, once and again, and an order that is none is no error', async () => {
    await using rig = await BrokerRig.open();
    await rig.broker.submit(rig.intent(ENTRY));
    const stop = rig.stop('k-one-S1', 58_000);
    await rig.broker.submit(stop);
    await rig.broker.cancel(stop);
    await rig.broker.cancel(stop);
    await rig.broker.cancel(rig.intent('k-none-E'));
    expect(await rig.broker.fate(stop)).toEqual({ status: 'cancelled', fills: [] });
    expect(await rig.broker.resting()).toEqual([]);
  });

  test('lost on their way back are found, and not placed twice', async () => {
    await using rig = await BrokerRig.open();
    await rig.broker.submit(rig.intent(ENTRY));
    const stop = rig.stop('k-one-S1', 58_000);
    rig.exchange.inject({ kind: 'drop-after', on: { method: 'POST', path: '/algoOrder' } });
    await expect(rig.broker.submit(stop)).rejects.toThrow();
    expect(await rig.broker.fate(stop)).toEqual({ status: 'open', fills: [] });
    await rig.broker.submit(stop);
    expect(rig.exchange.audit.openStops).toHaveLength(1);
    expect(await rig.broker.fate(rig.stop('k-none-S1', 58_000))).toEqual({ status: 'never-received' });
  });
});

test('a history longer than one question is asked for in pieces', async () => {
  const clock = steppedClock(Date.now() - 30 * 86_400_000, 1);
  await using rig = await BrokerRig.open({ clock });
  await rig.broker.submit(rig.intent('k-old-E'));
  rig.exchange.settleFunding(BTC, '0.0001');
  clock.moveTo(Date.now() - 10 * 86_400_000);
  // The clock has moved: the first request is turned away, and the time measured anew.
  await rig.broker.submit(rig.intent('k-new-E'));
  rig.exchange.settleFunding(BTC, '0.0001');
  const since = Date.now() - 40 * 86_400_000;
  clock.moveTo(Date.now());
  await rig.broker.equityUsd();
  expect((await rig.broker.fillsSince(BTC, since)).map(({ clientOrderId }) => clientOrderId)).toEqual([
    'k-old-E',
    'k-new-E',
  ]);
  const paid = rig.exchange.audit.income.filter(({ incomeType }) => incomeType === 'FUNDING_FEE');
  expect((await rig.broker.fundingSince(since)).map(({ at, amountUsd }) => [at, amountUsd])).toEqual(
    paid.map(({ time, income }) => [time, Number(income)]),
  );
  expect(paid.length).toBeGreaterThanOrEqual(2);
});

describe('fills are told once, those of an order in order', () => {
  test.each<[string, Fault]>([
    ['sent twice', { kind: 'duplicate-fill' }],
    ['sent in the wrong order', { kind: 'reorder-fills' }],
    ['sent late', { kind: 'late-fill', ms: 1_500 }],
    ['never sent', { kind: 'lose-fill' }],
  ])('%s', async (_, fault) => {
    await using rig = await BrokerRig.open();
    rig.exchange.breakFills(3);
    rig.exchange.inject(fault);
    await rig.broker.submit(rig.intent(ENTRY, { qty: 0.03 }));
    await rig.until('all three are told', () => rig.fills.length >= 3);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(rig.fills.map(({ qty, complete }) => [qty, complete])).toEqual([
      [0.01, false],
      [0.01, false],
      [0.01, true],
    ]);
    expect(rig.exchange.audit.report().faultsFired).toHaveLength(1);
    const fate = await rig.broker.fate(rig.intent(ENTRY));
    expect(fate).toEqual({ status: 'filled', fills: rig.fills });
  });

  test('a part of an order that finds no more is its last', async () => {
    await using rig = await BrokerRig.open();
    rig.exchange.liquidity(BTC, '0.004');
    await rig.broker.submit(rig.intent(ENTRY));
    const fate = await rig.broker.fate(rig.intent(ENTRY));
    expect(fate).toMatchObject({ status: 'cancelled', fills: [{ qty: 0.004, complete: true }] });
    await rig.until('the part is told', () => rig.fills.length === 1);
  });
});

describe('the account’s own news', () => {
  test('after a cut: what was filled meanwhile is fetched, told once, and the books are doubted', async () => {
    await using rig = await BrokerRig.open();
    await rig.broker.submit(rig.intent(ENTRY));
    await rig.until('the fill is told', () => rig.fills.length === 1);
    rig.exchange.inject({ kind: 'cut-socket', sockets: 'private' });
    rig.exchange.inject({ kind: 'traded-by-hand', symbol: BTC, qty: '0.002' });
    await rig.until('the missed fill is told', () => rig.fills.length === 2);
    await rig.until('doubt', () => rig.doubts.some((why) => why.includes('was lost')));
    await rig.broker.submit(rig.intent('k-two-E'));
    await rig.until('news come again', () => rig.fills.some(({ clientOrderId }) => clientOrderId === 'k-two-E'));
    expect(rig.fills.map(({ qty }) => qty)).toEqual([0.01, 0.002, 0.01]);
  });

  test('tell at once of a stop that the exchange took away, and of none that it took', async () => {
    await using rig = await BrokerRig.open();
    await rig.broker.submit(rig.intent(ENTRY));
    await rig.broker.submit(rig.stop('k-one-S1', 50_000));
    await rig.broker.submit(rig.stop('k-one-S2', 51_000));
    rig.exchange.inject({ kind: 'stop-cancelled', symbol: BTC });
    await rig.until('the end is told', () => rig.ends.length > 0);
    expect(rig.ends).toEqual(['k-one-S1']);
    expect(await rig.broker.fate(rig.stop('k-one-S1', 50_000))).toMatchObject({ status: 'cancelled', fills: [] });
    await rig.broker.cancel(rig.stop('k-one-S2', 51_000));
    await rig.until('the end that was asked for is told, too', () => rig.ends.length === 2);
  });

  test('whose key expired come again, with a new one', async () => {
    await using rig = await BrokerRig.open();
    rig.exchange.inject({ kind: 'listen-key-expired' });
    await rig.until('it is noticed', () => rig.lines.some((line) => line.includes('has expired')));
    await rig.until('doubt', () => rig.doubts.length > 0);
    rig.exchange.price(BTC, '60100');
    rig.exchange.inject({ kind: 'traded-by-hand', symbol: BTC, qty: '0.003' });
    await rig.until('news come again', () => rig.fills.length === 1);
  });

  test('of a socket that is open and silent are missed when an order fills, and it is made anew', async () => {
    await using rig = await BrokerRig.open();
    rig.exchange.inject({ kind: 'silent-socket', sockets: 'private' });
    await rig.broker.submit(rig.intent(ENTRY));
    await rig.until('the fill is told', () => rig.fills.length === 1);
    await rig.until('doubt', () => rig.doubts.length > 0);
    rig.exchange.inject({ kind: 'traded-by-hand', symbol: BTC, qty: '0.003' });
    await rig.until('news come again', () => rig.fills.length === 2);
    expect(rig.exchange.audit.report().sockets).toMatchObject({ private: 2 });
  });

  test('of a liquidation bear the name that the bot knows it by', async () => {
    await using rig = await BrokerRig.open();
    await rig.broker.submit(rig.intent(ENTRY));
    await rig.until('the entry is told', () => rig.fills.length === 1);
    rig.exchange.inject({ kind: 'liquidation', symbol: BTC });
    await rig.until('the liquidation is told', () => rig.fills.length === 2);
    expect(rig.fills[1]?.clientOrderId.startsWith(LIQUIDATION)).toBe(true);
    expect(await rig.broker.fillsSince(BTC, 0)).toEqual(rig.fills);
    expect(await rig.broker.positions()).toEqual([]);
  });
});

test('funding is told once, with the exchange’s own number, however often it is asked for', async () => {
  await using rig = await BrokerRig.open();
  await rig.broker.submit(rig.intent(ENTRY));
  await rig.until('the fill is told', () => rig.fills.length === 1);
  rig.exchange.fundingRate(BTC, '0.0003');
  const since = rig.clock.now() - 60_000;
  expect(await rig.broker.fundingSince(since)).toEqual([]);
  rig.exchange.settleFunding(BTC);
  const paid = await rig.broker.fundingSince(since);
  expect(paid).toMatchObject([{ symbol: BTC, amountUsd: -0.18, rate: null }]);
  expect(await rig.broker.fundingSince(since)).toEqual(paid);
});

/** What is taken for lost, and recorded as found at the exchange: never what the log has, or is about to have. */
import { afterEach, describe, expect, it } from 'vitest';
import { exitId, stopId } from '../../src/actors/order-ids.ts';
import { FOUND } from '../../src/actors/orders.ts';
import type { Intent } from '../../src/machines/messages.ts';
import { type ProtectedBot, protectedBot } from './protected-bot.ts';
import { MAKERS } from './trading.ts';

let bot: ProtectedBot | null = null;
const begin = async (): Promise<ProtectedBot> => {
  bot = await protectedBot();
  return bot;
};
afterEach(async () => {
  await bot?.end();
  bot = null;
});

const intents = async (t: ProtectedBot) =>
  (await t.bus()).flatMap((record) => (record.event_type === 'order_intent' ? [record] : []));
/** That each was written once, and as it was sent. */
const expectTrue = async (t: ProtectedBot): Promise<void> => {
  const written = (await intents(t)).map(({ intent }) => intent);
  expect(written).toEqual(t.exchange.submitted.filter(({ purpose }) => purpose !== 'entry'));
};
const expectAtRest = (t: ProtectedBot): void =>
  expect(t.work()).toMatchObject({ protection: 'protected', orders: 'idle', books: 'agreed' });

/** The stop has followed the price, so that the first had ended when the last was placed. */
const replaced = async () => {
  const t = await begin();
  const { signalId } = await t.enter();
  t.clock.advance(60_000);
  await t.move(102_000);
  await t.advance(1_000);
  expect(t.exchange.openStops().map(({ clientOrderId }) => clientOrderId)).toEqual([stopId(signalId, 3)]);
  return { t, signalId };
};

describe('a stop that was replaced', () => {
  it.each(['restart', 'process'] as const)('is in the log, and not found again (%s)', async (what) => {
    const { t } = await replaced();
    t.cut('tradeExecution');
    if (what === 'process') {
      await t.stop('signalBus');
      t.reborn();
      await t.start('signalBus', MAKERS.signalBus);
    }
    await t.start('tradeExecution', MAKERS.tradeExecution);
    await t.advance(30_000);
    await expectTrue(t);
    expectAtRest(t);
  });

  it('and is still listed after a restart is ours, and taken back', async () => {
    const { t, signalId } = await replaced();
    await t.restart('tradeExecution', 'cut');
    const [first] = t.sentOf('stop');
    if (!first) throw new Error('no stop was sent');
    const { clientOrderId, symbol, side, qty, stopPrice } = first;
    t.exchange.rest({ clientOrderId, symbol, side, qty, stopPrice, purpose: 'stop', reduceOnly: true });
    await t.advance(60_000);
    await expectTrue(t);
    expect((await t.exchange.resting()).map((order) => order.clientOrderId)).toEqual([stopId(signalId, 3)]);
    expectAtRest(t);
  });

  it('is not found again where it closed a position whose entry went on', async () => {
    const t = await begin();
    t.exchange.script.parts = ({ purpose }) => (purpose === 'entry' ? 2 : 1);
    const { signal } = await t.decide('BTCUSDT', 'LONG', 100_000);
    await t.later(150);
    t.exchange.price('BTCUSDT', 98_000);
    await t.advance(1_000);
    expect(t.exchange.executions.get(stopId(signal.signalId, 1))).toBe(1);
    expect(t.exchange.net().get('BTCUSDT')).toBeGreaterThan(0);
    t.exchange.calm();
    await t.restart('tradeExecution', 'cut');
    await t.advance(20_000);
    await expectTrue(t);
  });
});

describe('an intent that the bus has not written yet', () => {
  it.each([1, 2])('is not found by who is restarted meanwhile, and written once (%i restarts)', async (restarts) => {
    const t = await begin();
    const { signalId } = await t.enter();
    t.cut('signalBus');
    t.clock.advance(60_000);
    // A rung is taken at this price, and the stop is moved twice.
    await t.move(102_000);
    for (let n = 0; n < restarts; n++) {
      await t.restart('tradeExecution', 'cut');
      await t.advance(20_000);
    }
    expect(t.lines.filter(({ message }) => message.includes('not in the log'))).toEqual([]);
    await t.start('signalBus', MAKERS.signalBus);
    await t.advance(20_000);
    await expectTrue(t);
    expect(t.sentOf('exit').map(({ clientOrderId }) => clientOrderId)).toEqual([exitId(signalId, 1)]);
    expect((await t.fold()).net()).toEqual(t.exchange.net());
    expectAtRest(t);
  });

  it('is lost with the process, and what rests is recorded as the exchange has it', async () => {
    const t = await begin();
    const { signalId } = await t.enter();
    t.cut('signalBus');
    t.clock.advance(60_000);
    await t.move(102_000);
    await t.advance(1_000);
    t.cut('tradeExecution');
    t.forget('signalBus');
    t.reborn();
    await t.start('tradeExecution', MAKERS.tradeExecution);
    await t.start('signalBus', MAKERS.signalBus);
    await t.advance(20_000);
    const found = (await intents(t)).filter(({ reason }) => reason === FOUND).map(({ intent }) => intent);
    const names = found.map(({ clientOrderId }) => clientOrderId);
    expect(new Set(names).size).toBe(names.length);
    const [resting] = t.exchange.openStops();
    expect(resting?.clientOrderId).toBe(stopId(signalId, 3));
    expect(found.find(({ clientOrderId }) => clientOrderId === resting?.clientOrderId)).toMatchObject({
      qty: resting?.qty,
      stopPrice: resting?.stopPrice,
    });
    expectAtRest(t);
  });

  it.each([
    ['a part', 0.002],
    ['all of it', 0.007],
  ])('is lost with the process, and was of an exit that left %s: it is as large as what was filled', async (_, qty) => {
    const { t, signalId } = await replaced();
    expect(t.exchange.net().get('BTCUSDT')).toBe(0.007);
    t.cut('signalBus');
    t.exchange.script.news = () => 'lost';
    await t.post('tradeExecution', { type: 'EXIT', signalId, gate: 'tp1', qty, reason: 'a test', price: 1 });
    await t.advance(200);
    t.cut('tradeExecution');
    t.forget('signalBus');
    t.reborn();
    t.exchange.calm();
    await t.start('signalBus', MAKERS.signalBus);
    await t.start('tradeExecution', MAKERS.tradeExecution);
    await t.advance(20_000);
    const terms = ({ clientOrderId, side, qty, stopPrice }: Intent) => ({ clientOrderId, side, qty, stopPrice });
    const written = (await intents(t)).map(({ intent }) => terms(intent));
    expect(written).toEqual(t.exchange.submitted.filter(({ purpose }) => purpose !== 'entry').map(terms));
    expect((await t.fold()).net()).toEqual(t.exchange.net());
    expect(t.work()).toMatchObject({ orders: 'idle', books: 'agreed' });
  });
});

/** What other bots are known to have got wrong when their books and the exchange differed; each with where it happened. */
import { afterEach, describe, expect, it } from 'vitest';
import { entryId, exitId, stopId } from '../../src/actors/order-ids.ts';
import { ADOPTED } from '../../src/actors/position-steps.ts';
import type { HabitatOptions } from './habitat.ts';
import { type ProtectedBot, protectedBot } from './protected-bot.ts';
import { MAKERS } from './trading.ts';

let bot: ProtectedBot | null = null;
const begin = async (options: HabitatOptions = {}): Promise<ProtectedBot> => {
  bot = await protectedBot(options);
  return bot;
};
afterEach(async () => {
  await bot?.end();
  bot = null;
});
const agreed = async (t: ProtectedBot) => {
  expect((await t.fold()).net()).toEqual(t.exchange.net());
  expect(t.work()).toMatchObject({ books: 'agreed', orders: 'idle', entries: 'open' });
};
const repair = (t: ProtectedBot) =>
  t.post('tradeExecution', {
    type: 'REPAIR',
    target: 'reconcile',
    evidence: { says: '', figures: {} },
    incident: 'i-1',
    reason: 'r',
    from: 'healingOperator',
  });

/** Somebody sells a part by hand, the list of fills does not have it, and the books are set right without it. */
async function soldUnseen(t: Awaited<ReturnType<typeof begin>>): Promise<void> {
  const fillsSince = t.exchange.fillsSince.bind(t.exchange);
  t.exchange.fillsSince = async () => [];
  t.exchange.script.news = () => 'late';
  t.exchange.byHand('BTCUSDT', 'SELL', 0.01);
  t.exchange.doubt('the stream was cut');
  await t.advance(1_000);
  await repair(t);
  await t.settle();
  t.exchange.fillsSince = fillsSince;
}

describe('an order whose fate is unknown', () => {
  it('stays so through an outage of more than an hour, and is no failure because queries failed (hummingbot #8457)', async () => {
    const t = await begin();
    let down = false;
    t.exchange.script.submit = () => {
      down = true;
      return 'answer lost';
    };
    t.exchange.script.fails = () => down;
    t.exchange.script.news = () => 'lost';
    const { signal } = await t.decide('BTCUSDT', 'LONG', 100_000);
    await t.advance(70 * 60_000);
    expect(t.work()).toMatchObject({ orders: 'unknownFate', entries: 'closed' });
    expect(await t.stateOf(signal.signalId)).toBe('executing');
    expect(t.sentOf('entry')).toHaveLength(1);
    t.exchange.calm();
    await t.advance(70_000);
    expect(await t.stateOf(signal.signalId)).toBe('executed');
    expect(t.exchange.openStops()).toHaveLength(1);
    await agreed(t);
  });

  it('is not refused because it was asked after often, and is found by its client id (nautilus #4958)', async () => {
    const t = await begin();
    t.exchange.script.submit = ({ purpose }) => (purpose === 'entry' ? 'answer lost' : 'ok');
    t.exchange.script.news = ({ side }) => (side === 'BUY' ? 'lost' : 'ok');
    // The exchange has it, but its list of orders does not tell of it: its fills do.
    const fate = t.exchange.fate.bind(t.exchange);
    t.exchange.fate = async (order) => (order.purpose === 'entry' ? { status: 'never-received' } : fate(order));
    const { signal } = await t.decide('BTCUSDT', 'LONG', 100_000);
    await t.advance(9_000);
    expect(await t.stateOf(signal.signalId)).toBe('executing');
    await t.advance(60_000);
    expect(await t.stateOf(signal.signalId)).toBe('executed');
    expect(t.exchange.executions.get(entryId(signal.signalId))).toBe(1);
    await agreed(t);
  });

  it('may have left just before its answer failed, however long it had been waited for', async () => {
    const t = await begin();
    const submit = t.exchange.submit.bind(t.exchange);
    t.exchange.submit = async (intent) => {
      if (intent.purpose !== 'entry') return submit(intent);
      // Its leverage had to be set first, on a line that took a minute; then the connection broke, and it arrives all the same.
      t.clock.advance(60_000);
      t.clock.setTimeout(() => void submit(intent), 6_000);
      throw new Error('the connection was reset');
    };
    const { signal } = await t.decide('BTCUSDT', 'LONG', 100_000);
    await t.advance(5_000);
    expect(t.work()).toMatchObject({ orders: 'unknownFate', entries: 'closed' });
    await t.advance(10_000);
    expect(await t.stateOf(signal.signalId)).toBe('executed');
    await agreed(t);
  });

  it('is not taken for never received while what is held speaks for it', async () => {
    const t = await begin();
    t.exchange.script.submit = ({ purpose }) => (purpose === 'entry' ? 'answer lost' : 'ok');
    t.exchange.script.news = ({ side }) => (side === 'BUY' ? 'lost' : 'ok');
    t.exchange.fate = async () => ({ status: 'never-received' });
    const fillsSince = t.exchange.fillsSince.bind(t.exchange);
    t.exchange.fillsSince = async () => [];
    const { signal } = await t.decide('BTCUSDT', 'LONG', 100_000);
    await t.advance(120_000);
    expect(await t.stateOf(signal.signalId)).toBe('executing');
    expect(t.work()).toMatchObject({ orders: 'unknownFate', entries: 'closed' });
    t.exchange.fillsSince = fillsSince;
    await t.advance(5_000);
    expect(await t.stateOf(signal.signalId)).toBe('executed');
  });

  it('is cancelled where it is a stop that the exchange had, and has forgotten since it was cancelled (Binance: after three days)', async () => {
    const t = await begin();
    await t.enter();
    const fate = t.exchange.fate.bind(t.exchange);
    t.exchange.fate = async (order) => {
      const found = await fate(order);
      return found.status === 'cancelled' ? { status: 'never-received' } : found;
    };
    t.clock.advance(60_000);
    // Better stops are placed, and those before are cancelled.
    await t.move(101_600);
    await t.advance(1_000);
    const sent = t.sentOf('stop').length;
    expect(sent).toBeGreaterThan(1);
    expect(t.exchange.openStops()).toHaveLength(1);
    expect(t.work()).toMatchObject({ orders: 'unknownFate', entries: 'closed' });
    await t.advance(30_000);
    await agreed(t);
    expect(t.sentOf('stop')).toHaveLength(sent);
  });

  it('is sent again as an exit only when it is certain that it never came, and then once (Binance: ids are unique among open orders)', async () => {
    const t = await begin();
    const signal = await t.enter();
    let exits = 0;
    t.exchange.script.submit = ({ purpose }) => (purpose === 'exit' && ++exits === 1 ? 'late' : 'ok');
    const qty = 0.01;
    const exit = { type: 'EXIT', signalId: signal.signalId, gate: 'tp1', qty, reason: 'a test', price: 1 };
    await t.post('tradeExecution', exit);
    await t.advance(30_000);
    expect(t.sentOf('exit')).toHaveLength(1);
    expect(t.exchange.executions.get(exitId(signal.signalId, 1))).toBe(1);
    await agreed(t);
  });
});

describe('what is held', () => {
  it('is not flat because the exchange could not be asked, or not be asked for all of it (nautilus #4617)', async () => {
    const t = await begin();
    await t.enter();
    t.exchange.script.fails = (query) => query === 'positions';
    await t.post('tradeExecution', { type: 'RECONCILE' });
    await repair(t);
    await t.advance(300_000);
    expect(t.sent('healingOperator', 'REMEDY.FAILED')).toHaveLength(1);
    expect((await t.fold()).openCount).toBe(1);
    expect(t.work()).toMatchObject({ books: 'unasked', entries: 'closed' });
    expect(t.sentOf('exit')).toEqual([]);
    t.exchange.calm();
    await t.advance(3_000);
    await agreed(t);
  });

  it('is kept when it is older than everything the exchange tells of fills', async () => {
    const t = await begin();
    await t.enter();
    t.exchange.fillsSince = async () => [];
    await t.advance(30 * 60_000);
    await t.restart('tradeExecution', 'cut');
    await t.advance(5_000);
    await agreed(t);
    expect((await t.fold()).open()).toHaveLength(1);
    expect((await t.bus()).filter((record) => record.event_type === 'position_change')).toHaveLength(1);
  });

  it('is adopted when nobody knows it, put behind a stop within seconds, and never closed by itself', async () => {
    const t = await begin();
    t.exchange.byHand('BTCUSDT', 'SELL', 0.02);
    await t.advance(4_900);
    const [adopted] = (await t.fold()).open();
    expect(adopted).toMatchObject({ strategy: ADOPTED, direction: 'SHORT', qty: 0.02, feesUsd: 1 });
    expect(t.exchange.openStops()).toMatchObject([{ side: 'BUY', qty: 0.02, reduceOnly: true }]);
    expect(t.exchange.bareMs()).toBeLessThan(5_000);
    await t.advance(300_000);
    expect(t.sentOf('exit')).toEqual([]);
    await agreed(t);
  });

  /** A fill that the exchange tells of when it is asked, while the log cannot be opened. */
  const bookingWithoutLog = async () => {
    const t = await begin();
    t.exchange.script.news = () => 'lost';
    await t.decide('BTCUSDT', 'LONG', 100_000);
    await t.later(500);
    await t.stop('signalBus');
    await t.post('tradeExecution', { type: 'RECONCILE' });
    await t.advance(5_000);
    return t;
  };

  it('whose booking waits for a log that cannot open is booked once, though the exchange is asked again meanwhile', async () => {
    const t = await bookingWithoutLog();
    await t.restart('tradeExecution', 'cut');
    await t.advance(5_000);
    await t.start('signalBus', MAKERS.signalBus);
    await t.advance(60_000);
    expect((await t.bus()).filter((record) => record.event_type === 'position_change')).toHaveLength(1);
    await agreed(t);
  });

  it('whose booking waited for a log that could not open is booked once, though whoever booked it was restarted', async () => {
    const t = await bookingWithoutLog();
    t.exchange.script.fails = () => true;
    await t.restart('tradeExecution', 'cut');
    await t.start('signalBus', MAKERS.signalBus);
    await t.advance(1_000);
    t.exchange.calm();
    await t.advance(60_000);
    expect((await t.bus()).filter((record) => record.event_type === 'position_change')).toHaveLength(1);
    await agreed(t);
  });

  it('whose fill is booked anew, because it was cut out of the log or never got into it, gets no stop by a name that one had before', async () => {
    const t = await begin();
    t.exchange.script.news = () => 'lost';
    const { signal } = await t.decide('BTCUSDT', 'LONG', 100_000);
    const { signalId } = signal;
    await t.later(500);
    const at = t.clock.now();
    const qty = t.exchange.net().get('BTCUSDT') ?? 0;
    expect(qty).toBeGreaterThan(0);
    const before = { signalId, symbol: 'BTCUSDT', side: 'SELL', qty, leverage: 3, reduceOnly: true, at } as const;
    for (const n of [1, 2]) {
      const clientOrderId = stopId(signalId, n);
      await t.exchange.submit({ ...before, clientOrderId, purpose: 'stop', gate: 'stop', stopPrice: 90_000 });
      await t.exchange.cancel({ clientOrderId, symbol: 'BTCUSDT', purpose: 'stop' });
    }
    t.exchange.script.fails = () => true;
    await t.restart('tradeExecution', 'cut');
    await t.advance(5_000);
    t.exchange.calm();
    await t.advance(60_000);
    expect((await t.fold()).open()).toMatchObject([{ signalId }]);
    expect(t.exchange.openStops()).toHaveLength(1);
    const names = t.exchange.submitted.map(({ clientOrderId }) => clientOrderId);
    expect(new Set(names).size).toBe(names.length);
  });

  it('is adopted once more by who has lost his log, and gets no order by a name that one had before', async () => {
    const t = await begin();
    const at = t.clock.now();
    t.exchange.byHand('BTCUSDT', 'SELL', 0.02);
    const signalId = `BTCUSDT_${at}_00000000`;
    const before = { signalId, symbol: 'BTCUSDT', side: 'BUY', qty: 0.02, leverage: 3, reduceOnly: true, at } as const;
    for (const n of [1, 2]) {
      const clientOrderId = stopId(signalId, n);
      await t.exchange.submit({ ...before, clientOrderId, purpose: 'stop', gate: 'stop', stopPrice: 110_000 });
      await t.exchange.cancel({ clientOrderId, symbol: 'BTCUSDT', purpose: 'stop' });
    }
    await t.advance(4_900);
    expect((await t.fold()).open()).toMatchObject([{ signalId, strategy: ADOPTED }]);
    expect(t.exchange.openStops()).toHaveLength(1);
    const names = t.exchange.submitted.map(({ clientOrderId }) => clientOrderId);
    expect(new Set(names).size).toBe(names.length);
    await t.advance(60_000);
    await agreed(t);
  });

  it('is adopted with the leverage it was opened with: its stop goes off before the exchange liquidates', async () => {
    const t = await begin();
    const positions = t.exchange.positions.bind(t.exchange);
    // At 50 times, as the exchange tells it; the bot itself enters at 3 times.
    t.exchange.positions = async () => (await positions()).map((held) => ({ ...held, liquidationPrice: 98_400 }));
    t.exchange.byHand('BTCUSDT', 'BUY', 0.02);
    await t.advance(10_000);
    const [adopted] = (await t.fold()).open();
    expect(adopted?.strategy).toBe(ADOPTED);
    expect(adopted?.liquidationPrice).toBeCloseTo(98_400, 0);
    const [stop] = t.exchange.openStops();
    expect(stop?.qty).toBe(0.02);
    expect(stop?.stopPrice).toBeCloseTo(98_480, -1);
    await agreed(t);
  });

  it('is adopted at the start with the price at which it was entered, where no fill tells of it', async () => {
    const t = await begin();
    t.cut('tradeExecution');
    t.exchange.byHand('BTCUSDT', 'BUY', 0.02);
    t.exchange.fillsSince = async () => [];
    t.exchange.price('BTCUSDT', 101_000);
    await t.start('tradeExecution', MAKERS.tradeExecution);
    await t.advance(1_000);
    expect((await t.fold()).open()).toMatchObject([{ strategy: ADOPTED, entryPrice: 100_000, qty: 0.02 }]);
    expect(t.exchange.openStops()).toHaveLength(1);
  });

  it('is adopted although its loss is larger than ours may be: its stop is measured from the price it is found at', async () => {
    const t = await begin();
    t.cut('tradeExecution');
    t.exchange.byHand('BTCUSDT', 'BUY', 0.02);
    await t.move(97_000);
    await t.start('tradeExecution', MAKERS.tradeExecution);
    await t.advance(3_000);
    expect(t.exchange.openStops()).toMatchObject([{ qty: 0.02, stopPrice: 95_354 }]);
    t.clock.advance(60_000);
    await t.move(96_900);
    await t.advance(3_000);
    expect(t.sentOf('exit')).toEqual([]);
    await agreed(t);
  });

  it('is compared again and again while it differs, but not so often that the exchange turns us away', async () => {
    const t = await begin();
    const signal = await t.enter();
    t.exchange.byHand('BTCUSDT', 'SELL', 0.01);
    let asked = 0;
    const positions = t.exchange.positions.bind(t.exchange);
    t.exchange.positions = () => {
      asked++;
      return positions();
    };
    // No healer sets it right.
    await t.advance(600_000);
    expect((await t.fold()).get(signal.signalId)).toMatchObject({ qty: 0.033 });
    expect(asked).toBeGreaterThan(20);
    expect(asked).toBeLessThan(100);
  });

  it('is booked from the fill that was missed, at its price and with its fee, once', async () => {
    const t = await begin();
    const signal = await t.enter();
    t.exchange.script.news = () => 'lost';
    t.exchange.price('BTCUSDT', 98_200);
    await t.advance(70_000);
    const [closed] = (await t.fold()).closed;
    expect(closed).toMatchObject({ signalId: signal.signalId, closeReason: 'stop', exitPrice: 98_200 });
    expect(closed?.feesUsd).toBeCloseTo(0.033 * 100_000 * 0.0005 + 0.033 * 98_200 * 0.0005, 6);
    await agreed(t);
  });

  it("is our own although the exchange lists its fill a moment after it tells of the holding: not taken for somebody else's", async () => {
    const t = await begin();
    t.exchange.script.news = () => 'lost';
    let lags = true;
    const { fate, fillsSince } = {
      fate: t.exchange.fate.bind(t.exchange),
      fillsSince: t.exchange.fillsSince.bind(t.exchange),
    };
    t.exchange.fate = async (order) =>
      lags && order.purpose === 'entry' ? { status: 'open', fills: [] } : fate(order);
    let asked = 0;
    t.exchange.fillsSince = async (...args) => (lags && ++asked % 2 === 1 ? [] : fillsSince(...args));
    const { signal } = await t.decide('BTCUSDT', 'LONG', 100_000);
    await t.advance(1_000);
    await repair(t);
    await t.advance(1_000);
    lags = false;
    await t.advance(20_000);
    expect((await t.fold()).open()).toMatchObject([{ signalId: signal.signalId, strategy: 'ema_cross' }]);
    expect(await t.stateOf(signal.signalId)).toBe('executed');
    await agreed(t);
  });

  it('was traded by hand while we looked away: booked with the real fills, whose news may still come', async () => {
    const t = await begin();
    const signal = await t.enter();
    t.exchange.script.news = () => 'late';
    t.exchange.byHand('BTCUSDT', 'SELL', 0.01);
    t.exchange.doubt('the stream was cut');
    await t.advance(1_000);
    expect(t.work()).toMatchObject({ books: 'diverged', entries: 'closed' });
    expect(t.context().differences).toEqual(['BTCUSDT: the broker holds 0.023, the log says 0.033 (less is held)']);
    await repair(t);
    await t.advance(20_000);
    expect((await t.fold()).get(signal.signalId)).toMatchObject({ qty: 0.023 });
    const fills = (await t.bus()).flatMap((record) =>
      record.event_type === 'position_change' ? [record.fill_id] : [],
    );
    expect(fills.some((id) => id.startsWith('reconciled-'))).toBe(false);
    expect(t.exchange.openStops()).toMatchObject([{ qty: 0.023 }]);
    await agreed(t);
  });

  it('differs without a fill that says why: one booking with an id of its own, and a fill that comes late is not booked again', async () => {
    const t = await begin();
    const signal = await t.enter();
    await soldUnseen(t);
    expect((await t.fold()).get(signal.signalId)).toMatchObject({ qty: 0.023 });
    await t.advance(70_000);
    const changes = (await t.bus()).flatMap((record) => (record.event_type === 'position_change' ? [record] : []));
    expect(changes.map(({ fill_id }) => fill_id.replace(/\d+$/, 'n'))).toEqual(['Fn', 'reconciled-BTCUSDT-n']);
    await agreed(t);
  });

  it.each(['the same incarnation', 'the next'])(
    'was set right by a clock that is ahead: what is sent afterwards is booked when it fills, by %s',
    async (who) => {
      const t = await begin();
      await t.enter();
      await soldUnseen(t);
      await t.advance(70_000);
      await agreed(t);
      t.exchange.script.news = () => 'ok';
      t.exchange.behindMs = 3_600_000;
      if (who === 'the next') {
        await t.advance(5_000);
        await t.restart('tradeExecution');
        await t.advance(15_000);
      }
      // The stop that rested before it counts by its time: the books are set right again. What is sent now does not.
      await t.move(98_400);
      await t.advance(5_000);
      expect(t.exchange.net().size).toBe(0);
      expect((await t.fold()).openCount).toBe(0);
      await t.advance(70_000);
      await agreed(t);
    },
  );

  it('differs for long beside an order that the exchange does not know: it is set right all the same, and the order ends', async () => {
    const t = await begin();
    const { signalId } = await t.enter();
    const fate = t.exchange.fate.bind(t.exchange);
    // It has filled, and neither its orders nor its fills tell of it.
    t.exchange.fate = async (order) => (order.purpose === 'exit' ? { status: 'never-received' } : fate(order));
    t.exchange.fillsSince = async () => [];
    t.exchange.script.news = () => 'lost';
    t.exchange.script.submit = ({ purpose }) => (purpose === 'exit' ? 'answer lost' : 'ok');
    await t.move(98_400);
    await t.advance(60_000);
    expect(t.exchange.net().size).toBe(0);
    expect(t.work()).toMatchObject({ orders: 'unknownFate' });
    expect((await t.fold()).get(signalId)).not.toBeNull();
    await t.advance(200_000);
    expect(t.work()).toMatchObject({ books: 'diverged' });
    await repair(t);
    await t.advance(20_000);
    expect((await t.fold()).openCount).toBe(0);
    expect(await t.stateOf(signalId)).toBe('learned');
    await t.advance(70_000);
    await agreed(t);
  });

  it('was turned round by hand: one closed, the other adopted behind a stop of its own', async () => {
    const t = await begin();
    const signal = await t.enter();
    t.exchange.byHand('BTCUSDT', 'SELL', 0.053);
    await t.advance(1_000);
    expect(t.lines.filter(({ message }) => message.includes('(turned round)'))).not.toEqual([]);
    await t.advance(10_000);
    const book = await t.fold();
    expect(book.closed).toMatchObject([{ signalId: signal.signalId, closeReason: 'closed' }]);
    expect(book.open()).toMatchObject([{ strategy: ADOPTED, direction: 'SHORT', qty: 0.02 }]);
    expect(t.exchange.openStops()).toMatchObject([{ side: 'BUY', qty: 0.02 }]);
    expect(await t.stateOf(signal.signalId)).toBe('learned');
    await agreed(t);
  });

  it('is netted by the exchange: an entry closes first what somebody holds against it', async () => {
    const t = await begin();
    const { signal } = await t.decide('BTCUSDT', 'LONG', 100_000);
    // Somebody sells while our order is on its way.
    t.exchange.byHand('BTCUSDT', 'SELL', 0.01);
    await t.settle();
    await t.advance(10_000);
    const book = await t.fold();
    expect(book.open()).toMatchObject([{ signalId: signal.signalId, direction: 'LONG', qty: 0.023 }]);
    expect(t.exchange.openStops()).toMatchObject([{ side: 'SELL', qty: 0.023 }]);
    expect(await t.stateOf(signal.signalId)).toBe('executed');
    await t.restart('tradeExecution');
    await t.advance(5_000);
    await agreed(t);
  });

  it('was closed by hand: the signal learns, and the stop is taken away', async () => {
    const t = await begin();
    const signal = await t.enter();
    t.exchange.byHand('BTCUSDT', 'SELL', 0.033);
    await t.advance(1_000);
    expect(t.context().differences[0]).toContain('(closed elsewhere)');
    await repair(t);
    await t.advance(10_000);
    expect(await t.stateOf(signal.signalId)).toBe('learned');
    expect(t.exchange.openStops()).toEqual([]);
    await agreed(t);
  });
});

describe('an order at the exchange', () => {
  const stray = {
    symbol: 'BTCUSDT',
    side: 'SELL',
    qty: 0.01,
    reduceOnly: true,
    purpose: 'stop',
    stopPrice: 90_000,
  } as const;

  it('with our name and no position behind it is named and cancelled', async () => {
    const t = await begin();
    t.exchange.rest({ ...stray, clientOrderId: stopId('BTCUSDT_1_00000000', 4) });
    await t.post('tradeExecution', { type: 'RECONCILE' });
    expect(t.lines.filter(({ message }) => message.includes('stray order'))).toHaveLength(1);
    await t.advance(3_000);
    expect(await t.exchange.resting()).toEqual([]);
    await agreed(t);
  });

  it('of somebody else is left alone, counted, and warned of once', async () => {
    const t = await begin();
    t.exchange.rest({ ...stray, clientOrderId: 'web_1234' });
    for (let i = 0; i < 3; i++) await t.advance(60_000);
    expect(await t.exchange.resting()).toHaveLength(1);
    expect(t.context().foreignOrders).toBe(1);
    expect(t.lines.filter(({ message }) => message.includes('not ours'))).toHaveLength(1);
    await agreed(t);
  });

  it('is a stop that is cancelled by the exchange: another is placed as soon as it says so, not at the next comparison', async () => {
    const t = await begin();
    const signal = await t.enter();
    t.exchange.expire(stopId(signal.signalId, 1));
    await t.advance(0);
    expect(t.exchange.openStops()).toMatchObject([{ clientOrderId: stopId(signal.signalId, 2), qty: 0.033 }]);
    expect(t.exchange.longestBareMs).toBeLessThan(200);
    await agreed(t);
  });

  it('is a stop that is said to be cancelled while the exchange cannot be asked: another is placed beside it', async () => {
    const t = await begin();
    const signal = await t.enter();
    t.exchange.script.fails = (query) => query === 'fate';
    t.exchange.expire(stopId(signal.signalId, 1));
    await t.advance(2_000);
    expect(t.exchange.openStops()).toMatchObject([{ clientOrderId: stopId(signal.signalId, 2), qty: 0.033 }]);
    t.exchange.calm();
    await t.advance(20_000);
    await agreed(t);
  });

  it('is missing where a stop should rest: another is placed before anything else', async () => {
    const t = await begin();
    const signal = await t.enter();
    t.exchange.expire(stopId(signal.signalId, 1), 'lost');
    t.exchange.doubt('the stream was cut');
    await t.advance(1_000);
    expect(t.exchange.openStops()).toMatchObject([{ clientOrderId: stopId(signal.signalId, 2), qty: 0.033 }]);
    await agreed(t);
  });

  it('is a stop that somebody made too small: another is placed, and the small one goes', async () => {
    const t = await begin();
    const signal = await t.enter();
    const resting = t.exchange.resting.bind(t.exchange);
    t.exchange.resting = async () =>
      (await resting()).map((order) => ({ ...order, qty: order.clientOrderId.endsWith('-S1') ? 0.01 : order.qty }));
    await t.post('tradeExecution', { type: 'RECONCILE' });
    await t.advance(5_000);
    expect(t.exchange.openStops()).toMatchObject([{ clientOrderId: stopId(signal.signalId, 2), qty: 0.033 }]);
    expect(t.exchange.bareMs()).toBe(0);
  });

  it('is an entry that was filled in part and then hangs: the rest is given up, the part is kept behind a stop', async () => {
    const t = await begin();
    t.exchange.script.parts = ({ purpose }) => (purpose === 'entry' ? 'stuck' : 1);
    const { signal } = await t.decide('BTCUSDT', 'LONG', 100_000);
    await t.advance(1_000);
    expect(t.exchange.openStops()).toMatchObject([{ qty: 0.016 }]);
    await t.advance(70_000);
    expect(await t.stateOf(signal.signalId)).toBe('executed');
    expect((await t.fold()).open()).toMatchObject([{ qty: 0.016 }]);
    expect(t.exchange.openStops()).toMatchObject([{ qty: 0.016 }]);
    await agreed(t);
  });

  it('is cancelled by the exchange after a part: what was filled stays', async () => {
    const t = await begin();
    t.exchange.script.parts = ({ purpose }) => (purpose === 'entry' ? 'stuck' : 1);
    const { signal } = await t.decide('BTCUSDT', 'LONG', 100_000);
    await t.advance(1_000);
    t.exchange.expire(entryId(signal.signalId));
    await t.advance(40_000);
    expect(await t.stateOf(signal.signalId)).toBe('executed');
    await agreed(t);
  });

  it('fills although its cancel was asked for: the fill is booked', async () => {
    const t = await begin();
    const signal = await t.enter();
    t.exchange.cancel = async () => {
      t.exchange.price('BTCUSDT', 98_000);
    };
    t.clock.advance(60_000);
    // A better stop is placed, and while the one before is cancelled, the price falls through both.
    await t.move(101_600);
    await t.advance(3_000);
    expect(t.exchange.net()).toEqual(new Map());
    expect((await t.fold()).closed).toMatchObject([{ signalId: signal.signalId, closeReason: 'stop' }]);
    expect((await t.fold()).openCount).toBe(0);
  });
});

describe('the account', () => {
  it('has less than fills and fees explain: named, told, not booked, and taken for what it is after a REPAIR', async () => {
    const t = await begin();
    await t.advance(65_000);
    t.exchange.deposit(-250);
    await t.advance(125_000);
    expect(t.context().differences).toEqual(['the account has 250.00 USD less than fills and fees explain (balance)']);
    expect(t.work()).toMatchObject({ books: 'diverged', entries: 'closed' });
    await repair(t);
    expect(t.sent('safetyLayer', 'MONEY_MOVED')).toEqual([{ type: 'MONEY_MOVED', usd: -250 }]);
    await t.advance(125_000);
    await agreed(t);
    expect(await t.bus()).toEqual([]);
  });

  it.each(['tells', 'does not tell'])(
    'is as it should be when the price moves within a bar, also where the exchange %s at what it values what is held',
    async (says) => {
      const far = { tp1: { at: 0.05, fraction: 0.4 }, tp2: { at: 0.06, fraction: 0.4 } };
      const t = await begin({ exits: { ...far, trailing: { activation: 0.05, distance: 0.01 } } });
      if (says === 'does not tell') {
        const positions = t.exchange.positions.bind(t.exchange);
        t.exchange.positions = async () => (await positions()).map((held) => ({ ...held, markPrice: null }));
      }
      await t.enter();
      await t.advance(61_000);
      await t.move(100_000);
      t.exchange.price('BTCUSDT', 102_500);
      for (let looks = 0; looks < 6; looks++) {
        t.exchange.doubt('a reconnect');
        await t.advance(4_000);
        expect(t.context().differences).toEqual([]);
      }
      await repair(t);
      await t.advance(1_000);
      expect(t.sent('safetyLayer', 'MONEY_MOVED')).toEqual([]);
      await agreed(t);
    },
  );

  it('has less than fills and fees explain while something is held in a fast market: told, to the cent', async () => {
    const t = await begin({ exits: { tp1: { at: 0.05, fraction: 0.4 }, tp2: { at: 0.06, fraction: 0.4 } } });
    await t.enter();
    await t.advance(61_000);
    t.exchange.price('BTCUSDT', 101_300);
    t.exchange.deposit(-250);
    await t.advance(125_000);
    expect(t.context().differences).toEqual(['the account has 250.00 USD less than fills and fees explain (balance)']);
  });

  it('that others trade as well has what they earn or lose: that is no difference', async () => {
    const t = await begin({ settings: { sharesAccount: true } });
    await t.advance(65_000);
    t.exchange.deposit(-250);
    await t.advance(125_000);
    expect(t.context().differences).toEqual([]);
    await agreed(t);
  });

  it('whose fees are paid in another coin is as it should be, while a trade is open and after it; its results have them', async () => {
    const t = await begin();
    await t.advance(65_000);
    t.exchange.fees = { asset: 'BNB', rate: 0.02 };
    await t.enter();
    await t.advance(125_000);
    await agreed(t);
    t.clock.advance(60_000);
    await t.move(98_400);
    await t.advance(200_000);
    await agreed(t);
    const { closed, feesElsewhereUsd } = await t.fold();
    expect(closed).toHaveLength(1);
    expect(closed[0]?.feesUsd).toBeGreaterThan(20);
    expect(feesElsewhereUsd).toBe(closed[0]?.feesUsd);
  });

  it('is as it should be through a trade with fees', async () => {
    const t = await begin();
    await t.enter();
    await t.advance(65_000);
    t.clock.advance(60_000);
    await t.move(98_400);
    await t.advance(200_000);
    expect((await t.fold()).closed).toHaveLength(1);
    await agreed(t);
  });
});

it('a doubt that comes while the exchange answers is not lost', async () => {
  const t = await begin();
  const signal = await t.enter();
  const positions = t.exchange.positions.bind(t.exchange);
  let doubted = false;
  t.exchange.positions = async () => {
    const before = await positions();
    if (!doubted) {
      doubted = true;
      t.exchange.script.news = () => 'lost';
      t.exchange.price('BTCUSDT', 98_000);
      t.exchange.doubt('the stream was cut');
    }
    return before;
  };
  await t.post('tradeExecution', { type: 'RECONCILE' });
  await t.advance(2_000);
  expect(await t.stateOf(signal.signalId)).toBe('learned');
  await agreed(t);
});

describe('a repair of the books', () => {
  it('says what is still wrong, and opens no entries on its own word', async () => {
    const t = await begin();
    const stray = { clientOrderId: 'k-BTCUSDT-abc-deadbeef-X1', symbol: 'BTCUSDT', side: 'SELL', qty: 0.01 } as const;
    t.exchange.rest({ ...stray, purpose: 'exit', reduceOnly: false, stopPrice: null });
    t.exchange.script.fails = (query) => query === 'cancel';
    t.exchange.doubt('a test');
    await t.advance(1_000);
    await repair(t);
    await t.advance(1_000);
    const [done] = t.sent('healingOperator', 'REMEDY.DONE');
    expect(done?.evidence).toMatchObject({ says: expect.stringContaining('stray order'), figures: { strays: 1 } });
    expect(t.work()).toMatchObject({ books: 'diverged', entries: 'closed' });
    expect(t.context().differences).toEqual([expect.stringContaining('stray order')]);
    t.exchange.calm();
    await t.advance(15_000);
    await agreed(t);
  });

  it('is proven by a comparison that begins when it is answered', async () => {
    const t = await begin();
    t.exchange.byHand('BTCUSDT', 'BUY', 0.01);
    const positions = t.exchange.positions.bind(t.exchange);
    const answers: number[] = [];
    t.exchange.positions = async () => {
      answers.push(t.sent('healingOperator', 'REMEDY.DONE').length);
      return positions();
    };
    await repair(t);
    await t.settle();
    expect(answers[0]).toBe(0);
    expect(answers.at(-1)).toBe(1);
    await agreed(t);
  });
});

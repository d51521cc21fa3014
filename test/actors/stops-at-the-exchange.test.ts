import { afterEach, describe, expect, it } from 'vitest';
import { entryId, exitId, stopId } from '../../src/actors/order-ids.ts';
import { POSITIONS_FILE } from '../../src/actors/records.ts';
import { tradingInvariants } from '../../src/healing/invariants/trading.ts';
import type { Intent } from '../../src/machines/messages.ts';
import { FileFault, type Files } from '../../src/ports/files.ts';
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

const judged = (t: ProtectedBot) => {
  const times = { barMs: 60_000, recorded: false, lookMs: 2_000, checkMs: 1_000, sweepMs: 60_000 };
  const invariant = tradingInvariants(times).find(({ id }) => id === 'trade_execution/positions-protected');
  const sight = { status: 'active', snapshot: t.snapshot('tradeExecution'), since: 0, error: undefined };
  return invariant?.holds({ now: t.clock.now(), sight: () => sight, mail: () => ({}) } as never);
};
const onlyStop = (t: ProtectedBot) => {
  const stops = t.exchange.openStops();
  expect(stops).toHaveLength(1);
  return stops[0];
};

/** Of logs that are open nothing can be read while it says so. */
const unreadable =
  (isNow: () => boolean) =>
  (files: Files): Files => ({
    ...files,
    openAppend: async (path, options) => {
      const handle = await files.openAppend(path, options);
      const check = (): void => {
        if (isNow()) throw new FileFault('read', path, 'EIO', 'a test refuses it');
      };
      return {
        path,
        append: (bytes) => handle.append(bytes),
        sync: () => handle.sync(),
        stat: () => handle.stat(),
        overwrite: (offset, bytes) => handle.overwrite(offset, bytes),
        close: () => handle.close(),
        read: async (offset, length) => {
          check();
          return handle.read(offset, length);
        },
        readInto: async (target, offset) => {
          check();
          return handle.readInto(target, offset);
        },
      };
    },
  });

describe('a position', () => {
  it.each(['reconcile', 'protect'])(
    'keeps its stop when whoever could not read the log is asked to repair (%s): he does not know what is held',
    async (target) => {
      let isUnreadable = false;
      const t = await begin({ files: unreadable(() => isUnreadable) });
      await t.enter();
      const stop = onlyStop(t);
      const held = t.exchange.net().get('BTCUSDT');
      isUnreadable = true;
      await t.stop('tradeExecution');
      const actor = await t.start('tradeExecution', MAKERS.tradeExecution);
      expect(actor.getSnapshot().value).toBe('failed');
      const order = { incident: 'INC-1', reason: 'a test', from: 'healingOperator' };
      actor.send({ type: 'REPAIR', target, evidence: { says: '', figures: {} }, ...order });
      await t.advance(1_000);
      expect(actor.getSnapshot().value).toBe('failed');
      expect(onlyStop(t)).toEqual(stop);
      expect(t.exchange.net().get('BTCUSDT')).toBe(held);
      expect(t.sent('healingOperator', 'REMEDY.FAILED').at(-1)?.error).toMatch(/the log/);
      isUnreadable = false;
      await t.restart('tradeExecution');
      await t.advance(5_000);
      expect(t.work()).toMatchObject({ protection: 'protected', books: 'agreed' });
    },
  );

  it('is behind a stop at the exchange from its first fill on, and the intent is in the log', async () => {
    const t = await begin();
    t.exchange.script.parts = () => 2;
    const signal = await t.enter();
    const held = t.exchange.net().get('BTCUSDT');
    expect(onlyStop(t)).toMatchObject({
      clientOrderId: stopId(signal.signalId, 2),
      side: 'SELL',
      reduceOnly: true,
      qty: held,
      stopPrice: 98_303,
      gate: 'stop',
    });
    // One after each part: the first covered what there was.
    expect(t.sentOf('stop').map(({ qty }) => qty)).toEqual([0.016, held]);
    expect(t.exchange.bareMs()).toBe(0);
    expect(t.work()).toMatchObject({ protection: 'protected', orders: 'idle', books: 'agreed' });
    expect(t.context().orders).toMatchObject({ awaiting: 0, resting: 1, oldestIntentAt: null });
    const intents = (await t.bus()).flatMap((record) => (record.event_type === 'order_intent' ? [record.intent] : []));
    expect(intents.map(({ purpose }) => purpose)).toEqual(['stop', 'stop']);
    expect(judged(t)).toMatchObject({ holds: true });
  });

  it('has its stop moved by placing the new one first, and only when it has moved by a thousandth', async () => {
    const t = await begin();
    await t.enter();
    const [first] = t.exchange.openStops();
    for (const price of [101_600, 101_605, 101_700, 102_500]) {
      t.clock.advance(60_000);
      await t.move(price);
      await t.advance(3_000);
    }
    expect(onlyStop(t)?.stopPrice).toBeGreaterThan(first?.stopPrice ?? 0);
    expect(t.exchange.bareMs()).toBe(0);
    // How far it had trailed is in the log, should the file of positions be lost.
    const sent = (await t.bus()).flatMap((record) => (record.event_type === 'order_intent' ? [record] : []));
    for (const { intent, own_stop } of sent)
      expect(own_stop).toBe(intent.stopPrice === null ? undefined : Math.round(intent.stopPrice / 0.998));
    // A trailing stop follows every price; the exchange hears of it now and then.
    expect(t.sentOf('stop').length).toBeLessThanOrEqual(5);
    expect(t.exchange.openStops()[0]?.qty).toBe(t.exchange.net().get('BTCUSDT'));
  });

  it('has its stop moved by prices between bars, too', async () => {
    const t = await begin();
    await t.enter();
    const [first] = t.exchange.openStops();
    for (let i = 0; i < 3; i++) {
      t.exchange.price('BTCUSDT', 101_900);
      await t.post('exitGates', { type: 'PRICE', quotes: [{ symbol: 'BTCUSDT', price: 101_900, at: t.clock.now() }] });
      await t.advance(2_000);
    }
    expect(onlyStop(t)?.stopPrice).toBeGreaterThan(first?.stopPrice ?? Number.POSITIVE_INFINITY);
  });

  it('is left by the stop when we cannot, which is booked as an exit by that gate', async () => {
    const t = await begin();
    const signal = await t.enter();
    t.cut('exitGates');
    t.exchange.price('BTCUSDT', 98_200);
    await t.advance(2_000);
    expect(t.exchange.net()).toEqual(new Map());
    expect((await t.fold()).closed[0]).toMatchObject({ closeReason: 'stop', signalId: signal.signalId });
    expect(await t.stateOf(signal.signalId)).toBe('learned');
    expect(t.work()).toMatchObject({ protection: 'idle', books: 'agreed' });
    await t.start('exitGates', MAKERS.exitGates);
    expect(t.snapshot('exitGates').context.watch.open).toBe(0);
  });

  it('takes its stop with it when it is closed', async () => {
    const t = await begin();
    const signal = await t.enter();
    t.clock.advance(60_000);
    await t.move(98_400);
    await t.advance(3_000);
    expect(t.sentOf('exit').map(({ clientOrderId }) => clientOrderId)).toEqual([exitId(signal.signalId, 1)]);
    expect(t.exchange.openStops()).toEqual([]);
    expect(await t.stateOf(signal.signalId)).toBe('learned');
    expect(t.work()).toMatchObject({ orders: 'idle' });
  });

  it('is left at the market at once when the price has reached the stop already', async () => {
    const t = await begin();
    t.exchange.script.news = (fill) => {
      if (fill.side === 'BUY') t.exchange.price('BTCUSDT', 98_000);
      return 'ok';
    };
    const signal = await t.enter();
    expect(t.exchange.net()).toEqual(new Map());
    expect(t.exchange.longestBareMs).toBeLessThan(500);
    expect(t.sentOf('exit')).toMatchObject([{ gate: 'stop', reduceOnly: true }]);
    expect(await t.stateOf(signal.signalId)).toBe('learned');
  });

  it('is left by another exit when the first hangs and no stop can be placed', async () => {
    const t = await begin();
    const signal = await t.enter();
    t.exchange.script.parts = ({ clientOrderId }) => (clientOrderId.endsWith('-X1') ? 'stuck' : 1);
    t.exchange.expire(stopId(signal.signalId, 1), 'lost');
    t.exchange.price('BTCUSDT', 98_000);
    t.exchange.doubt('the stream was cut');
    await t.advance(4_000);
    expect(t.sentOf('exit').map(({ qty }) => qty)).toEqual([0.033, 0.017]);
    expect(t.exchange.net()).toEqual(new Map());
    expect(t.exchange.longestBareMs).toBeLessThan(3_000);
    t.exchange.expire(exitId(signal.signalId, 1));
    await t.advance(90_000);
    expect(await t.stateOf(signal.signalId)).toBe('learned');
    expect(t.work()).toMatchObject({ orders: 'idle', books: 'agreed' });
  });

  it('is left at the market when the exchange does not take its stop, and that is an incident', async () => {
    const t = await begin();
    t.exchange.script.submit = ({ purpose }) => (purpose === 'stop' ? 'refuse' : purpose === 'exit' ? 'lost' : 'ok');
    await t.enter();
    expect(t.work()).toMatchObject({ protection: 'refused' });
    expect(judged(t)).toMatchObject({ holds: false, says: expect.stringContaining('too many stops') });
    t.exchange.calm();
    await t.advance(20_000);
    expect(judged(t)).toMatchObject({ holds: true });
    expect(t.exchange.net()).toEqual(new Map());
    expect(t.exchange.openStops()).toEqual([]);
  });

  it('is not left for want of a stop that was only turned away: the next one is taken', async () => {
    const t = await begin();
    let away = 3;
    t.exchange.script.submit = ({ purpose }) => (purpose === 'stop' && away-- > 0 ? 'turn away' : 'ok');
    await t.enter();
    await t.advance(4_000);
    expect(t.sentOf('exit')).toEqual([]);
    expect(t.exchange.openStops()).toHaveLength(1);
    expect(t.exchange.longestBareMs).toBeLessThan(4_000);
    expect(t.work()).toMatchObject({ protection: 'protected' });
  });

  it('is asked for less often when it is turned away for long, and placed within seconds of being taken again', async () => {
    const t = await begin();
    t.exchange.script.submit = ({ purpose }) => (purpose === 'stop' ? 'turn away' : 'ok');
    await t.enter();
    await t.advance(120_000);
    expect(t.sentOf('stop').length).toBeLessThan(25);
    expect(t.sentOf('exit')).toEqual([]);
    t.exchange.calm();
    await t.advance(11_000);
    expect(t.exchange.openStops()).toHaveLength(1);
  });

  it('floods nobody when the exchange takes neither stops nor exits', async () => {
    const t = await begin();
    t.exchange.script.submit = ({ purpose }) => (purpose === 'entry' ? 'ok' : 'refuse');
    await t.enter();
    await t.advance(60_000);
    expect(t.exchange.submitted.length).toBeLessThan(25);
    t.exchange.calm();
    await t.advance(60_000);
    expect(t.exchange.net()).toEqual(new Map());
    expect(t.work()).toMatchObject({ protection: 'idle', orders: 'idle', books: 'agreed' });
  });

  it('keeps the stop before when a better one is refused', async () => {
    const t = await begin();
    await t.enter();
    t.exchange.script.submit = ({ purpose }) => (purpose === 'stop' ? 'refuse' : 'ok');
    t.clock.advance(60_000);
    await t.move(101_900);
    await t.advance(3_000);
    expect(t.exchange.net().size).toBe(1);
    expect(onlyStop(t)?.stopPrice).toBe(98_303);
    expect(t.work()).toMatchObject({ protection: 'refused' });
    t.exchange.calm();
    await t.advance(10_000);
    expect(onlyStop(t)?.stopPrice).toBeGreaterThan(98_303);
    expect(t.work()).toMatchObject({ protection: 'protected' });
  });

  it('gets another stop when nobody knows whether the first was taken, and keeps one of them', async () => {
    for (const lost of ['lost', 'answer lost', 'late'] as const) {
      const t = await begin();
      let stops = 0;
      t.exchange.script.submit = ({ purpose }) => (purpose === 'stop' && ++stops <= 2 ? lost : 'ok');
      await t.enter();
      expect(t.exchange.bareMs()).toBeLessThan(5_000);
      await t.advance(20_000);
      expect(onlyStop(t)?.qty).toBe(t.exchange.net().get('BTCUSDT'));
      expect(t.work()).toMatchObject({ protection: 'protected', orders: 'idle', entries: 'open' });
      await t.end();
    }
    bot = null;
  });

  it('is told to be bare when no stop can be placed: which, and since when; and REPAIR places it', async () => {
    const t = await begin();
    t.exchange.script.submit = ({ purpose }) => (purpose === 'stop' ? 'lost' : 'ok');
    t.exchange.script.fails = (query) => query === 'fate';
    const signal = await t.enter();
    await t.advance(5_000);
    expect(t.work()).toMatchObject({ protection: 'bare', orders: 'unknownFate', entries: 'closed' });
    expect(judged(t)).toMatchObject({ holds: false, says: expect.stringContaining(signal.signalId) });
    expect(t.sentOf('stop').length).toBeLessThanOrEqual(5);
    const repair = { type: 'REPAIR', target: 'protect', evidence: { says: '', figures: {} }, reason: 'r' };
    await t.post('tradeExecution', { ...repair, incident: 'i-1', from: 'healingOperator' });
    expect(t.sent('healingOperator', 'REMEDY.FAILED')).toMatchObject([{ error: expect.stringContaining('BTCUSDT') }]);
    t.exchange.calm();
    await t.advance(12_000);
    await t.post('tradeExecution', { ...repair, incident: 'i-2', from: 'healingOperator' });
    expect(t.sent('healingOperator', 'REMEDY.DONE')).toHaveLength(1);
    expect(judged(t)).toMatchObject({ holds: true });
    expect(onlyStop(t)?.qty).toBe(t.exchange.net().get('BTCUSDT'));
  });
});

it('stops of an earlier life are taken away with their position, also when none are kept any more', async () => {
  const t = await begin();
  await t.enter();
  await t.stop('tradeExecution');
  const protection = { enabled: false, beyondStop: 0.002 };
  await t.start('tradeExecution', (habitat) =>
    MAKERS.tradeExecution({ ...habitat, settings: { ...habitat.settings, protection } }),
  );
  await t.advance(1_000);
  t.clock.advance(60_000);
  await t.move(98_400);
  await t.advance(10_000);
  expect(t.exchange.net()).toEqual(new Map());
  expect(t.exchange.openStops()).toEqual([]);
  expect(t.work()).toMatchObject({ protection: 'off', orders: 'idle' });
});

describe('after a restart', () => {
  it('the stop that rests is known again, and not placed twice', async () => {
    const t = await begin();
    await t.enter();
    for (const how of ['cut', 'stop'] as const) {
      await t.restart('tradeExecution', how);
      await t.advance(5_000);
      expect(t.sentOf('stop')).toHaveLength(1);
      expect(t.work()).toMatchObject({ protection: 'protected', orders: 'idle', books: 'agreed' });
    }
  });

  it('stops and exits that left although their intents never got into the log are found by their names', async () => {
    const t = await begin();
    const signal = await t.enter();
    t.cut('signalBus');
    t.clock.advance(60_000);
    await t.move(102_000);
    await t.advance(1_000);
    // A rung was taken at this price, and the stop moved twice.
    expect(onlyStop(t)?.clientOrderId).toBe(stopId(signal.signalId, 3));
    t.cut('tradeExecution');
    // What was on its way to the log is lost with the process.
    t.forget('signalBus');
    t.reborn();
    await t.start('tradeExecution', MAKERS.tradeExecution);
    await t.start('signalBus', MAKERS.signalBus);
    await t.advance(20_000);
    expect(onlyStop(t)?.clientOrderId).toBe(stopId(signal.signalId, 3));
    expect(t.work()).toMatchObject({ protection: 'protected', orders: 'idle', books: 'agreed' });
    expect((await t.fold()).net()).toEqual(t.exchange.net());
    expect(Math.max(...t.exchange.executions.values())).toBe(1);
  });

  it('a stop that was moved while the disk took nothing tells those who come after it how far ours had trailed', async () => {
    const t = await begin();
    const signal = await t.enter();
    const file = (await t.world.files.read(POSITIONS_FILE)) ?? new Uint8Array();
    t.cut('signalBus');
    t.clock.advance(60_000);
    await t.move(102_000);
    await t.advance(1_000);
    const before = onlyStop(t);
    expect(before?.clientOrderId).toBe(stopId(signal.signalId, 3));
    for (const id of ['exitGates', 'safetyLayer', 'tradeExecution'] as const) t.cut(id);
    t.forget('signalBus');
    await t.world.files.writeWhole(POSITIONS_FILE, file);
    t.reborn();
    for (const id of ['signalBus', 'safetyLayer', 'exitGates', 'tradeExecution'] as const)
      await t.start(id, MAKERS[id]);
    await t.advance(20_000);
    const [own] = (await t.fold()).open();
    expect(own?.stopPrice).toBeGreaterThan(before?.stopPrice ?? Number.POSITIVE_INFINITY);
    expect(own?.stopPrice).toBeLessThan(102_000);
  });

  it('one of those went off meanwhile, and is booked', async () => {
    const t = await begin();
    const signal = await t.enter();
    t.cut('tradeExecution');
    t.exchange.price('BTCUSDT', 98_000);
    await t.advance(1_000);
    await t.start('tradeExecution', MAKERS.tradeExecution);
    await t.advance(3_000);
    expect((await t.fold()).closed[0]).toMatchObject({ closeReason: 'stop', signalId: signal.signalId });
    expect(t.work()).toMatchObject({ books: 'agreed', protection: 'idle', orders: 'idle' });
  });

  it('an order that may still be on its way from before does not share its name with a new one', async () => {
    const t = await begin();
    const signal = await t.enter();
    t.cut('signalBus');
    t.exchange.script.submit = ({ purpose }) => (purpose === 'exit' ? 'late' : 'ok');
    const exit = { type: 'EXIT', signalId: signal.signalId, gate: 'tp1', qty: 0.01, reason: 'a test', price: 1 };
    await t.post('tradeExecution', exit);
    t.cut('tradeExecution');
    t.forget('signalBus');
    t.reborn();
    t.exchange.script.submit = () => 'ok';
    await t.start('tradeExecution', MAKERS.tradeExecution);
    await t.start('signalBus', MAKERS.signalBus);
    await t.post('tradeExecution', exit);
    await t.advance(20_000);
    expect(t.exchange.executions).toEqual(
      new Map([
        [entryId(signal.signalId), 1],
        [exitId(signal.signalId, 1), 1],
        // So many names are passed over as may have been given.
        [exitId(signal.signalId, 101), 1],
      ]),
    );
    expect((await t.fold()).net()).toEqual(t.exchange.net());
    expect(onlyStop(t)?.qty).toBe(t.exchange.net().get('BTCUSDT'));
  });

  it('an order that nobody could be asked about does not share its name with a new one, however long that takes', async () => {
    const t = await begin();
    const signal = await t.enter();
    t.cut('signalBus');
    const exit = { type: 'EXIT', signalId: signal.signalId, gate: 'tp1', qty: 0.01, reason: 'a test', price: 1 };
    await t.post('tradeExecution', exit);
    t.cut('tradeExecution');
    t.forget('signalBus');
    t.reborn();
    // It is filled, and nobody hears of it.
    await t.advance(1_000);
    t.exchange.script.fails = () => true;
    await t.start('tradeExecution', MAKERS.tradeExecution);
    await t.start('signalBus', MAKERS.signalBus);
    await t.advance(60_000);
    await t.post('tradeExecution', exit);
    expect(t.sentOf('exit').map(({ clientOrderId }) => clientOrderId)).toEqual([
      exitId(signal.signalId, 1),
      exitId(signal.signalId, 101),
    ]);
    t.exchange.calm();
    await t.advance(120_000);
    expect(Math.max(...t.exchange.executions.values())).toBe(1);
    expect((await t.fold()).net()).toEqual(t.exchange.net());
    expect(t.work()).toMatchObject({ orders: 'idle', books: 'agreed' });
  });
});

/** An exit has left and was refused, and the log has taken nothing of it. */
const refusedUnlogged = async () => {
  const t = await begin();
  const signal = await t.enter();
  t.cut('signalBus');
  const exit = { type: 'EXIT', signalId: signal.signalId, gate: 'tp1', qty: 0.005, reason: 'a test', price: 1 };
  t.exchange.script.submit = ({ purpose }) => (purpose === 'exit' ? 'refuse' : 'ok');
  await t.post('tradeExecution', exit);
  return { t, signal, exit };
};

describe('after a restart on a log that had taken nothing for a while', () => {
  it('shares no name with any of the orders that left meanwhile, though nobody can be asked about them', async () => {
    const { t, signal, exit } = await refusedUnlogged();
    t.exchange.calm();
    await t.post('tradeExecution', exit);
    t.cut('tradeExecution');
    t.forget('signalBus');
    t.reborn();
    await t.advance(1_000);
    t.exchange.script.fails = () => true;
    await t.start('tradeExecution', MAKERS.tradeExecution);
    await t.start('signalBus', MAKERS.signalBus);
    await t.advance(1_000);
    await t.post('tradeExecution', exit);
    const names = t.sentOf('exit').map(({ clientOrderId }) => clientOrderId);
    expect(names.slice(0, 2)).toEqual([exitId(signal.signalId, 1), exitId(signal.signalId, 2)]);
    expect(new Set(names).size).toBe(3);
    t.exchange.calm();
    await t.advance(120_000);
    expect(Math.max(...t.exchange.executions.values())).toBe(1);
    expect((await t.fold()).net()).toEqual(t.exchange.net());
    expect(t.work()).toMatchObject({ orders: 'idle', books: 'agreed' });
  });
});

describe('while the log takes nothing', () => {
  const unlogged = async (others: readonly ('restart' | 'process')[]) => {
    const { t, exit } = await refusedUnlogged();
    for (const what of others) {
      t.cut('tradeExecution');
      t.forget('signalBus');
      if (what === 'process') t.reborn();
      t.exchange.script.fails = () => true;
      await t.start('tradeExecution', MAKERS.tradeExecution);
      await t.advance(1_000);
      await t.post('tradeExecution', exit);
    }
    const numbers = t.sentOf('exit').map(({ clientOrderId }) => Number(clientOrderId.split('-X')[1]));
    t.exchange.calm();
    await t.start('signalBus', MAKERS.signalBus);
    await t.advance(120_000);
    expect(t.work()).toMatchObject({ orders: 'idle', books: 'agreed' });
    return numbers;
  };

  it('two processes, one after the other, give no name twice', async () => {
    expect(await unlogged(['process', 'process'])).toEqual([1, 101, 151]);
  });

  it('who is restarted knows what was given before', async () => {
    expect(await unlogged(['restart', 'restart'])).toEqual([1, 2, 3]);
  });

  it('who is restarted after a new process knows what that has given', async () => {
    expect(await unlogged(['process', 'restart'])).toEqual([1, 101, 102]);
  });
});

it('logs from before there were stops are read as they were', async () => {
  const t = await begin();
  const signal = await t.enter();
  const [written] = t.sent('stateMachine', 'TRANSITION').filter(({ to }) => to === 'executing');
  const { intent } = (written?.metadata ?? {}) as { intent: Record<string, unknown> };
  const { stopPrice: _, ...old } = intent;
  await t.post('signalBus', {
    type: 'APPEND',
    record: {
      event_type: 'order_intent',
      signal_id: signal.signalId,
      reason: 'old',
      intent: { ...old, purpose: 'exit', clientOrderId: exitId(signal.signalId, 1) },
    },
  });
  await t.restart('tradeExecution');
  await t.advance(20_000);
  expect(t.work()).toMatchObject({ orders: 'idle', books: 'agreed' });
});

it('a position whose instrument nobody knows keeps no other from its exit, and is said to be bare', async () => {
  bot = await protectedBot({ prices: { ETHUSDT: 2_000, BTCUSDT: 100_000 } });
  const t = bot;
  await t.enter('ETHUSDT', 'LONG', 2_000);
  await t.enter('BTCUSDT', 'LONG', 100_000);
  const { instrument } = t.exchange;
  t.exchange.instrument = (symbol: string) => {
    if (symbol === 'ETHUSDT') throw new Error('ETHUSDT is not among the symbols of this run');
    return instrument.call(t.exchange, symbol);
  };
  await t.move(98_450);
  await t.advance(10_000);
  expect(t.snapshot('tradeExecution').status).toBe('active');
  expect(t.sentOf('exit').map(({ symbol }) => symbol)).toEqual(['BTCUSDT']);
  expect([...t.exchange.net().keys()]).toEqual(['ETHUSDT']);
  expect(t.context().protection?.bare).toMatchObject([{ symbol: 'ETHUSDT' }]);
  expect(judged(t)).toMatchObject({ holds: false });
  const told = t.lines.filter(({ message }) => message.includes('nobody can see to the stop of ETHUSDT'));
  expect(told).toHaveLength(1);
});

it('an exit has left before anybody sees to the stops', async () => {
  const t = await begin();
  const { signalId } = await t.enter();
  const asked: string[] = [];
  const { instrument, submit } = t.exchange;
  t.exchange.instrument = (symbol: string) => {
    asked.push('instrument');
    return instrument.call(t.exchange, symbol);
  };
  t.exchange.submit = (intent: Intent) => {
    asked.push(intent.purpose);
    return submit.call(t.exchange, intent);
  };
  await t.post('tradeExecution', { type: 'EXIT', signalId, gate: 'stop', qty: 1, reason: 'a test', price: 98_450 });
  expect(asked[0]).toBe('exit');
});

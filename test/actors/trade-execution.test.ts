import { afterEach, describe, expect, it, vi } from 'vitest';
import { entryId, exitId } from '../../src/actors/order-ids.ts';
import type { SubmitFault } from '../../src/adapters/paper-broker.ts';
import type { Intent } from '../../src/machines/messages.ts';
import { bar, type HabitatOptions, START } from './habitat.ts';
import { MAKERS, type TradingBot, tradingBot } from './trading.ts';

let bot: TradingBot | null = null;
const begin = async (options: HabitatOptions = {}): Promise<TradingBot> => {
  bot = await tradingBot(options);
  return bot;
};
afterEach(async () => {
  await bot?.end();
  bot = null;
});

/** What the exchange does with the nth order that reaches it, and which orders did. */
const exchange = (...faults: SubmitFault[]) => {
  const orders: Intent[] = [];
  return {
    orders,
    onSubmit: (intent: Intent): SubmitFault => {
      orders.push(intent);
      return faults[orders.length - 1] ?? 'ok';
    },
  };
};
const work = ({ snapshot }: TradingBot) => snapshot('tradeExecution').value.running.work;
const context = ({ snapshot }: TradingBot) => snapshot('tradeExecution').context;

describe('an approved signal', () => {
  it('becomes one order that is in the log before it leaves, then a position, then a lesson', async () => {
    const { orders, onSubmit } = exchange();
    const t = await begin({ onSubmit });
    const signal = await t.enter();
    expect(orders).toHaveLength(1);
    expect(orders[0]).toMatchObject({
      clientOrderId: entryId(signal.signalId),
      side: 'BUY',
      purpose: 'entry',
      leverage: 3,
    });
    expect(await t.stateOf(signal.signalId)).toBe('executed');
    const types = (await t.bus()).map((record) => ('new_state' in record ? record.new_state : record.event_type));
    expect(types.indexOf('executing')).toBeLessThan(types.indexOf('position_change'));

    t.clock.advance(60_000);
    await t.tick([bar('BTCUSDT', 98_000, t.clock.now(), { low: 97_900, high: 99_000, open: 99_000 })]);
    await t.advance(5_000);
    expect(await t.stateOf(signal.signalId)).toBe('learned');
    expect(orders[1]).toMatchObject({
      clientOrderId: exitId(signal.signalId, 1),
      side: 'SELL',
      reduceOnly: true,
      gate: 'stop',
    });
    expect(await t.held()).toEqual(new Map());
    expect((await t.fold()).totals).toMatchObject({ closed: 1, won: 0 });
  });

  it('is ordered once, however often it is told to execute', async () => {
    const { orders, onSubmit } = exchange();
    const t = await begin({ onSubmit });
    const { signal } = await t.decide('BTCUSDT', 'LONG', 100_000);
    for (let i = 0; i < 3; i++) await t.post('tradeExecution', { type: 'EXECUTE', signal });
    await t.advance(5_000);
    await t.post('tradeExecution', { type: 'EXECUTE', signal });
    await t.advance(5_000);
    expect(orders).toHaveLength(1);
    const intents = t.sent('stateMachine', 'TRANSITION').filter(({ to }) => to === 'executing');
    expect(intents).toHaveLength(1);
  });

  it('expires when the exchange refuses its order, and its place is free again', async () => {
    const { onSubmit } = exchange('reject');
    const t = await begin({ onSubmit });
    const { signal } = await t.decide('BTCUSDT', 'LONG', 100_000);
    await t.advance(5_000);
    expect(await t.stateOf(signal.signalId)).toBe('expired');
    expect(t.sent('safetyLayer', 'RELEASE')).toEqual([{ type: 'RELEASE', signalId: signal.signalId }]);
    expect((await t.decide('BTCUSDT', 'LONG', 100_000)).verdict.passes).toBe(true);
  });

  it('expires when it is older than ten minutes, and when entries are closed', async () => {
    const { orders, onSubmit } = exchange();
    const t = await begin({ onSubmit });
    const old = await t.emit('BTCUSDT', 'LONG', 100_000);
    await t.transition(old.signalId, 'evaluating');
    t.clock.advance(601_000);
    await t.transition(old.signalId, 'approved');
    expect(await t.stateOf(old.signalId)).toBe('expired');

    const fresh = await t.emit('BTCUSDT', 'LONG', 100_000);
    await t.transition(fresh.signalId, 'evaluating');
    await t.post('safetyLayer', { type: 'KILL', active: true, reason: 'a test' });
    await t.transition(fresh.signalId, 'approved');
    expect(await t.stateOf(fresh.signalId)).toBe('expired');
    expect(orders).toEqual([]);
  });

  it('expires where the machine has slept while the account was asked for what it has', async () => {
    const { orders, onSubmit } = exchange();
    const t = await begin({ onSubmit });
    const { broker } = t.world;
    const asked = broker.equityUsd.bind(broker);
    const signal = await t.emit('BTCUSDT', 'LONG', 100_000);
    await t.transition(signal.signalId, 'evaluating');
    broker.equityUsd = async () => {
      const equity = await asked();
      vi.spyOn(t.clock, 'now').mockImplementation(() => START + 2_000_000);
      return equity;
    };
    await t.transition(signal.signalId, 'approved');
    await t.advance(1_000);
    expect(orders).toEqual([]);
    expect(await t.stateOf(signal.signalId)).toBe('expired');
  });

  it('is not ordered when the kill switch trips between its intent and its order', async () => {
    const { orders, onSubmit } = exchange();
    const t = await begin({ onSubmit });
    const signal = await t.emit('BTCUSDT', 'LONG', 100_000);
    await t.transition(signal.signalId, 'evaluating');
    t.cut('signalBus');
    await t.transition(signal.signalId, 'approved');
    await t.post('tradeExecution', { type: 'EXECUTE', signal });
    expect(work(t)).toMatchObject({ orders: 'writing' });
    await t.post('safetyLayer', { type: 'KILL', active: true, reason: 'a test' });
    await t.restart('signalBus');
    await t.advance(5_000);
    expect(orders).toEqual([]);
    expect(await t.stateOf(signal.signalId)).toBe('expired');
  });
});

describe('an order without an answer', () => {
  it('is unknown, closes entries, and becomes a position when the exchange tells that it was filled', async () => {
    const { orders, onSubmit } = exchange('timeout-after');
    const t = await begin({ onSubmit, pace: { checkMs: 10_000 } });
    const { signal } = await t.decide('BTCUSDT', 'LONG', 100_000);
    await t.settle();
    expect(work(t)).toMatchObject({ orders: 'unknownFate', entries: 'closed' });
    expect(t.snapshot('safetyLayer').context.entries).toMatchObject({ open: false });
    expect(await t.stateOf(signal.signalId)).toBe('executing');
    await t.advance(20_000);
    expect(orders).toHaveLength(1);
    expect(await t.stateOf(signal.signalId)).toBe('executed');
    expect(work(t)).toMatchObject({ orders: 'idle', books: 'agreed', entries: 'open' });
    const fills = (await t.bus()).flatMap((record) =>
      record.event_type === 'position_change' ? [record.fill_id] : [],
    );
    expect(new Set(fills).size).toBe(fills.length);
  });

  it('is never taken for refused or flat while the exchange cannot be asked', async () => {
    const { onSubmit } = exchange('timeout-before');
    const t = await begin({ onSubmit });
    const fate = t.broker.fate.bind(t.broker);
    t.broker.fate = async () => {
      throw new Error('the exchange does not answer');
    };
    const { signal } = await t.decide('BTCUSDT', 'LONG', 100_000);
    await t.advance(600_000);
    expect(await t.stateOf(signal.signalId)).toBe('executing');
    expect(work(t)).toMatchObject({ orders: 'unknownFate' });
    await t.post('stateMachine', {
      type: 'EXPIRE',
      signalIds: [signal.signalId],
      incident: 'i',
      reason: 'r',
      from: 'healingOperator',
    });
    expect(await t.stateOf(signal.signalId)).toBe('executing');
    t.broker.fate = fate;
    await t.advance(5_000);
    expect(await t.stateOf(signal.signalId)).toBe('expired');
    expect(work(t)).toMatchObject({ orders: 'idle', entries: 'open' });
  });

  it('is proven never received only when it cannot be on its way any more; an entry is then not sent again', async () => {
    const { orders, onSubmit } = exchange('timeout-before');
    const t = await begin({ onSubmit });
    const { signal } = await t.decide('BTCUSDT', 'LONG', 100_000);
    await t.advance(9_000);
    expect(await t.stateOf(signal.signalId)).toBe('executing');
    await t.advance(5_000);
    expect(await t.stateOf(signal.signalId)).toBe('expired');
    expect(orders).toHaveLength(1);
  });

  it('is sent again under the same name when it is an exit that was never received', async () => {
    const { orders, onSubmit } = exchange('ok', 'timeout-before');
    const t = await begin({ onSubmit });
    const signal = await t.enter();
    await t.post('tradeExecution', {
      type: 'EXIT',
      signalId: signal.signalId,
      gate: 'stop',
      qty: 1,
      reason: 'a test',
      price: 1,
    });
    await t.advance(20_000);
    expect(orders.map(({ clientOrderId }) => clientOrderId)).toEqual([
      entryId(signal.signalId),
      exitId(signal.signalId, 1),
      exitId(signal.signalId, 1),
    ]);
    expect(await t.held()).toEqual(new Map());
    expect(await t.stateOf(signal.signalId)).toBe('learned');
  });

  /** An exit that gets lost on its way to an exchange, of a bot that checks once a minute. */
  const loseAnExit = async () => {
    const { orders, onSubmit } = exchange('ok', 'timeout-before');
    const t = await begin({ onSubmit, pace: { checkMs: 60_000 } });
    const { signalId } = await t.enter();
    let asked = 0;
    let answers = true;
    const fate = t.broker.fate.bind(t.broker);
    t.broker.fate = async (order) => {
      asked++;
      if (!answers) throw new Error('the exchange does not answer');
      return fate(order);
    };
    await t.post('tradeExecution', { type: 'EXIT', signalId, gate: 'stop', qty: 1, reason: 'a test', price: 1 });
    return {
      t,
      exits: () => orders.filter(({ purpose }) => purpose === 'exit').length,
      asked: () => asked,
      answer: (does: boolean) => {
        answers = does;
      },
    };
  };

  it('is sent again within seconds when it is an exit, however seldom a check comes', async () => {
    const { t, exits } = await loseAnExit();
    await t.advance(15_000);
    expect(exits()).toBe(2);
    expect(await t.held()).toEqual(new Map());
  });

  it('is sent again within seconds after the exchange answers once more', async () => {
    const { t, exits, answer } = await loseAnExit();
    answer(false);
    await t.advance(130_000);
    expect(exits()).toBe(1);
    answer(true);
    await t.advance(5_000);
    expect(exits()).toBe(2);
  });

  it('is asked after by nobody who has ended, and by nobody any more when it has', async () => {
    const { t, asked, answer } = await loseAnExit();
    answer(false);
    await t.advance(10_000);
    t.cut('tradeExecution');
    const before = asked();
    await t.advance(60_000);
    expect(asked()).toBe(before);
    answer(true);
    await t.restart('tradeExecution', 'cut');
    await t.advance(15_000);
    expect(await t.held()).toEqual(new Map());
    const after = asked();
    await t.advance(30_000);
    expect(asked()).toBe(after);
  });
});

describe('an exit', () => {
  it('goes on when the kill switch is on, the log refuses and the books differ; an entry does not', async () => {
    const { orders, onSubmit } = exchange();
    const t = await begin({ onSubmit });
    const signal = await t.enter();
    await t.post('safetyLayer', { type: 'KILL', active: true, reason: 'a test' });
    expect((await t.decide('ETHUSDT', 'LONG', 2_000)).verdict).toMatchObject({ passes: false });
    t.cut('signalBus');
    await t.post('tradeExecution', {
      type: 'EXIT',
      signalId: signal.signalId,
      gate: 'stop',
      qty: 1,
      reason: 'a test',
      price: 1,
    });
    await t.advance(5_000);
    expect(await t.held()).toEqual(new Map());
    expect(orders.map(({ purpose }) => purpose)).toEqual(['entry', 'exit']);
    await t.restart('signalBus');
    await t.advance(5_000);
    expect((await t.fold()).openCount).toBe(0);
    expect(await t.stateOf(signal.signalId)).toBe('learned');
  });

  it('is one at a time for a position, and says when there is nothing to leave', async () => {
    const { orders, onSubmit } = exchange();
    const t = await begin({ onSubmit });
    const signal = await t.enter();
    const exit = { type: 'EXIT', signalId: signal.signalId, gate: 'tp1', qty: 0.001, reason: 'a test', price: 1 };
    await t.post('tradeExecution', exit);
    await t.post('tradeExecution', exit);
    await t.advance(5_000);
    expect(orders.filter(({ purpose }) => purpose === 'exit')).toHaveLength(1);
    await t.post('tradeExecution', { ...exit, signalId: 'BTCUSDT_1_00000000' });
    expect(t.sent('exitGates', 'EXIT.ENDED').at(-1)).toMatchObject({ outcome: 'no-position' });
  });
});

describe('a restart of tradeExecution', () => {
  it.each([0, 50, 110, 200, 300, 400])('%i ms into an order ends in exactly one order and one position', async (ms) => {
    const { orders, onSubmit } = exchange();
    const t = await begin({ onSubmit, seed: 7 });
    const { signal } = await t.decide('BTCUSDT', 'LONG', 100_000);
    await t.later(ms);
    await t.restart('tradeExecution', ms % 100 === 0 ? 'cut' : 'stop');
    await t.advance(30_000);
    expect(orders).toHaveLength(1);
    expect((await t.fold()).net()).toEqual(await t.held());
    expect((await t.held()).size).toBe(1);
    expect(await t.stateOf(signal.signalId)).toBe('executed');
    expect(context(t).life.incarnation).toBe(2);
  });

  it('does not take an order for never received that may have left just before', async () => {
    let orders = 0;
    const t = await begin({ onSubmit: () => (orders++ === 0 ? 'timeout-before' : 'ok') });
    const { signal } = await t.decide('BTCUSDT', 'LONG', 100_000);
    await t.later(9_000);
    await t.restart('tradeExecution', 'cut');
    await t.advance(8_000);
    expect(await t.stateOf(signal.signalId)).toBe('executing');
    expect(work(t)).toMatchObject({ orders: 'unknownFate', entries: 'closed' });
    await t.advance(6_000);
    expect(await t.stateOf(signal.signalId)).toBe('expired');
  });

  it('finds an exit that left although its intent never got into the log', async () => {
    const t = await begin();
    const signal = await t.enter();
    t.cut('signalBus');
    await t.post('tradeExecution', {
      type: 'EXIT',
      signalId: signal.signalId,
      gate: 'stop',
      qty: 1,
      reason: 'a test',
      price: 1,
    });
    t.cut('tradeExecution');
    await t.later(2_000);
    // What was on its way to the log is lost with the process.
    t.posts.length = 0;
    await t.start('tradeExecution', MAKERS.tradeExecution);
    await t.advance(2_000);
    expect(context(t).differences).toEqual([]);
    await t.restart('signalBus');
    await t.advance(5_000);
    expect((await t.fold()).openCount).toBe(0);
  });
});

describe('the books', () => {
  const foreign = (t: TradingBot, side: 'BUY' | 'SELL', qty: number) =>
    t.broker.submit({
      clientOrderId: `by-hand-${t.clock.now()}`,
      signalId: '',
      symbol: 'BTCUSDT',
      side,
      purpose: 'entry',
      qty,
      leverage: 3,
      reduceOnly: false,
      gate: null,
      stopPrice: null,
      at: START,
    });
  const repair = {
    type: 'REPAIR',
    target: 'reconcile',
    evidence: { says: '', figures: {} },
    incident: 'i-1',
    reason: 'r',
    from: 'healingOperator',
  };

  it('diverge when somebody trades by hand, and are set right by the exchange when a healer asks', async () => {
    const t = await begin();
    const signal = await t.enter();
    const before = (await t.held()).get('BTCUSDT') ?? 0;
    await foreign(t, 'SELL', 0.01);
    await t.advance(2_000);
    expect(work(t)).toMatchObject({ books: 'diverged', entries: 'closed' });
    expect(context(t).differences[0]).toContain(`the log says ${before}`);
    await t.post('tradeExecution', repair);
    await t.advance(2_000);
    expect(work(t)).toMatchObject({ books: 'agreed', entries: 'open' });
    expect(t.sent('healingOperator', 'REMEDY.DONE')).toHaveLength(1);
    expect((await t.fold()).net()).toEqual(await t.held());
    expect((await t.fold()).get(signal.signalId)?.qty).toBeCloseTo(before - 0.01, 8);
  });

  it('adopt a position nobody knows, so that exits protect it', async () => {
    const t = await begin();
    await foreign(t, 'SELL', 0.02);
    await t.advance(70_000);
    expect(work(t)).toMatchObject({ books: 'agreed' });
    expect((await t.fold()).open()).toMatchObject([{ strategy: 'adopted', direction: 'SHORT', qty: 0.02 }]);
    await t.tick([bar('BTCUSDT', 103_000, t.clock.now(), { high: 103_000 })]);
    await t.advance(5_000);
    expect(await t.held()).toEqual(new Map());
    expect((await t.fold()).openCount).toBe(0);
  });

  it('are not touched when the broker cannot be asked', async () => {
    const t = await begin();
    await t.enter();
    const positions = t.broker.positions.bind(t.broker);
    t.broker.positions = async () => {
      throw new Error('the exchange does not answer');
    };
    await t.post('tradeExecution', repair);
    await t.advance(70_000);
    expect(t.sent('healingOperator', 'REMEDY.FAILED')).toHaveLength(1);
    expect(work(t)).toMatchObject({ books: 'unasked', entries: 'closed' });
    expect(context(t).unasked).toContain('does not answer');
    expect((await t.fold()).openCount).toBe(1);
    t.broker.positions = positions;
    await t.advance(2_000);
    expect(work(t)).toMatchObject({ books: 'agreed', entries: 'open' });
  });

  it('close a position the exchange has liquidated', async () => {
    const t = await begin();
    const signal = await t.enter();
    t.cut('exitGates');
    await t.tick([bar('BTCUSDT', 60_000, t.clock.now(), { low: 60_000 })]);
    await t.advance(5_000);
    expect((await t.fold()).closed[0]).toMatchObject({ closeReason: 'liquidation', signalId: signal.signalId });
    expect(await t.stateOf(signal.signalId)).toBe('learned');
    expect(work(t)).toMatchObject({ books: 'agreed' });
  });
});

describe('client order ids', () => {
  it('fit an exchange, and are one per signal and purpose', () => {
    const signals = ['BTCUSDT', '1000SHIBUSDT', 'ETHUSDT', 'BCHUSDT'].map(
      (symbol) => `${symbol}_1767571200000_0a1b2c3d`,
    );
    const ids = [...signals, 'UNKNOWN/odd id'].flatMap((id) => [entryId(id), exitId(id, 1), exitId(id, 12)]);
    for (const id of ids) expect(id).toMatch(/^[.A-Z:/a-z0-9_-]{1,36}$/);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

import { describe, expect, it } from 'vitest';
import { PaperBroker, type PaperBrokerOptions, type SubmitFault } from '../../src/adapters/paper-broker.ts';
import { PendingWork } from '../../src/adapters/pending-work.ts';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import type { Candle, Fill, Intent } from '../../src/machines/messages.ts';
import { OrderRejected, StopWouldTrigger } from '../../src/ports/broker.ts';
import { plus, times } from '../../src/ports/money.ts';

const START = 1_746_372_780_000;

/** A store that keeps text, as a file would, and can refuse or be slow. */
class Memory {
  text: string | null = null;
  fails = false;
  saves = 0;
  slowMs = 0;

  load = async (): Promise<unknown> => (this.text === null ? null : JSON.parse(this.text));

  save = async (state: unknown): Promise<void> => {
    if (this.fails) throw new Error('the disk is full');
    const text = JSON.stringify(state);
    if (this.slowMs > 0) await new Promise((resolve) => setTimeout(resolve, this.slowMs));
    this.text = text;
    this.saves++;
  };
}

interface Setting {
  readonly store?: Memory;
  readonly seed?: number;
  readonly onSubmit?: PaperBrokerOptions['onSubmit'];
  readonly at?: number;
}

async function exchange({ store = new Memory(), seed = 1, onSubmit, at = START }: Setting = {}) {
  const clock = new VirtualClock(at);
  const pending = new PendingWork();
  const broker = await PaperBroker.open({
    clock,
    chance: seededChance(seed),
    startEquityUsd: 10_000,
    store: { load: store.load, save: (state) => pending.track(store.save(state)) },
    ...(onSubmit ? { onSubmit } : {}),
  });
  const fills: Fill[] = [];
  broker.onFill((fill) => fills.push(fill));
  /** Lets `ms` of bot time pass, as a run would: it waits for nothing but the saves the exchange tells of. */
  const pass = async (ms = 1_000): Promise<void> => {
    clock.setTimeout(() => undefined, ms);
    const end = clock.now() + ms;
    await clock.run({ until: () => clock.now() >= end, idle: () => pending.idle() });
  };
  const mark = (close: number, more: Partial<Candle> = {}): void => {
    const bar = { symbol: 'BTCUSDT', ts: 0, open: close, high: close, low: close, close, volume: 100, ...more };
    broker.mark({ at: clock.now(), candles: [bar] });
  };
  return { clock, broker, fills, pass, mark, store };
}

let orders = 0;
const order = (more: Partial<Intent> = {}): Intent => ({
  clientOrderId: `order-${++orders}`,
  signalId: 'BTCUSDT_1_abcdef01',
  symbol: 'BTCUSDT',
  side: 'BUY',
  purpose: 'entry',
  qty: 0.01,
  leverage: 3,
  reduceOnly: false,
  gate: null,
  stopPrice: null,
  at: START,
  ...more,
});
const sum = (fills: readonly Fill[]): number => fills.reduce((total, fill) => plus(total, fill.qty), 0);

describe('an order on paper', () => {
  it('is filled after a while, never in the stack of its submission, worse than the last price, with a fee', async () => {
    const { broker, fills, pass, mark, clock } = await exchange();
    mark(96_000);
    const intent = order();
    const { orderId } = await broker.submit(intent);
    expect(fills).toEqual([]);
    expect(await broker.fate(intent)).toEqual({ status: 'open', fills: [] });
    await pass(99);
    expect(fills).toEqual([]);
    await pass();
    expect(sum(fills)).toBe(0.01);
    expect(fills.at(-1)).toMatchObject({ orderId, clientOrderId: intent.clientOrderId, complete: true, side: 'BUY' });
    for (const fill of fills) {
      expect(fill.price).toBeGreaterThan(96_000);
      expect(fill.feeUsd).toBeCloseTo(fill.price * fill.qty * 0.0005, 7);
      expect(fill.at).toBeGreaterThanOrEqual(START + 100);
    }
    expect(await broker.fate(intent)).toEqual({ status: 'filled', fills });
    expect(await broker.positions()).toMatchObject([{ symbol: 'BTCUSDT', qty: 0.01 }]);
    const equity = await broker.equityUsd();
    expect(equity).toBeLessThan(10_000);
    expect(equity).toBeGreaterThan(9_990);
    expect(clock.pending).toBe(0);
  });

  it('is filled in parts when it is large for the market; only the last part completes it', async () => {
    const { broker, fills, pass, mark } = await exchange();
    mark(96_000, { volume: 0.1 });
    await broker.submit(order({ qty: 0.09 }));
    await pass();
    expect(fills.length).toBeGreaterThan(1);
    expect(sum(fills)).toBe(0.09);
    expect(fills.map(({ complete }) => complete)).toEqual(fills.map((_, i) => i === fills.length - 1));
    expect(new Set(fills.map(({ fillId }) => fillId)).size).toBe(fills.length);
    expect(fills.every(({ at }, i) => i === 0 || at > (fills[i - 1]?.at ?? 0))).toBe(true);
  });

  it('is taken once under its id, however often and however soon it is sent', async () => {
    const { broker, fills, pass, mark } = await exchange();
    mark(96_000);
    const intent = order();
    const answers = await Promise.all([broker.submit(intent), broker.submit(intent)]);
    await pass();
    answers.push(await broker.submit(intent));
    await pass();
    expect(new Set(answers.map(({ orderId }) => orderId)).size).toBe(1);
    expect(sum(fills)).toBe(0.01);
  });

  it.each([
    ['before there is a price', 'there is no price for ETHUSDT yet', { symbol: 'ETHUSDT' }],
    ['off the lot', 'size 0.0105 is not a multiple of 0.001', { qty: 0.0105 }],
    ['of nothing', 'size 0 is not a multiple', { qty: 0 }],
    ['of no number', 'size NaN is not a multiple', { qty: Number.NaN }],
    ['below the smallest notional', 'notional 96 is below 100', { qty: 0.001 }],
    ['at too high a leverage', 'leverage 21 is not between 1 and 20', { leverage: 21 }],
    ['at no leverage', 'leverage NaN is not between', { leverage: Number.NaN }],
    ['beyond its margin', 'margin is insufficient: 32000 needed, 10000 free', { qty: 1 }],
    ['that reduces nothing', 'there is nothing to reduce of BTCUSDT', { reduceOnly: true, side: 'SELL' as const }],
  ])('is refused %s, with the reason, and stays refused', async (_, reason, wrong) => {
    const { broker, fills, pass, mark } = await exchange();
    mark(96_000);
    const intent = order(wrong);
    await expect(broker.submit(intent)).rejects.toThrow(OrderRejected);
    await expect(broker.submit(intent)).rejects.toThrow(reason);
    await pass();
    expect(fills).toEqual([]);
    expect(await broker.fate(intent)).toEqual({
      status: 'rejected',
      reason: expect.stringContaining(reason),
    });
    expect(await broker.positions()).toEqual([]);
  });

  it('cannot bind margin that an order under way has bound', async () => {
    const { broker, mark } = await exchange();
    mark(96_000);
    const half = { qty: 0.2, leverage: 3 };
    await broker.submit(order(half));
    await expect(broker.submit(order(half))).rejects.toThrow('margin is insufficient: 6400 needed, 3600 free');
  });

  it('that reduces never flips and never adds', async () => {
    const { broker, fills, pass, mark } = await exchange();
    mark(96_000);
    await broker.submit(order({ qty: 0.01 }));
    await pass();
    fills.length = 0;
    // Two exits for the same holding are under way at once, each larger than it.
    const [a, b] = [order(), order()].map((one) => ({ ...one, side: 'SELL' as const, reduceOnly: true, qty: 0.015 }));
    if (!a || !b) throw new Error('no orders');
    await broker.submit(a);
    await broker.submit(b);
    await pass();
    expect(sum(fills)).toBe(0.01);
    expect(await broker.positions()).toEqual([]);
    expect((await broker.fate(a)).status).toBe('cancelled');
    expect(await broker.fate(b)).toEqual({ status: 'cancelled', fills: [] });
    // A short opened meanwhile is not made larger by an exit of the long that is gone.
    await broker.submit(order({ side: 'SELL', qty: 0.02 }));
    await pass();
    await expect(broker.submit(order({ side: 'SELL', qty: 0.01, reduceOnly: true }))).rejects.toThrow(OrderRejected);
    expect(await broker.positions()).toMatchObject([{ symbol: 'BTCUSDT', qty: -0.02 }]);
  });

  it('nets against what is held, and what is gained and paid is in the equity', async () => {
    const { broker, fills, pass, mark } = await exchange();
    mark(96_000);
    await broker.submit(order({ qty: 0.02 }));
    await pass();
    mark(97_000);
    await broker.submit(order({ qty: 0.05, side: 'SELL' }));
    await pass();
    expect(await broker.positions()).toMatchObject([{ symbol: 'BTCUSDT', qty: -0.03 }]);
    mark(95_000);
    const flow = fills.reduce(
      (cash, { side, qty, price, feeUsd }) => cash + (side === 'BUY' ? -1 : 1) * qty * price - feeUsd,
      0,
    );
    expect(await broker.equityUsd()).toBeCloseTo(10_000 + flow - 0.03 * 95_000, 6);
  });
});

describe('a liquidation on paper', () => {
  it('closes what the price went through, tells it as a fill, and never within the tick', async () => {
    const { broker, fills, pass, mark } = await exchange();
    mark(60_000);
    await broker.submit(order({ qty: 0.05, leverage: 10 }));
    await pass();
    const exit = order({ side: 'SELL', qty: 0.05, reduceOnly: true });
    await broker.submit(exit);
    fills.length = 0;
    mark(56_000, { low: 53_000, open: 60_000 });
    expect(await broker.positions()).toEqual([]);
    expect(fills).toEqual([]);
    await pass();
    expect(fills).toHaveLength(1);
    const [fill] = fills;
    expect(fill).toMatchObject({ side: 'SELL', qty: 0.05, complete: true });
    expect(fill?.clientOrderId).toMatch(/^liquidation-BTCUSDT-\d+$/);
    expect(await broker.fate(order({ clientOrderId: fill?.clientOrderId ?? '' }))).toEqual({ status: 'filled', fills });
    expect(await broker.fate(exit)).toEqual({ status: 'cancelled', fills: [] });
    const lost = 10_000 - (await broker.equityUsd());
    expect(lost).toBeGreaterThan(280);
    expect(lost).toBeLessThan(305);
  });

  it('leaves alone what the price did not reach', async () => {
    const { broker, fills, pass, mark } = await exchange();
    mark(60_000);
    await broker.submit(order({ qty: 0.05, leverage: 10 }));
    await pass();
    fills.length = 0;
    mark(56_000, { low: 54_500, open: 60_000 });
    await pass();
    expect(fills).toEqual([]);
    expect(await broker.positions()).toHaveLength(1);
  });
});

describe('an exchange that does not answer', () => {
  const failing = (fault: SubmitFault) => exchange({ onSubmit: () => fault });

  it('has not heard of an order that was lost on the way', async () => {
    const { broker, fills, pass, mark } = await failing('timeout-before');
    mark(96_000);
    const intent = order();
    const error = await broker.submit(intent).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(OrderRejected);
    await pass();
    expect(fills).toEqual([]);
    expect(await broker.fate(intent)).toEqual({ status: 'never-received' });
  });

  it('has filled an order whose answer was lost: it is found by its id', async () => {
    const { broker, fills, pass, mark } = await failing('timeout-after');
    mark(96_000);
    const intent = order();
    await expect(broker.submit(intent)).rejects.toThrow('its fate is unknown until the exchange is asked');
    await pass();
    expect(sum(fills)).toBe(0.01);
    expect(await broker.fate(intent)).toEqual({ status: 'filled', fills });
  });

  it('refuses for certain when it refuses', async () => {
    const { broker, mark } = await failing('reject');
    mark(96_000);
    await expect(broker.submit(order())).rejects.toThrow(OrderRejected);
  });
});

describe('an exchange that is opened again', () => {
  it('is as it was left: holdings, money, prices, orders, ids', async () => {
    const store = new Memory();
    const before = await exchange({ store });
    before.mark(96_000);
    const first = order({ qty: 0.02 });
    await before.broker.submit(first);
    await before.pass();
    const after = await exchange({ store });
    expect(await after.broker.positions()).toMatchObject([{ symbol: 'BTCUSDT', qty: 0.02 }]);
    expect(await after.broker.equityUsd()).toBe(await before.broker.equityUsd());
    expect(await after.broker.fate(first)).toEqual(await before.broker.fate(first));
    const again = await after.broker.submit(first);
    await after.pass();
    expect(after.fills).toEqual([]);
    const second = await after.broker.submit(order());
    expect(second.orderId).not.toBe(again.orderId);
  });

  it('fills the rest of an order it had taken, and no more, also before it hears a new price', async () => {
    for (const died of [50, 150]) {
      const store = new Memory();
      const before = await exchange({ store });
      before.mark(96_000, { volume: 0.1 });
      const intent = order({ qty: 0.03 });
      await before.broker.submit(intent);
      await before.pass(died);
      const text = store.text;
      const after = await exchange({ store: Object.assign(new Memory(), { text }), at: before.clock.now() });
      await after.pass();
      const fate = await after.broker.fate(intent);
      expect(fate).toMatchObject({ status: 'filled' });
      expect(sum('fills' in fate ? fate.fills : [])).toBe(0.03);
      expect(sum([...before.fills, ...after.fills])).toBe(0.03);
      expect(await after.broker.positions()).toMatchObject([{ symbol: 'BTCUSDT', qty: 0.03 }]);
    }
  });

  it('never told of a fill that it does not remember, whenever it is killed', async () => {
    const store = new Memory();
    const { broker, pass, mark } = await exchange({ store });
    mark(96_000, { volume: 0.1 });
    let told = 0;
    broker.onFill(({ fillId }) => {
      told++;
      expect(store.text).toContain(`"${fillId}"`);
    });
    store.slowMs = 5;
    await broker.submit(order({ qty: 0.03 }));
    await pass();
    expect(told).toBeGreaterThan(1);
  });

  it('refuses to open on what it did not write, and says what to do', async () => {
    for (const text of ['{}', '[]', '{"cashUsd":"many","lastId":0,"positions":{},"orders":{}}']) {
      const opened = exchange({ store: Object.assign(new Memory(), { text }) });
      await expect(opened).rejects.toThrow(/state cannot be read: .* move it away to begin with a new account/);
    }
  });
});

describe('an exchange whose disk is full', () => {
  it('takes no order, and takes them again when there is room', async () => {
    const { broker, fills, pass, mark, store } = await exchange();
    mark(96_000);
    store.fails = true;
    const intent = order();
    const twice = await Promise.allSettled([broker.submit(intent), broker.submit(intent)]);
    expect(twice.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(twice).toMatchObject([0, 1].map(() => ({ reason: { message: 'the disk is full' } })));
    await pass();
    expect(fills).toEqual([]);
    expect(await broker.fate(intent)).toEqual({ status: 'never-received' });
    store.fails = false;
    await broker.submit(intent);
    await pass();
    expect(sum(fills)).toBe(0.01);
  });

  it('tells of fills all the same, and saves them as soon as it can', async () => {
    const { broker, fills, pass, mark, store } = await exchange();
    mark(96_000);
    await broker.submit(order());
    store.fails = true;
    await pass(500);
    expect(sum(fills)).toBe(0.01);
    store.fails = false;
    await pass(2_000);
    const again = await exchange({ store });
    expect(await again.broker.positions()).toMatchObject([{ symbol: 'BTCUSDT', qty: 0.01 }]);
  });

  it('gives up in time when the disk stays full: no timer runs for ever', async () => {
    const { broker, pass, mark, store, clock } = await exchange();
    mark(96_000);
    await broker.submit(order());
    store.fails = true;
    await pass(120_000);
    expect(clock.pending).toBe(0);
  });
});

describe('the exchange among others', () => {
  it('is the same for the same seed, fill for fill', async () => {
    const played = async (seed: number): Promise<string> => {
      orders = 0;
      const { broker, fills, pass, mark } = await exchange({ seed });
      for (let i = 0; i < 40; i++) {
        mark(96_000 + i * 10, { volume: 0.5 + (i % 3) });
        const [one, two] = [order({ qty: times(10 + (i % 4), 0.001) }), order({ qty: 0.012, side: 'SELL' })];
        await Promise.all([broker.submit(one), broker.submit(two)]);
        await pass();
      }
      return JSON.stringify([fills, await broker.equityUsd()]);
    };
    expect(await played(7)).toBe(await played(7));
    expect(await played(7)).not.toBe(await played(8));
  });

  it('tells every listener, in order, although one of them throws; the error is not lost', async () => {
    const { broker, pass, mark } = await exchange();
    mark(96_000, { volume: 0.05 });
    const heard: string[] = [];
    const deaf = broker.onFill(() => {
      throw new Error('a listener broke');
    });
    broker.onFill(({ fillId }) => heard.push(fillId));
    await broker.submit(order({ qty: 0.03 }));
    await expect(pass()).rejects.toThrow('a listener broke');
    deaf();
    const before = heard.length;
    expect(before).toBeGreaterThan(0);
    await pass();
    expect(heard.length).toBeGreaterThan(before);
  });

  it('remembers a bounded number of orders, and those that are open always', async () => {
    const { broker, pass, mark, store } = await exchange();
    mark(96_000);
    await broker.submit(order({ clientOrderId: 'the-first', qty: 0.01 }));
    await pass();
    for (let i = 0; i < 1_200; i++) await broker.submit(order({ qty: 0 })).catch(() => undefined);
    await broker.submit(order({ clientOrderId: 'the-last', qty: 0.01 }));
    expect(Object.keys(JSON.parse(store.text ?? '{}').orders).length).toBeLessThanOrEqual(121);
    expect((await broker.fate(order({ clientOrderId: 'the-last' }))).status).toBe('open');
  });
});

describe('a stop that rests', () => {
  const stop = (stopPrice: number, more: Partial<Intent> = {}): Intent =>
    order({ purpose: 'stop', side: 'SELL', reduceOnly: true, stopPrice, gate: 'stop', ...more });
  const holding = async () => {
    const t = await exchange();
    t.mark(96_000);
    await t.broker.submit(order());
    await t.pass();
    t.fills.length = 0;
    return t;
  };

  it('waits until its price is reached, and then closes no better than at it', async () => {
    const { broker, fills, pass, mark } = await holding();
    const resting = stop(95_000);
    await broker.submit(resting);
    mark(95_500);
    await pass();
    expect(fills).toEqual([]);
    expect(await broker.resting()).toMatchObject([
      { clientOrderId: resting.clientOrderId, qty: 0.01, purpose: 'stop' },
    ]);
    mark(95_200, { low: 94_900 });
    await pass();
    expect(fills).toMatchObject([{ clientOrderId: resting.clientOrderId, qty: 0.01, side: 'SELL', complete: true }]);
    expect(fills[0]?.price).toBeLessThanOrEqual(95_000);
    expect(await broker.resting()).toEqual([]);
    expect(await broker.positions()).toEqual([]);
  });

  it('fills at the open where the market jumped over it', async () => {
    const { broker, fills, pass, mark } = await holding();
    await broker.submit(stop(95_000));
    mark(93_500, { open: 94_000, high: 94_100, low: 93_000 });
    await pass();
    expect(fills[0]?.price).toBeLessThanOrEqual(94_000);
    expect(fills[0]?.price).toBeGreaterThan(93_500);
  });

  it('is refused when its price has been reached already, and by another name than other refusals', async () => {
    const { broker } = await holding();
    await expect(broker.submit(stop(96_000))).rejects.toBeInstanceOf(StopWouldTrigger);
    const flat = await exchange();
    flat.mark(96_000);
    const refusal = await flat.broker.submit(stop(95_000)).catch((thrown: unknown) => thrown);
    expect(refusal).toBeInstanceOf(OrderRejected);
    expect(refusal).not.toBeInstanceOf(StopWouldTrigger);
  });

  it('is cancelled, and then does nothing; cancelling it again, or what nobody knows, is no error', async () => {
    const { broker, fills, pass, mark } = await holding();
    const resting = stop(95_000);
    await broker.submit(resting);
    await broker.cancel(resting);
    await broker.cancel(resting);
    await broker.cancel(stop(90_000));
    expect(await broker.fate(resting)).toEqual({ status: 'cancelled', fills: [] });
    mark(94_000);
    await pass();
    expect(fills).toEqual([]);
  });

  it('is remembered by an exchange that opens again, and closes no more than is held', async () => {
    const before = await holding();
    await before.broker.submit(stop(95_000, { qty: 0.02 }));
    const { broker, fills, pass, mark } = await exchange({ store: before.store });
    mark(94_000);
    await pass();
    expect(sum(fills)).toBe(0.01);
    expect(await broker.positions()).toEqual([]);
  });

  it('tells the fills of a symbol from a moment on', async () => {
    const { broker, clock, mark, pass } = await holding();
    const since = clock.now();
    await broker.submit(stop(95_000));
    mark(94_000);
    await pass();
    expect(await broker.fillsSince('BTCUSDT', since)).toHaveLength(1);
    expect(await broker.fillsSince('BTCUSDT', 0)).toHaveLength(2);
    expect(await broker.fillsSince('ETHUSDT', 0)).toEqual([]);
  });
});

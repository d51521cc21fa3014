import { afterEach, describe, expect, it } from 'vitest';
import { BusHistory, CHECKPOINT_FILE, RECORDS_BETWEEN } from '../../src/actors/bus-history.ts';
import { positionHistory } from '../../src/actors/position-history.ts';
import { holdingsOf } from '../../src/actors/positions-file.ts';
import {
  bookedBeforeIn,
  forgottenIn,
  lastIdeaIn,
  Retention,
  replacedIn,
  TRADED_KEPT_FOR_S,
} from '../../src/actors/retention.ts';
import { SignalRegistry } from '../../src/actors/signal-registry.ts';
import { tradeHistory } from '../../src/actors/trade-history.ts';
import type { SignalState } from '../../src/machines/messages.ts';
import type { LogRecord } from '../../src/ports/event-log.ts';
import { fc } from '../fast-check.ts';
import { type TestHabitat, testHabitat } from './habitat.ts';
import { protectedBot } from './protected-bot.ts';
import { NOW, position } from './samples.ts';

const open: TestHabitat[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.end();
});
const world = async () => {
  const habitat = await testHabitat();
  open.push(habitat);
  await habitat.world.bus.open({ create: 'always' });
  return habitat.world;
};

const LIVES: readonly (readonly SignalState[])[] = [
  [],
  ['evaluating'],
  ['evaluating', 'blocked'],
  ['evaluating', 'blocked', 'learned'],
  ['evaluating', 'approved', 'executing'],
  ['evaluating', 'approved', 'executing', 'executed'],
  ['evaluating', 'approved', 'executing', 'executed', 'learned'],
  ['expired'],
  ['evaluating', 'expired'],
];

/** Signals whose lives overlap, over some days; each record an hour or so after the one before. */
const past = fc
  .array(fc.tuple(fc.constantFrom(...LIVES), fc.nat(7_200), fc.boolean()), { minLength: 1, maxLength: 60 })
  .map((signals) => {
    const records: LogRecord[] = [];
    let ts = 1_700_000_000;
    const under: { id: string; state: SignalState; rest: SignalState[] }[] = [];
    const step = (): void => {
      const life = under.shift();
      const next = life?.rest.shift();
      if (!life || !next) return;
      records.push({
        event_type: 'state_change',
        event_id: `e${records.length}`,
        signal_id: life.id,
        old_state: life.state,
        new_state: next,
        ts,
        timestamp: '',
        reason: null,
        metadata: {},
      });
      life.state = next;
      if (life.rest.length > 0) under.push(life);
    };
    for (const [index, [life, pause, trades]] of signals.entries()) {
      ts += pause;
      const id = `BTCUSDT_${index}_0`;
      records.push({
        event_type: 'signal_generated',
        event_id: `e${records.length}`,
        signal_id: id,
        ts,
        timestamp: '',
        source: 'x',
        signal: { symbol: 'BTCUSDT', direction: 'LONG', ts },
        state: 'generated',
      });
      under.push({ id, state: 'generated', rest: [...life] });
      if (trades)
        records.push({ event_type: 'position_change', event_id: `e${records.length}`, signal_id: id, ts, n: index });
      step();
      step();
    }
    while (under.length > 0) step();
    return records;
  });

/** What readers make of a past: counts, what is unfinished, every position, who spoke last, and the trades of the last day. */
function toldBy(records: readonly LogRecord[]) {
  const registry = new SignalRegistry();
  const latest = Math.max(...records.map(({ ts }) => Number(ts ?? 0)));
  for (const raw of records) {
    const forgotten = forgottenIn(raw);
    if (forgotten) registry.alreadyFinished(forgotten);
    const id = String(raw.signal_id);
    const at = Number(raw.ts) * 1_000;
    if (raw.event_type === 'signal_generated') registry.add({ id, symbol: 'BTCUSDT', direction: 'LONG', at });
    if (raw.event_type === 'state_change') registry.setState(id, String(raw.new_state), at, 'open');
  }
  const traded = new Set(
    records.filter(({ new_state }) => new_state === 'executed').map(({ signal_id }) => String(signal_id)),
  );
  const ids = [...new Set(records.map(({ signal_id }) => String(signal_id)))];
  const unfinished = ids.filter((id) => {
    const state = registry.get(id)?.state;
    return state !== undefined && state !== 'learned' && state !== 'expired';
  });
  return {
    counts: registry.counts(),
    unfinished: unfinished.map((id) => `${id} ${registry.get(id)?.state}`),
    positions: records.filter(({ event_type }) => event_type === 'position_change').map(({ n }) => n),
    spokeLast: Math.max(
      ...records.map((raw) =>
        Number((lastIdeaIn(raw) ?? (raw.event_type === 'signal_generated' ? raw : null))?.ts ?? 0),
      ),
    ),
    tradedLately: records
      .filter(({ signal_id, ts }) => latest - Number(ts) < TRADED_KEPT_FOR_S && traded.has(String(signal_id)))
      .map(({ event_id }) => event_id),
  };
}
const all = async (history: { replay(): AsyncIterable<LogRecord> }): Promise<LogRecord[]> => {
  const records: LogRecord[] = [];
  for await (const record of history.replay()) records.push(record);
  return records;
};

describe('the past of the bus', () => {
  it('is told once, though an incarnation that ends late goes over it as well', async () => {
    const w = await world();
    const { bus } = w;
    const history = new BusHistory(w);
    for (let n = 1; n <= 50; n++) await bus.append({ event_type: 'position_change', event_id: `e${n}`, ts: n });
    await Promise.all([history.catchUp(), history.catchUp()]);
    const told: unknown[] = [];
    for await (const { event_id } of history.replay()) told.push(event_id);
    expect(told).toEqual(Array.from({ length: 50 }, (_, index) => `e${index + 1}`));
    await history.save();
    expect(history.unsaved).toBe(0);
  });

  it('names no two records alike, though chance begins anew with every process', async () => {
    const w = await world();
    const idsOf = (epoch: number) => {
      const history = new BusHistory({ ...w, lease: { ...w.lease, epoch } });
      return [history.newEventId(), history.newEventId()];
    };
    expect(new Set([...idsOf(1), ...idsOf(2)]).size).toBe(4);
    expect(idsOf(1)).toEqual(idsOf(1));
  });

  it('is the same from the log, from memory, and from a checkpoint made at any record', async () => {
    await fc.assert(
      fc.asyncProperty(past, fc.double({ min: 0, max: 1, noNaN: true }), async (records, where) => {
        const w = await world();
        const live = new BusHistory(w);
        await live.catchUp();
        const cut = Math.floor(where * records.length);
        for (const record of records.slice(0, cut)) live.take(record, await w.bus.append(record));
        if (cut > 0) await live.save();
        for (const record of records.slice(cut)) live.take(record, await w.bus.append(record));
        const fromLog = toldBy(await all(w.bus));
        expect(toldBy(await all(live))).toEqual(fromLog);
        const again = new BusHistory(w);
        await again.catchUp();
        expect(toldBy(await all(again))).toEqual(fromLog);
        await again.save();
        const third = new BusHistory(w);
        await third.catchUp();
        expect(toldBy(await all(third))).toEqual(fromLog);
      }),
      { numRuns: 60 },
    );
  });

  it('is told to who only looks, and nothing is written for him, whatever the checkpoint is', async () => {
    const w = await world();
    for (let n = 0; n < RECORDS_BETWEEN; n++)
      await w.bus.append({ event_type: 'signal_decision', event_id: `e${n}`, ts: n });
    const look = async (): Promise<number> => {
      const history = new BusHistory(w, { looksOnly: true });
      await history.catchUp();
      return (await all(history)).length;
    };
    const told = await look();
    expect(await w.files.read(CHECKPOINT_FILE)).toBe(null);
    const ahead = { version: 1, offset: 1e9, seq: 1e6, event_id: 'x', taken: 1e6, records: [] };
    await w.files.writeWhole(CHECKPOINT_FILE, new TextEncoder().encode(JSON.stringify(ahead)));
    expect(await look()).toBe(told);
    // What it says of a log that went further is the healer's to see.
    expect(JSON.parse(new TextDecoder().decode((await w.files.read(CHECKPOINT_FILE)) ?? undefined))).toEqual(ahead);
    expect(await w.files.list('quarantine')).toEqual([]);
  });

  it('forgets what is over, and only its number stays', async () => {
    const w = await world();
    const history = new BusHistory(w);
    await history.catchUp();
    for (let n = 0; n < 2_000; n++) {
      const id = `S_${n}`;
      for (const record of [
        { event_type: 'signal_generated', event_id: `${n}a`, signal_id: id, ts: n * 600 },
        { event_type: 'state_change', event_id: `${n}b`, signal_id: id, new_state: 'expired', ts: n * 600 },
      ])
        history.take(record, await w.bus.append(record));
    }
    const records = await all(history);
    expect(records.length).toBeLessThan(20);
    expect(toldBy(records).counts.expired).toBe(2_000);
  });

  it('is read from the log when the checkpoint is torn, belongs to another log, or goes beyond this one', async () => {
    const w = await world();
    const history = new BusHistory(w);
    await history.catchUp();
    const records = Array.from({ length: 20 }, (_, n) => ({
      event_type: 'signal_generated',
      event_id: `e${n}`,
      signal_id: `S_${n}`,
      ts: n,
    }));
    for (const record of records) history.take(record, await w.bus.append(record));
    await history.save();
    const good = await w.files.read(CHECKPOINT_FILE);
    if (!good) throw new Error('there is no checkpoint');
    const text = new TextDecoder().decode(good);
    for (const wrong of [
      text.slice(0, 300),
      text.replace(/"event_id":"e19"/, '"event_id":"other"'),
      text.replace(/"offset":\d+/, '"offset":999999'),
      text.replace(/"offset":\d+/, '"offset":37'),
      text.replace(/"version":1/, '"version":2'),
    ]) {
      await w.files.writeWhole(CHECKPOINT_FILE, new TextEncoder().encode(wrong));
      const again = new BusHistory(w);
      await again.catchUp();
      expect((await all(again)).map(({ event_id }) => event_id)).toEqual(records.map(({ event_id }) => event_id));
      expect((await w.quarantine.list()).at(-1)?.source).toBe(CHECKPOINT_FILE);
    }
  });

  it('tells what somebody else appended, too', async () => {
    const w = await world();
    const history = new BusHistory(w);
    await history.catchUp();
    const ours = { event_type: 'signal_generated', event_id: 'a', signal_id: 'S', ts: 1 };
    history.take(ours, await w.bus.append(ours));
    await w.bus.append({ event_type: 'state_change', event_id: 'b', signal_id: 'S', new_state: 'expired', ts: 2 });
    expect((await all(history)).map(({ event_id }) => event_id)).toEqual(['a', 'b']);
  });

  it('tells whoever trades of a booking that gets into the log when that has been read', async () => {
    const w = await world();
    const history = new BusHistory(w);
    await history.catchUp();
    const held = position();
    const { signalId, symbol, orderId, qty } = held;
    const bought = { clientOrderId: 'k-1-E', orderId, symbol, side: 'BUY', qty, price: 100_000, feeUsd: 1.5 } as const;
    const fill = { fillId: 'F1', ...bought, complete: true, at: NOW };
    const change = { change: 'opened', gate: null, position: held } as const;
    history.unlogged.set('F1', { booking: { ...change, fillId: 'F1', at: NOW, fill } });
    const times = { ts: NOW / 1_000, timestamp: new Date(NOW).toISOString() };
    const ids = { event_id: 'a', signal_id: signalId, fill_id: 'F1' };
    const record = { event_type: 'position_change', ...ids, ...times, ...change, fill, closed: null };
    const { book } = await tradeHistory({
      unlogged: history.unlogged,
      replay: async function* () {
        yield* history.replay();
        history.take(record, await w.bus.append(record));
      },
    });
    expect(book.knows('F1')).toBe(true);
    expect(book.open()).toEqual([held]);
  });
});

it('keeps of the stops of a position those that may still rest, and none when it is closed', () => {
  const retention = new Retention();
  const stop = (n: number, ...beside: string[]): LogRecord => ({
    event_type: 'order_intent',
    signal_id: 'a',
    intent: { purpose: 'stop', clientOrderId: `S${n}` },
    beside,
  });
  const kept = () =>
    retention
      .records()
      .filter((record) => replacedIn(record) === null)
      .map(({ intent }) => (intent as { clientOrderId: string })?.clientOrderId);
  retention.take(stop(1));
  retention.take(stop(2, 'S1'));
  expect(kept()).toEqual(['S1', 'S2']);
  for (let n = 3; n < 100; n++) retention.take(stop(n, `S${n - 1}`));
  expect(kept()).toEqual(['S98', 'S99']);
  retention.take({ event_type: 'position_change', signal_id: 'a', position: { qty: 0.01 } });
  expect(kept()).toEqual(['S98', 'S99', undefined]);
  retention.take({ event_type: 'position_change', signal_id: 'a', position: { qty: 0 } });
  expect(kept()).toEqual([undefined, undefined]);
});

it('keeps the names of stops that were replaced or whose position was closed until the signal has learned', () => {
  const stop = (n: number, ...beside: string[]): LogRecord => ({
    event_type: 'order_intent',
    signal_id: 'a',
    intent: { purpose: 'stop', clientOrderId: `S${n}` },
    beside,
  });
  let retention = new Retention();
  const names = () => retention.records().flatMap((record) => replacedIn(record)?.names ?? []);
  /** As the next start has it. */
  const reread = (): void => {
    const { taken } = retention;
    const next = new Retention();
    for (const record of retention.records()) next.take(record);
    next.taken = taken;
    retention = next;
  };
  retention.take(stop(1));
  retention.take(stop(2, 'S1'));
  expect(names()).toEqual([]);
  retention.take(stop(3, 'S2'));
  expect(names()).toEqual(['S1']);
  reread();
  retention.take(stop(4, 'S3'));
  expect(names()).toEqual(['S1', 'S2']);
  expect(retention.taken).toBe(4);
  retention.take({ event_type: 'position_change', signal_id: 'a', position: { qty: 0 } });
  reread();
  expect(names()).toEqual(['S1', 'S2', 'S3', 'S4']);
  retention.take({ event_type: 'state_change', signal_id: 'a', new_state: 'learned', ts: 1 });
  expect(names()).toEqual([]);
});

describe('of trades that are over', () => {
  const told = (records: readonly LogRecord[]) => ({
    replay: async function* () {
      yield* records;
    },
  });
  const retained = (records: readonly LogRecord[]): readonly LogRecord[] => {
    const retention = new Retention();
    for (const record of records) retention.take(record);
    return retention.records();
  };

  it('is kept what each came to, and that its changes were booked: the books are the same', async () => {
    const t = await protectedBot();
    open.push(t);
    const trade = async () => {
      await t.advance(60_000);
      await t.move(100_000);
      await t.enter();
      await t.move(101_100);
      await t.advance(3_000);
      await t.move(102_100);
      await t.advance(3_000);
      t.exchange.fund('BTCUSDT', -0.2);
      await t.advance(1_000);
      await t.move(100_900);
      await t.advance(5_000);
    };
    await trade();
    t.exchange.fees = { asset: 'BNB', rate: 0.0004 };
    await trade();
    t.exchange.fees = null;
    // What nobody has seen filled is booked without a fill.
    await t.advance(60_000);
    await t.move(100_000);
    await t.enter();
    const fillsSince = t.exchange.fillsSince.bind(t.exchange);
    t.exchange.fillsSince = async () => [];
    t.exchange.script.news = () => 'lost';
    const unseen = t.exchange.byHand('BTCUSDT', 'SELL', 0.01);
    t.exchange.doubt('the stream was cut');
    await t.advance(1_000);
    const order = { incident: 'i-1', reason: 'r', from: 'healingOperator', evidence: { says: '', figures: {} } };
    await t.post('tradeExecution', { type: 'REPAIR', target: 'reconcile', ...order });
    await t.advance(2_000);
    t.exchange.calm();
    t.exchange.fillsSince = fillsSince;
    await t.move(98_400);
    await t.advance(5_000);
    const over = await t.bus();
    await t.advance(60_000);
    await t.move(100_000);
    await t.enter();
    const ts = Number(over.at(-1)?.ts) + TRADED_KEPT_FOR_S;
    const later = {
      event_type: 'state_change',
      event_id: 'z',
      signal_id: 'Z',
      new_state: 'expired',
      ts,
      timestamp: '',
    };
    const records: LogRecord[] = [...(await t.bus()), later];

    const kept = retained(records);
    const again = retained(kept);
    expect(again).toEqual(kept);
    const bytes = (some: readonly LogRecord[]) => JSON.stringify(some).length;
    const ofOpen = records.slice(over.length);
    expect(bytes(kept) - bytes(ofOpen)).toBeLessThan(bytes(over) / 4);
    const before = kept.filter((record) => bookedBeforeIn(record));
    expect(new Set(before.map(({ funding }) => funding))).toEqual(new Set([true, false]));

    const full = await tradeHistory(told(records));
    const short = await tradeHistory(told(kept));
    expect(full.book.closed).toHaveLength(3);
    expect(full.book.openCount).toBe(1);
    expect(full.book.feesElsewhereUsd).toBeGreaterThan(0);
    for (const what of ['closed', 'totals', 'changes', 'feesElsewhereUsd', 'firstOpenedAt', 'lastFundingAt'] as const)
      expect(short.book[what], what).toEqual(full.book[what]);
    expect(short.book.open()).toEqual(full.book.open());
    expect(short.book.lastFilledAt('BTCUSDT')).toBe(full.book.lastFilledAt('BTCUSDT'));
    expect([short.book.contains(full.book), full.book.contains(short.book)]).toEqual([true, true]);
    expect(full.book.hasCounted(unseen, undefined)).toBe(true);
    expect(short.book.hasCounted(unseen, undefined)).toBe(true);
    expect(short.desk.live().map(({ intent }) => intent)).toEqual(full.desk.live().map(({ intent }) => intent));
    const { book, heldThen } = await positionHistory(told(kept), full.book.changes);
    expect(book.closed).toEqual((await positionHistory(told(records), null)).book.closed);
    expect(heldThen).toBe(holdingsOf(full.book.open()));
  });

  it('nothing is folded while its position is held, or may be again', () => {
    const ids = { event_id: 'a', signal_id: 'S', timestamp: '' };
    const final = { event_type: 'state_change', ...ids, new_state: 'learned', ts: 1 };
    const later = { ...final, signal_id: 'T', ts: 1 + TRADED_KEPT_FOR_S };
    const held = { event_type: 'position_change', ...ids, ts: 1, position: { qty: 0.01 } };
    const exit = { event_type: 'order_intent', ...ids, ts: 1, intent: { purpose: 'exit', clientOrderId: 'X1' } };
    expect(retained([held, exit, final, later])).toEqual(expect.arrayContaining([held, exit]));
  });
});

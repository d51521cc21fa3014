import { describe, expect, it } from 'vitest';
import { SIGNAL_BUS_FILE } from '../../src/actors/records.ts';
import { SHADOW_FILE, shadowEngineActor } from '../../src/actors/shadow-engine.ts';
import { signalBusActor } from '../../src/actors/signal-bus.ts';
import type { Candle, Signal } from '../../src/machines/messages.ts';
import { bar, START } from './habitat.ts';
import { type Laboratory, laboratories } from './laboratory.ts';

const laboratory = laboratories();
const MINUTE = 60_000;
const begin = async (): Promise<Laboratory> => {
  const t = await laboratory({ symbols: ['BTCUSDT', 'ETHUSDT'], pace: { lookMs: 3_600_000 } });
  await t.start('signalBus', signalBusActor);
  await t.start('shadowEngine', shadowEngineActor);
  return t;
};
const restart = async (t: Laboratory, how: 'stop' | 'cut' = 'stop') => {
  if (how === 'stop') await t.stop('shadowEngine');
  else t.cut('shadowEngine');
  await t.start('shadowEngine', shadowEngineActor);
};
const emit = async (t: Laboratory, name: string, change: Partial<Signal> = {}): Promise<string> => {
  const signal = t.signal(name, change);
  await t.post('signalBus', { type: 'EMIT', signal });
  return signal.signalId;
};
const state = (t: Laboratory, signal_id: string, new_state: string, metadata: object = {}) =>
  t.post('signalBus', {
    type: 'APPEND',
    record: { event_type: 'state_change', signal_id, old_state: 'evaluating', new_state, reason: null, metadata },
  });
const blocked = async (t: Laboratory, name: string, change: Partial<Signal> = {}): Promise<string> => {
  const id = await emit(t, name, change);
  await state(t, id, 'blocked', { blocker: 'FeeGate' });
  return id;
};
/** A bar a minute later. */
const minute = async (t: Laboratory, close: number, change: Partial<Candle> = {}, symbol = 'BTCUSDT') => {
  await t.advance(MINUTE);
  await t.tick([bar(symbol, close, t.clock.now(), change)], ['shadowEngine']);
};
const work = ({ snapshot }: Laboratory) => snapshot('shadowEngine').value.running.work;
const context = ({ snapshot }: Laboratory) => snapshot('shadowEngine').context;
const learned = (t: Laboratory) => t.sent('stateMachine', 'TRANSITION').map(({ signalId, to }) => `${signalId} ${to}`);
const outcomes = async (t: Laboratory) =>
  (await t.records(SHADOW_FILE)).map(({ signal_id, exit_reason }) => `${signal_id} ${exit_reason}`);

describe('a shadow trade', () => {
  it('of a blocked signal is written down with every figure, and the signal is learned from', async () => {
    const t = await begin();
    const id = await blocked(t, 'a');
    expect(work(t)).toMatchObject({ book: 'tracking' });
    expect(context(t).open).toBe(1);
    await minute(t, 102_500, { open: 100_100, high: 102_600 });
    expect(await t.records(SHADOW_FILE)).toEqual([
      {
        event_type: 'shadow_trade_outcome',
        signal_id: id,
        shadow_trade_id: `shadow_${id}`,
        symbol: 'BTCUSDT',
        direction: 'LONG',
        entry_price: 100_000,
        exit_price: 102_000,
        exit_timestamp: '2026-01-05T00:01:00.000Z',
        pnl: 20,
        pnl_pct: 0.02,
        net_pct: 0.0185,
        hold_time_seconds: 60,
        was_profitable: true,
        original_decision: 'BLOCKED',
        blocker_component: 'FeeGate',
        exit_reason: 'take_profit',
        timestamp: '2026-01-05T00:01:00.000Z',
        ts: START / 1000 + 60,
      },
    ]);
    expect(t.sent('stateMachine', 'TRANSITION')).toEqual([
      {
        type: 'TRANSITION',
        signalId: id,
        to: 'learned',
        reason: 'shadow outcome',
        metadata: { pnl_pct: 0.02, exit_reason: 'take_profit', exit_price: 102_000 },
        by: 'shadowEngine',
      },
    ]);
    expect(work(t)).toMatchObject({ book: 'empty' });
  });

  it('of a signal sold short wins where the price falls, and loses where it rises', async () => {
    const t = await begin();
    const won = await blocked(t, 'a', { direction: 'SHORT' });
    await minute(t, 97_900, { open: 99_000 });
    const lost = await blocked(t, 'b', { direction: 'SHORT', price: 97_900 });
    await minute(t, 99_500, { open: 98_000 });
    expect(await t.records(SHADOW_FILE)).toMatchObject([
      { signal_id: won, exit_reason: 'take_profit', exit_price: 98_000, pnl: 20, was_profitable: true },
      {
        signal_id: lost,
        exit_reason: 'stop_loss',
        exit_price: 99_368.5,
        pnl: -15,
        pnl_pct: -0.015,
        was_profitable: false,
      },
    ]);
  });

  it('loses at -1.5 %, also when the same bar reached the target', async () => {
    const t = await begin();
    await blocked(t, 'a');
    await minute(t, 100_000, { high: 102_500, low: 98_400 });
    expect(await t.records(SHADOW_FILE)).toMatchObject([
      {
        exit_reason: 'stop_loss',
        exit_price: 98_500,
        pnl: -15,
        pnl_pct: -0.015,
        net_pct: -0.0165,
        was_profitable: false,
      },
    ]);
  });

  it('ends after four hours at the price of then', async () => {
    const t = await begin();
    await blocked(t, 'a');
    await t.advance(239 * MINUTE - MINUTE);
    await minute(t, 100_500);
    expect(await outcomes(t)).toEqual([]);
    await minute(t, 100_400);
    expect(await t.records(SHADOW_FILE)).toMatchObject([
      { exit_reason: 'timeout', exit_price: 100_400, pnl: 4, hold_time_seconds: 14_400 },
    ]);
  });

  it('ends with its signal when that expires, at the last price, and nothing is learned', async () => {
    const t = await begin();
    const id = await emit(t, 'a');
    await minute(t, 100_700);
    await state(t, id, 'expired');
    expect(await t.records(SHADOW_FILE)).toMatchObject([
      {
        exit_reason: 'signal_expired',
        exit_price: 100_700,
        pnl: 7,
        original_decision: 'EXPIRED',
        blocker_component: null,
        ts: START / 1000 + 60,
      },
    ]);
    expect(learned(t)).toEqual([]);
  });

  it('of a signal that expired before any price came ends where it began', async () => {
    const t = await begin();
    const id = await emit(t, 'a');
    await state(t, id, 'expired');
    expect(await t.records(SHADOW_FILE)).toMatchObject([{ exit_price: 100_000, pnl: 0, pnl_pct: 0 }]);
  });

  it('of an approved signal is followed too, but not learned from: its position teaches', async () => {
    const t = await begin();
    const id = await emit(t, 'a');
    await state(t, id, 'approved');
    await minute(t, 102_500);
    expect(await t.records(SHADOW_FILE)).toMatchObject([{ original_decision: 'APPROVED', blocker_component: null }]);
    expect(learned(t)).toEqual([]);
  });

  it('is one a signal: told twice, or after its end, it opens none', async () => {
    const t = await begin();
    const signal = t.signal('a');
    await t.post('signalBus', { type: 'EMIT', signal });
    await t.post('signalBus', { type: 'EMIT', signal });
    expect(context(t).open).toBe(1);
    await minute(t, 102_500);
    await t.post('signalBus', { type: 'EMIT', signal });
    expect(context(t).open).toBe(0);
    await minute(t, 102_500);
    expect(await outcomes(t)).toHaveLength(1);
  });

  it('that ends before the decision is learned from when the signal is blocked', async () => {
    const t = await begin();
    const id = await emit(t, 'a');
    await minute(t, 102_500);
    expect(learned(t)).toEqual([]);
    await state(t, id, 'blocked');
    expect(learned(t)).toEqual([`${id} learned`]);
  });

  it('looks at prices of its own symbol only', async () => {
    const t = await begin();
    await blocked(t, 'a');
    await minute(t, 50_000, {}, 'ETHUSDT');
    expect(context(t)).toMatchObject({ open: 1, lastTickAt: t.clock.now() });
    expect(await outcomes(t)).toEqual([]);
  });
});

describe('a restart', () => {
  it.each(['stop', 'cut'] as const)('(%s) rebuilds open trades from the bus, and ends each once', async (how) => {
    const t = await begin();
    const ended = await blocked(t, 'a');
    await minute(t, 102_500);
    const open = await blocked(t, 'b');
    const unblocked = await emit(t, 'c');
    await restart(t, how);
    expect(context(t).open).toBe(2);
    await minute(t, 102_500);
    expect(await outcomes(t)).toEqual([`${ended} take_profit`, `${open} take_profit`, `${unblocked} take_profit`]);
    expect((await t.records(SHADOW_FILE))[1]).toMatchObject({
      original_decision: 'BLOCKED',
      blocker_component: 'FeeGate',
    });
    expect(learned(t).filter((line) => line === `${open} learned`)).toHaveLength(1);
    await restart(t, how);
    expect(context(t).open).toBe(0);
    expect(await outcomes(t)).toHaveLength(3);
  });

  it('takes the mail that came meanwhile', async () => {
    const t = await begin();
    await t.stop('shadowEngine');
    const id = await blocked(t, 'a');
    await minute(t, 102_500);
    await t.start('shadowEngine', shadowEngineActor);
    await t.settle();
    expect(await outcomes(t)).toEqual([`${id} take_profit`]);
    expect(learned(t)).toEqual([`${id} learned`]);
  });

  it('draws the lesson that the last incarnation could not tell any more, and no lesson twice', async () => {
    const t = await begin();
    const id = await blocked(t, 'a');
    await minute(t, 102_500);
    t.posts.length = 0;
    await restart(t);
    expect(learned(t)).toEqual([`${id} learned`]);
    await state(t, id, 'learned');
    t.posts.length = 0;
    await restart(t);
    expect(learned(t)).toEqual([]);
  });

  it('ends the trade of a signal that expired meanwhile', async () => {
    const t = await begin();
    const id = await emit(t, 'a');
    await t.stop('shadowEngine');
    await t.advance(MINUTE);
    t.world.bus.append({
      event_type: 'state_change',
      event_id: 'e',
      signal_id: id,
      old_state: 'generated',
      new_state: 'expired',
      reason: null,
      metadata: {},
      ts: t.clock.now() / 1000,
      timestamp: '',
    });
    await t.advance(MINUTE);
    await t.start('shadowEngine', shadowEngineActor);
    await t.settle();
    expect(await t.records(SHADOW_FILE)).toMatchObject([
      { signal_id: id, exit_reason: 'signal_expired', exit_price: 100_000, hold_time_seconds: 60 },
    ]);
    expect(context(t).open).toBe(0);
  });

  it('that finds an outcome the disk refuses writes it when the disk takes it', async () => {
    const t = await begin();
    const id = await emit(t, 'a');
    await t.stop('shadowEngine');
    await state(t, id, 'expired');
    t.refuse(SHADOW_FILE);
    t.posts.length = 0;
    await t.start('shadowEngine', shadowEngineActor);
    await t.advance(1_000);
    expect(work(t)).toMatchObject({ recording: 'blocked' });
    t.accept();
    await t.advance(1_000);
    expect(await outcomes(t)).toEqual([`${id} signal_expired`]);
    expect(work(t)).toMatchObject({ recording: 'idle' });
  });

  it('of a bot without a past finds nothing', async () => {
    const t = await begin();
    await restart(t);
    expect(work(t)).toEqual({ book: 'empty', recording: 'idle' });
    expect(await t.records(SIGNAL_BUS_FILE)).toEqual([]);
  });
});

describe('a disk that refuses', () => {
  it('holds the lesson back until the outcome is on disk; order is kept, nothing is lost', async () => {
    const t = await begin();
    const first = await blocked(t, 'a');
    const second = await blocked(t, 'b', { price: 102_000 });
    t.refuse(SHADOW_FILE);
    await minute(t, 102_500);
    await minute(t, 104_500);
    expect(work(t)).toMatchObject({ recording: 'blocked' });
    expect(context(t).recorder).toMatchObject({ waiting: 2 });
    expect(learned(t)).toEqual([]);
    t.accept();
    await t.advance(1_000);
    expect(await outcomes(t)).toEqual([`${first} take_profit`, `${second} take_profit`]);
    expect(learned(t)).toEqual([`${first} learned`, `${second} learned`]);
    expect(work(t)).toMatchObject({ recording: 'idle' });
  });

  it('keeps an outcome that comes while another is being written', async () => {
    const t = await begin();
    const first = await blocked(t, 'a');
    const second = await blocked(t, 'b', { symbol: 'ETHUSDT', price: 2_000 });
    const at = t.clock.now() + MINUTE;
    t.whileWriting(SHADOW_FILE, () =>
      t.habitat.mail.post('shadowEngine', { type: 'TICK', tick: { at, candles: [bar('ETHUSDT', 2_100, at)] } }),
    );
    await minute(t, 102_500);
    expect(await outcomes(t)).toEqual([`${first} take_profit`, `${second} take_profit`]);
    expect(learned(t)).toEqual([`${first} learned`, `${second} learned`]);
  });
});

import { describe, expect, it } from 'vitest';
import { SIGNAL_BUS_FILE } from '../../src/actors/records.ts';
import { signalBusActor } from '../../src/actors/signal-bus.ts';
import { PREDICTIONS_FILE, SIGNALS_FILE, signalEngineActor } from '../../src/actors/signal-engine.ts';
import { idea, type Strategy } from '../../src/actors/strategies/strategy.ts';
import type { Features, Signal } from '../../src/machines/messages.ts';
import { START } from './habitat.ts';
import { type Laboratory, laboratories } from './laboratory.ts';
import { features } from './samples.ts';

const laboratory = laboratories();
const MINUTE = 60_000;
/** Has something to say of every bar. */
const talker: Strategy = {
  name: 'talker',
  kind: 'trend',
  think: (known) => idea('talker', known, 'SHORT', 0.6, 'it talks'),
};
const make: (strategies: readonly Strategy[]) => typeof signalEngineActor = (strategies) => (habitat) =>
  signalEngineActor({ ...habitat, settings: { ...habitat.settings, strategies } });
const begin = async (...strategies: Strategy[]): Promise<Laboratory & { restart: () => Promise<void> }> => {
  const t = await laboratory();
  const made = make(strategies.length > 0 ? strategies : [talker]);
  await t.start('signalBus', signalBusActor);
  await t.start('signalEngine', made);
  return {
    ...t,
    restart: async () => {
      await t.stop('signalEngine');
      await t.start('signalEngine', made);
    },
  };
};
/** Features of now. */
const tell = (t: Laboratory, ...changes: Partial<Features>[]) => {
  const at = t.clock.now();
  return t.post('signalEngine', {
    type: 'FEATURES',
    at,
    features: changes.map((change) => features({ at, volatility: 0.0006, rsi: 41, ...change })),
  });
};
const emitted = (t: Laboratory): Signal[] => t.sent('signalBus', 'EMIT').map(({ signal }) => signal as Signal);
const decided = (t: Laboratory, signal: Signal | undefined, change: object = {}) =>
  t.post('signalEngine', {
    type: 'DECIDED',
    signalId: signal?.signalId,
    disposition: 'EXECUTED',
    gate: null,
    reason: null,
    ...change,
  });
const work = ({ snapshot }: Laboratory) => snapshot('signalEngine').value.running.work;
const context = ({ snapshot }: Laboratory) => snapshot('signalEngine').context;
const predicted = async (t: Laboratory) => (await t.records(PREDICTIONS_FILE)).map(({ symbol }) => symbol);
const known = async (t: Laboratory) => (await t.records(SIGNALS_FILE)).map(({ symbol }) => symbol);

describe('the signal engine', () => {
  it('makes an idea a signal with a name, a price and the market of its moment, and predicts', async () => {
    const t = await begin();
    await t.later(1_500);
    await tell(t, { price: 99_000 });
    const [signal] = emitted(t);
    expect(signal).toEqual({
      signalId: expect.stringMatching(new RegExp(`^BTCUSDT_${START + 1_500}_[0-9a-f]{8}$`)),
      symbol: 'BTCUSDT',
      direction: 'SHORT',
      strategy: 'talker',
      confidence: 0.6,
      reason: 'it talks',
      at: START + 1_500,
      price: 99_000,
      features: expect.objectContaining({ price: 99_000, rsi: 41 }),
    });
    expect(await t.records(PREDICTIONS_FILE)).toEqual([
      {
        timestamp: '2026-01-05T00:00:01.500Z',
        ts: START / 1000 + 1.5,
        symbol: 'BTCUSDT',
        direction: 'SHORT',
        strategy: 'talker',
        prob_win: 0.65,
        confidence: 0.6,
        size_mult: 1.1,
        signal_id: signal?.signalId,
      },
    ]);
    expect(context(t)).toMatchObject({ signals: 1, lastFeaturesAt: START + 1_500 });
    expect(work(t)).toMatchObject({ thinking: 'looking' });
    expect((await t.records(SIGNAL_BUS_FILE)).map(({ signal_id }) => signal_id)).toEqual([signal?.signalId]);
  });

  it('has no ideas while indicators are half warm', async () => {
    const t = await begin();
    await tell(t, { stable: false });
    expect(emitted(t)).toEqual([]);
    expect(work(t)).toMatchObject({ thinking: 'warming' });
    await tell(t, { stable: false }, { symbol: 'ETHUSDT' });
    expect(emitted(t).map(({ symbol }) => symbol)).toEqual(['ETHUSDT']);
    expect(work(t)).toMatchObject({ thinking: 'looking' });
  });

  it('shows a strategy the bar before, also an unstable one', async () => {
    const seen: (number | null)[] = [];
    const watcher: Strategy = {
      name: 'watcher',
      kind: 'trend',
      think: (_, previous) => {
        seen.push(previous?.price ?? null);
        return null;
      },
    };
    const t = await begin(watcher);
    await tell(t, { price: 1, stable: false });
    await tell(t, { price: 2 });
    await tell(t, { price: 3 });
    expect(seen).toEqual([1, 2]);
  });

  it('lets a strategy say nothing more of a symbol for fifteen bars; others and other symbols may speak', async () => {
    const t = await begin(talker, { ...talker, name: 'chatter', think: (one) => idea('chatter', one, 'LONG', 1, '') });
    await tell(t, {});
    expect(emitted(t).map(({ strategy }) => strategy)).toEqual(['talker', 'chatter']);
    await t.advance(MINUTE);
    await tell(t, {}, { symbol: 'ETHUSDT' });
    expect(
      emitted(t)
        .slice(2)
        .map(({ symbol }) => symbol),
    ).toEqual(['ETHUSDT', 'ETHUSDT']);
    await t.advance(14 * MINUTE - 1);
    await tell(t, {});
    expect(emitted(t)).toHaveLength(4);
    await t.later(1);
    await tell(t, {});
    expect(emitted(t)).toHaveLength(6);
    expect(new Set(emitted(t).map(({ signalId }) => signalId)).size).toBe(6);
  });

  it('reports progress once a tick went through, with or without signals, and only then', async () => {
    const t = await begin();
    await t.advance(10_000);
    expect(t.sent('heartbeat', 'PROGRESS')).toEqual([]);
    await tell(t, {}, { symbol: 'ETHUSDT', stable: false });
    expect(t.sent('heartbeat', 'PROGRESS')).toEqual([
      { type: 'PROGRESS', at: t.clock.now(), tick: t.clock.now(), what: '2 symbols, 1 signals' },
    ]);
  });

  it.each([
    ['EXECUTED', null, null, false],
    ['BLOCKED', 'FeeGate', 'too dear', true],
    ['SKIPPED', null, 'too old', true],
  ])('writes down what became of a signal: %s', async (disposition, gate, reason, counterfactual) => {
    const t = await begin();
    await t.later(1_500);
    await tell(t, {});
    const [signal] = emitted(t);
    await t.advance(2_000);
    await decided(t, signal, { disposition, gate, reason });
    expect(await t.records(SIGNALS_FILE)).toEqual([
      {
        ts: START / 1000 + 1,
        ts_iso: '2026-01-05T00:00:01.500Z',
        symbol: 'BTCUSDT',
        side: 'SHORT',
        disposition,
        entry_price: 100_000,
        intelligence: { ensemble: 0.6, regime: 'trending', volatility: 0.0006, rsi: 41 },
        block_reason: reason,
        block_gate: gate,
        context: { strategy: 'talker' },
        counterfactual_pending: counterfactual,
        signal_id: signal?.signalId,
      },
    ]);
  });

  it('writes it down once, and nothing of a signal that is not its own', async () => {
    const t = await begin();
    await tell(t, {});
    const [signal] = emitted(t);
    await decided(t, signal);
    await decided(t, signal);
    await decided(t, t.signal('somebody'));
    expect(await t.records(SIGNALS_FILE)).toHaveLength(1);
  });
});

describe('a restart', () => {
  it('keeps a strategy quiet that has spoken before it', async () => {
    const t = await begin();
    await tell(t, {});
    await t.restart();
    await t.advance(MINUTE);
    await tell(t, {}, { symbol: 'ETHUSDT' });
    expect(emitted(t).map(({ symbol }) => symbol)).toEqual(['BTCUSDT', 'ETHUSDT']);
    await t.advance(14 * MINUTE);
    await tell(t, {});
    expect(emitted(t)).toHaveLength(3);
    expect(await predicted(t)).toEqual(['BTCUSDT', 'ETHUSDT', 'BTCUSDT']);
  });

  it('still writes down what becomes of signals from before it, once', async () => {
    const t = await begin();
    await tell(t, {}, { symbol: 'ETHUSDT' });
    const [first, second] = emitted(t);
    await decided(t, first, { disposition: 'BLOCKED', gate: 'FeeGate', reason: 'too dear' });
    await t.restart();
    await decided(t, second);
    await decided(t, first);
    expect(await known(t)).toEqual(['BTCUSDT', 'ETHUSDT']);
    expect((await t.records(SIGNALS_FILE))[1]).toMatchObject({
      intelligence: { ensemble: 0.6, regime: 'trending', volatility: 0.0006, rsi: 41 },
      context: { strategy: 'talker' },
    });
  });

  it('hears decisions that were told meanwhile', async () => {
    const t = await begin();
    await tell(t, {});
    const [signal] = emitted(t);
    await t.stop('signalEngine');
    await decided(t, signal);
    await t.start('signalEngine', make([talker]));
    await t.settle();
    expect(await known(t)).toEqual(['BTCUSDT']);
  });
});

describe('a disk that refuses', () => {
  it('holds back no signal; predictions wait in order, once', async () => {
    const t = await begin();
    t.refuse(PREDICTIONS_FILE);
    await tell(t, {});
    await tell(t, { symbol: 'ETHUSDT' });
    expect(emitted(t)).toHaveLength(2);
    expect(work(t)).toMatchObject({ recording: 'blocked' });
    expect(context(t).recorder).toMatchObject({ waiting: 2, refusal: expect.stringContaining(PREDICTIONS_FILE) });
    t.accept();
    await t.advance(1_000);
    expect(await predicted(t)).toEqual(['BTCUSDT', 'ETHUSDT']);
    expect(work(t)).toMatchObject({ recording: 'idle' });
    expect(context(t).recorder).toMatchObject({ waiting: 0, refusal: null });
  });

  it.each([
    [PREDICTIONS_FILE, SIGNALS_FILE],
    [SIGNALS_FILE, PREDICTIONS_FILE],
  ])('in %s is not forgotten because %s can be written', async (refused, fine) => {
    const t = await begin();
    await tell(t, {});
    const [signal] = emitted(t);
    t.refuse(refused);
    await tell(t, { symbol: 'ETHUSDT' });
    await decided(t, signal);
    await tell(t, { symbol: 'SOLUSDT' });
    await decided(t, emitted(t)[1]);
    expect((await t.records(fine)).length).toBeGreaterThan(1);
    expect(work(t)).toMatchObject({ recording: 'blocked' });
    expect(context(t).recorder).toMatchObject({ waiting: 2, refusal: expect.stringContaining(refused) });
    t.accept();
    await t.advance(1_000);
    expect(await predicted(t)).toEqual(['BTCUSDT', 'ETHUSDT', 'SOLUSDT']);
    expect(await known(t)).toEqual(['BTCUSDT', 'ETHUSDT']);
    expect(work(t)).toMatchObject({ recording: 'idle' });
    expect(context(t).recorder).toMatchObject({ waiting: 0, refusal: null, refusingSince: null });
  });

  it('keeps predictions that come while others are being written', async () => {
    const t = await begin();
    t.whileWriting(PREDICTIONS_FILE, () =>
      t.habitat.mail.post('signalEngine', {
        type: 'FEATURES',
        at: t.clock.now(),
        features: [features({ symbol: 'ETHUSDT' })],
      }),
    );
    await tell(t, {});
    expect(await predicted(t)).toEqual(['BTCUSDT', 'ETHUSDT']);
    expect(work(t)).toMatchObject({ recording: 'idle' });
  });
});

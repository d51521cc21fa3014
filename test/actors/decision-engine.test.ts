import { describe, expect, it } from 'vitest';
import { decisionEngineActor, ENRICHED_FILE, TOO_OLD_MS } from '../../src/actors/decision-engine.ts';
import type { Guard, GuardContext } from '../../src/actors/guards/guard.ts';
import { SIGNAL_BUS_FILE } from '../../src/actors/records.ts';
import { signalBusActor } from '../../src/actors/signal-bus.ts';
import { stateMachineActor } from '../../src/actors/state-machine.ts';
import { OVERDUE_AFTER_MS } from '../../src/machines/decision-engine.ts';
import type { Signal } from '../../src/machines/messages.ts';
import { START } from './habitat.ts';
import { type Laboratory, laboratories } from './laboratory.ts';
import { features, position } from './samples.ts';

const laboratory = laboratories();
const guard = (name: string, passes: boolean | ((context: GuardContext) => boolean), seen?: GuardContext[]): Guard => ({
  name,
  evaluate: (context) => {
    seen?.push(context);
    const does = typeof passes === 'boolean' ? passes : passes(context);
    return { guard: name, passes: does, reason: does ? `${name} is content` : `${name} objects`, figures: { n: 7 } };
  },
});
const begin = async (...guardsAsked: Guard[]): Promise<Laboratory & { restart: () => Promise<void> }> => {
  const t = await laboratory({ pace: { lookMs: 3_600_000 } });
  const make: typeof decisionEngineActor = (habitat) =>
    decisionEngineActor({
      ...habitat,
      settings: { ...habitat.settings, guardsAsked: guardsAsked.length > 0 ? guardsAsked : [guard('Calm', true)] },
    });
  await t.start('signalBus', signalBusActor);
  await t.start('stateMachine', stateMachineActor);
  await t.start('decisionEngine', make);
  return {
    ...t,
    restart: async () => {
      await t.stop('decisionEngine');
      await t.start('decisionEngine', make);
    },
  };
};
const emit = async (t: Laboratory, name: string, change: Partial<Signal> = {}): Promise<Signal> => {
  const signal = t.signal(name, change);
  await t.post('signalBus', { type: 'EMIT', signal });
  return signal;
};
const vetted = (t: Laboratory, { signalId }: Signal, passes = true) =>
  t.post('decisionEngine', {
    type: 'VETTED',
    signalId,
    verdict: { guard: 'SafetyLayer', passes, reason: passes ? 'there is room' : 'no room', figures: {} },
  });
const approve = async (t: Laboratory, name: string, change: Partial<Signal> = {}): Promise<Signal> => {
  const signal = await emit(t, name, change);
  await vetted(t, signal);
  return signal;
};
const states = async (t: Laboratory, { signalId }: Signal) =>
  (await t.records(SIGNAL_BUS_FILE))
    .filter(({ signal_id }) => signal_id === signalId)
    .map(({ state, new_state }) => String(new_state ?? state));
const last = async (t: Laboratory) => (await t.records(SIGNAL_BUS_FILE)).at(-1);
const vets = (t: Laboratory) => t.sent('safetyLayer', 'VET').map(({ signal }) => (signal as Signal).signalId);
const work = ({ snapshot }: Laboratory) => snapshot('decisionEngine').value.running.work;
const context = ({ snapshot }: Laboratory) => snapshot('decisionEngine').context;
const enriched = async (t: Laboratory) =>
  (await t.records(ENRICHED_FILE)).map(({ signal_id, status }) => `${signal_id} ${status}`);

describe('a decision', () => {
  it('is approved when the guards and the safety layer say so: state, records and news agree', async () => {
    const t = await begin(guard('Calm', true), guard('Rich', true));
    const signal = await emit(t, 'a');
    expect(vets(t)).toEqual([signal.signalId]);
    expect(work(t)).toMatchObject({ deciding: 'awaitingVeto' });
    expect(context(t)).toMatchObject({ pending: 1, oldestPendingAt: START });
    expect(await t.records(ENRICHED_FILE)).toEqual([]);
    await t.later(1_500);
    await vetted(t, signal);
    expect(await states(t, signal)).toEqual(['generated', 'evaluating', 'approved']);
    expect(await last(t)).toMatchObject({
      reason: null,
      metadata: { verdicts: ['Calm: Calm is content', 'Rich: Rich is content'] },
    });
    expect(await t.records(ENRICHED_FILE)).toEqual([
      {
        ts: START / 1000 + 1.5,
        symbol: 'BTCUSDT',
        strategy: 'ema_cross',
        signal_ctx: { ensemble: 0.6, regime: 'trending', side: 'LONG', volatility: 0.0006, rsi: 50 },
        outcome: { executed: true, block_reason: null },
        status: 'approved',
        signal_id: signal.signalId,
      },
    ]);
    expect(t.sent('decisionTracker', 'TRACK')).toEqual([
      {
        type: 'TRACK',
        record: {
          event_type: 'signal_decision',
          signal_id: signal.signalId,
          decision: 'APPROVED',
          blocker_component: null,
          blocker_reason: null,
          market_snapshot: {
            price: 100_000,
            spread: 5,
            spread_bps: 0.5,
            volatility: 0.0006,
            regime: 'trending',
            funding_rate: 0.0001,
            timestamp: '2026-01-05T00:00:00.000Z',
          },
          signal_metadata: {
            symbol: 'BTCUSDT',
            direction: 'LONG',
            strategy: 'ema_cross',
            confidence: 0.6,
            entry_reason: 'a test',
          },
          verdicts: [
            { guard: 'Calm', passes: true, reason: 'Calm is content' },
            { guard: 'Rich', passes: true, reason: 'Rich is content' },
            { guard: 'SafetyLayer', passes: true, reason: 'there is room' },
          ],
          timestamp: '2026-01-05T00:00:01.500Z',
          ts: START / 1000 + 1.5,
        },
      },
    ]);
    expect(t.sent('signalEngine', 'DECIDED')).toEqual([
      { type: 'DECIDED', signalId: signal.signalId, disposition: 'EXECUTED', gate: null, reason: null },
    ]);
    expect(work(t)).toMatchObject({ deciding: 'idle' });
    expect(context(t)).toMatchObject({ pending: 0, oldestPendingAt: null });
  });

  it('is blocked by the first guard that objects; all are asked, and the safety layer is not', async () => {
    const asked: GuardContext[] = [];
    const t = await begin(guard('Calm', true), guard('Fees', false), guard('Rich', false, asked));
    const signal = await emit(t, 'a');
    expect(asked).toHaveLength(1);
    expect(vets(t)).toEqual([]);
    expect(await states(t, signal)).toEqual(['generated', 'evaluating', 'blocked']);
    expect(await last(t)).toMatchObject({
      reason: 'Fees: Fees objects',
      metadata: {
        blocker: 'Fees',
        blocked_by: ['Fees', 'Rich'],
        passed_by: ['Calm'],
        // Nobody has told the decision engine that entries are open: what is not known speaks against it.
        foretold_by: ['SafetyLayer'],
        size: null,
        figures: { n: 7 },
      },
    });
    expect(await t.records(ENRICHED_FILE)).toMatchObject([
      { outcome: { executed: false, block_reason: 'Fees objects' }, status: 'blocked' },
    ]);
    expect(t.sent('decisionTracker', 'TRACK')).toMatchObject([
      { record: { decision: 'BLOCKED', blocker_component: 'Fees', blocker_reason: 'Fees objects' } },
    ]);
    expect(t.sent('signalEngine', 'DECIDED')).toMatchObject([
      { disposition: 'BLOCKED', gate: 'Fees', reason: 'Fees objects' },
    ]);
  });

  it('is blocked by the veto of the safety layer', async () => {
    const t = await begin();
    const signal = await emit(t, 'a');
    await vetted(t, signal, false);
    expect(await states(t, signal)).toEqual(['generated', 'evaluating', 'blocked']);
    expect(await last(t)).toMatchObject({
      reason: 'SafetyLayer: no room',
      metadata: { blocker: 'SafetyLayer', blocked_by: ['SafetyLayer'] },
    });
    expect(t.sent('signalEngine', 'DECIDED')).toMatchObject([{ gate: 'SafetyLayer' }]);
  });

  it('is not made of a market that is gone: the signal expires, and no guard is asked', async () => {
    const asked: GuardContext[] = [];
    const t = await begin(guard('Calm', true, asked));
    const young = await emit(t, 'young', { at: t.clock.now() - TOO_OLD_MS });
    const old = await emit(t, 'old', { at: t.clock.now() - TOO_OLD_MS - 1_000 });
    expect(asked.map(({ signal }) => signal.signalId)).toEqual([young.signalId]);
    expect(await states(t, old)).toEqual(['generated', 'expired']);
    expect(await last(t)).toMatchObject({ reason: 'it was 601 s old when it could be decided' });
    expect(t.sent('decisionTracker', 'TRACK')).toMatchObject([
      { record: { decision: 'EXPIRED', blocker_component: null } },
    ]);
    expect(t.sent('signalEngine', 'DECIDED')).toMatchObject([{ signalId: old.signalId, disposition: 'SKIPPED' }]);
    expect(await enriched(t)).toEqual([`${old.signalId} expired`]);
  });

  it('is one a signal: asked twice, vetted twice, or vetted unasked, it is recorded once', async () => {
    const t = await begin();
    const signal = await emit(t, 'a');
    await t.post('decisionEngine', { type: 'DECIDE', signal, state: 'evaluating' });
    expect(vets(t)).toHaveLength(1);
    await vetted(t, signal);
    await vetted(t, signal);
    await vetted(t, signal, false);
    await vetted(t, t.signal('nobody'));
    expect(await states(t, signal)).toEqual(['generated', 'evaluating', 'approved']);
    expect(await enriched(t)).toEqual([`${signal.signalId} approved`]);
    expect(t.sent('decisionTracker', 'TRACK')).toHaveLength(1);
  });

  it('knows the latest market of every symbol and the account as last told', async () => {
    const asked: GuardContext[] = [];
    const t = await begin(guard('Calm', false, asked));
    await t.post('decisionEngine', {
      type: 'FEATURES',
      at: START,
      features: [features({ price: 99_000, at: START }), features({ symbol: 'ETHUSDT', price: 2_000 })],
    });
    const held = position({ symbol: 'ETHUSDT' });
    await t.post('decisionEngine', {
      type: 'EXPOSURE',
      equityUsd: 9_000,
      pnlTodayUsd: -50,
      openPositions: [held],
      entriesOpen: true,
      why: '',
    });
    await emit(t, 'a');
    expect(asked[0]).toMatchObject({ equityUsd: 9_000, pnlTodayUsd: -50, openPositions: [held] });
    expect(asked[0]?.features.get('ETHUSDT')?.price).toBe(2_000);
    expect(t.sent('decisionTracker', 'TRACK')).toMatchObject([{ record: { market_snapshot: { price: 99_000 } } }]);
  });

  it('counts what is approved and no position yet: two signals of a tick do not both get the last place', async () => {
    const t = await begin(guard('Single', ({ entriesUnderWay }) => entriesUnderWay.length === 0));
    const first = await approve(t, 'a');
    const second = await emit(t, 'b', { symbol: 'ETHUSDT' });
    expect(await states(t, second)).toContain('blocked');
    await t.post('decisionEngine', {
      type: 'EXPOSURE',
      equityUsd: 9_000,
      pnlTodayUsd: 0,
      openPositions: [position({ signalId: first.signalId })],
      entriesOpen: true,
      why: '',
    });
    const third = await emit(t, 'c', { symbol: 'ETHUSDT' });
    await vetted(t, third, false);
    const fourth = await emit(t, 'd', { symbol: 'ETHUSDT' });
    expect(vets(t)).toEqual([first.signalId, third.signalId, fourth.signalId]);
  });

  it('that waits too long for the veto makes the engine overdue, until it comes', async () => {
    const t = await begin();
    const signal = await emit(t, 'a');
    await t.advance(OVERDUE_AFTER_MS);
    expect(work(t)).toMatchObject({ deciding: 'awaitingVeto' });
    await t.advance(1_000);
    expect(work(t)).toMatchObject({ deciding: 'overdue' });
    await vetted(t, signal);
    expect(work(t)).toMatchObject({ deciding: 'idle' });
  });
});

describe('the decision engine', () => {
  it('does not know whether entries are open before the safety layer has spoken, and asks', async () => {
    const t = await begin();
    expect(t.sent('safetyLayer', 'TELL_EXPOSURE')).toHaveLength(1);
    expect(work(t)).toMatchObject({ entries: 'unknown' });
    const exposure = { type: 'EXPOSURE', equityUsd: 1, pnlTodayUsd: 0, openPositions: [] };
    await t.post('decisionEngine', { ...exposure, entriesOpen: false, why: 'the kill switch is on' });
    expect(work(t)).toMatchObject({ entries: 'closed' });
    expect(context(t)).toMatchObject({ entriesOpen: false, entriesWhy: 'the kill switch is on' });
    await t.post('decisionEngine', { ...exposure, entriesOpen: true, why: '' });
    expect(work(t)).toMatchObject({ entries: 'open' });
  });

  it('remembers over a restart what was approved within the hour, so that no cap is lifted by it', async () => {
    const asked: GuardContext[] = [];
    const t = await begin(guard('Cap', true, asked));
    const old = await approve(t, 'old');
    await t.advance(1_800_000);
    const young = await approve(t, 'young', { symbol: 'ETHUSDT' });
    const at = t.clock.now();
    await emit(t, 'refused', { symbol: 'SOLUSDT' });
    await t.restart();
    asked.length = 0;
    await emit(t, 'a');
    expect(asked[0]?.approvals.map(({ signalId }) => signalId)).toEqual([old.signalId, young.signalId]);
    expect(asked[0]?.approvals[1]).toEqual({ signalId: young.signalId, symbol: 'ETHUSDT', at });
    await t.advance(1_800_000);
    await emit(t, 'b');
    expect(asked[1]?.approvals.map(({ signalId }) => signalId)).toEqual([young.signalId]);
  });

  it('decides after a restart what was told meanwhile', async () => {
    const t = await begin();
    await t.stop('decisionEngine');
    const signal = await emit(t, 'a');
    expect(vets(t)).toEqual([]);
    await t.restart();
    await t.settle();
    await vetted(t, signal);
    expect(await states(t, signal)).toEqual(['generated', 'evaluating', 'approved']);
    expect(await enriched(t)).toEqual([`${signal.signalId} approved`]);
  });

  it('goes on with a signal that was being evaluated, without moving it twice', async () => {
    const t = await begin();
    const signal = await emit(t, 'a');
    await t.restart();
    await t.settle();
    expect(vets(t)).toHaveLength(2);
    await vetted(t, signal);
    expect(await states(t, signal)).toEqual(['generated', 'evaluating', 'approved']);
    // Told once more, by a state machine that began anew: it is decided.
    await t.post('decisionEngine', { type: 'DECIDE', signal, state: 'evaluating' });
    await vetted(t, signal);
    expect(vets(t)).toHaveLength(2);
    expect(await enriched(t)).toEqual([`${signal.signalId} approved`]);
  });

  it('keeps its records while the disk refuses them, in order and once; decisions are not held up', async () => {
    const t = await begin();
    t.refuse(ENRICHED_FILE);
    const first = await approve(t, 'a');
    const second = await approve(t, 'b', { symbol: 'ETHUSDT' });
    expect(await states(t, second)).toContain('approved');
    expect(work(t)).toMatchObject({ recording: 'blocked' });
    expect(context(t).recorder).toMatchObject({ waiting: 2 });
    expect(await enriched(t)).toEqual([]);
    const said = () => t.lines.filter(({ message }) => message.includes(ENRICHED_FILE));
    // Once, however often it is tried again.
    expect(said()).toEqual([{ level: 'warn', message: expect.stringContaining('waits and is tried again: 1 record') }]);
    t.accept();
    await t.advance(1_000);
    expect(await enriched(t)).toEqual([`${first.signalId} approved`, `${second.signalId} approved`]);
    expect(work(t)).toMatchObject({ recording: 'idle' });
    expect(said().slice(1)).toEqual([{ level: 'info', message: `${ENRICHED_FILE} takes records again` }]);
  });

  it('keeps a record that comes while another is being written', async () => {
    const t = await begin();
    const first = await emit(t, 'a');
    const second = await emit(t, 'b', { symbol: 'ETHUSDT' });
    const verdict = { guard: 'SafetyLayer', passes: true, reason: '', figures: {} };
    t.whileWriting(ENRICHED_FILE, () =>
      t.habitat.mail.post('decisionEngine', { type: 'VETTED', signalId: second.signalId, verdict }),
    );
    await vetted(t, first);
    expect(await enriched(t)).toEqual([`${first.signalId} approved`, `${second.signalId} approved`]);
  });
});

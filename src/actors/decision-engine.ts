import type { AnyActorRef, AnyStateMachine } from 'xstate';
import { provided } from '../machines/compile/provided.ts';
import { type DecisionEngineEvent, decisionEngine, type Exposure } from '../machines/decision-engine.ts';
import type { Features, Signal, SignalState, Verdict } from '../machines/messages.ts';
import { foretold, saidIn, sizeAlone } from './decision-evidence.ts';
import { type Habitat, lifeEffects } from './effects.ts';
import { GUARDS } from './guards/catalogue.ts';
import { type Approval, askAll, type EntryUnderWay } from './guards/guard.ts';
import { ownedLog } from './owned-log.ts';
import { recordWriter } from './recorder.ts';
import { readRecord, seconds, stamp } from './records.ts';
import { sizingRules } from './settings.ts';

export const ENRICHED_FILE = 'logs/enriched_decisions.jsonl';

/** A signal older than this is not decided any more: the market it spoke of is gone. */
export const TOO_OLD_MS = 600_000;
const HOUR_MS = 3_600_000;

interface Pending {
  readonly signal: Signal;
  readonly verdicts: readonly Verdict[];
  readonly since: number;
}

const NO_ACCOUNT: Exposure = { equityUsd: null, pnlTodayUsd: 0, openPositions: [], entriesOpen: false, why: '' };

/** `decisionEngine` at work: owns `logs/enriched_decisions.jsonl`. Every guard is asked of every signal. */
export function decisionEngineActor(habitat: Habitat): AnyStateMachine {
  const { world, mail, settings } = habitat;
  const { clock } = world;
  const log = ownedLog(world, ENRICHED_FILE);
  const features = new Map<string, Features>();
  const pending = new Map<string, Pending>();
  /** When each signal was decided: one that is told again, by a state machine that began anew, is not decided again, ms. */
  const decided = new Map<string, number>();
  let approvals: Approval[] = [];
  /** Approved and not yet a position: it takes its place already, or two signals of one tick would both get the last one. */
  const underWay = new Map<string, EntryUnderWay & { readonly since: number }>();
  let account: Exposure = NO_ACCOUNT;
  let self: AnyActorRef | null = null;
  const writer = recordWriter(world, log, (event) => self?.send(event));

  const tellUnderWay = (): void => {
    const oldest = pending.values().next();
    self?.send({ type: 'UNDER_WAY', count: pending.size, oldestAt: oldest.done ? null : oldest.value.since });
  };

  const transition = (signalId: string, to: SignalState, reason: string | null, metadata: object): void => {
    if (to !== 'evaluating') {
      const now = clock.now();
      for (const [id, at] of decided) {
        if (now - at <= TOO_OLD_MS) break;
        decided.delete(id);
      }
      decided.set(signalId, now);
    }
    mail.post('stateMachine', { type: 'TRANSITION', signalId, to, reason, metadata, by: 'decisionEngine' });
  };

  const record = (
    signal: Signal,
    decision: 'APPROVED' | 'BLOCKED' | 'EXPIRED',
    blocker: Verdict | null,
    reason: string | null,
    verdicts: readonly Verdict[],
  ): void => {
    const now = clock.now();
    const known = features.get(signal.symbol) ?? signal.features;
    mail.post('decisionTracker', {
      type: 'TRACK',
      record: {
        event_type: 'signal_decision',
        signal_id: signal.signalId,
        decision,
        blocker_component: blocker?.guard ?? null,
        blocker_reason: reason,
        market_snapshot: {
          price: known.price,
          spread: (known.price * known.spreadBps) / 10_000,
          spread_bps: known.spreadBps,
          volatility: known.volatility,
          regime: known.regime,
          funding_rate: known.fundingRate,
          timestamp: stamp(known.at).timestamp,
        },
        signal_metadata: {
          symbol: signal.symbol,
          direction: signal.direction,
          strategy: signal.strategy,
          confidence: signal.confidence,
          entry_reason: signal.reason,
        },
        verdicts: verdicts.map(({ guard, passes, reason: says }) => ({ guard, passes, reason: says })),
        ...stamp(now),
      },
    });
    writer.write({
      ts: seconds(now),
      symbol: signal.symbol,
      strategy: signal.strategy.toLowerCase(),
      signal_ctx: {
        ensemble: signal.confidence,
        regime: signal.features.regime,
        side: signal.direction,
        volatility: signal.features.volatility,
        rsi: signal.features.rsi,
      },
      outcome: { executed: decision === 'APPROVED', block_reason: reason },
      status: decision.toLowerCase(),
      signal_id: signal.signalId,
    });
    mail.post('signalEngine', {
      type: 'DECIDED',
      signalId: signal.signalId,
      disposition: decision === 'APPROVED' ? 'EXECUTED' : decision === 'BLOCKED' ? 'BLOCKED' : 'SKIPPED',
      gate: blocker?.guard ?? null,
      reason,
    });
  };

  const sizeOf = (signal: Signal) =>
    sizeAlone(signal, account.equityUsd, world.broker.instrument(signal.symbol), sizingRules(settings));

  const block = (signal: Signal, blocker: Verdict, verdicts: readonly Verdict[], alsoBy: readonly string[]): void => {
    transition(signal.signalId, 'blocked', `${blocker.guard}: ${blocker.reason}`, {
      blocker: blocker.guard,
      ...saidIn(verdicts),
      foretold_by: alsoBy,
      size: sizeOf(signal),
      figures: blocker.figures,
    });
    record(signal, 'BLOCKED', blocker, blocker.reason, verdicts);
  };

  const guardContext = (signal: Signal) => {
    const now = clock.now();
    approvals = approvals.filter(({ at }) => now - at < HOUR_MS);
    const held = new Set(account.openPositions.map(({ signalId }) => signalId));
    for (const [id, entry] of underWay) if (held.has(id) || now - entry.since > TOO_OLD_MS) underWay.delete(id);
    return {
      signal,
      now,
      equityUsd: account.equityUsd,
      pnlTodayUsd: account.pnlTodayUsd,
      openPositions: account.openPositions,
      entriesUnderWay: [...underWay.values()],
      approvals,
      features,
      instrument: world.broker.instrument(signal.symbol),
      limits: { ...settings.guards, sizing: sizingRules(settings) },
    };
  };

  const ask = ({ event }: { event: DecisionEngineEvent }): void => {
    if (event.type !== 'DECIDE') return;
    const { signal, state } = event;
    if (pending.has(signal.signalId) || decided.has(signal.signalId)) return;
    const now = clock.now();
    if (now - signal.at > TOO_OLD_MS) {
      const reason = `it was ${Math.round((now - signal.at) / 1000)} s old when it could be decided`;
      transition(signal.signalId, 'expired', reason, {});
      record(signal, 'EXPIRED', null, reason, []);
      return;
    }
    if (state === 'generated') transition(signal.signalId, 'evaluating', null, {});
    const verdicts = askAll(habitat.settings.guardsAsked ?? GUARDS, guardContext(signal));
    const blocker = verdicts.find(({ passes }) => !passes);
    if (blocker) {
      block(
        signal,
        blocker,
        verdicts,
        foretold(signal, account, settings.guards.risk.maxExposure, [...underWay.values()]),
      );
      return;
    }
    pending.set(signal.signalId, { signal, verdicts, since: now });
    underWay.set(signal.signalId, {
      signalId: signal.signalId,
      symbol: signal.symbol,
      direction: signal.direction,
      notionalUsd: (account.equityUsd ?? 0) * settings.guards.sizing.maxNotional,
      since: now,
    });
    tellUnderWay();
    mail.post('safetyLayer', { type: 'VET', signal });
  };

  const conclude = ({ event }: { event: DecisionEngineEvent }): void => {
    if (event.type !== 'VETTED') return;
    const waiting = pending.get(event.signalId);
    if (!waiting) return;
    pending.delete(event.signalId);
    tellUnderWay();
    const { signal, verdicts } = waiting;
    if (!event.verdict.passes) {
      underWay.delete(event.signalId);
      block(signal, event.verdict, [...verdicts, event.verdict], []);
      return;
    }
    approvals.push({ signalId: signal.signalId, symbol: signal.symbol, at: clock.now() });
    transition(signal.signalId, 'approved', null, {
      verdicts: verdicts.map(({ guard, reason }) => `${guard}: ${reason}`),
      ...saidIn([...verdicts, event.verdict]),
      size: sizeOf(signal),
    });
    record(signal, 'APPROVED', null, null, [...verdicts, event.verdict]);
  };

  /** Approvals of the last hour count whoever made them: a restart must not lift the cap on them. */
  const recall = async (): Promise<void> => {
    const since = clock.now() - HOUR_MS;
    const symbols = new Map<string, string>();
    for await (const raw of habitat.history.replay()) {
      // A signal is approved while it is young, or never.
      if (typeof raw.ts !== 'number' || raw.ts * 1000 < since - 2 * TOO_OLD_MS) continue;
      const record = readRecord(raw);
      if (record?.event_type === 'signal_generated') symbols.set(record.signal_id, record.signal.symbol);
      if (record?.event_type !== 'state_change' || record.new_state !== 'approved') continue;
      const symbol = symbols.get(record.signal_id);
      if (symbol !== undefined) approvals.push({ signalId: record.signal_id, symbol, at: record.ts * 1000 });
    }
  };

  const life = lifeEffects('decisionEngine', habitat, {
    open: async (ref) => {
      self = ref;
      await log.open();
      await recall();
      mail.post('safetyLayer', { type: 'TELL_EXPOSURE' });
    },
    begin: () => mail.post('stateMachine', { type: 'TELL_UNDECIDED' }),
    files: [log],
    repair: () => log.repair(),
    close: async () => {
      await writer.settle();
      await log.close();
    },
  });
  return provided(decisionEngine, {
    actors: life.actors,
    actions: {
      ...life.actions,
      ask,
      conclude,
      recordAgain: () => writer.again(),
      learnMarket: ({ event }) => {
        if (event.type === 'FEATURES') for (const one of event.features) features.set(one.symbol, one);
      },
      learnAccount: ({ event }) => {
        if (event.type === 'EXPOSURE') account = event;
      },
    },
  });
}

import type { AnyActorRef, AnyStateMachine } from 'xstate';
import { z } from 'zod';
import { provided } from '../machines/compile/provided.ts';
import { type ShadowEngineEvent, shadowEngine } from '../machines/shadow-engine.ts';
import { pnlUsd, toUsd } from '../ports/money.ts';
import { type Habitat, lifeEffects } from './effects.ts';
import { ownedLog } from './owned-log.ts';
import { realShadowKeeper } from './real-shadow-keeper.ts';
import { REAL_EXITS_FILE } from './real-shadow-record.ts';
import { recordWriter, together } from './recorder.ts';
import { isoTime, readRecord, type SignalGenerated, type StateChange, seconds } from './records.ts';
import { type ClosedShadow, SHADOW_NOTIONAL_USD, ShadowBook } from './shadow-rules.ts';

export const SHADOW_FILE = 'logs/shadow_trade_outcomes.jsonl';

const outcome = z.looseObject({ event_type: z.literal('shadow_trade_outcome'), signal_id: z.string(), ts: z.number() });

/** What was decided about a signal whose shadow is open. */
interface Decision {
  readonly decision: 'APPROVED' | 'BLOCKED' | null;
  readonly blocker: string | null;
}
const UNDECIDED: Decision = { decision: null, blocker: null };

/**
 * `shadowEngine` at work: owns `logs/shadow_trade_outcomes.jsonl`, whose open trades are rebuilt from the bus at every start, and
 * beside them what the same signals come to with the bot's own exits (`real-shadow-keeper.ts`).
 */
export function shadowEngineActor(habitat: Habitat): AnyStateMachine {
  const { world, mail } = habitat;
  const log = ownedLog(world, SHADOW_FILE);
  const book = new ShadowBook();
  const decisions = new Map<string, Decision>();
  /** Signals that are blocked and whose shadow has closed before that was known, or the other way round. */
  const closed = new Map<string, ClosedShadow>();
  const lastPrice = new Map<string, number>();
  let told = -1;
  let self: AnyActorRef | null = null;
  const voice = together((event) => self?.send(event));
  const writer = recordWriter(world, log, voice());
  const real = realShadowKeeper(habitat, voice());

  const tellBook = (): void => {
    if (book.size === told) return;
    told = book.size;
    self?.send({ type: 'BOOK', open: book.size });
  };

  const learn = (shadow: ClosedShadow): void =>
    mail.post('stateMachine', {
      type: 'TRANSITION',
      signalId: shadow.signalId,
      to: 'learned',
      reason: 'shadow outcome',
      metadata: { pnl_pct: shadow.pnlPct, exit_reason: shadow.exitReason, exit_price: shadow.exitPrice },
      by: 'shadowEngine',
    });

  const close = (shadow: ClosedShadow): void => {
    const { decision, blocker } = decisions.get(shadow.signalId) ?? UNDECIDED;
    const qty = SHADOW_NOTIONAL_USD / shadow.entryPrice;
    const record = {
      event_type: 'shadow_trade_outcome',
      signal_id: shadow.signalId,
      shadow_trade_id: `shadow_${shadow.signalId}`,
      symbol: shadow.symbol,
      direction: shadow.direction,
      entry_price: shadow.entryPrice,
      exit_price: shadow.exitPrice,
      exit_timestamp: isoTime(shadow.exitAt),
      pnl: toUsd(pnlUsd(shadow.direction, shadow.entryPrice, shadow.exitPrice, qty)),
      pnl_pct: shadow.pnlPct,
      net_pct: shadow.netPct,
      hold_time_seconds: seconds(shadow.exitAt - shadow.openedAt),
      was_profitable: shadow.pnlPct > 0,
      original_decision: decision ?? 'EXPIRED',
      blocker_component: blocker,
      exit_reason: shadow.exitReason,
      timestamp: isoTime(shadow.exitAt),
      ts: seconds(shadow.exitAt),
    };
    writer.write(record, () => {
      // Learned from only when the outcome is on disk: the lesson must not outlive its evidence.
      if (decisions.get(shadow.signalId)?.decision === 'BLOCKED') {
        decisions.delete(shadow.signalId);
        learn(shadow);
      } else if (!decisions.has(shadow.signalId) && shadow.exitReason !== 'signal_expired')
        closed.set(shadow.signalId, shadow);
      else decisions.delete(shadow.signalId);
    });
  };

  const open = (record: SignalGenerated): void => {
    book.open({
      signalId: record.signal_id,
      symbol: record.signal.symbol,
      direction: record.signal.direction,
      entryPrice: record.signal.price,
      openedAt: record.ts * 1000,
    });
  };

  const noteState = ({ signal_id, new_state, metadata, ts }: StateChange): ClosedShadow | null => {
    if (new_state === 'approved') decisions.set(signal_id, { decision: 'APPROVED', blocker: null });
    else if (new_state === 'blocked') {
      const blocker = typeof metadata.blocker === 'string' ? metadata.blocker : null;
      decisions.set(signal_id, { decision: 'BLOCKED', blocker });
    } else if (new_state === 'expired') {
      const trade = book.get(signal_id);
      const price = trade ? (lastPrice.get(trade.symbol) ?? trade.entryPrice) : 0;
      return trade ? book.expire(signal_id, price, ts * 1000) : null;
    } else if (new_state === 'learned') decisions.delete(signal_id);
    return null;
  };

  const follow = ({ event }: { event: ShadowEngineEvent }): void => {
    if (event.type !== 'BUS.RECORD') return;
    const record = readRecord(event.record);
    if (record?.event_type === 'signal_generated' || record?.event_type === 'state_change') real.follow(record);
    if (record?.event_type === 'signal_generated') open(record);
    else if (record?.event_type === 'state_change') {
      const expired = noteState(record);
      if (expired) close(expired);
      const early = closed.get(record.signal_id);
      if (early) {
        closed.delete(record.signal_id);
        if (record.new_state === 'blocked') learn(early);
      }
    }
    tellBook();
  };

  const judge = ({ event }: { event: ShadowEngineEvent }): void => {
    if (event.type !== 'TICK') return;
    const { at, candles } = event.tick;
    for (const candle of candles) {
      lastPrice.set(candle.symbol, candle.close);
      for (const shadow of book.onCandle(candle, at)) close(shadow);
    }
    real.tick(event.tick);
    tellBook();
  };

  /** Trades that are open are the signals of the bus that have no outcome yet. */
  const rebuild = async (): Promise<void> => {
    const learnedFrom = new Set<string>();
    for await (const raw of log.log.replay()) {
      const parsed = outcome.safeParse(raw);
      if (!parsed.success) continue;
      book.remember(parsed.data.signal_id, parsed.data.ts * 1000);
      learnedFrom.add(parsed.data.signal_id);
    }
    // A symbol without a price yet is not in it: its trades end where they began, not at a price that is no number.
    for (const symbol of world.feed.symbols)
      for (const { close } of world.feed.recent(symbol, 1)) lastPrice.set(symbol, close);
    const unlearned: string[] = [];
    for await (const raw of habitat.history.replay()) {
      const record = readRecord(raw);
      if (record?.event_type === 'signal_generated') open(record);
      if (record?.event_type !== 'state_change') continue;
      const { signal_id, new_state } = record;
      const expired = noteState(record);
      if (expired) close(expired);
      if (new_state === 'blocked' && learnedFrom.has(signal_id)) unlearned.push(signal_id);
      if (new_state === 'learned') learnedFrom.delete(signal_id);
    }
    // Blocked, judged, and then the bot died: the lesson is drawn now.
    for (const signalId of unlearned) {
      if (!learnedFrom.has(signalId)) continue;
      const reason = 'shadow outcome, found at start';
      mail.post('stateMachine', {
        type: 'TRANSITION',
        signalId,
        to: 'learned',
        reason,
        metadata: {},
        by: 'shadowEngine',
      });
    }
  };

  const life = lifeEffects('shadowEngine', habitat, {
    open: async (ref) => {
      self = ref;
      await log.open();
      await rebuild();
      await real.open();
    },
    begin: () => {
      tellBook();
      // An outcome found while it opened may have been refused before anybody could be told.
      writer.again();
      real.recordAgain();
    },
    files: [log, real.log],
    repair: (target) => (target === REAL_EXITS_FILE ? real.log.repair() : log.repair()),
    close: async () => {
      await writer.settle();
      await real.close();
      await log.close();
    },
  });
  return provided(shadowEngine, {
    actors: life.actors,
    actions: {
      ...life.actions,
      follow,
      judge,
      recordAgain: () => {
        writer.again();
        real.recordAgain();
      },
    },
  });
}

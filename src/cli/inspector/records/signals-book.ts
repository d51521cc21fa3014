/** What became of every signal, by the event log and the outcomes of its shadow trade. A fold: in whatever portions it is fed. */
import { z } from 'zod';
import type { BusRecord, SignalGenerated, StateChange } from '../../../actors/records.ts';
import { SHADOW_RULES } from '../../../actors/shadow-rules.ts';
import type { Position as Place } from '../../../ports/event-log.ts';
import { FINAL } from './known-words.ts';

/** Signals that are over and kept in detail; of those before, their number is left. */
const FINISHED_KEPT = 50_000;
/** Outcomes that wait for their signal, because one file is read before the other. */
const ORPHANS_KEPT = 10_000;
/** All that are kept, whatever their state: a log in which nothing ever ends takes no more memory than this. */
const MOST_KEPT = 4 * FINISHED_KEPT;

export const shadowOutcome = z.looseObject({
  event_type: z.literal('shadow_trade_outcome'),
  signal_id: z.string(),
  entry_price: z.number(),
  exit_price: z.number(),
  exit_reason: z.string(),
  pnl: z.number().nullish(),
  pnl_pct: z.number(),
  net_pct: z.number().optional(),
  ts: z.number(),
});
export type ShadowOutcome = z.infer<typeof shadowOutcome>;
/** Fraction of the notional after fees and slippage; taken off where the record, of another bot, has it before them only. */
export const netOf = ({ net_pct: net, pnl_pct: gross }: ShadowOutcome): number =>
  net ?? gross - SHADOW_RULES.roundTripCost;

export interface KeptShadow {
  readonly entry: number;
  readonly exit: number;
  readonly exitAt: number;
  readonly pnlPct: number;
  readonly netPct: number;
  readonly pnlUsd: number | null;
  readonly exitReason: string;
}

/** Times in ms on the bot's clock. */
export interface KeptSignal {
  readonly id: string;
  symbol: string;
  direction: 'LONG' | 'SHORT';
  strategy: string;
  at: number;
  confidence: number | null;
  price: number | null;
  state: string;
  changedAt: number;
  /** In which state it was when it expired. */
  expiredFrom: string | null;
  /** The first guard that blocked it, or the component in whose hands it expired. */
  blockedBy: string | null;
  reason: string | null;
  /** It was blocked: when. */
  blockedAt: number | null;
  approvedAt: number | null;
  orderedAt: number | null;
  executedAt: number | null;
  shadow: KeptShadow | null;
  /** Where its records stand in the event log. */
  readonly places: Place[];
}

const isFinal = (state: string): boolean => (FINAL as readonly string[]).includes(state);
const ID = /^(.+)_(\d+)_[0-9a-f]{8}$/;

/** In whose hands a signal is while it is in a state. */
const HOLDERS: Readonly<Record<string, string>> = {
  generated: 'decision_engine',
  evaluating: 'decision_engine',
  approved: 'trade_execution',
  executing: 'trade_execution',
};

const blank = (id: string, at: number): KeptSignal => {
  const [, symbol, ms] = ID.exec(id) ?? [];
  return {
    id,
    symbol: symbol ?? 'unknown',
    direction: 'LONG',
    strategy: 'unknown',
    at: ms === undefined ? at : Number(ms),
    confidence: null,
    price: null,
    state: 'unknown',
    changedAt: at,
    expiredFrom: null,
    blockedBy: null,
    reason: null,
    blockedAt: null,
    approvedAt: null,
    orderedAt: null,
    executedAt: null,
    shadow: null,
    places: [],
  };
};

/** `RegimeFilter: the market is ranging` of `RegimeFilter` is `the market is ranging`. */
const withoutName = (reason: string | null, name: string | null): string | null =>
  reason !== null && name !== null && reason.startsWith(`${name}: `) ? reason.slice(name.length + 2) : reason;

function blockerOf({ metadata, reason }: StateChange): string {
  if (typeof metadata.blocker === 'string') return metadata.blocker;
  return /^(\w+): /.exec(reason ?? '')?.[1] ?? 'unknown';
}

export class SignalsBook {
  readonly #keep: number;
  readonly #signals = new Map<string, KeptSignal>();
  readonly #orphans = new Map<string, KeptShadow>();
  /** Those that are over, in the order of their end. */
  readonly #finished = new Set<string>();
  /** How many are no longer kept. */
  forgotten = 0;
  /** When the last of those that are no longer kept came to be, ms. */
  forgottenUpTo = Number.NEGATIVE_INFINITY;

  constructor(keep = FINISHED_KEPT) {
    this.#keep = keep;
  }

  /** Every signal that is kept, in the order in which they came to be. */
  all(): Iterable<KeptSignal> {
    return this.#signals.values();
  }

  get size(): number {
    return this.#signals.size;
  }

  get(id: string): KeptSignal | null {
    return this.#signals.get(id) ?? null;
  }

  take(record: BusRecord, place: Place): void {
    if (record.event_type === 'signal_generated') this.#born(record, place);
    else if (record.event_type === 'state_change') this.#changed(record, place);
  }

  ended(outcome: ShadowOutcome): void {
    const signal = this.#signals.get(outcome.signal_id);
    const shadow: KeptShadow = {
      entry: outcome.entry_price,
      exit: outcome.exit_price,
      exitAt: outcome.ts * 1000,
      pnlPct: outcome.pnl_pct,
      netPct: netOf(outcome),
      pnlUsd: outcome.pnl ?? null,
      exitReason: outcome.exit_reason,
    };
    if (signal) signal.shadow = shadow;
    else if (blank(outcome.signal_id, shadow.exitAt).at > this.forgottenUpTo) {
      this.#orphans.set(outcome.signal_id, shadow);
      if (this.#orphans.size > ORPHANS_KEPT) this.#orphans.delete(this.#orphans.keys().next().value ?? '');
    }
  }

  /** The outcomes are told anew. */
  forgetShadows(): void {
    for (const signal of this.#signals.values()) signal.shadow = null;
    this.#orphans.clear();
  }

  #of(id: string, at: number): KeptSignal {
    const known = this.#signals.get(id);
    if (known) return known;
    const fresh = { ...blank(id, at), shadow: this.#orphans.get(id) ?? null };
    this.#orphans.delete(id);
    this.#signals.set(id, fresh);
    if (this.#signals.size > MOST_KEPT) for (const oldest of this.#signals.keys()) return this.#forget(oldest, fresh);
    return fresh;
  }

  #born({ signal_id: id, ts, signal }: SignalGenerated, place: Place): void {
    const one = this.#of(id, ts * 1000);
    one.symbol = signal.symbol;
    one.direction = signal.direction;
    one.strategy = signal.strategy;
    one.at = ts * 1000;
    one.confidence = signal.confidence;
    one.price = signal.price;
    if (one.state === 'unknown') one.state = 'generated';
    one.places.push(place);
  }

  #changed(record: StateChange, place: Place): void {
    const at = record.ts * 1000;
    const one = this.#of(record.signal_id, at);
    const { new_state: state } = record;
    one.places.push(place);
    if (state === 'blocked') {
      one.blockedAt = at;
      one.blockedBy = blockerOf(record);
      one.reason = withoutName(record.reason, one.blockedBy);
    } else if (state === 'approved') one.approvedAt = at;
    else if (state === 'executing') one.orderedAt = at;
    else if (state === 'executed') one.executedAt = at;
    else if (state === 'expired') {
      one.expiredFrom = one.state;
      one.blockedBy = HOLDERS[one.state] ?? 'state_machine';
      one.reason = record.reason;
    }
    one.state = state;
    one.changedAt = at;
    if (!isFinal(state)) this.#finished.delete(one.id);
    else {
      this.#finished.add(one.id);
      if (this.#finished.size > this.#keep) for (const oldest of this.#finished) return void this.#forget(oldest, one);
    }
  }

  #forget(id: string, besides: KeptSignal): KeptSignal {
    const one = this.#signals.get(id);
    this.#signals.delete(id);
    this.#finished.delete(id);
    this.forgotten++;
    this.forgottenUpTo = Math.max(this.forgottenUpTo, one?.at ?? Number.NEGATIVE_INFINITY);
    return besides;
  }
}

/**
 * What of the bus still matters to those who fold it: all of a signal while it may change or its shadow trade may be open, every
 * order and position but stops that were replaced, and the last idea of each strategy. Of those stops their names are left; of a
 * trade whose signal is over the record that closed it, and of its other changes that they were booked; of what else is over, a count.
 */
import type { LogRecord } from '../ports/event-log.ts';
import { changeOf } from './position-book.ts';
import { readRecord } from './records.ts';

/** A signal that was traded is kept for so long after it ended: its shadow trade ends within four hours. */
export const TRADED_KEPT_FOR_S = 24 * 3_600;
/**
 * One that was blocked, and learned from: its shadow with the bot's own exits may be open still, and is on disk by then (it is
 * written once in `Pace.saveMs`, an hour at most).
 */
export const BLOCKED_KEPT_FOR_S = 2 * 3_600;
/** One that expired: whoever waited for it has heard of it by then. */
export const EXPIRED_KEPT_FOR_S = 3_600;
const FINAL = ['learned', 'expired'] as const;
type Final = (typeof FINAL)[number];

interface Kept {
  readonly order: number;
  readonly record: LogRecord;
}
interface Life {
  readonly records: Kept[];
  blocked: boolean;
}
interface Ending {
  readonly id: string;
  readonly final: Final;
  readonly dueTs: number;
}

/** The first record of a retained past: how many signals ended of which nothing else is left. */
export const FORGOTTEN = 'forgotten';
export interface Forgotten {
  readonly event_type: typeof FORGOTTEN;
  readonly learned: number;
  readonly expired: number;
}
/** What a record says of signals that are no longer there, or `null`. */
export const forgottenIn = (raw: LogRecord): Forgotten | null =>
  raw.event_type === FORGOTTEN ? (raw as unknown as Forgotten) : null;

/** The last idea of a strategy on a symbol, whose signal is over. */
export const LAST_IDEA = 'last_idea';
export const lastIdeaIn = (raw: LogRecord): LogRecord | null =>
  raw.event_type === LAST_IDEA ? (raw.idea as LogRecord) : null;

/** Stops of a signal that were replaced, or whose position was closed: that their intents are in the log, and no more. */
export const REPLACED = 'stops_replaced';
export interface Replaced {
  readonly event_type: typeof REPLACED;
  readonly signal_id: string;
  /** Client order ids. */
  readonly names: readonly string[];
}
export const replacedIn = (raw: LogRecord): Replaced | null =>
  raw.event_type === REPLACED ? (raw as unknown as Replaced) : null;

/** A change of a position that is closed and whose signal is over: that it was booked, in its place, and no more. */
export const BOOKED_BEFORE = 'booked_before';
export interface BookedBefore {
  readonly event_type: typeof BOOKED_BEFORE;
  readonly signal_id: string;
  readonly fill_id: string;
  readonly symbol: string;
  readonly funding: boolean;
  readonly opened_at: number;
  readonly at: number;
  readonly fee_elsewhere_usd?: number;
}
export const bookedBeforeIn = (raw: LogRecord): BookedBefore | null =>
  raw.event_type === BOOKED_BEFORE ? (raw as unknown as BookedBefore) : null;

/** What is left of it when its trade is over; itself, where it has closed something or is none of ours. */
function bookedBefore(record: LogRecord): LogRecord {
  const read = readRecord(record);
  if (read?.event_type !== 'position_change' && read?.event_type !== 'funding_payment') return record;
  if (read.position.qty === 0) return record;
  const { change, fillId, position, at, feeElsewhereUsd } = changeOf(read);
  return {
    event_type: BOOKED_BEFORE,
    signal_id: read.signal_id,
    fill_id: fillId,
    symbol: position.symbol,
    funding: change === 'funding',
    opened_at: position.openedAt,
    at,
    ...(feeElsewhereUsd === undefined ? {} : { fee_elsewhere_usd: feeElsewhereUsd }),
  } satisfies BookedBefore;
}

/** What is meant by a record of an exit or a stop. */
export const intentOf = (record: LogRecord) =>
  record.intent as { readonly purpose?: unknown; readonly clientOrderId?: unknown } | undefined;
/** Nothing is held of the position any more. */
const isFlat = ({ event_type, position }: LogRecord): boolean =>
  event_type === 'position_change' && (position as { qty?: unknown } | undefined)?.qty === 0;

const OF_TRADES: ReadonlySet<string> = new Set(['order_intent', 'position_change', 'funding_payment', BOOKED_BEFORE]);

export class Retention {
  readonly #lives = new Map<string, Life>();
  /** Records of orders and positions, by signal. */
  readonly #trades = new Map<string, Kept[]>();
  /** Records of what no rule is known for. */
  readonly #others: Kept[] = [];
  /** Of the stops of a position that is held: those that had not ended when the last was placed. */
  readonly #stops = new Map<string, readonly Kept[]>();
  /** Names of those before them, by signal until it has learned. */
  readonly #replaced = new Map<string, string[]>();
  /** The last idea of each strategy on each symbol. */
  readonly #ideas = new Map<string, LogRecord>();
  /** Signals that are over and still kept, by kind in the order of their end. */
  readonly #endings: Record<Final | 'blocked', Ending[]> = { learned: [], expired: [], blocked: [] };
  #forgotten = { learned: 0, expired: 0 };
  #order = 0;
  /** Records that were taken in. */
  taken = 0;

  take(record: LogRecord): void {
    const forgotten = forgottenIn(record);
    if (forgotten) {
      this.#forgotten = { learned: forgotten.learned, expired: forgotten.expired };
      return;
    }
    const idea = lastIdeaIn(record);
    if (idea) {
      this.#spoke(idea);
      return;
    }
    const replaced = replacedIn(record);
    if (replaced) {
      this.#replaced.set(replaced.signal_id, [...replaced.names]);
      return;
    }
    this.taken++;
    const kept = { order: this.#order++, record };
    const { event_type, signal_id: id } = record;
    if (typeof id === 'string' && event_type === 'signal_generated') {
      this.#spoke(record);
      this.#live(id).records.push(kept);
    } else if (typeof id === 'string' && event_type === 'state_change') this.#change(id, kept);
    else if (typeof id === 'string' && intentOf(record)?.purpose === 'stop') this.#stop(id, kept);
    else {
      if (typeof id === 'string' && isFlat(record)) this.#keepStops(id, []);
      this.#placeOf(record).push(kept);
    }
  }

  #placeOf({ event_type, signal_id: id }: LogRecord): Kept[] {
    if (typeof id !== 'string' || !OF_TRADES.has(String(event_type))) return this.#others;
    const trade = this.#trades.get(id) ?? [];
    this.#trades.set(id, trade);
    return trade;
  }

  /** A trailing stop is placed anew many times in one trade: of those before it only such matter as may still rest. */
  #stop(id: string, kept: Kept): void {
    const beside = Array.isArray(kept.record.beside) ? kept.record.beside : [];
    const before = this.#stops.get(id) ?? [];
    const open = before.filter(({ record }) => beside.includes(intentOf(record)?.clientOrderId));
    this.#keepStops(id, [...open, kept]);
  }

  #keepStops(id: string, stops: readonly Kept[]): void {
    const gone = (this.#stops.get(id) ?? []).filter((kept) => !stops.includes(kept));
    const names = gone.map(({ record }) => String(intentOf(record)?.clientOrderId));
    if (names.length > 0) this.#replaced.set(id, (this.#replaced.get(id) ?? []).concat(names));
    if (stops.length > 0) this.#stops.set(id, stops);
    else this.#stops.delete(id);
  }

  #spoke(idea: LogRecord): void {
    const who = `${idea.source} ${(idea.signal as { symbol?: unknown } | undefined)?.symbol}`;
    const before = this.#ideas.get(who);
    if (Number(idea.ts) >= Number(before?.ts ?? 0)) this.#ideas.set(who, idea);
  }

  #live(id: string): Life {
    const life = this.#lives.get(id) ?? { records: [], blocked: false };
    this.#lives.set(id, life);
    return life;
  }

  #change(id: string, kept: Kept): void {
    const { new_state, ts } = kept.record;
    const life = this.#live(id);
    life.records.push(kept);
    if (new_state === 'blocked') life.blocked = true;
    const now = typeof ts === 'number' ? ts : 0;
    const final = FINAL.find((state) => state === new_state);
    if (final) this.#replaced.delete(id);
    if (final === 'learned' && life.blocked) this.#endings.blocked.push({ id, final, dueTs: now + BLOCKED_KEPT_FOR_S });
    else if (final) {
      const keptFor = final === 'learned' ? TRADED_KEPT_FOR_S : EXPIRED_KEPT_FOR_S;
      this.#endings[final].push({ id, final, dueTs: now + keptFor });
    }
    for (const endings of Object.values(this.#endings)) {
      let due = 0;
      for (const ending of endings) {
        if (ending.dueTs > now) break;
        this.#forget(ending.id, ending.final);
        due++;
      }
      if (due > 0) endings.splice(0, due);
    }
  }

  #forget(id: string, final: Final): void {
    if (this.#lives.delete(id)) this.#forgotten[final]++;
    this.#foldTrade(id);
  }

  /** No fill of it will be told any more, but those that were booked may be, as long as the exchange can tell of them. */
  #foldTrade(id: string): void {
    const trade = this.#trades.get(id) ?? [];
    const last = trade.findLast(({ record }) => record.event_type === 'position_change');
    if (!last || !isFlat(last.record)) return;
    const changes = trade.filter(({ record }) => intentOf(record) === undefined);
    this.#trades.set(
      id,
      changes.map(({ order, record }) => ({ order, record: bookedBefore(record) })),
    );
  }

  /** What is kept, in the order in which it was written, with what was forgotten before it. */
  records(): readonly LogRecord[] {
    const kept = [
      ...this.#others,
      ...[...this.#trades.values()].flat(),
      ...[...this.#stops.values()].flat(),
      ...[...this.#lives.values()].flatMap(({ records }) => records),
    ];
    kept.sort((a, b) => a.order - b.order);
    const ideas = [...this.#ideas.values()].filter((idea) => !this.#lives.has(String(idea.signal_id)));
    const { learned, expired } = this.#forgotten;
    return [
      ...(learned + expired === 0 ? [] : [{ event_type: FORGOTTEN, learned, expired }]),
      ...ideas.map((idea) => ({ event_type: LAST_IDEA, idea })),
      ...[...this.#replaced].map(([signal_id, names]) => ({ event_type: REPLACED, signal_id, names })),
      ...kept.map(({ record }) => record),
    ];
  }
}

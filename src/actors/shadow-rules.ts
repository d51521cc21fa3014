/**
 * Shadow trades: what would have become of every signal, blocked ones too. One per signal, ever.
 *
 * A trade ends at +2 %, at -1.5 %, after 4 h, or when its signal expires. A bar tells its range but not its path: where the
 * open is beyond a level the trade ends at the open; where both levels lie inside one bar the stop came first.
 */
import type { Candle, Direction } from '../machines/messages.ts';
import { LazyHeap } from './lazy-heap.ts';
import { clean, levelAt } from './level.ts';

export interface ShadowRules {
  readonly takeProfit: number;
  readonly stopLoss: number;
  readonly maxHoldMs: number;
  /** Cost of going in and out, taken off `netPct`. */
  readonly roundTripCost: number;
  /** Signals remembered after their trade has ended, so that none is traded twice. */
  readonly remembered: number;
}

export const SHADOW_RULES: ShadowRules = {
  takeProfit: 0.02,
  stopLoss: 0.015,
  maxHoldMs: 4 * 3_600_000,
  roundTripCost: 0.0015,
  remembered: 100_000,
};

/** What every shadow trade is worth at first, USD. */
export const SHADOW_NOTIONAL_USD = 1_000;

export interface ShadowTrade {
  readonly signalId: string;
  readonly symbol: string;
  readonly direction: Direction;
  readonly entryPrice: number;
  readonly openedAt: number;
}

export type ShadowExit = 'take_profit' | 'stop_loss' | 'timeout' | 'signal_expired';

export interface ClosedShadow extends ShadowTrade {
  readonly exitPrice: number;
  readonly exitAt: number;
  readonly exitReason: ShadowExit;
  /** Fraction of the entry price, before and after costs. */
  readonly pnlPct: number;
  readonly netPct: number;
}

export type Opened = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** What a trade makes when it ends at `exitPrice`. */
export function closeShadow(
  { signalId, symbol, direction, entryPrice, openedAt }: ShadowTrade,
  exitPrice: number,
  exitAt: number,
  exitReason: ShadowExit,
  rules: ShadowRules = SHADOW_RULES,
): ClosedShadow {
  const pnlPct = clean(((exitPrice - entryPrice) / entryPrice) * (direction === 'LONG' ? 1 : -1));
  const netPct = clean(pnlPct - rules.roundTripCost);
  return { signalId, symbol, direction, entryPrice, openedAt, exitPrice, exitAt, exitReason, pnlPct, netPct };
}

interface Entry extends ShadowTrade {
  readonly order: number;
  readonly target: number;
  readonly stop: number;
  readonly deadline: number;
  live: boolean;
  /** Its levels are in the heaps: a bar has begun since it was opened. */
  listed: boolean;
}

const isLive = (entry: Entry): boolean => entry.live;
/** By a number, lowest or highest first, then in the order of opening: the same on every run. */
const by = (value: (entry: Entry) => number, sign: 1 | -1) =>
  new LazyHeap<Entry>((a, b) => sign * (value(a) - value(b)) || a.order - b.order, isLive);

/** The live trades of one symbol, ordered by what may end them. */
const shelf = () => ({
  /** Opened during a bar that is not over: its range may be from before the trade. In order of opening. */
  waiting: by((entry) => entry.openedAt, 1),
  deadlines: by((entry) => entry.deadline, 1),
  LONG: { targets: by((entry) => entry.target, 1), stops: by((entry) => entry.stop, -1) },
  SHORT: { targets: by((entry) => entry.target, -1), stops: by((entry) => entry.stop, 1) },
});
type Shelf = ReturnType<typeof shelf>;

/** All shadow trades. A bar touches only the trades it ends (and those opened since the last one). */
export class ShadowBook {
  readonly #rules: ShadowRules;
  readonly #shelves = new Map<string, Shelf>();
  readonly #live = new Map<string, Entry>();
  /** Signals whose trade has ended, oldest first. */
  readonly #ended = new Map<string, number>();
  #forgottenUpTo = Number.NEGATIVE_INFINITY;
  #opened = 0;

  constructor(rules: ShadowRules = SHADOW_RULES) {
    this.#rules = rules;
  }

  /** Trades that are open. */
  get size(): number {
    return this.#live.size;
  }

  /** Places taken in the heaps, for the memory bound: at most about six per open trade and 200 per symbol. */
  get held(): number {
    let held = 0;
    for (const { waiting, deadlines, LONG, SHORT } of this.#shelves.values())
      for (const heap of [waiting, deadlines, LONG.targets, LONG.stops, SHORT.targets, SHORT.stops]) held += heap.held;
    return held;
  }

  /** Open trades, in the order of their opening. */
  get trades(): readonly ShadowTrade[] {
    return [...this.#live.values()];
  }

  /** The open trade of a signal. */
  get(signalId: string): ShadowTrade | undefined {
    return this.#live.get(signalId);
  }

  /** Opens a trade, unless its signal had one already. */
  open(trade: ShadowTrade): Opened {
    const { signalId, symbol, direction, entryPrice, openedAt } = trade;
    if (this.#live.has(signalId)) return { ok: false, reason: `signal ${signalId} has an open shadow trade` };
    if (this.#ended.has(signalId)) return { ok: false, reason: `the shadow trade of signal ${signalId} has ended` };
    if (openedAt <= this.#forgottenUpTo)
      return { ok: false, reason: `signal ${signalId} is so old that its shadow trade may be forgotten` };
    if (!(entryPrice > 0)) return { ok: false, reason: `signal ${signalId} has no price to trade at (${entryPrice})` };
    const { takeProfit, stopLoss, maxHoldMs } = this.#rules;
    const side = direction === 'LONG' ? 1 : -1;
    const entry: Entry = {
      signalId,
      symbol,
      direction,
      entryPrice,
      openedAt,
      order: this.#opened++,
      target: levelAt(entryPrice, side * takeProfit),
      stop: levelAt(entryPrice, -side * stopLoss),
      deadline: openedAt + maxHoldMs,
      live: true,
      listed: false,
    };
    this.#live.set(signalId, entry);
    const onShelf = this.#shelf(symbol);
    onShelf.waiting.push(entry);
    onShelf.deadlines.push(entry);
    return { ok: true };
  }

  /** Remembers a signal whose trade ended in an earlier life, as the log tells; closes it here if it is open. */
  remember(signalId: string, openedAt: number): void {
    const entry = this.#live.get(signalId);
    if (entry) this.#bury(entry, null);
    else this.#end(signalId, openedAt);
  }

  /** Ends what this closed bar ends, in the order of opening. `now` is the bar's closing time. */
  onCandle(candle: Candle, now: number): ClosedShadow[] {
    const onShelf = this.#shelves.get(candle.symbol);
    if (!onShelf) return [];
    const { deadlines, waiting } = onShelf;
    const closed: { readonly order: number; readonly outcome: ClosedShadow }[] = [];
    const end = (
      heap: LazyHeap<Entry>,
      ends: (entry: Entry) => boolean,
      price: (entry: Entry) => number,
      at: number,
      why: ShadowExit,
    ) => {
      for (let entry = heap.peek(); entry && ends(entry); entry = heap.peek()) {
        heap.pop();
        this.#bury(entry, heap);
        closed.push({ order: entry.order, outcome: closeShadow(entry, price(entry), at, why, this.#rules) });
      }
    };
    for (let entry = waiting.peek(); entry && entry.openedAt <= candle.ts; entry = waiting.peek()) {
      waiting.pop();
      entry.listed = true;
      onShelf[entry.direction].targets.push(entry);
      onShelf[entry.direction].stops.push(entry);
    }

    const { open, high, low, close, ts } = candle;
    // The deadline passed before this bar (there was a gap): the first price after it is the open.
    end(
      deadlines,
      (entry) => entry.deadline <= ts,
      () => open,
      ts,
      'timeout',
    );
    const { LONG, SHORT } = onShelf;
    end(
      LONG.targets,
      (entry) => entry.target <= open,
      () => open,
      ts,
      'take_profit',
    );
    end(
      LONG.stops,
      (entry) => entry.stop >= low,
      (entry) => Math.min(entry.stop, open),
      now,
      'stop_loss',
    );
    end(
      LONG.targets,
      (entry) => entry.target <= high,
      (entry) => entry.target,
      now,
      'take_profit',
    );
    end(
      SHORT.targets,
      (entry) => entry.target >= open,
      () => open,
      ts,
      'take_profit',
    );
    end(
      SHORT.stops,
      (entry) => entry.stop <= high,
      (entry) => Math.max(entry.stop, open),
      now,
      'stop_loss',
    );
    end(
      SHORT.targets,
      (entry) => entry.target >= low,
      (entry) => entry.target,
      now,
      'take_profit',
    );
    end(
      deadlines,
      (entry) => entry.deadline <= now,
      () => close,
      now,
      'timeout',
    );
    return closed.sort((a, b) => a.order - b.order).map(({ outcome }) => outcome);
  }

  /** Ends the trade of a signal that expired; `null` when it has none open. */
  expire(signalId: string, price: number, now: number): ClosedShadow | null {
    const entry = this.#live.get(signalId);
    if (!entry) return null;
    this.#bury(entry, null);
    return closeShadow(entry, price, now, 'signal_expired', this.#rules);
  }

  #shelf(symbol: string): Shelf {
    const known = this.#shelves.get(symbol);
    if (known) return known;
    const made = shelf();
    this.#shelves.set(symbol, made);
    return made;
  }

  /** Marks an entry dead, and tells every heap it still lies in (all but the one it was taken from). */
  #bury(entry: Entry, takenFrom: LazyHeap<Entry> | null): void {
    entry.live = false;
    this.#live.delete(entry.signalId);
    this.#end(entry.signalId, entry.openedAt);
    const { waiting, deadlines, [entry.direction]: levels } = this.#shelf(entry.symbol);
    const liesIn = entry.listed ? [deadlines, levels.targets, levels.stops] : [deadlines, waiting];
    for (const heap of liesIn) if (heap !== takenFrom) heap.died();
  }

  #end(signalId: string, openedAt: number): void {
    this.#ended.set(signalId, openedAt);
    if (this.#ended.size <= this.#rules.remembered) return;
    for (const [oldest, at] of this.#ended) {
      this.#ended.delete(oldest);
      this.#forgottenUpTo = Math.max(this.#forgottenUpTo, at);
      break;
    }
  }
}

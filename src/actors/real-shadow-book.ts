/** All shadow trades with the bot's own exits that are under way, one a signal, by symbol. */
import type { Candle, Position } from '../machines/messages.ts';
import { type Calm, calmOf, isCalm } from './exits/calm.ts';
import type { ExitRules } from './exits/exit-rules.ts';
import { plannedShadow, type RealPlan, type RealShadow, type RealTerms, stepReal } from './real-shadow.ts';

export interface RealEnd {
  readonly shadow: RealShadow;
  readonly over: 'closed' | 'missing_prices';
  /** Closing time of the bar that ended it, ms. */
  readonly at: number;
}

/** Between which prices nothing happens to a trade, by these rules. */
interface Rest {
  readonly of: Position;
  readonly rules: ExitRules;
  readonly calm: Calm | null;
}

interface Entry {
  /** As the last bar left it that did something to it. */
  shadow: RealShadow;
  /** Opening time of the last bar that was looked at, ms; later than the trade says where that did nothing to it. */
  lastBarTs: number | null;
  rest: Rest | null;
  /** It is over, and its record is not on disk yet. */
  ended: boolean;
}

const present = ({ shadow, lastBarTs }: Entry): RealShadow =>
  shadow.lastBarTs === lastBarTs ? shadow : { ...shadow, lastBarTs };

const restOf = ({ position }: RealShadow, rules: ExitRules): Rest | null =>
  position === null ? null : { of: position, rules, calm: calmOf(position, rules) };

/** Is this the bar after the last one, and does it leave the trade as it is, but for funding? */
const isCalmFor = ({ rest, lastBarTs }: Entry, candle: Candle, { rules, intervalMs }: RealTerms): boolean =>
  rest !== null &&
  rest.calm !== null &&
  rest.rules === rules &&
  lastBarTs !== null &&
  candle.ts === lastBarTs + intervalMs &&
  isCalm(rest.calm, candle, candle.ts + intervalMs);

/** Whether funding may come due before this bar's end, for anybody. */
const isFunded = ({ symbol, ts }: Candle, { funding, intervalMs }: RealTerms): boolean =>
  funding !== null && funding.after(symbol, ts - 1).at < ts + intervalMs;

/**
 * A bar costs one look at each open trade of its symbol (unlike the fixed exits, whose heaps touch what they close): a stop that
 * trails every new peak has no level to sort by. Trades are few: they last hours, and a strategy speaks every quarter of an hour.
 */
export class RealShadowBook {
  readonly #bySymbol = new Map<string, Map<string, Entry>>();
  /** Signals whose trade is over, oldest first: none is traded twice. */
  readonly #over = new Set<string>();
  readonly #remembered: number;

  constructor(remembered = 100_000) {
    this.#remembered = remembered;
  }

  /** Trades under way, oldest first within a symbol; one that has ended is among them, as it was before, until it is recorded. */
  get open(): readonly RealShadow[] {
    return [...this.#bySymbol.values()].flatMap((trades) => [...trades.values()].map(present));
  }

  get size(): number {
    let size = 0;
    for (const trades of this.#bySymbol.values()) size += trades.size;
    return size;
  }

  /** Plans a trade; `null` where the signal has or had one. */
  plan(plan: RealPlan): RealShadow | null {
    const shadow = plannedShadow(plan);
    return this.adopt(shadow) ? shadow : null;
  }

  /** Takes a trade over as it was kept. */
  adopt(shadow: RealShadow): boolean {
    const { signalId, symbol } = shadow.plan;
    const trades = this.#bySymbol.get(symbol) ?? new Map<string, Entry>();
    if (this.#over.has(signalId) || trades.has(signalId)) return false;
    trades.set(signalId, { shadow, lastBarTs: shadow.lastBarTs, rest: null, ended: false });
    this.#bySymbol.set(symbol, trades);
    return true;
  }

  /** What this closed bar ends, in the order of planning. */
  onCandle(candle: Candle, terms: RealTerms, only?: string): readonly RealEnd[] {
    const ends: RealEnd[] = [];
    const trades = this.#bySymbol.get(candle.symbol);
    if (trades === undefined) return ends;
    const mayRest = !isFunded(candle, terms);
    for (const [signalId, entry] of trades) {
      if (entry.ended || (only !== undefined && only !== signalId)) continue;
      if (mayRest && isCalmFor(entry, candle, terms)) {
        entry.lastBarTs = candle.ts;
        continue;
      }
      const { shadow, over } = stepReal(present(entry), candle, terms);
      // What is kept is the trade before its end: should the record be lost, the same bar ends it again.
      if (over === null) {
        entry.shadow = shadow;
        entry.lastBarTs = shadow.lastBarTs;
        if (entry.rest?.of !== shadow.position || entry.rest?.rules !== terms.rules)
          entry.rest = restOf(shadow, terms.rules);
      } else {
        entry.ended = true;
        ends.push({ shadow, over, at: candle.ts + terms.intervalMs });
      }
    }
    return ends;
  }

  /** The record of a trade is on disk. */
  recorded(symbol: string, signalId: string): void {
    this.#bySymbol.get(symbol)?.delete(signalId);
    this.remember(signalId);
  }

  /** A trade that ended in an earlier life. */
  remember(signalId: string): void {
    this.#over.add(signalId);
    if (this.#over.size <= this.#remembered) return;
    for (const oldest of this.#over) {
      this.#over.delete(oldest);
      return;
    }
  }
}

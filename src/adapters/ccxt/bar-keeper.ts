import type { Candle } from '../../machines/messages.ts';

/** A bar is asked for this long after it closed, when no bar after it was seen, ms: exchanges need a moment. */
export const GRACE_MS = 1_000;
/** When its successor was seen, the exchange has closed it: so soon it is asked for, ms. */
const AFTER_SUCCESSOR_MS = 200;
/** An answer without the bar is believed when so much time has gone and there are later bars of others, ms. */
export const ABSENT_AFTER_MS = 5_000;
/** A bar that could not be asked for is taken from the stream when so much time has gone, ms. */
const UNCONFIRMED_AFTER_MS = 5_000;

/** What is known of a bar that is due: it is there, the exchange has none, or nothing yet. */
export type Due =
  | { readonly is: 'ready'; readonly candle: Candle }
  | { readonly is: 'absent' }
  | { readonly is: 'waiting' };

const isSame = (a: Candle, b: Candle): boolean =>
  a.open === b.open && a.high === b.high && a.low === b.low && a.close === b.close && a.volume === b.volume;

const WAITING: Due = { is: 'waiting' };
const ABSENT: Due = { is: 'absent' };

/**
 * Which bar of one symbol is to be told next, and whether it is known. A stream never says that a bar is closed, loses
 * updates, and after a cut has holes (research/trading.md §1.3, P5 and P6); so what a stream brings are prices, and the closed
 * bar is the one the exchange gives when it is asked. Only where it cannot be asked, the stream's own is taken: if one
 * connection brought both it and its successor.
 *
 * Pure: times are the exchange's, ms.
 */
export class BarKeeper {
  readonly symbol: string;
  readonly #intervalMs: number;
  readonly #streamed = new Map<number, { readonly candle: Candle; readonly connection: number }>();
  readonly #confirmed = new Map<number, Candle>();
  /** Opening time of the next bar to tell. */
  #next: number;
  #newest: { readonly ts: number; readonly connection: number; readonly since: number } | null = null;
  /** The last answer: what it was asked for, when, and the newest bar in it. */
  #answer: { readonly askedAt: number; readonly newest: number } | null = null;

  /** @param next opening time of the first bar that is to be told, ms */
  constructor(symbol: string, intervalMs: number, next: number) {
    this.symbol = symbol;
    this.#intervalMs = intervalMs;
    this.#next = next;
  }

  /** Opening time of the next bar to tell. */
  get next(): number {
    return this.#next;
  }

  /** When the next bar closes. */
  get closesAt(): number {
    return this.#next + this.#intervalMs;
  }

  /** The newest bar the stream has brought. */
  get forming(): Candle | null {
    return this.#newest === null ? null : (this.#streamed.get(this.#newest.ts)?.candle ?? null);
  }

  /** Bars as the stream has them. @param connection counts the connections: what came over one has no hole */
  streamed(candles: readonly Candle[], connection: number, now: number): void {
    for (const candle of candles) {
      if (candle.ts < this.#next) continue;
      // A row that stands as it stood was brought by the connection that brought it.
      const before = this.#streamed.get(candle.ts);
      if (before && isSame(before.candle, candle)) continue;
      if (this.#newest === null || candle.ts > this.#newest.ts)
        this.#newest = { ts: candle.ts, connection, since: now };
      this.#streamed.set(candle.ts, { candle, connection });
    }
  }

  /** The exchange's answer, asked for bars from `next` on at `askedAt`. Bars that were not closed by then are not final. */
  answered(candles: readonly Candle[], askedAt: number): void {
    let newest = Number.NEGATIVE_INFINITY;
    for (const candle of candles) {
      newest = Math.max(newest, candle.ts);
      if (candle.ts < this.#next || candle.ts + this.#intervalMs > askedAt) continue;
      // Whoever knows of less than the stream has not seen the end of the bar; but that does not last.
      const seen = this.#streamed.get(candle.ts)?.candle.volume ?? 0;
      const isSettled = askedAt >= candle.ts + this.#intervalMs + ABSENT_AFTER_MS;
      if (isSettled || candle.volume >= seen) this.#confirmed.set(candle.ts, candle);
    }
    this.#answer = { askedAt, newest };
  }

  /** Opening time of the newest bar that the exchange has shown, ms. */
  get reached(): number {
    return Math.max(this.#newest?.ts ?? Number.NEGATIVE_INFINITY, this.#answer?.newest ?? Number.NEGATIVE_INFINITY);
  }

  /** Is it time to ask for the next bar? */
  isDue(now: number): boolean {
    if (this.#confirmed.has(this.#next)) return false;
    const hasSuccessor = this.#newest !== null && this.#newest.ts > this.#next;
    const after = hasSuccessor
      ? Math.min(this.closesAt + GRACE_MS, (this.#newest?.since ?? 0) + AFTER_SUCCESSOR_MS)
      : this.closesAt + GRACE_MS;
    return now >= Math.max(this.closesAt, after);
  }

  /**
   * What is known of the next bar.
   * @param reached opening time of the newest bar of any symbol, ms: that the exchange has no bar is proven by later ones, and not
   *   by a clock, which may run ahead of its bars
   */
  due(now: number, reached = Number.NEGATIVE_INFINITY): Due {
    if (now < this.closesAt) return WAITING;
    const confirmed = this.#confirmed.get(this.#next);
    if (confirmed) return { is: 'ready', candle: confirmed };
    const answer = this.#answer;
    if (answer && answer.askedAt >= this.closesAt) {
      const isLong = answer.askedAt >= this.closesAt + ABSENT_AFTER_MS && reached > this.#next;
      const isKnown = this.#streamed.has(this.#next);
      if (!isKnown && (answer.newest > this.#next || isLong)) return ABSENT;
    }
    const own = this.#streamed.get(this.#next);
    const isWhole = own !== undefined && this.#newest?.connection === own.connection && this.#newest.ts > this.#next;
    return isWhole && now >= this.closesAt + UNCONFIRMED_AFTER_MS ? { is: 'ready', candle: own.candle } : WAITING;
  }

  /** The next bar was told, or passed over. */
  advance(): void {
    this.#confirmed.delete(this.#next);
    this.#streamed.delete(this.#next);
    this.#next += this.#intervalMs;
  }
}

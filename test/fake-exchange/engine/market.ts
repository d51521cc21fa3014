import { refuse } from './api-error.ts';
import { type Decimal, dec, type Numeric } from './decimal.ts';
import { type Bar, Klines, MINUTE, type PlayedCandle } from './klines.ts';
import type { Listing } from './listings.ts';

export interface Quote {
  /** Price of the last trade. */
  readonly last: Decimal;
  /** What stops, funding and liquidation go by. */
  readonly mark: Decimal;
  readonly at: number;
}

/** Who wants to know of the market: the engine that matches, the streams. */
export interface MarketListener {
  moved(symbol: string): void;
  barChanged(symbol: string, bar: Bar): void;
}

export interface Move {
  readonly symbol: string;
  readonly last: Numeric;
  readonly mark?: Numeric;
  readonly at: number;
  readonly volume: Numeric;
}

/** Prices and bars. It knows no accounts. */
export class Market {
  readonly klines = new Klines();
  /** Whether minutes end by the clock. A player ends its own: it may be behind the clock. */
  endsByClock = true;
  readonly #listings: ReadonlyMap<string, Listing>;
  readonly #quotes = new Map<string, Quote>();
  readonly #listeners: MarketListener[] = [];
  /** Price steps between best bid and best ask; the last price is the bid's. */
  readonly #spreadTicks: number;

  constructor(listings: ReadonlyMap<string, Listing>, spreadTicks: number) {
    this.#listings = listings;
    this.#spreadTicks = spreadTicks;
  }

  get listings(): ReadonlyMap<string, Listing> {
    return this.#listings;
  }

  listen(listener: MarketListener): void {
    this.#listeners.push(listener);
  }

  listing(symbol: string | undefined): Listing {
    return this.#listings.get(symbol ?? '') ?? refuse(-1121, 'Invalid symbol.');
  }

  /** Null before the first price. */
  quote(symbol: string): Quote | null {
    return this.#quotes.get(symbol) ?? null;
  }

  /** Symbols that have a price. */
  get traded(): readonly string[] {
    return [...this.#quotes.keys()];
  }

  /** Price a market order of that side gets. */
  touch(symbol: string, side: 'BUY' | 'SELL'): Decimal {
    const { last } =
      this.quote(symbol) ??
      refuse(-4131, "The counterparty's best price does not meet the PERCENT_PRICE filter limit.");
    return side === 'SELL' ? last : last.plus(this.listing(symbol).tick.times(this.#spreadTicks));
  }

  /** A bar of the past for REST; its close is the price until one is played. */
  remember(candle: PlayedCandle): void {
    this.klines.remember(candle);
    const last = dec(candle.close);
    this.#quotes.set(candle.symbol, { last, mark: last, at: candle.ts + MINUTE - 1 });
  }

  move({ symbol, last, mark = last, at, volume }: Move): void {
    this.listing(symbol);
    const ended = this.klines.trade(symbol, at, dec(last), dec(volume));
    if (ended) this.#tellBar(symbol, ended);
    this.#quotes.set(symbol, { last: dec(last), mark: dec(mark), at });
    const forming = this.klines.forming(symbol);
    if (forming) this.#tellBar(symbol, forming);
    for (const listener of this.#listeners) listener.moved(symbol);
  }

  /** Ends the forming minute. */
  closeBar(symbol: string): void {
    const closed = this.klines.close(symbol);
    if (closed) this.#tellBar(symbol, closed);
  }

  /** Minutes end by time, not by the next trade. */
  closeDue(now: number): void {
    if (!this.endsByClock) return;
    for (const symbol of this.#quotes.keys()) {
      const forming = this.klines.forming(symbol);
      if (forming && forming.t + MINUTE <= now) this.closeBar(symbol);
    }
  }

  #tellBar(symbol: string, bar: Bar): void {
    for (const listener of this.#listeners) listener.barChanged(symbol, bar);
  }
}

import { simMarket } from '../../adapters/sim-market.ts';
import type { VirtualClock } from '../../adapters/virtual-clock.ts';
import type { Quote, Tick } from '../../machines/messages.ts';
import type { Chance } from '../../ports/chance.ts';
import type { FeedListener, MarketFeed } from '../../ports/market-feed.ts';

export const BAR_MS = 60_000;
/** A bot trades the first of them, as many as its script says. */
export const SYMBOLS: readonly string[] = ['BTC', 'ETH', 'SOL', 'XRP', 'BNB', 'ADA', 'DOGE', 'LTC', 'LINK'].map(
  (coin) => `${coin}USDT`,
);
/** How far a price is from the last close, as a fraction, at most. */
const REACH = 0.0008;

export interface MarketOptions {
  readonly symbols: readonly string[];
  readonly clock: VirtualClock;
  readonly chance: Chance;
  /** Between two prices of a symbol, ms; none but those of the bars, from a bar's length on. */
  readonly tickMs: number;
  /** Bars that opened before this are told nobody, ms. */
  readonly since: number;
  /** The exchange knows a price before anybody else. */
  readonly mark: (tick: Tick) => void;
  readonly quote: (quote: Quote) => void;
}

/** A price that somebody was told. */
export interface Told {
  readonly price: number;
}

/** What can become of news on their way to the bot. */
export interface Line {
  /** Nothing comes any more until somebody connects anew. */
  mute: boolean;
  /** Every tick comes so often. */
  copies: number;
  /** The next tick is kept back, and comes after the one behind it. */
  swap: boolean;
}

/** The market: it goes on whether or not there is a bot, and tells whoever listens at the time. */
export class Market {
  readonly #options: MarketOptions;
  readonly #feed: MarketFeed;
  readonly #between: Chance;
  #listener: FeedListener | null = null;
  #held: Tick | null = null;
  /** The closes that prices between bars go on from. */
  readonly #closes = new Map<string, number>();
  readonly #told = new Map<string, Told>();
  readonly line: Line = { mute: false, copies: 1, swap: false };

  constructor(options: MarketOptions) {
    const { symbols, clock, chance, tickMs } = options;
    this.#options = options;
    this.#between = chance.fork('between');
    this.#feed = simMarket({ symbols, intervalMs: BAR_MS, clock, chance });
    this.#feed.start({
      tick: (tick) => this.#tick(tick),
      price: () => undefined,
      notice: (notice) => this.#listener?.notice(notice),
      failed: (error) => this.#listener?.failed(error),
    });
    if (tickMs < BAR_MS) this.#quoteSoon();
  }

  /** The last price of a symbol that whoever listens now was told; `null` before the first. Another object for each. */
  lastTold(symbol: string): Told | null {
    return this.#told.get(symbol) ?? null;
  }

  /** Nothing comes any more until somebody connects anew. */
  get silent(): boolean {
    return this.line.mute;
  }

  /** As a process sees it. */
  feed(): MarketFeed {
    const { symbols, intervalMs } = this.#feed;
    return {
      symbols,
      intervalMs,
      recorded: false,
      recent: (symbol, count) => this.#feed.recent(symbol, count).filter(({ ts }) => ts >= this.#options.since),
      newest: (symbol) => this.#feed.newest(symbol),
      start: (listener) => {
        this.line.mute = false;
        this.#held = null;
        this.#told.clear();
        this.#listener = listener;
        return () => {
          if (this.#listener === listener) this.#listener = null;
        };
      },
    };
  }

  /** Nobody listens any more. */
  disconnect(): void {
    this.#listener = null;
    this.#held = null;
  }

  /** The line breaks: whoever listens is told so, and hears nothing more until he connects anew. */
  breakLine(): void {
    this.line.mute = true;
    this.#listener?.failed(new Error('the simulated line to the market broke'));
  }

  /** So many prices at once. */
  storm(count: number): void {
    for (let i = 0; i < count; i++) this.#quote();
  }

  #tick(tick: Tick): void {
    this.#options.mark(tick);
    for (const { symbol, close } of tick.candles) this.#closes.set(symbol, close);
    if (this.line.mute) return;
    if (this.line.swap && this.#held === null) {
      this.#held = tick;
      return;
    }
    for (let i = 0; i < this.line.copies; i++) this.#listener?.tick(tick);
    for (const { symbol, close } of tick.candles) this.#told.set(symbol, { price: close });
    const late = this.#held;
    this.#held = null;
    this.line.swap = false;
    if (late) this.#listener?.tick(late);
  }

  #quoteSoon(): void {
    const { clock, tickMs } = this.#options;
    clock.setTimeout(() => {
      this.#quote();
      this.#quoteSoon();
    }, tickMs);
  }

  #quote(): void {
    const { clock } = this.#options;
    const at = clock.now();
    // A bar that closes now tells the price itself.
    if (at % BAR_MS === 0) return;
    for (const [symbol, close] of this.#closes) {
      const price = Number((close * (1 + (this.#between.next() * 2 - 1) * REACH)).toPrecision(6));
      this.#options.quote({ symbol, price, at });
      if (this.line.mute) continue;
      this.#listener?.price({ symbol, price, at });
      this.#told.set(symbol, { price });
    }
  }
}

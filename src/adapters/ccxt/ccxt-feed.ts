import type { Candle } from '../../machines/messages.ts';
import type { Chance } from '../../ports/chance.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { FeedListener, MarketFeed } from '../../ports/market-feed.ts';
import { type Closing, closing, type Lane } from './bar-closing.ts';
import type { CcxtClient } from './client.ts';
import type { ExchangeTime } from './exchange-time.ts';
import type { History } from './history.ts';
import { inShort } from './outcome.ts';
import { pricePolls } from './price-polls.ts';
import { type PriceSource, priceStreams } from './price-streams.ts';
import type { Sockets } from './sockets.ts';
import type { Listing } from './symbols.ts';

/** What a feature store warms up on, and more. */
const KEPT_BARS = 1_500;
/** A feed from which nothing came for this long says that it has failed, and again after as long; it goes on trying, ms. */
const FAILED_AFTER_MS = 15_000;

export interface CcxtFeedParts {
  readonly client: CcxtClient;
  readonly sockets: Sockets;
  readonly listings: readonly Listing[];
  readonly history: History;
  readonly time: ExchangeTime;
  readonly clock: Clock;
  /** Real time. */
  readonly network: Clock;
  readonly chance: Chance;
  readonly log: Logger;
  /** Bars that have closed already, oldest first, by symbol. */
  readonly past: ReadonlyMap<string, readonly Candle[]>;
  readonly lanes: readonly Lane[];
  /** Prices come by asking, and not by a stream. */
  readonly polled: boolean;
}

/** Live candles of an exchange through ccxt. */
export class CcxtFeed implements MarketFeed {
  readonly symbols: readonly string[];
  readonly intervalMs: number;
  readonly recorded = false;
  readonly #parts: CcxtFeedParts;
  readonly #bars: Map<string, Candle[]>;

  constructor(parts: CcxtFeedParts) {
    this.#parts = parts;
    this.symbols = parts.listings.map(({ symbol }) => symbol).sort();
    this.intervalMs = parts.history.intervalMs;
    this.#bars = new Map(this.symbols.map((symbol) => [symbol, [...(parts.past.get(symbol) ?? [])]]));
  }

  recent(symbol: string, count: number): readonly Candle[] {
    return count > 0 ? (this.#bars.get(symbol)?.slice(-count) ?? []) : [];
  }

  async newest(symbol: string): Promise<number | null> {
    const { listings, history, time } = this.#parts;
    const listing = listings.find((one) => one.symbol === symbol);
    if (!listing) return null;
    const now = time.now();
    const closed = (await history.bars(listing, now - 10 * this.intervalMs, now)).filter(
      ({ ts }) => ts + this.intervalMs <= now,
    );
    const last = closed.at(-1) ?? this.recent(symbol, 1)[0];
    return last ? last.ts + this.intervalMs : null;
  }

  start(listener: FeedListener): () => void {
    const { client, sockets, lanes, history, time, clock, network, chance, log, polled } = this.#parts;
    let lastNewsAt = clock.now();
    let failedAt = Number.NEGATIVE_INFINITY;
    const lastPrice = new Map<string, number>();

    const moved = ({ listing: { symbol }, keeper }: Lane): void => {
      lastNewsAt = clock.now();
      bars.look();
      const { forming } = keeper;
      // A bar that was told is past, whatever comes of it still.
      if (!forming || forming.ts < keeper.next || lastPrice.get(symbol) === forming.close) return;
      lastPrice.set(symbol, forming.close);
      listener.price({ symbol, price: forming.close, at: time.now() });
    };
    const failing = (error: unknown): void => {
      const now = clock.now();
      if (now - lastNewsAt < FAILED_AFTER_MS || now - failedAt < FAILED_AFTER_MS) return;
      failedAt = now;
      const seconds = Math.round((now - lastNewsAt) / 1_000);
      const words = `nothing has come from ${client.id} for ${seconds} s (${inShort(error)}); it is tried again`;
      listener.failed(new Error(words, { cause: error }));
    };

    let source: PriceSource | null = null;
    const bars: Closing = closing({
      lanes,
      history,
      time,
      clock,
      listener,
      told: (candle) => this.#keep(candle),
      asked: (lane, answer) => {
        source?.answered(lane, answer);
        if (answer instanceof Error) failing(answer);
        else lastNewsAt = clock.now();
      },
    });
    const ask = (lane: Lane): void => bars.ask(lane);
    source = polled
      ? pricePolls({ lanes, time, clock, moved, ask })
      : priceStreams({
          client,
          sockets,
          lanes,
          timeframe: history.timeframe,
          time,
          clock,
          network,
          chance,
          moved,
          ask,
          broke: (error) => {
            log.warn(`a stream of ${client.id} broke: ${inShort(error)}; it is made anew`);
            failing(error);
          },
          tell: (words) => log.warn(words),
        });
    bars.look();

    return () => {
      source?.stop();
      bars.stop();
      // Who listens next dials anew.
      sockets.reopen('nobody listens any more');
    };
  }

  #keep(candle: Candle): void {
    const bars = this.#bars.get(candle.symbol) ?? [];
    bars.push(candle);
    if (bars.length > KEPT_BARS * 2) bars.splice(0, bars.length - KEPT_BARS);
    this.#bars.set(candle.symbol, bars);
  }
}

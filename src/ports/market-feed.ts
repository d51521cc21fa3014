import type { Candle, Quote, Tick } from '../machines/messages.ts';

/** What a feed tells besides candles. A gap or a bad row is said, never filled. */
export type FeedNotice =
  | {
      readonly type: 'gap';
      readonly symbol: string;
      readonly from: number;
      readonly to: number;
      readonly missing: number;
    }
  | { readonly type: 'bad-row'; readonly file: string; readonly line: number; readonly reason: string }
  | { readonly type: 'ended' };

export interface FeedListener {
  tick(tick: Tick): void;
  /** A price between bars, where the feed has such. Never of a bar that a tick has told already. */
  price(quote: Quote): void;
  notice(notice: FeedNotice): void;
  failed(error: Error): void;
}

/** Where candles come from. `start` delivers ticks on the bot's clock, in order of time, until stopped or ended. */
export interface MarketFeed {
  readonly symbols: readonly string[];
  /** Length of a bar, ms. */
  readonly intervalMs: number;
  /** Prices of the past: what is missing in them cannot be had by asking again. */
  readonly recorded: boolean;
  start(listener: FeedListener): () => void;
  /** The last bars that are known, oldest first, without the one being delivered next. */
  recent(symbol: string, count: number): readonly Candle[];
  /** When the newest bar closed that the source has of a symbol, ms, asked another way than by waiting; `null`: it cannot be asked. */
  newest(symbol: string): Promise<number | null>;
}

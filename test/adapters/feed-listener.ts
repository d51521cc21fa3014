import type { Candle, Quote, Tick } from '../../src/machines/messages.ts';
import type { FeedListener, FeedNotice } from '../../src/ports/market-feed.ts';

/** A listener that remembers what it heard, in order. */
export class Heard implements FeedListener {
  readonly ticks: Tick[] = [];
  readonly notices: FeedNotice[] = [];
  readonly order: string[] = [];

  tick(tick: Tick): void {
    this.ticks.push(tick);
    this.order.push(`tick ${tick.at}`);
  }

  readonly quotes: Quote[] = [];

  price(quote: Quote): void {
    this.quotes.push(quote);
  }

  notice(notice: FeedNotice): void {
    this.notices.push(notice);
    this.order.push(notice.type);
  }

  failed(error: Error): void {
    throw error;
  }

  candles(symbol: string): Candle[] {
    return this.ticks.flatMap(({ candles }) => candles.filter((candle) => candle.symbol === symbol));
  }

  gaps(symbol?: string) {
    return this.notices.filter((notice) => notice.type === 'gap').filter((gap) => !symbol || gap.symbol === symbol);
  }
}

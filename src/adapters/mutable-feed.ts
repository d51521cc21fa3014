import type { Clock, TimerId } from '../ports/clock.ts';
import type { MarketFeed } from '../ports/market-feed.ts';

/** A feed that can be made to go silent, as a connection does that is dead and not closed. */
export interface MutableFeed extends MarketFeed {
  /** Nothing comes any more until it is started anew, or `ms` are over. */
  mute(ms: number): void;
}

/** For fault injection. A feed of the real world is not wrapped in this. */
export function mutableFeed(feed: MarketFeed, clock: Clock): MutableFeed {
  let muted: TimerId | null = null;
  const speak = (): void => {
    if (muted !== null) clock.clearTimeout(muted);
    muted = null;
  };
  return {
    symbols: feed.symbols,
    intervalMs: feed.intervalMs,
    recorded: feed.recorded,
    recent: (symbol, count) => feed.recent(symbol, count),
    newest: (symbol) => feed.newest(symbol),
    mute: (ms) => {
      speak();
      muted = clock.setTimeout(speak, ms);
    },
    start: (listener) => {
      // Who connects anew is spoken to.
      speak();
      return feed.start({
        tick: (tick) => {
          if (muted === null) listener.tick(tick);
        },
        price: (quote) => {
          if (muted === null) listener.price(quote);
        },
        notice: (notice) => listener.notice(notice),
        failed: (error) => listener.failed(error),
      });
    },
  };
}

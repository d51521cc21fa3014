/**
 * Prices between bars, so that a flood of them costs no more than a few. The first is told at once; what comes within the next
 * 100 ms is told together at the end of them: the newest, and before it the lowest and the highest in the order in which they
 * came. So the newest wins, and a price that would have set off a stop is never lost.
 *
 * What is lost is a move between these within 100 ms: a fall from a high that a higher one followed.
 */
import type { Quote } from '../machines/messages.ts';
import type { Clock, TimerId } from '../ports/clock.ts';

/** Prices of one symbol are looked at together at most once in this time, ms. */
export const PRICES_EVERY_MS = 100;

export interface PriceWindow {
  take(quote: Quote): void;
  /** Tells what waits, of these symbols: their bar is closed, and comes after it. */
  flush(symbols: readonly string[]): void;
  /** Tells nothing any more. */
  stop(): void;
}

interface Window {
  /** Nothing is told before, ms. */
  readonly until: number;
  /** In the order in which they came; empty: nothing waits. */
  readonly waiting: readonly Quote[];
  readonly timer: TimerId | null;
}

/** Of quotes in their order, those that matter: the lowest, the highest and the newest, each at its first time. */
export function extremesOf(quotes: readonly Quote[]): readonly Quote[] {
  const newest = quotes.at(-1);
  if (!newest) return [];
  let [low, high] = [newest, newest];
  for (const quote of quotes.toReversed()) {
    if (quote.price <= low.price) low = quote;
    if (quote.price >= high.price) high = quote;
  }
  return quotes.filter((quote) => quote === low || quote === high || quote === newest);
}

export function priceWindow(clock: Clock, tell: (quotes: readonly Quote[]) => void): PriceWindow {
  const windows = new Map<string, Window>();

  const flushOne = (symbol: string): void => {
    const window = windows.get(symbol);
    if (!window || window.waiting.length === 0) return;
    if (window.timer !== null) clock.clearTimeout(window.timer);
    windows.set(symbol, { until: clock.now() + PRICES_EVERY_MS, waiting: [], timer: null });
    tell(window.waiting);
  };

  return {
    take: (quote) => {
      const { symbol } = quote;
      const now = clock.now();
      const window = windows.get(symbol);
      if (!window || (window.waiting.length === 0 && now >= window.until)) {
        windows.set(symbol, { until: now + PRICES_EVERY_MS, waiting: [], timer: null });
        tell([quote]);
        return;
      }
      const { until } = window;
      const timer = window.timer ?? clock.setTimeout(() => flushOne(symbol), Math.max(0, until - now));
      windows.set(symbol, { until, timer, waiting: extremesOf([...window.waiting, quote]) });
    },
    flush: (symbols) => {
      for (const symbol of symbols) flushOne(symbol);
    },
    stop: () => {
      for (const { timer } of windows.values()) if (timer !== null) clock.clearTimeout(timer);
      windows.clear();
    },
  };
}

import type { Candle } from '../../machines/messages.ts';
import type { Ask } from './ask.ts';
import { candlesOf } from './candle-rows.ts';
import type { CcxtClient } from './client.ts';
import type { Listing } from './symbols.ts';

/** Bars of one answer. Binance counts up to 499 as two requests of 2,400 a minute; others give less at once. */
const PAGE = 499;

/** Where bars are asked for. */
export interface History {
  readonly timeframe: string;
  readonly intervalMs: number;
  /**
   * Bars that opened at `from` or later, up to the newest, oldest first; the last may be open still. Rejects when a part could not
   * be had. @param to the opening time of the last bar that is wanted, ms
   */
  bars(listing: Listing, from: number, to: number): Promise<readonly Candle[]>;
}

export function historyOf(client: CcxtClient, ask: Ask, timeframe: string, intervalMs: number): History {
  const page = async ({ symbol, unified }: Listing, from: number, count: number): Promise<readonly Candle[]> => {
    const rows = await ask(`the bars of ${symbol}`, client, () => client.fetchOHLCV(unified, timeframe, from, count));
    return candlesOf(symbol, rows).filter(({ ts }) => ts >= from);
  };
  return {
    timeframe,
    intervalMs,
    bars: async (listing, from, to) => {
      const all: Candle[] = [];
      for (let next = from; next <= to; ) {
        const wanted = Math.min(PAGE, Math.ceil((to - next) / intervalMs) + 2);
        const got = await page(listing, next, wanted);
        const last = got.at(-1);
        if (!last) break;
        all.push(...got);
        next = last.ts + intervalMs;
      }
      return all;
    },
  };
}

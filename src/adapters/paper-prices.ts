/** Prices as the paper exchange knows them. Orders fill by these, and by no others. */
import type { Candle, Quote } from '../machines/messages.ts';
import type { Liquidity } from './paper-matching.ts';
import type { PaperState } from './paper-state.ts';

/** The price at which a bar that runs now has opened: what a recording knows of it when it begins. */
export interface Opening {
  readonly symbol: string;
  /** Opening time of the bar, ms. */
  readonly ts: number;
  readonly open: number;
}

type Prices = Pick<PaperState, 'marks' | 'last' | 'opens'>;

/** The newest price that was seen: what equity, margin and refusals are judged by. `undefined` before the first. */
export const lastPrice = ({ last, marks }: Prices, symbol: string): number | undefined =>
  last[symbol]?.price ?? marks[symbol]?.close;

/** A bar that stands still at a price. */
export const stillBar = ({ symbol, price, at }: Quote, volume: number): Candle => ({
  symbol,
  ts: at,
  open: price,
  high: price,
  low: price,
  close: price,
  volume,
});

/**
 * What an order at the market meets now. In a recording that is the opening price of the bar that runs now, never the close that
 * was there for everybody to see; where none runs (bars are missing, or it has ended) there is no market: `null`.
 */
export function priceNow(prices: Prices, symbol: string, isRecorded: boolean): Liquidity | null {
  const bar = prices.marks[symbol];
  if (!bar) return null;
  const { volume } = bar;
  if (!isRecorded) return { close: lastPrice(prices, symbol) ?? bar.close, volume };
  const running = prices.opens[symbol];
  return running !== undefined && running.ts > bar.ts ? { close: running.open, volume } : null;
}

/** Were there prices within this bar before it closed? Then what came before an order can be told from what came after. */
export const heardWithin = ({ last }: Prices, { symbol, ts }: Candle): boolean => {
  const heard = last[symbol];
  return heard?.between === true && heard.at > ts;
};

import { Decimal, dec } from './decimal.ts';
import { MINUTE, type PlayedCandle } from './klines.ts';
import type { Move } from './market.ts';

/** When the four prices of a minute are traded, ms from its opening. */
const OFFSETS = [0, MINUTE / 3, (2 * MINUTE) / 3, MINUTE - 1_000] as const;

/** Which extreme of a bar came first. `nearest`: the one nearer to the open, right in about 80 % of bars (research/trading.md §4). */
export type ExtremeFirst = 'nearest' | 'high' | 'low';

/** A bar as the moves that make it: open, one extreme, the other, close; its volume is spread over them without a rest. */
export function pathOf(candle: PlayedCandle, first: ExtremeFirst = 'nearest'): readonly Move[] {
  const { symbol, ts } = candle;
  const [open, high, low, close] = [dec(candle.open), dec(candle.high), dec(candle.low), dec(candle.close)];
  const highFirst = first === 'high' || (first === 'nearest' && high.minus(open).lte(open.minus(low)));
  const prices = highFirst ? [open, high, low, close] : [open, low, high, close];
  const quarter = dec(candle.volume).dividedBy(4).toDecimalPlaces(3, Decimal.ROUND_DOWN);
  return prices.map((last, index) => ({
    symbol,
    last,
    at: ts + (OFFSETS[index] ?? 0),
    volume: index < 3 ? quarter : dec(candle.volume).minus(quarter.times(3)),
  }));
}

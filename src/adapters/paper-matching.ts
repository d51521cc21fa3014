import type { Candle, Fill } from '../machines/messages.ts';
import type { Instrument } from '../ports/broker.ts';
import type { Chance } from '../ports/chance.ts';
import { dividedBy, floorToLot, minus, roundToTick } from '../ports/money.ts';

/** Slippage of a small order, and what the share of the bar's volume adds to it, as fractions of the price. */
const BASE_SLIPPAGE = 0.0001;
const IMPACT = 0.01;
/** An order above this share of the bar's volume is filled in parts; so are some others. */
const LARGE_SHARE = 0.01;
const PARTED = 0.15;

/** The sizes in which an order of `qty` fills, one to three, on the lot; their sum is `qty`. */
export function partsOf(qty: number, volume: number, lot: number, chance: Chance): readonly number[] {
  const large = qty > volume * LARGE_SHARE;
  const count = large || chance.next() < PARTED ? 2 + Math.floor(chance.next() * 2) : 1;
  const part = floorToLot(dividedBy(qty, count), lot);
  if (count === 1 || part <= 0) return [qty];
  const parts = Array.from({ length: count - 1 }, () => part);
  return [...parts, parts.reduce(minus, qty)];
}

/** Where a stop goes off in a bar: at its price, or at the open where the market jumped over it; `null`: it does not. */
export function triggeredAt(side: Fill['side'], stopPrice: number, { open, high, low }: Candle): number | null {
  if (side === 'SELL') return low <= stopPrice ? Math.min(open, stopPrice) : null;
  return high >= stopPrice ? Math.max(open, stopPrice) : null;
}

/** What an order meets: a price, and the volume of the last bar. */
export interface Liquidity {
  readonly close: number;
  readonly volume: number;
}

/** A price, worse by half the spread and by the share of the bar's volume that the order takes. Always worse. */
export function slippedPrice(
  { close, volume }: Liquidity,
  side: Fill['side'],
  size: number,
  { tick }: Instrument,
  chance: Chance,
): number {
  const share = volume > 0 ? Math.min(1, size / volume) : 1;
  const slip = close * (BASE_SLIPPAGE + IMPACT * share) * (0.5 + chance.next());
  return side === 'BUY'
    ? roundToTick(close + slip, tick, 'up')
    : Math.max(tick, roundToTick(close - slip, tick, 'down'));
}

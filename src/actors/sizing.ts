/** The size of an entry: as large as the loss at its stop may be, and never larger than the caps. */
import type { Direction } from '../machines/messages.ts';
import type { Instrument } from '../ports/broker.ts';
import { dividedBy, floorToLot, liquidationPrice, minus, notionalUsd, roundToTick, toUsd } from '../ports/money.ts';
import { EXIT_DEFAULTS } from './exits/exit-rules.ts';
import { clean, levelAt } from './level.ts';

export interface SizingRules {
  /** Fraction of equity lost when the stop is hit, before fees. */
  readonly riskFraction: number;
  /** Distance of the stop, as a fraction of the price. */
  readonly stopFraction: number;
  /** Leverage wanted; lowered where the liquidation price would come too near to the stop. */
  readonly leverage: number;
  /** Largest notional of one position, as a multiple of equity. */
  readonly maxNotional: number;
  /** Liquidation must be at least this many times as far away as the stop. */
  readonly liquidationDistance: number;
}

export const SIZING_DEFAULTS: SizingRules = {
  riskFraction: 0.005,
  stopFraction: EXIT_DEFAULTS.stopFraction,
  leverage: 3,
  maxNotional: 0.5,
  liquidationDistance: 2,
};

export interface EntryRequest {
  readonly direction: Direction;
  readonly price: number;
  readonly equityUsd: number;
  /** Collateral that is not bound by other positions; all of the equity where not given. */
  readonly freeMarginUsd?: number;
  readonly instrument: Instrument;
  readonly rules: SizingRules;
}

export type EntrySize =
  | { readonly qty: number; readonly leverage: number; readonly marginUsd: number; readonly stopPrice: number }
  | { readonly refused: string };

/**
 * `qty` in base units on the lot, `stopPrice` on the tick (rounded towards the entry, so that rounding never adds risk),
 * `marginUsd` = notional / leverage (isolated). Refuses, with the reason in numbers, what would be below the exchange's
 * minimum: it is never rounded up to it, since that would risk more than allowed.
 */
export function sizeEntry({ direction, price, equityUsd, freeMarginUsd, instrument, rules }: EntryRequest): EntrySize {
  if (!(price > 0) || !(equityUsd > 0))
    return { refused: `nothing can be sized at price ${price} with equity ${equityUsd} USD` };
  const free = freeMarginUsd ?? equityUsd;
  if (!(free > 0)) return { refused: `no free margin (${free} USD)` };

  const sign = direction === 'LONG' ? 1 : -1;
  const stopPrice = roundToTick(levelAt(price, -sign * rules.stopFraction), instrument.tick, sign > 0 ? 'up' : 'down');
  const stopDistance = minus(price, stopPrice) * sign;
  if (!(stopDistance > 0))
    return {
      refused: `a stop ${rules.stopFraction * 100} % from ${price} is less than one tick of ${instrument.tick} away`,
    };

  const leverage = safeLeverage(direction, price, stopDistance, instrument, rules);
  if (leverage === null)
    return {
      refused: `at any leverage the liquidation price is nearer than ${rules.liquidationDistance} times the stop`,
    };

  const byRisk = (equityUsd * rules.riskFraction) / stopDistance;
  const byNotional = (equityUsd * rules.maxNotional) / price;
  const byMargin = (free * leverage) / price;
  const qty = floorToLot(clean(Math.min(byRisk, byNotional, byMargin)), instrument.lot);
  const notional = notionalUsd(price, qty);
  if (qty <= 0 || notional < instrument.minNotionalUsd)
    return {
      refused: `size ${qty} ${instrument.symbol} is ${notional.toFixed(2)} USD, the exchange takes no less than ${instrument.minNotionalUsd} USD`,
    };
  return { qty, leverage, marginUsd: toUsd(dividedBy(notional, leverage)), stopPrice };
}

/** The highest whole leverage, up to the one wanted, whose liquidation is far enough behind the stop. */
function safeLeverage(
  direction: Direction,
  price: number,
  stopDistance: number,
  instrument: Instrument,
  rules: SizingRules,
): number | null {
  for (let leverage = Math.floor(Math.min(rules.leverage, instrument.maxLeverage)); leverage >= 1; leverage--) {
    const liquidation = liquidationPrice(direction, price, 1, price / leverage, instrument.maintenanceMargin);
    const distance = direction === 'LONG' ? price - liquidation : liquidation - price;
    if (distance >= rules.liquidationDistance * stopDistance) return leverage;
  }
  return null;
}

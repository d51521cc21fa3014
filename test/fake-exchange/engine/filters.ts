import { refuse } from './api-error.ts';
import { type Decimal, isMultiple } from './decimal.ts';
import type { Listing } from './listings.ts';

/** Size within the symbol's steps and bounds. */
export function checkQuantity({ step, maxQty, marketMaxQty }: Listing, qty: Decimal, isMarket: boolean): void {
  if (!isMultiple(qty, step)) refuse(-1111, 'Precision is over the maximum defined for this asset.');
  if (qty.lte(0)) refuse(-4003, 'Quantity less than or equal to zero.');
  if (qty.gt(isMarket ? marketMaxQty : maxQty)) refuse(-4005, 'Quantity greater than max quantity.');
}

export function checkPrice({ tick }: Listing, price: Decimal): void {
  if (price.lte(0)) refuse(-4001, 'Price less than 0.');
  if (!isMultiple(price, tick)) refuse(-4014, 'Price not increased by tick size.');
}

/** Reduce-only orders may be as small as they like. */
export function checkNotional({ minNotional }: Listing, notional: Decimal, reduceOnly: boolean): void {
  if (!reduceOnly && notional.lt(minNotional))
    refuse(-4164, `Order's notional must be no smaller than ${minNotional} (unless you choose reduce only).`);
}

import type { Fill } from '../../machines/messages.ts';
import { feeUsd, minus, toUsd } from '../../ports/money.ts';
import type { Listing } from './symbols.ts';
import type { OrderUpdate, WireTrade } from './wire.ts';

/** What stands in the way of an exact fee: it was paid in another coin (Binance: BNB), and is booked at the taker's rate. */
export type ForeignFee = (asset: string) => void;

interface Executed {
  readonly price: number;
  readonly qty: number;
  readonly fee: number;
  readonly feeAsset: string;
}

function feeOf(
  { price, qty, fee, feeAsset }: Executed,
  { unified, instrument }: Listing,
  foreign: ForeignFee,
): Pick<Fill, 'feeUsd' | 'feeAsset'> {
  if (fee === 0 || unified.endsWith(`:${feeAsset}`)) return { feeUsd: toUsd(fee) };
  foreign(feeAsset);
  return { feeUsd: feeUsd(price, qty, instrument.takerFee), feeAsset };
}

/** Binance counts trades by symbol. */
export const fillIdOf = (symbol: string, tradeId: string): string => `${symbol}-${tradeId}`;

/** A trade of the account's history, as a fill of `clientOrderId`. */
export function fillOfTrade(
  trade: WireTrade,
  listing: Listing,
  { clientOrderId, complete }: Pick<Fill, 'clientOrderId' | 'complete'>,
  foreign: ForeignFee,
): Fill {
  const { id, orderId, side, qty, price, commission, commissionAsset, time } = trade;
  return {
    fillId: fillIdOf(listing.symbol, id),
    clientOrderId,
    orderId,
    symbol: listing.symbol,
    side,
    qty,
    price,
    ...feeOf({ price, qty, fee: commission, feeAsset: commissionAsset }, listing, foreign),
    complete,
    at: time,
  };
}

/** A fill as the user's stream tells it, and how much of its order had been executed before. */
export interface ToldFill {
  readonly fill: Fill;
  readonly before: number;
}

/** `null` for an update that executes nothing. Liquidations are `CALCULATED`, everything else is a `TRADE`. */
export function fillOfUpdate(
  update: OrderUpdate,
  listing: Listing,
  clientOrderId: string,
  foreign: ForeignFee,
): ToldFill | null {
  const { x, X, i, t, S, l, L, n, N, T, z } = update;
  if ((x !== 'TRADE' && x !== 'CALCULATED') || l <= 0) return null;
  const fill: Fill = {
    fillId: fillIdOf(listing.symbol, t),
    clientOrderId,
    orderId: i,
    symbol: listing.symbol,
    side: S,
    qty: l,
    price: L,
    ...feeOf({ price: L, qty: l, fee: n, feeAsset: N }, listing, foreign),
    complete: X === 'FILLED',
    at: T,
  };
  return { fill, before: minus(z, l) };
}

import type { Candle, Direction, Fill } from '../machines/messages.ts';
import type { Instrument } from '../ports/broker.ts';
import {
  dividedBy,
  feeUsd,
  liquidationPrice,
  minus,
  notionalUsd,
  plus,
  pnlUsd,
  realisedUsd,
  roundToTick,
  shareOf,
  times,
  toUsd,
} from '../ports/money.ts';
import { lastPrice } from './paper-prices.ts';
import type { Holding, PaperState } from './paper-state.ts';

const FLAT: Holding = { qty: 0, entry: 0, marginUsd: 0, costUsd: 0 };

const directionOf = ({ qty }: Holding): Direction => (qty > 0 ? 'LONG' : 'SHORT');

/** How much of an order on this side closes what is held: 0 where it would add to it. */
export const closable = (held: Holding | undefined, side: Fill['side']): number =>
  held && (side === 'SELL' ? held.qty > 0 : held.qty < 0) ? Math.abs(held.qty) : 0;

/**
 * Books a fill: the fee, the profit on what it closes (its share of what the holding has cost, the last share being the
 * rest), and what it opens with its own margin. A fill larger than the opposite holding closes it and opens the rest at its own
 * price.
 */
export function book(
  state: PaperState,
  fill: Pick<Fill, 'symbol' | 'side' | 'qty' | 'price' | 'feeUsd'>,
  leverage: number,
): void {
  const { symbol, side, qty, price } = fill;
  const held = state.positions[symbol] ?? FLAT;
  const closing = Math.min(qty, closable(held, side));
  const closed = closing > 0 ? shareOf(held.costUsd, closing, Math.abs(held.qty)) : 0;
  const profit = closing > 0 ? realisedUsd(directionOf(held), closed, notionalUsd(price, closing)) : 0;
  state.cashUsd = toUsd(minus(plus(state.cashUsd, profit), fill.feeUsd));

  const kept = minus(Math.abs(held.qty), closing);
  const opening = minus(qty, closing);
  const size = plus(kept, opening);
  if (size === 0) {
    delete state.positions[symbol];
    return;
  }
  const keptMargin = kept === 0 ? 0 : shareOf(held.marginUsd, kept, Math.abs(held.qty));
  const costUsd = plus(minus(held.costUsd, closed), notionalUsd(price, opening));
  state.positions[symbol] = {
    qty: plus(held.qty, side === 'BUY' ? qty : -qty),
    entry: opening === 0 ? held.entry : dividedBy(costUsd, size),
    marginUsd: toUsd(plus(keptMargin, dividedBy(times(opening, price), leverage))),
    costUsd,
  };
}

/** Cash and unrealised profit at the last prices. */
export function equityOf(state: PaperState): number {
  const { cashUsd, positions } = state;
  let equity = cashUsd;
  for (const [symbol, held] of Object.entries(positions)) {
    const price = lastPrice(state, symbol);
    if (price === undefined) continue;
    equity = plus(equity, realisedUsd(directionOf(held), held.costUsd, notionalUsd(price, Math.abs(held.qty))));
  }
  return toUsd(equity);
}

/** Where a holding is liquidated; 0 for one that cannot be. */
export const liquidationOf = (held: Holding, { maintenanceMargin }: Instrument): number =>
  liquidationPrice(directionOf(held), held.entry, Math.abs(held.qty), held.marginUsd, maintenanceMargin);

/** A forced close, if this bar went through the liquidation price. */
export interface ForcedClose {
  readonly side: Fill['side'];
  readonly qty: number;
  readonly price: number;
  readonly feeUsd: number;
}

/**
 * At the liquidation price, or at the open where the market jumped over it; but isolated margin is all that can be lost, so
 * never beyond the price that uses it up, and the fee takes no more than what is left of it.
 */
export function forcedClose(
  held: Holding,
  liquidationAt: number,
  bar: Candle,
  instrument: Instrument,
): ForcedClose | null {
  const long = held.qty > 0;
  if (liquidationAt <= 0 || (long ? bar.low > liquidationAt : bar.high < liquidationAt)) return null;
  const qty = Math.abs(held.qty);
  const marginPerUnit = dividedBy(held.marginUsd, qty);
  const bankruptAt = long ? minus(held.entry, marginPerUnit) : plus(held.entry, marginPerUnit);
  const reached = long
    ? Math.max(bankruptAt, Math.min(liquidationAt, bar.open))
    : Math.min(bankruptAt, Math.max(liquidationAt, bar.open));
  const price = Math.max(instrument.tick, roundToTick(reached, instrument.tick, long ? 'up' : 'down'));
  const left = Math.max(0, plus(held.marginUsd, pnlUsd(directionOf(held), held.entry, price, qty)));
  const fee = Math.min(feeUsd(price, qty, instrument.takerFee), left);
  return { side: long ? 'SELL' : 'BUY', qty, price, feeUsd: toUsd(fee) };
}

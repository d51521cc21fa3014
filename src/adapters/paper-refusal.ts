/** Why the paper exchange refuses an order. */
import type { Intent } from '../machines/messages.ts';
import type { Instrument, RestingOrder } from '../ports/broker.ts';
import { dividedBy, floorToLot, minus, notionalUsd, toUsd } from '../ports/money.ts';
import { closable } from './paper-account.ts';
import { lastPrice } from './paper-prices.ts';
import type { PaperOrder, PaperState } from './paper-state.ts';

export const WOULD_TRIGGER = 'its price has been reached already';

export const leftOf = ({ qty, fills }: PaperOrder): number => fills.reduce((left, fill) => minus(left, fill.qty), qty);

/** An open order, as an exchange lists it. */
export const restingOf = (clientOrderId: string, order: PaperOrder): RestingOrder => {
  const { orderId, symbol, side, reduceOnly, stopPrice } = order;
  const purpose = stopPrice !== null ? 'stop' : reduceOnly ? 'exit' : 'entry';
  return { clientOrderId, orderId, symbol, side, purpose, qty: leftOf(order), reduceOnly, stopPrice };
};

/** Cash that neither holdings nor orders under way have bound. */
function freeMarginUsd(state: PaperState): number {
  const { cashUsd, positions, orders } = state;
  let free = cashUsd;
  for (const { marginUsd } of Object.values(positions)) free = minus(free, marginUsd);
  for (const order of Object.values(orders)) {
    if (order.status !== 'open' || order.reduceOnly) continue;
    const price = lastPrice(state, order.symbol) ?? 0;
    free = minus(free, dividedBy(notionalUsd(price, leftOf(order)), order.leverage));
  }
  return free;
}

/** The reason, or `null`: it is taken. Judged by the newest price that everybody has seen. */
export function refusalOf(state: PaperState, intent: Intent, instrument: Instrument): string | null {
  const { symbol, side, qty, leverage, reduceOnly, stopPrice } = intent;
  const { lot, minNotionalUsd, maxLeverage } = instrument;
  const price = lastPrice(state, symbol);
  if (price === undefined || !state.marks[symbol]) return `there is no price for ${symbol} yet`;
  if (!(qty > 0) || floorToLot(qty, lot) !== qty) return `size ${qty} is not a multiple of ${lot}`;
  const closing = closable(state.positions[symbol], side);
  if (stopPrice !== null && (side === 'SELL' ? price <= stopPrice : price >= stopPrice)) return WOULD_TRIGGER;
  if (reduceOnly) return closing > 0 ? null : `there is nothing to reduce of ${symbol}`;
  const notional = notionalUsd(price, qty);
  if (notional < minNotionalUsd) return `notional ${notional} is below ${minNotionalUsd}`;
  if (!(leverage >= 1 && leverage <= maxLeverage)) return `leverage ${leverage} is not between 1 and ${maxLeverage}`;
  const needed = dividedBy(notionalUsd(price, Math.max(0, minus(qty, closing))), leverage);
  const free = freeMarginUsd(state);
  return needed > free ? `margin is insufficient: ${toUsd(needed)} needed, ${toUsd(free)} free` : null;
}

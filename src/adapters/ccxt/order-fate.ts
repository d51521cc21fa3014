import type { OrderFate, OrderName } from '../../ports/broker.ts';
import { FORGOTTEN_AFTER_MS, type OrderEntry } from './order-entry.ts';
import { isOver, type OrderHistory } from './order-history.ts';
import type { OrderNames } from './order-names.ts';
import type { Listing } from './symbols.ts';
import { orderIdOf, type WireOrder } from './wire.ts';

const NEVER: OrderFate = { status: 'never-received' };
/** A stop that has gone off becomes an order at once; by then none will come of it, ms. */
const BECOMES_ONE_WITHIN_MS = 60_000;

/**
 * What became of an order. Rejects when the exchange could not be asked or its answers do not fit together: then it stays unknown.
 * `never-received` is said only when two different questions were both answered with no, and the order cannot arrive any more; and
 * never of an order that the exchange has taken and cannot have forgotten yet. Of one that ended without a fill days after it was
 * placed it is all that can be learnt.
 * @param now ms of the exchange
 */
export async function fateOf(
  order: OrderName,
  listing: Listing,
  history: OrderHistory,
  names: OrderNames,
  entry: OrderEntry,
  now: number,
): Promise<OrderFate> {
  const { clientOrderId, purpose } = order;
  const found = purpose === 'stop' ? await stopFate(clientOrderId, listing, history, now) : null;
  if (found) return found;
  // The order that a stop becomes may bear its id.
  const known = await history.order(listing, { clientOrderId });
  if (known) return orderFate(known, clientOrderId, listing, history, names);
  // The one who was just asked may not have heard of it yet.
  const listed = (await history.orders(listing)).find((one) => one.clientOrderId === clientOrderId);
  if (listed) return orderFate(listed, clientOrderId, listing, history, names);
  if (entry.mustBeKnown(clientOrderId))
    throw new Error(`the exchange took order ${clientOrderId}, and says now that it has none of that name`);
  if (entry.mayArrive(clientOrderId))
    throw new Error(`the exchange has not heard of order ${clientOrderId}, which may be on its way still`);
  return NEVER;
}

async function stopFate(
  clientOrderId: string,
  listing: Listing,
  history: OrderHistory,
  now: number,
): Promise<OrderFate | null> {
  const stop = await history.stop(listing, clientOrderId);
  if (!stop) return null;
  const orderId = orderIdOf(stop.actualOrderId);
  if (orderId !== null) {
    const became = await history.order(listing, { orderId });
    // The stop is remembered for as long as an order that has filled: one that is forgotten before it has filled nothing.
    if (!became && stop.algoStatus === 'FINISHED' && now - (stop.updateTime ?? now) > FORGOTTEN_AFTER_MS)
      return { status: 'cancelled', fills: [] };
    if (!became) throw new Error(`stop ${clientOrderId} became order ${orderId}, of which the exchange knows nothing`);
    return fateFrom(became, await history.fillsOf(listing, became, clientOrderId));
  }
  switch (stop.algoStatus) {
    case 'REJECTED':
      return { status: 'rejected', reason: 'it went off when there was nothing to close' };
    // Seen to stay so for ever (nautilus_trader, discussion 5378): it protects nothing, and cannot be cancelled.
    case 'TRIGGERING':
      if (now - (stop.updateTime ?? now) > BECOMES_ONE_WITHIN_MS) return { status: 'cancelled', fills: [] };
      throw new Error(`stop ${clientOrderId} has gone off, and there is no order that it became`);
    case 'CANCELED':
    case 'EXPIRED':
    case 'FINISHED':
      return { status: 'cancelled', fills: [] };
    default:
      return { status: 'open', fills: [] };
  }
}

async function orderFate(
  order: WireOrder,
  clientOrderId: string,
  listing: Listing,
  history: OrderHistory,
  names: OrderNames,
): Promise<OrderFate> {
  names.learn(listing.symbol, order.orderId, clientOrderId);
  return fateFrom(order, await history.fillsOf(listing, order, clientOrderId));
}

function fateFrom(order: WireOrder, fills: Awaited<ReturnType<OrderHistory['fillsOf']>>): OrderFate {
  if (order.status === 'REJECTED') return { status: 'rejected', reason: 'refused by the matching engine' };
  if (!isOver(order)) return { status: 'open', fills };
  return { status: order.status === 'FILLED' ? 'filled' : 'cancelled', fills };
}

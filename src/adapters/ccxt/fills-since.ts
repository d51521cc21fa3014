import type { Fill } from '../../machines/messages.ts';
import { plus } from '../../ports/money.ts';
import { type ForeignFee, fillIdOf, fillOfTrade } from './fills.ts';
import { isOver, type OrderHistory } from './order-history.ts';
import { nameOf, type OrderNames } from './order-names.ts';
import type { Listing } from './symbols.ts';
import type { WireOrder, WireTrade } from './wire.ts';

const PAGE = 1_000;

export interface FillsSinceParts {
  readonly history: OrderHistory;
  readonly names: OrderNames;
  readonly foreignFee: ForeignFee;
}

/** All fills of a symbol from `since` to `now` (ms of the exchange), oldest first. Rejects when a part could not be read. */
export async function fillsSince(
  listing: Listing,
  since: number,
  now: number,
  { history, names, foreignFee }: FillsSinceParts,
): Promise<readonly Fill[]> {
  const trades = await history.tradesSince(listing, since, now);
  const orders = await ordersOf(listing, trades, history, names);
  const fills: Fill[] = [];
  for (const group of Map.groupBy(trades, ({ orderId }) => orderId).values()) {
    const order = orders.get(group[0]?.orderId ?? '');
    const clientOrderId = order ? (names.get(listing.symbol, order.orderId) ?? nameOf(order.clientOrderId)) : null;
    if (!order || clientOrderId === null)
      throw new Error(
        `trades of ${listing.symbol} belong to order ${group[0]?.orderId}, of which the exchange knows nothing`,
      );
    const sum = group.reduce((total, { qty }) => plus(total, qty), 0);
    if (isOver(order) && sum !== order.executedQty) {
      // The window cuts through it: only the whole tells which fill was its last.
      const ids = new Set(group.map(({ id }) => fillIdOf(listing.symbol, id)));
      fills.push(...(await history.fillsOf(listing, order, clientOrderId)).filter(({ fillId }) => ids.has(fillId)));
      continue;
    }
    const last = group.at(-1)?.id;
    for (const trade of group)
      fills.push(
        fillOfTrade(trade, listing, { clientOrderId, complete: isOver(order) && trade.id === last }, foreignFee),
      );
  }
  const place = new Map(trades.map(({ id }, index) => [fillIdOf(listing.symbol, id), index]));
  return fills.sort((a, b) => (place.get(a.fillId) ?? 0) - (place.get(b.fillId) ?? 0));
}

/** The orders behind trades, by number. Asked for after the trades: what is over then was over before. */
async function ordersOf(
  listing: Listing,
  trades: readonly WireTrade[],
  history: OrderHistory,
  names: OrderNames,
): Promise<ReadonlyMap<string, WireOrder>> {
  const wanted = new Set(trades.map(({ orderId }) => orderId));
  const orders = new Map<string, WireOrder>();
  const numbers = [...wanted].map(BigInt).sort((a, b) => (a < b ? -1 : 1));
  let from = numbers[0];
  const to = numbers.at(-1);
  while (from !== undefined && to !== undefined && from <= to) {
    const page = await history.orders(listing, String(from));
    for (const order of page) if (wanted.has(order.orderId)) orders.set(order.orderId, order);
    const last = page.at(-1);
    if (!last || page.length < PAGE) break;
    from = BigInt(last.orderId) + 1n;
  }
  for (const orderId of wanted) {
    const order = orders.get(orderId) ?? (await history.order(listing, { orderId }));
    if (order) orders.set(orderId, order);
  }
  const isStopOfOld = ({ orderId, origType }: WireOrder): boolean =>
    origType !== 'MARKET' && origType !== 'LIMIT' && names.get(listing.symbol, orderId) === null;
  if ([...orders.values()].some(isStopOfOld)) await history.stops(listing);
  return orders;
}

/** The orders that rest at the exchange against those on the desk: what is gone, what nobody knows, and what is not ours. */
import type { RestingOrder } from '../ports/broker.ts';
import { plus } from '../ports/money.ts';
import { says } from '../ports/says.ts';
import type { World } from '../ports/world.ts';
import type { LostOrders } from './lost-orders.ts';
import { OURS } from './order-ids.ts';
import type { OrderRouter } from './order-router.ts';
import { isResting, type Order } from './orders.ts';
import type { TradeHistory } from './trade-history.ts';

export interface OrderAudit {
  /** What differs, in words, after taking in or cancelling what is ours. Rejects when the exchange could not be asked. */
  look(): Promise<readonly string[]>;
  /** Orders on our symbols that are not ours: they are left alone. */
  readonly foreign: number;
}

export function orderAudit(
  { broker, clock, log, pending }: World,
  { desk }: TradeHistory,
  router: OrderRouter,
  { claim }: LostOrders,
  alive: () => boolean,
): OrderAudit {
  /** Orders of others that were told of, and are still there. */
  let warned = new Set<string>();
  let foreign = 0;

  const noteForeign = ({ clientOrderId, orderId, symbol, side, qty }: RestingOrder): void => {
    foreign++;
    if (warned.has(orderId)) return;
    warned.add(orderId);
    log.warn(
      `an order that is not ours rests on ${symbol}: ${side} ${qty} (${clientOrderId || orderId}); it is left alone`,
    );
  };

  /** One with our name that belongs to no position, from a life whose log is gone: it can only do harm. */
  const cancelStray = async (order: RestingOrder): Promise<string> => {
    const { clientOrderId, symbol, side, qty } = order;
    const what = `${symbol}: ${side} ${qty} rests as ${clientOrderId}, and no position of ours is behind it (stray order)`;
    try {
      await pending.track(broker.cancel(order));
      log.warn(`${what}; it is cancelled`);
    } catch (error) {
      log.warn(`${what}; it could not be cancelled: ${says(error)}, which is tried again`);
    }
    return what;
  };

  /** What rests is what the exchange says, whoever changed it. */
  const correct = (order: Order, { qty, stopPrice }: RestingOrder): void => {
    const { intent, filledQty } = order;
    const whole = plus(qty, filledQty);
    if (intent.purpose !== 'stop' || (intent.qty === whole && intent.stopPrice === stopPrice)) return;
    log.warn(
      `${intent.clientOrderId} rests for ${qty} at ${stopPrice}, not for ${intent.qty} at ${intent.stopPrice} as it was sent`,
    );
    order.intent = { ...intent, qty: whole, stopPrice };
  };

  /** It rested by what we know, and the exchange does not list it. */
  const doubt = (order: Order): void => {
    order.phase = 'unknown';
    order.since = clock.now();
  };

  return {
    get foreign() {
      return foreign;
    },
    look: async () => {
      const live = new Set(desk.live());
      const rested = [...live].filter(isResting);
      const listed = await pending.track(broker.resting());
      if (!alive()) return [];
      foreign = 0;
      warned = new Set(listed.flatMap(({ orderId }) => (warned.has(orderId) ? [orderId] : [])));
      const differences: string[] = [];
      const names = new Set(listed.map(({ clientOrderId }) => clientOrderId));
      const missing = rested.filter((order) => isResting(order) && !names.has(order.intent.clientOrderId));
      for (const order of missing) doubt(order);
      for (const resting of listed) {
        if (!resting.clientOrderId.startsWith(OURS)) {
          noteForeign(resting);
          continue;
        }
        const order = claim(resting);
        if (order === null) differences.push(await cancelStray(resting));
        else {
          // One that ended while the exchange was asked is listed all the same.
          if (order.phase === 'done' && live.has(order)) continue;
          if (order.phase === 'done') desk.revive(order);
          if (order.phase === 'unknown') router.learn(order, { status: 'open', fills: [] });
          correct(order, resting);
        }
      }
      await router.ask(missing);
      return differences;
    },
  };
}

/**
 * Sends orders and finds out what became of them. An answer that did not come leaves an order unknown: it is asked after,
 * never taken for refused, and never sent again unless it is proven that the exchange has not had it.
 */
import type { Fill } from '../machines/messages.ts';
import { type OrderFate, OrderRejected } from '../ports/broker.ts';
import type { World } from '../ports/world.ts';
import { says } from './effects.ts';
import type { Order } from './orders.ts';
import type { TradeDesk } from './trade-desk.ts';
import type { TradeHistory } from './trade-history.ts';

/** "Never received" proves it only when the order cannot be on its way any more: beyond the exchange's receive window, ms. */
export const PROVEN_AFTER_MS = 10_000;
/** An exit that was never received is sent again while it is younger than this, ms. */
const SENT_AGAIN_FOR_MS = 600_000;

export interface OrderRouter {
  send(order: Order): void;
  /** Asks the exchange about orders, one after the other. That it could not be asked says nothing about an order. */
  ask(orders: readonly Order[]): Promise<void>;
  /** What the exchange has told about an order. */
  learn(order: Order, fate: OrderFate): void;
}

/** What the router needs of its component. */
export interface RouterOffice {
  /** Is this incarnation still the one that acts? */
  readonly alive: () => boolean;
  /** Does work that is waited for when the component closes. */
  readonly run: (what: string, work: () => Promise<void>) => void;
  readonly take: (fill: Fill) => void;
  /** Something happened to an order. */
  readonly tell: (what: string) => void;
  /** The books may be wrong. */
  readonly doubt: () => void;
}

export function orderRouter(
  { broker, clock, log, pending }: World,
  { book }: TradeHistory,
  trade: TradeDesk,
  { alive, run, take, tell, doubt }: RouterOffice,
): OrderRouter {
  const send = (order: Order): void => {
    const { intent } = order;
    order.phase = 'sending';
    order.sentAt = clock.now();
    tell(`sending ${intent.clientOrderId}`);
    run(`sending ${intent.clientOrderId}`, async () => {
      try {
        await broker.submit(intent);
        if (!alive() || order.phase !== 'sending') return;
        order.phase = 'awaiting';
        tell(`the exchange has ${intent.clientOrderId}`);
      } catch (error) {
        if (!alive() || order.phase === 'done') return;
        if (error instanceof OrderRejected) rejected(order, error.message);
        else lost(order, says(error));
      }
    });
  };

  const rejected = (order: Order, reason: string): void => {
    trade.ended(order, 'rejected', reason);
    tell(reason);
    // A refused exit may mean that there is nothing to leave.
    if (order.intent.purpose === 'exit') doubt();
  };

  const lost = (order: Order, error: string): void => {
    order.phase = 'unknown';
    log.warn(`the fate of order ${order.intent.clientOrderId} is unknown: ${error}; the exchange will be asked`);
    trade.intent(order, 'unknown');
    tell(error);
  };

  const learn = (order: Order, fate: OrderFate): void => {
    if ('fills' in fate) for (const fill of fate.fills) take(fill);
    if (order.phase === 'done') return;
    const { clientOrderId } = order.intent;
    if (fate.status === 'open') {
      if (order.phase === 'unknown') trade.intent(order, 'open');
      order.phase = 'awaiting';
    } else if (fate.status === 'rejected') rejected(order, `order ${clientOrderId} was rejected: ${fate.reason}`);
    else if (fate.status === 'never-received') neverReceived(order);
    else trade.ended(order, fate.status, `order ${clientOrderId} was ${fate.status}`);
    tell(`${clientOrderId}: ${fate.status}`);
  };

  const neverReceived = (order: Order): void => {
    if (order.phase === 'sending' || clock.now() - order.sentAt < PROVEN_AFTER_MS) return;
    const { clientOrderId, purpose, signalId, at } = order.intent;
    const wanted = purpose === 'exit' && book.get(signalId) !== null && clock.now() - at < SENT_AGAIN_FOR_MS;
    log.warn(`order ${clientOrderId} never reached the exchange${wanted ? '; it is sent again' : ''}`);
    if (wanted) send(order);
    else trade.ended(order, 'never-received', `order ${clientOrderId} never reached the exchange`);
  };

  const askOne = async (order: Order): Promise<void> => {
    if (order.asking || order.phase === 'done' || order.phase === 'writing') return;
    const { clientOrderId } = order.intent;
    order.asking = true;
    try {
      const fate = await pending.track(broker.fate(order.intent));
      if (alive()) learn(order, fate);
    } catch (error) {
      log.warn(`order ${clientOrderId} could not be asked after: ${says(error)}; what became of it stays unknown`);
    } finally {
      order.asking = false;
    }
  };

  return {
    send,
    learn,
    ask: async (orders) => {
      for (const order of orders) await askOne(order);
    },
  };
}

/**
 * Sends orders and finds out what became of them. An answer that did not come leaves an order unknown: it is asked after,
 * never taken for refused, and never sent again unless it is proven that the exchange has not had it.
 */
import type { Fill } from '../machines/messages.ts';
import { type OrderFate, OrderRejected } from '../ports/broker.ts';
import { says } from '../ports/says.ts';
import type { World } from '../ports/world.ts';
import type { Order } from './orders.ts';
import type { TradeDesk } from './trade-desk.ts';
import type { TradeHistory } from './trade-history.ts';

/** "Never received" proves it only when the order cannot be on its way any more: beyond the exchange's receive window, ms. */
export const PROVEN_AFTER_MS = 10_000;
/** And only when the exchange has said it twice, this far apart, ms: one that looks in two places may miss an order between. */
export const ASKED_APART_MS = 2_000;
/** An exit that was never received is sent again while it is younger than this, ms. */
const SENT_AGAIN_FOR_MS = 600_000;
/** A cancel that left an order open is asked for again after this long, ms. */
const CANCEL_AGAIN_MS = 5_000;

export interface OrderRouter {
  /** Resolves when an answer came, or is known not to come. */
  send(order: Order): Promise<void>;
  /** Asks the exchange about orders, one after the other. That it could not be asked says nothing about an order. */
  ask(orders: readonly Order[]): Promise<void>;
  /** What the exchange has told about an order. */
  learn(order: Order, fate: OrderFate): void;
  /** The exchange says that an order is no more, unasked: it is asked what became of it. */
  heardEnd(clientOrderId: string): void;
  /** Asks the exchange for the end of an order, and then what became of it: it may have filled before. */
  cancel(order: Order): void;
}

/** What the router needs of its component. */
export interface RouterOffice {
  /** Is this incarnation still the one that acts? */
  readonly alive: () => boolean;
  /** Does work that is waited for when the component closes. */
  readonly run: (what: string, work: () => Promise<void>) => Promise<void>;
  readonly take: (fill: Fill) => void;
  /** Something happened to an order. */
  readonly tell: (what: string) => void;
  /** The books may be wrong. */
  readonly doubt: () => void;
  /** The exchange does not want this stop. */
  readonly stopRefused: (order: Order, error: OrderRejected) => void;
  /** Does the exchange hold what it would hold if this order had never been? Rejects when it could not be asked. */
  readonly leftNoTrace: (order: Order) => Promise<boolean>;
  readonly provenAfterMs: number;
}

export function orderRouter(
  { broker, clock, log, pending }: World,
  { book, desk }: TradeHistory,
  trade: TradeDesk,
  office: RouterOffice,
): OrderRouter {
  const { alive, run, take, tell, doubt } = office;
  /** Exits that are about to be asked after again. */
  const chased = new Set<Order>();

  const send = (order: Order): Promise<void> => {
    const { intent } = order;
    order.phase = 'sending';
    order.sentAt = clock.now();
    order.missedAt = null;
    order.saidToEndAt = null;
    const sending = run(`sending ${intent.clientOrderId}`, async () => {
      try {
        await broker.submit(intent);
        order.accepted = true;
        if (!alive() || order.phase !== 'sending') return;
        order.phase = 'awaiting';
        // It may have said that it ended it before it said that it had taken it.
        if (order.saidToEndAt !== null) doubtEnd(order);
        else tell(`the exchange has ${intent.clientOrderId}`);
      } catch (error) {
        if (!alive() || order.phase === 'done') return;
        if (error instanceof OrderRejected) rejected(order, error);
        // Where the exchange has told of it meanwhile, it matters no more that the answer did not come.
        else if (order.phase === 'sending') lost(order, says(error));
      }
    });
    // Who is told may have much to do about it: first the order leaves.
    tell(`sending ${intent.clientOrderId}`);
    return sending;
  };

  const rejected = (order: Order, error: OrderRejected): void => {
    trade.ended(order, 'rejected', error.message);
    const { purpose } = order.intent;
    if (purpose === 'stop') office.stopRefused(order, error);
    tell(error.message);
    // A refused exit may mean that there is nothing to leave.
    if (purpose !== 'entry') doubt();
  };

  const lost = (order: Order, error: string): void => {
    order.phase = 'unknown';
    // It may have left at any moment until now: what has to be done before it takes its time where answers are lost.
    order.sentAt = clock.now();
    log.warn(`the fate of order ${order.intent.clientOrderId} is unknown: ${error}; the exchange will be asked`);
    trade.intent(order, 'unknown');
    tell(error);
    chase(order);
  };

  const learn = (order: Order, fate: OrderFate): void => {
    if (fate.status === 'never-received') return;
    order.missedAt = null;
    if ('fills' in fate) for (const fill of fate.fills) take(fill);
    if (order.phase === 'done') return;
    const { clientOrderId } = order.intent;
    if (fate.status === 'open' && saysOtherwise(order)) {
      // Another order is placed beside it meanwhile, where it is a stop.
      order.phase = 'unknown';
      tell(`${clientOrderId} is said to be no more, and to be open`);
      return;
    }
    if (fate.status === 'open') {
      order.saidToEndAt = null;
      if (order.phase === 'unknown') trade.intent(order, 'open');
      order.phase = 'awaiting';
      order.accepted = true;
    } else if (fate.status === 'rejected') rejected(order, new OrderRejected(clientOrderId, fate.reason));
    else trade.ended(order, fate.status, `order ${clientOrderId} was ${fate.status}`);
    tell(`${clientOrderId}: ${fate.status}`);
  };

  /** Who answers may be behind who told: an order that was said to be no more is open when that is said again later. */
  const saysOtherwise = ({ saidToEndAt }: Order): boolean =>
    saidToEndAt !== null && clock.now() - saidToEndAt < ASKED_APART_MS;

  const doubtEnd = (order: Order): void => {
    const { clientOrderId } = order.intent;
    order.phase = 'unknown';
    order.since = clock.now();
    trade.intent(order, 'unknown');
    log.warn(`the exchange says that order ${clientOrderId} is no more, and we have not cancelled it; it is asked`);
    tell(`${clientOrderId} is said to be no more`);
    void run(`asking after ${clientOrderId}`, () => askOne(order));
  };

  /**
   * The exchange knows no such order. That is believed when it has been said twice, when the order cannot be on its way any
   * more, and when neither fills nor holdings speak of it; until then it is unknown.
   */
  const missed = async (order: Order): Promise<void> => {
    if (order.phase === 'sending' || order.phase === 'done') return;
    const now = clock.now();
    if (order.phase === 'awaiting') {
      order.phase = 'unknown';
      order.since = now;
      trade.intent(order, 'unknown');
      log.warn(`order ${order.intent.clientOrderId} is not found at the exchange, which had it; it is asked again`);
    }
    order.missedAt ??= now;
    tell(`${order.intent.clientOrderId} is not found at the exchange`);
    if (now - order.sentAt < office.provenAfterMs || now - order.missedAt < ASKED_APART_MS) return;
    const { symbol, at, clientOrderId } = order.intent;
    const fills = await pending.track(broker.fillsSince(symbol, at - PROVEN_AFTER_MS));
    const own = fills.filter((fill) => fill.clientOrderId === clientOrderId);
    const [last] = own.slice(-1);
    if (!alive() || order.phase !== 'unknown') return;
    if (last) return learn(order, { status: last.complete ? 'filled' : 'cancelled', fills: own });
    if (!(await office.leftNoTrace(order))) {
      log.warn(`order ${clientOrderId} is not found, but what is held speaks for it; its fate stays unknown`);
      return;
    }
    if (alive() && order.phase === 'unknown') neverReceived(order);
  };

  const neverReceived = (order: Order): void => {
    const { clientOrderId, purpose, signalId, at } = order.intent;
    const young = clock.now() - at < SENT_AGAIN_FOR_MS;
    // An id is unique only among open orders: what the exchange has had once is never sent again under it.
    const wanted = purpose === 'exit' && !order.accepted && book.get(signalId) !== null && young;
    const what = order.accepted ? 'is no longer at the exchange' : 'never reached the exchange';
    log.warn(`order ${clientOrderId} ${what}${wanted ? '; it is sent again' : ''}`);
    if (wanted) {
      void send(order);
      return;
    }
    trade.ended(order, order.accepted ? 'cancelled' : 'never-received', `order ${clientOrderId} ${what}`);
    tell(`${clientOrderId} ${what}`);
  };

  const askOne = async (order: Order): Promise<void> => {
    if (order.asking || order.phase === 'done' || order.phase === 'writing') return;
    const { clientOrderId } = order.intent;
    order.asking = true;
    try {
      const fate = await pending.track(broker.fate(order.intent));
      if (!alive()) return;
      if (fate.status === 'never-received') await missed(order);
      else learn(order, fate);
    } catch (error) {
      log.warn(`order ${clientOrderId} could not be asked after: ${says(error)}; what became of it stays unknown`);
    } finally {
      order.asking = false;
      chase(order);
    }
  };

  /** Nothing else leaves a position while its exit has no answer, and the next check may be a minute away. */
  const chase = (order: Order): void => {
    const { clientOrderId, purpose } = order.intent;
    if (purpose !== 'exit' || order.phase !== 'unknown' || chased.has(order)) return;
    chased.add(order);
    clock.setTimeout(() => {
      chased.delete(order);
      if (alive()) void run(`asking after ${clientOrderId}`, () => askOne(order));
    }, ASKED_APART_MS);
  };

  return {
    send,
    learn,
    ask: async (orders) => {
      for (const order of orders) await askOne(order);
    },
    heardEnd: (clientOrderId) => {
      const order = desk.get(clientOrderId);
      if (!order || order.phase === 'done') return;
      const now = clock.now();
      // An end that we have asked for is asked after as soon as it is granted.
      if (order.cancelledAt !== null && now - order.cancelledAt < CANCEL_AGAIN_MS) return;
      order.saidToEndAt = now;
      if (order.phase === 'awaiting') doubtEnd(order);
    },
    cancel: (order) => {
      const now = clock.now();
      if (order.cancelledAt !== null && now - order.cancelledAt < CANCEL_AGAIN_MS) return;
      order.cancelledAt = now;
      const { clientOrderId } = order.intent;
      run(`cancelling ${clientOrderId}`, async () => {
        try {
          await pending.track(broker.cancel(order.intent));
        } catch (error) {
          log.warn(`order ${clientOrderId} could not be cancelled: ${says(error)}; it is tried again`);
        }
        if (alive()) await askOne(order);
      });
    },
  };
}

/** Everything that works on one history of orders and positions, put together: made anew when the history has been read. */
import type { Fill, Intent, Position } from '../machines/messages.ts';
import type { ProtectionFigures } from '../machines/trade-execution.ts';
import { bookkeeper } from './bookkeeper.ts';
import type { Habitat } from './effects.ts';
import { entries } from './entries.ts';
import { fundingDesk } from './funding.ts';
import { lostOrders } from './lost-orders.ts';
import { orderAudit } from './order-audit.ts';
import { orderRouter, PROVEN_AFTER_MS, type RouterOffice } from './order-router.ts';
import type { Order } from './orders.ts';
import { protector } from './protector.ts';
import { PROTECTION_OFF } from './settings.ts';
import { tradeDesk } from './trade-desk.ts';
import type { TradeHistory } from './trade-history.ts';

/** What it needs of the component it works in. */
export interface TradeFloor {
  /** Is this incarnation still the one that acts? */
  readonly alive: () => boolean;
  /** Does work that is waited for when the component closes. */
  readonly run: (what: string, work: () => Promise<void>) => Promise<void>;
  readonly take: (fill: Fill) => void;
  readonly tell: (what: string) => void;
  readonly doubt: () => void;
  readonly show: (figures: ProtectionFigures) => void;
  /** What rests at the exchange is known, or it was asked for long enough: other stops may be placed beside it. */
  readonly mayPlace: () => boolean;
  /** What of the account's money no position has brought or lost, as it was known before; `null`: it was not. */
  readonly moneyUsd: number | null;
}

export type TradeOffice = ReturnType<typeof tradeOffice>;

export function tradeOffice(habitat: Habitat, history: TradeHistory, floor: TradeFloor) {
  const { world, mail, settings } = habitat;
  const { clock } = world;
  const { book, desk } = history;
  const { alive, run, take, tell, doubt, show, mayPlace, moneyUsd } = floor;
  const provenAfterMs = settings.provenAfterMs ?? PROVEN_AFTER_MS;

  const writeIntent = (intent: Intent, reason: string, ownStop?: number): void => {
    const open = desk.openOf(intent.signalId, intent.purpose).map((order) => order.intent.clientOrderId);
    const meant = { reason, intent, beside: open.filter((id) => id !== intent.clientOrderId) };
    habitat.history.unlogged.set(intent.clientOrderId, { meant });
    mail.post('signalBus', {
      type: 'APPEND',
      record: {
        event_type: 'order_intent',
        signal_id: intent.signalId,
        ...meant,
        ...(ownStop === undefined ? {} : { own_stop: ownStop }),
      },
    });
  };

  const onItsWay = (clientOrderId: string): Intent | null => {
    const sent = habitat.history.unlogged.get(clientOrderId);
    return sent !== undefined && 'meant' in sent ? sent.meant.intent : null;
  };

  const trade = tradeDesk(habitat, history);
  const stopRefused: RouterOffice['stopRefused'] = (order, error) => stops.refused(order, error);
  const leftNoTrace: RouterOffice['leftNoTrace'] = (order) => books.leftNoTrace(order);
  const routerOffice: RouterOffice = { alive, run, take, tell, doubt, provenAfterMs, stopRefused, leftNoTrace };
  const router = orderRouter(world, history, trade, routerOffice);
  const { liquidationBuffer } = settings.exits;
  const distance = { ...(settings.protection ?? PROTECTION_OFF), liquidationBuffer };
  const lost = lostOrders(world, history, {
    ...{ alive, writeIntent, onItsWay, learn: router.learn, provenAfterMs },
    given: habitat.givenNames,
    beyondStop: distance.beyondStop,
    trailed: (position) => {
      book.mark([position]);
      mail.post('exitGates', { type: 'MARKS.KEPT', positions: [position] });
    },
  });
  const books = bookkeeper(habitat, history, trade, {
    ...{ alive, take, ask: router.ask, claim: lost.claim, moneyUsd },
  });
  const audit = orderAudit(world, history, router, lost, alive);

  /** Exits wait for nothing: not for the log, not for the kill switch, not for the books. */
  const leave = (position: Position, gate: Intent['gate'], wanted: number, reason: string): void => {
    const { signalId, symbol, direction, leverage } = position;
    const intent: Intent = {
      clientOrderId: lost.nextId(position, 'exit'),
      signalId,
      symbol,
      side: direction === 'LONG' ? 'SELL' : 'BUY',
      purpose: 'exit',
      qty: Math.min(wanted, position.qty),
      leverage,
      reduceOnly: true,
      gate,
      stopPrice: null,
      at: clock.now(),
    };
    const order = desk.add(intent, 'writing', intent.at, book.changes);
    writeIntent(intent, reason);
    void router.send(order);
  };

  const stops = protector(world, history, distance, {
    alive: () => alive() && mayPlace(),
    run,
    router,
    nextId: (position) => lost.nextId(position, 'stop'),
    writeIntent,
    leave: (position, reason) => leave(position, 'stop', position.qty, reason),
    show,
  });
  const send = (order: Order): void => void router.send(order);
  const entering = entries(habitat, history, trade, { alive, send, tell });
  const funding = fundingDesk(habitat, book, alive);
  return { history, book, desk, trade, router, lost, books, audit, leave, stops, entering, funding };
}

/**
 * Exits and stops wait for nothing, so one may have left whose intent never reached the log. It has the name that would be its
 * turn: so it can be asked for, and whatever bears that name is ours.
 */
import type { Fill, Intent, Position } from '../machines/messages.ts';
import type { OrderFate, RestingOrder } from '../ports/broker.ts';
import type { World } from '../ports/world.ts';
import { exitId, numberIn, purposeFor, stopId } from './order-ids.ts';
import type { Order } from './orders.ts';
import type { TradeHistory } from './trade-history.ts';

/** So many in a row are asked for at most, and passed over where they could not be. */
const MOST = 50;
const KINDS = ['exit', 'stop'] as const;
type Kind = (typeof KINDS)[number];
const ID_OF = { exit: exitId, stop: stopId } as const;

export interface LostOrders {
  /**
   * Asks for what may have left of every open position before we began, and books what it came to; until that is certain.
   * Rejects when it could not be asked.
   */
  find(): Promise<void>;
  /** The order behind an id: known, or taken in because it is that of an exit or a stop of an open position. `null`: neither. */
  claim(seen: Pick<Fill, 'clientOrderId' | 'symbol' | 'side' | 'qty'> | RestingOrder): Order | null;
  /** The name of the next order of a position: not one that may be on its way to the exchange from before our time. */
  nextId(position: Position, purpose: Kind): string;
}

export interface LostOffice {
  readonly alive: () => boolean;
  readonly writeIntent: (intent: Intent, reason: string) => void;
  readonly learn: (order: Order, fate: OrderFate) => void;
  readonly provenAfterMs: number;
}

export function lostOrders(
  { broker, clock, log, pending }: World,
  { book, desk }: TradeHistory,
  { alive, writeIntent, learn, provenAfterMs }: LostOffice,
): LostOrders {
  /** What left before us has arrived by then, or never will. */
  const arrivedBy = clock.now() + provenAfterMs;
  const heldBefore = new Set(book.open().map(({ signalId }) => signalId));
  let isSure = false;
  /** Names that were passed over, from one on, and have to be asked for. */
  const passed: { readonly position: Position; readonly purpose: Kind; readonly first: number }[] = [];

  const takeIn = (
    { signalId, leverage }: Position,
    purpose: Kind,
    { clientOrderId, symbol, side, qty }: Pick<Fill, 'clientOrderId' | 'symbol' | 'side' | 'qty'>,
    stopPrice: number | null,
  ): Order => {
    const at = clock.now();
    const gate = purpose === 'stop' ? 'stop' : 'closed';
    const terms = { symbol, side, qty, leverage, reduceOnly: true, gate, stopPrice, at } as const;
    const intent: Intent = { clientOrderId, signalId, purpose, ...terms };
    log.warn(`found an order that is not in the log: ${clientOrderId}`);
    writeIntent(intent, 'found at the exchange');
    return desk.add(intent, 'unknown', at);
  };

  const askFor = async (position: Position, purpose: Kind, clientOrderId: string): Promise<boolean> => {
    const { symbol, direction, qty } = position;
    const fate = await pending.track(broker.fate({ clientOrderId, symbol, purpose }));
    if (!alive() || fate.status === 'never-received') return false;
    const side = direction === 'LONG' ? 'SELL' : 'BUY';
    const known = desk.get(clientOrderId);
    learn(known ?? takeIn(position, purpose, { clientOrderId, symbol, side, qty }, null), fate);
    return true;
  };

  return {
    find: async () => {
      if (isSure) return;
      const willBeSure = clock.now() >= arrivedBy;
      for (const position of book.open()) {
        for (const purpose of KINDS) {
          for (let n = 0; n < MOST; n++) {
            if (!alive()) return;
            if (purpose === 'exit' && desk.openOf(position.signalId, 'exit').length > 0) break;
            if (!(await askFor(position, purpose, desk.nextId(position.signalId, purpose)))) break;
          }
        }
      }
      if (!willBeSure) return;
      for (const { position, purpose, first } of passed)
        for (let n = first; n < first + MOST; n++)
          if (!(await askFor(position, purpose, ID_OF[purpose](position.signalId, n)))) break;
      isSure = true;
    },
    claim: (seen) => {
      const known = desk.get(seen.clientOrderId);
      if (known) return known;
      for (const position of book.open()) {
        const purpose = purposeFor(position.signalId, seen.clientOrderId);
        if (purpose === null || position.symbol !== seen.symbol) continue;
        // A fill does not tell how large its order was: at most what is held.
        const terms = 'stopPrice' in seen ? seen : { ...seen, qty: position.qty };
        return takeIn(position, purpose, terms, 'stopPrice' in seen ? seen.stopPrice : null);
      }
      return null;
    },
    nextId: (position, purpose) => {
      const { signalId } = position;
      const first = desk.nextId(signalId, purpose);
      // That time has passed says nothing where the exchange could not be asked meanwhile.
      if (isSure || !heldBefore.has(signalId)) return first;
      if (passed.some((one) => one.position.signalId === signalId && one.purpose === purpose)) return first;
      // Many may have left one after the other while the log took nothing, and of none of them is anything known.
      const number = numberIn(first);
      passed.push({ position, purpose, first: number });
      desk.pass(signalId, purpose, ID_OF[purpose](signalId, number + MOST - 1));
      return desk.nextId(signalId, purpose);
    },
  };
}

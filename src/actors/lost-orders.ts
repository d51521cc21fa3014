/**
 * Exits and stops wait for nothing, so one may have left whose intent never reached the log. It has the name that would be its
 * turn: so it can be asked for, and whatever bears that name is ours.
 */
import type { Fill, Intent, Position } from '../machines/messages.ts';
import type { OrderFate, RestingOrder } from '../ports/broker.ts';
import { plus } from '../ports/money.ts';
import type { World } from '../ports/world.ts';
import type { GivenNames } from './given-names.ts';
import { exitId, numberIn, purposeFor, stopId } from './order-ids.ts';
import { FOUND, type Order } from './orders.ts';
import { ADOPTED } from './position-steps.ts';
import { ownStopOf } from './protection.ts';
import type { TradeHistory } from './trade-history.ts';

/** So many in a row are asked for at most, and passed over where they could not be. */
const MOST = 50;
/**
 * Two processes in a row may both find nothing in the log, and both pass over: each goes to a place of its own, by the epoch of its
 * lease. Of more than these there is no room: an id has 36 characters.
 */
const PLACES = 8;
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
  readonly writeIntent: (intent: Intent, reason: string, ownStop?: number) => void;
  /** The intent of an order, where the bus was given it and has not written it yet. */
  readonly onItsWay: (clientOrderId: string) => Intent | null;
  readonly learn: (order: Order, fate: OrderFate) => void;
  readonly provenAfterMs: number;
  /** What this process has given, by incarnations before, too. */
  readonly given: GivenNames;
  /** How far beyond our own stop one rests at the exchange, as a fraction of it. */
  readonly beyondStop: number;
  /** Our own stop had trailed further than anybody here knew. */
  readonly trailed: (position: Position) => void;
}

export function lostOrders(
  { broker, clock, lease, log, pending }: World,
  { book, desk }: TradeHistory,
  { alive, writeIntent, onItsWay, learn, provenAfterMs, given, beyondStop, trailed }: LostOffice,
): LostOrders {
  /** What left before us has arrived by then, or never will. */
  const arrivedBy = clock.now() + provenAfterMs;
  /** Of what is on its way the log may have lost the fill, and all that came of it. */
  const before = [...book.open(), ...desk.live().map(({ intent }) => intent)];
  const heldBefore = new Set(before.map(({ signalId }) => signalId));
  let isSure = false;
  /** Names that were passed over, from one on, and have to be asked for. */
  const passed: { readonly position: Position; readonly purpose: Kind; readonly first: number }[] = [];

  const takeIn = (
    position: Position,
    purpose: Kind,
    { clientOrderId, symbol, side, qty }: Pick<Fill, 'clientOrderId' | 'symbol' | 'side' | 'qty'>,
    stopPrice: number | null,
  ): Order => {
    const at = clock.now();
    const meant = onItsWay(clientOrderId);
    if (meant !== null) return desk.add(meant, 'unknown', at, null);
    const gate = purpose === 'stop' ? 'stop' : 'closed';
    const { signalId, leverage } = position;
    const terms = { symbol, side, qty, leverage, reduceOnly: true, gate, stopPrice, at } as const;
    const intent: Intent = { clientOrderId, signalId, purpose, ...terms };
    // One that has ended may be forgotten, and is told of all the same.
    if (!desk.knows(intent)) {
      log.warn(`found an order that is not in the log: ${clientOrderId}`);
      // A disk that took no intent took no positions file either: where our own stop stood then is told by this one alone.
      const own = stopPrice === null ? null : ownStopOf(position, stopPrice, beyondStop);
      writeIntent(intent, FOUND, own ?? undefined);
      if (own !== null) trailed({ ...position, stopPrice: own });
    }
    return desk.add(intent, 'unknown', at, null);
  };

  const askFor = async (position: Position, purpose: Kind, clientOrderId: string): Promise<boolean> => {
    const { symbol, direction } = position;
    const fate = await pending.track(broker.fate({ clientOrderId, symbol, purpose }));
    if (!alive() || fate.status === 'never-received') return false;
    const side = direction === 'LONG' ? 'SELL' : 'BUY';
    const known = desk.get(clientOrderId);
    // Of one that was filled it is certain how large it was; of any other, that it was for no more than is held.
    const qty = fate.status === 'filled' ? fate.fills.reduce((sum, fill) => plus(sum, fill.qty), 0) : position.qty;
    learn(known ?? takeIn(position, purpose, { clientOrderId, symbol, side, qty }, null), fate);
    return true;
  };

  /** Given by this process, and nothing of it has got into the log. */
  const unknownOf = (signalId: string, purpose: Kind): readonly string[] =>
    given
      .of(signalId, purpose)
      .map((number) => ID_OF[purpose](signalId, number))
      .filter((clientOrderId) => !desk.knows({ signalId, clientOrderId }));

  /** The number of the next order of a position, and whether names from before our time are passed over for it. */
  const numberFor = (
    { signalId, strategy }: Position,
    purpose: Kind,
  ): { readonly number: number; readonly passes: boolean } => {
    const first = numberIn(desk.nextId(signalId, purpose));
    const own = given.of(signalId, purpose).at(-1);
    if (own !== undefined) return { number: Math.max(first, own + 1), passes: false };
    // It has its name from what the exchange tells of it: whoever adopted it before us, in a log that is lost, gave the same.
    const mayBeForgotten = strategy === ADOPTED && first === 1;
    // That time has passed says nothing where the exchange could not be asked meanwhile.
    if (!mayBeForgotten && (isSure || !heldBefore.has(signalId))) return { number: first, passes: false };
    // Many may have left one after the other while the log took nothing, and of none of them is anything known.
    return { number: first + MOST * (1 + ((lease.epoch - 1) % PLACES)), passes: true };
  };

  return {
    find: async () => {
      if (isSure) return;
      const willBeSure = clock.now() >= arrivedBy;
      for (const position of book.open()) {
        // What was found may have closed it: what was called by its names is forgotten then.
        const isHeld = (): boolean => book.get(position.signalId) !== null;
        for (const purpose of KINDS) {
          for (let n = 0; n < MOST && isHeld(); n++) {
            if (!alive()) return;
            if (purpose === 'exit' && desk.openOf(position.signalId, 'exit').length > 0) break;
            if (!(await askFor(position, purpose, desk.nextId(position.signalId, purpose)))) break;
          }
          for (const id of isHeld() ? unknownOf(position.signalId, purpose) : []) {
            if (!alive()) return;
            await askFor(position, purpose, id);
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
      const first = numberIn(desk.nextId(signalId, purpose));
      const { number, passes } = numberFor(position, purpose);
      if (passes) passed.push({ position, purpose, first });
      given.give(signalId, purpose, number);
      desk.pass(signalId, purpose, ID_OF[purpose](signalId, number - 1));
      return desk.nextId(signalId, purpose);
    },
  };
}

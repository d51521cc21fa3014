/**
 * Keeps a stop at the exchange behind every position: places it after the first fill, lets it follow size and price, and takes
 * it away when nothing is held. A better one is placed before the one it replaces is cancelled, and where nobody knows whether
 * one was taken, another is sent: stops only reduce, so that two do no harm and none does.
 */
import type { Evidence, Intent, Position } from '../machines/messages.ts';
import type { ProtectionFigures } from '../machines/trade-execution.ts';
import { type OrderRejected, OrderTurnedAway, StopWouldTrigger } from '../ports/broker.ts';
import type { TimerId } from '../ports/clock.ts';
import { minus, plus } from '../ports/money.ts';
import { says } from '../ports/says.ts';
import type { World } from '../ports/world.ts';
import type { OrderRouter } from './order-router.ts';
import type { Order } from './orders.ts';
import { planStops, type StopDistance, type WantedStop, wantedStop } from './protection.ts';
import type { ProtectionSettings } from './settings.ts';
import type { TradeHistory } from './trade-history.ts';

/** What has not come to rest is looked at again after this long, and another stop is sent, ms. */
export const LOOK_AGAIN_MS = 1_000;
/** At most so many stops of a position, or exits for want of one, are on their way at a time. */
const UNDER_WAY_AT_MOST = 5;
/** So many exits are sent one soon after the other. */
const SOON = 3;
/** One that is turned away is sent again after `LOOK_AGAIN_MS`, so often in a row; then later and later, up to this, ms. */
const TURNED_AWAY_SOON = 5;
const TURNED_AWAY_AGAIN_AT_MOST_MS = 10_000;
/** After a refusal the next is sent so much later, doubling, ms. */
const REFUSED_AGAIN_MS = 5_000;
const REFUSED_AGAIN_AT_MOST_MS = 60_000;

export interface Protector {
  /** Sees that what should rest rests. */
  tend(): void;
  refused(order: Order, error: OrderRejected): void;
  /** Asks after every stop and places what is missing. Rejects when a position is still without. */
  mend(): Promise<Evidence>;
  close(): void;
}

export interface ProtectorOffice {
  readonly alive: () => boolean;
  readonly run: (what: string, work: () => Promise<void>) => Promise<void>;
  readonly router: OrderRouter;
  readonly nextId: (position: Position) => string;
  readonly writeIntent: (intent: Intent, reason: string, ownStop: number) => void;
  /**
   * Leaves a position at the market, whole; beside an exit that is not answered, too: what only reduces can be sent twice when
   * all is to be left.
   */
  readonly leave: (position: Position, reason: string) => void;
  readonly show: (figures: ProtectionFigures) => void;
}

/** What is known of the protection of one position. */
interface Guarded {
  bareSince: number | null;
  sentAt: number;
  /** The exchange takes nothing from us before this, ms. */
  notBefore: number;
  turnedAway: number;
  refusals: number;
  /** Exits that were sent for want of a stop, and when the last was, ms. */
  exits: number;
  leftAt: number;
  /** Why the exchange does not want the stop; `null` once one rests. */
  refused: string | null;
  /** Why nobody can tell what stop it needs; `null`: it is seen to. */
  untended: string | null;
}

export function protector(
  { broker, clock, log }: World,
  { book, desk }: TradeHistory,
  { enabled, ...distance }: Pick<ProtectionSettings, 'enabled'> & StopDistance,
  { alive, run, router, nextId, writeIntent, leave, show }: ProtectorOffice,
): Protector {
  const guarded = new Map<string, Guarded>();
  let shown = '';
  let timer: TimerId | null = null;
  /** Stops whose answer is waited for. */
  const leaving = new Set<Promise<void>>();

  const guardedOf = (signalId: string): Guarded => {
    const known = guarded.get(signalId);
    if (known) return known;
    const fresh: Guarded = {
      bareSince: clock.now(),
      // Those the log tells of are asked after first.
      sentAt: desk.openOf(signalId, 'stop').length > 0 ? clock.now() : Number.NEGATIVE_INFINITY,
      notBefore: Number.NEGATIVE_INFINITY,
      turnedAway: 0,
      refusals: 0,
      exits: 0,
      leftAt: Number.NEGATIVE_INFINITY,
      refused: null,
      untended: null,
    };
    guarded.set(signalId, fresh);
    return fresh;
  };

  const place = (position: Position, { qty, stopPrice }: WantedStop, guard: Guarded): void => {
    const { signalId, symbol, direction, leverage } = position;
    const at = clock.now();
    const side = direction === 'LONG' ? 'SELL' : 'BUY';
    const terms = { symbol, side, qty, leverage, reduceOnly: true, gate: 'stop', stopPrice, at } as const;
    const intent: Intent = { clientOrderId: nextId(position), signalId, purpose: 'stop', ...terms };
    const order = desk.add(intent, 'writing', at, book.changes);
    guard.sentAt = at;
    writeIntent(intent, `${position.stopPrice} is our own stop`, position.stopPrice);
    const sending = router.send(order).finally(() => leaving.delete(sending));
    leaving.add(sending);
  };

  /** One that is missing is sent at once; one beside another that is not answered, or after a refusal, later. */
  const pauseOf = ({ refused, refusals }: Guarded, isMissing: boolean): number => {
    if (refused !== null) return Math.min(REFUSED_AGAIN_AT_MOST_MS, REFUSED_AGAIN_MS * 2 ** (refusals - 1));
    return isMissing ? 0 : LOOK_AGAIN_MS;
  };

  /** A position that can have no stop is left; when that is not answered, again. */
  const leaveAgain = (position: Position, why: string, guard: Guarded): void => {
    const exits = desk.openOf(position.signalId, 'exit');
    const last = Math.max(guard.leftAt, ...exits.map(({ sentAt }) => sentAt));
    // At first as fast as answers can be expected; an exchange that takes no exits is not to be flooded.
    const pause = Math.min(REFUSED_AGAIN_AT_MOST_MS, LOOK_AGAIN_MS * 2 ** Math.max(0, guard.exits - SOON));
    if (exits.length >= UNDER_WAY_AT_MOST || clock.now() - last < pause) return;
    guard.leftAt = clock.now();
    guard.exits++;
    leave(position, why);
  };

  /** What its entries may have filled without our having heard of it. */
  const comingTo = ({ signalId }: Position): number =>
    desk
      .openOf(signalId, 'entry')
      .filter(mayBeHeld)
      .reduce((sum, { intent, filledQty }) => plus(sum, minus(intent.qty, filledQty)), 0);

  /** @returns whether everything about it has come to rest */
  const tendOne = (position: Position): boolean => {
    const guard = guardedOf(position.signalId);
    const stops = desk.openOf(position.signalId, 'stop');
    const wanted = wantedStop(position, broker.instrument(position.symbol), distance);
    const plan = planStops(position, stops, wanted, comingTo(position));
    const underWay = stops.filter(({ phase }) => phase === 'sending' || phase === 'unknown').length;
    // One that was sent and is not answered may be at the exchange or not: while nothing else is, another one is sent.
    const isWanted = plan.place !== null || (plan.onItsWay && !plan.covered);
    const now = clock.now();
    const isTime = now >= guard.notBefore && now - guard.sentAt >= pauseOf(guard, plan.place !== null);
    if (isWanted && isTime && underWay < UNDER_WAY_AT_MOST) place(position, wanted, guard);
    for (const order of plan.cancel) router.cancel(order);
    if (guard.refused !== null && !plan.covered) leaveAgain(position, guard.refused, guard);
    if (plan.covered) {
      guard.bareSince = null;
      if (plan.place === null && !plan.onItsWay)
        Object.assign(guard, { refused: null, refusals: 0, exits: 0, turnedAway: 0 });
    } else guard.bareSince ??= clock.now();
    return plan.covered && plan.place === null && plan.cancel.length === 0 && underWay === 0 && guard.refused === null;
  };

  /** What is wrong with one position keeps neither the others from their stops, nor an exit from leaving. */
  const tendSafely = (position: Position): boolean => {
    const guard = guardedOf(position.signalId);
    try {
      const atRest = tendOne(position);
      guard.untended = null;
      return atRest;
    } catch (error) {
      const why = says(error);
      if (guard.untended !== why)
        log.error(`nobody can see to the stop of ${position.symbol}: ${why}; it is tried again`);
      guard.untended = why;
      guard.bareSince ??= clock.now();
      return false;
    }
  };

  const figures = (): ProtectionFigures => {
    const open = book.open();
    const bare: { symbol: string; signalId: string; since: number }[] = [];
    const refused: { symbol: string; why: string }[] = [];
    let moving = 0;
    for (const { signalId, symbol } of open) {
      const guard = guarded.get(signalId);
      if (!guard) continue;
      if (guard.bareSince !== null) bare.push({ symbol, signalId, since: guard.bareSince });
      else if (desk.openOf(signalId, 'stop').length > 1) moving++;
      if (guard.refused !== null) refused.push({ symbol, why: guard.refused });
    }
    return { open: open.length, bare, moving, refused };
  };

  const tend = (): void => {
    if (!alive()) return;
    let atRest = true;
    const held = new Set<string>();
    for (const position of book.open()) {
      held.add(position.signalId);
      if (enabled) atRest = tendSafely(position) && atRest;
    }
    for (const signalId of guarded.keys()) if (!held.has(signalId)) guarded.delete(signalId);
    for (const order of desk.live()) {
      const { purpose, signalId } = order.intent;
      if (enabled && mayBeHeld(order)) atRest = false;
      if (purpose !== 'stop' || held.has(signalId)) continue;
      atRest = false;
      if (order.phase === 'awaiting') router.cancel(order);
    }
    if (!atRest) lookAgain();
    if (!enabled) return;
    const now = figures();
    const text = JSON.stringify(now);
    if (text !== shown) {
      shown = text;
      show(now);
    }
  };

  /** Not all that fills is told: what was ordered may be a position that nobody knows is there. */
  const mayBeHeld = ({ intent, phase }: Order): boolean => intent.purpose === 'entry' && phase !== 'writing';

  const unsettled = (): Order[] =>
    desk
      .live()
      .filter(({ sentAt }) => clock.now() - sentAt >= LOOK_AGAIN_MS)
      .filter(
        (order) =>
          (order.intent.purpose === 'stop' && (order.phase === 'unknown' || order.phase === 'sending')) ||
          mayBeHeld(order),
      );

  const lookAgain = (): void => {
    timer ??= clock.setTimeout(() => {
      timer = null;
      if (!alive()) return;
      const orders = unsettled();
      if (orders.length > 0) void run('asking after stops and entries', () => router.ask(orders));
      tend();
    }, LOOK_AGAIN_MS);
  };

  return {
    tend,
    refused: (order, error) => {
      const { signalId, symbol } = order.intent;
      const position = book.get(signalId);
      if (!enabled || !position) return;
      const guard = guardedOf(signalId);
      if (error instanceof OrderTurnedAway) {
        // No word against the stop: to leave for that would be to trade on a busy line.
        const pause = LOOK_AGAIN_MS * 2 ** Math.max(0, ++guard.turnedAway - TURNED_AWAY_SOON);
        guard.notBefore = clock.now() + Math.min(TURNED_AWAY_AGAIN_AT_MOST_MS, pause);
        log.warn(
          `the stop of ${symbol} was turned away: ${error.message}; it is placed as soon as orders are taken again`,
        );
        tend();
        return;
      }
      guard.refusals++;
      guard.refused = error.message;
      const stops = desk.openOf(signalId, 'stop');
      const wanted = wantedStop(position, broker.instrument(symbol), distance);
      const reached = error instanceof StopWouldTrigger;
      if (!reached && planStops(position, stops, wanted, 0).covered) {
        log.warn(
          `the stop of ${symbol} could not be moved: ${error.message}; the one before stays, and it is tried again`,
        );
      } else {
        log.error(`${symbol} cannot be behind a stop: ${error.message}; the position is left at the market`);
        guard.refused = reached ? 'the price has reached the stop' : `no stop is taken: ${error.message}`;
      }
      tend();
    },
    mend: async () => {
      if (!enabled) return { says: 'no stops are kept at the exchange', figures: { open: book.openCount } };
      await router.ask(desk.live().filter(({ intent, phase }) => intent.purpose === 'stop' && phase !== 'writing'));
      tend();
      await Promise.allSettled([...leaving]);
      tend();
      const { open, bare } = figures();
      const names = bare.map(({ symbol, signalId }) => {
        const why = guarded.get(signalId)?.untended ?? null;
        return why === null ? symbol : `${symbol} (${why})`;
      });
      if (names.length > 0) throw new Error(`still without a stop at the exchange: ${names.join(', ')}`);
      return { says: `a stop rests at the exchange behind each of ${open} positions`, figures: { open } };
    },
    close: () => {
      if (timer !== null) clock.clearTimeout(timer);
      timer = null;
    },
  };
}

/** What should rest at the exchange behind a position, against what rests there. Pure. */
import type { Position } from '../machines/messages.ts';
import type { Instrument } from '../ports/broker.ts';
import { minus, plus, roundToTick } from '../ports/money.ts';
import { clean, levelAt } from './level.ts';
import { isResting, type Order } from './orders.ts';

/**
 * A stop that rests is replaced when ours has gone this much further, as a fraction of the price: a trailing stop moves with
 * every price, and an exchange takes only so many orders.
 */
export const MOVED_BY = 0.001;
/** Beside a better one so many of before stay while an entry fills: an exchange takes only so many. */
export const KEPT_AT_MOST = 4;

export interface StopDistance {
  /** How much further away than our own stop, as a fraction of the price. */
  readonly beyondStop: number;
  /** Part of the way from liquidation to entry at which we leave by ourselves: never nearer to liquidation than that. */
  readonly liquidationBuffer: number;
}

/** A stop as it should rest. */
export interface WantedStop {
  readonly qty: number;
  readonly stopPrice: number;
}

/** What is to be done for one position. */
export interface StopPlan {
  /** Everything that is held is behind stops the exchange has. */
  readonly covered: boolean;
  /** A stop that is missing, or a better one in place of those that rest. `null`: one that will do rests, or is on its way. */
  readonly place: WantedStop | null;
  /** One that will do was sent, and nobody knows yet whether it rests. */
  readonly onItsWay: boolean;
  /** Stops that are in the way of nothing any more. Never the last before a better one rests. */
  readonly cancel: readonly Order[];
}

/**
 * Our own stop, moved `beyondStop` further away so that ours goes off first, but before the exchange would liquidate. On the
 * tick, so that rounding makes it go off earlier and not later.
 */
export function wantedStop(
  position: Position,
  { tick }: Pick<Instrument, 'tick'>,
  { beyondStop, liquidationBuffer }: StopDistance,
): WantedStop {
  const { direction, entryPrice, liquidationPrice, stopPrice, qty } = position;
  const side = direction === 'LONG' ? 1 : -1;
  const beyond = levelAt(stopPrice, -side * beyondStop);
  const buffer = clean(liquidationPrice + liquidationBuffer * (entryPrice - liquidationPrice));
  const nearer = side > 0 ? Math.max(beyond, buffer) : Math.min(beyond, buffer);
  return { qty, stopPrice: Math.max(tick, roundToTick(nearer, tick, side > 0 ? 'up' : 'down')) };
}

/** Our own stop as it must have been when a stop was placed that rests nearer than ours stands now; `null`: it does not. */
export function ownStopOf({ direction, stopPrice }: Position, restsAt: number, beyondStop: number): number | null {
  const side = direction === 'LONG' ? 1 : -1;
  return (restsAt - stopPrice) * side > 0 ? clean(restsAt / (1 - side * beyondStop)) : null;
}

/** What is left of a stop. */
const leftOf = ({ intent, filledQty }: Order): number => minus(intent.qty, filledQty);

/**
 * Those that a better one takes the place of, the furthest away first, as long as what rests covers what may be held.
 * @param others nearest to the price first
 * @param covered by them and the better one
 */
function superseded(others: readonly Order[], covered: number, mayBeHeld: number): readonly Order[] {
  let left = covered;
  return others.toReversed().filter((order, i) => {
    const without = minus(left, leftOf(order));
    if (without < mayBeHeld && others.length - i <= KEPT_AT_MOST) return false;
    left = without;
    return true;
  });
}

/**
 * @param stops the position's stops that have not ended, in any phase
 * @param coming what its entries may have filled without our knowing it yet: stops of before stay behind that
 */
export function planStops(position: Position, stops: readonly Order[], wanted: WantedStop, coming: number): StopPlan {
  const side = position.direction === 'LONG' ? 1 : -1;
  /** How much further away it is than it should be, as a fraction; below 0 where it is nearer. */
  const lagOf = ({ intent }: Order): number =>
    intent.stopPrice === null
      ? Number.POSITIVE_INFINITY
      : ((wanted.stopPrice - intent.stopPrice) * side) / wanted.stopPrice;
  // A stop never moves away from the price: one that is nearer than ours is ours from before marks were lost.
  const willDo = (order: Order): boolean => leftOf(order) === wanted.qty && lagOf(order) < MOVED_BY;
  const atExchange = stops.filter(({ phase }) => phase === 'awaiting');
  const behind = atExchange.reduce((sum, order) => plus(sum, leftOf(order)), 0);
  const goesOff = atExchange.some((order) => !isResting(order) && leftOf(order) >= wanted.qty);
  const resting = atExchange.filter(isResting).sort((a, b) => lagOf(a) - lagOf(b));
  const best = resting.find(willDo);
  const others = resting.filter((order) => order !== best);
  const under = stops.filter(({ phase }) => phase === 'sending' || phase === 'unknown');
  const onItsWay = best === undefined && under.some(willDo);
  return {
    covered: behind >= position.qty,
    onItsWay,
    place: best || goesOff || onItsWay ? null : wanted,
    cancel: best ? superseded(others, behind, plus(position.qty, coming)) : [],
  };
}

/**
 * Decimal arithmetic for money. Values travel as `number`s that have already been rounded (the shortest text of such a
 * number is its exact decimal value); inside, everything is `Decimal`: `Math.floor(qty / step)` on doubles gives one step too
 * few in one case of eight (research/trading.md §5). Where doubles come to the same for certain (`plain-money.ts`), they do it.
 */
import { Decimal as BaseDecimal } from 'decimal.js';
import type { Direction, Fill } from '../machines/messages.ts';
import { plainProduct, plainQuotient, plainSteps, plainSum, plainTo8 } from './plain-money.ts';

const Decimal = BaseDecimal.clone({
  precision: 40,
  rounding: BaseDecimal.ROUND_HALF_EVEN,
  toExpNeg: -30,
  toExpPos: 40,
});

const sign = (direction: Direction): 1 | -1 => (direction === 'LONG' ? 1 : -1);

export const plus = (a: number, b: number): number => plainSum(a, b, 1) ?? new Decimal(a).plus(b).toNumber();
export const minus = (a: number, b: number): number => plainSum(a, b, -1) ?? new Decimal(a).minus(b).toNumber();
export const times = (a: number, b: number): number => plainProduct(a, b) ?? new Decimal(a).times(b).toNumber();
export const dividedBy = (a: number, b: number): number =>
  plainQuotient(a, b) ?? new Decimal(a).dividedBy(b).toNumber();

/** To 8 decimals, half to even: amounts in the quote currency. */
export const toUsd = (amount: number): number => plainTo8(amount) ?? new Decimal(amount).toDecimalPlaces(8).toNumber();

/** Ticks of 1, 0.1, 0.01 and so on, by how many of them make 1. */
const DECIMAL_TICKS: ReadonlyMap<number, number> = new Map(Array.from({ length: 9 }, (_, n) => [1 / 10 ** n, 10 ** n]));
/** Up to so many steps, a price times a power of ten is off by less than `CLEAR` of a step. */
const STEPS_AT_MOST = 1e9;
const CLEAR = 1e-5;

/**
 * On a decimal tick, where it is plain from doubles on which step it comes to lie: a stop that trails is rounded on every bar. A
 * whole number of steps over a power of ten is then the double nearest to the decimal, which is what `Decimal` gives.
 * @returns `null` where that is not plain: near a whole step, or near half of one
 */
function plainlyRounded(price: number, tick: number, to: 'nearest' | 'up' | 'down'): number | null {
  const perOne = DECIMAL_TICKS.get(tick);
  if (perOne === undefined) return null;
  const steps = price * perOne;
  if (!(steps > 0 && steps < STEPS_AT_MOST)) return null;
  const below = Math.floor(steps);
  const part = steps - below;
  const isUp = to === 'up' || (to === 'nearest' && part > 0.5);
  const doubt = to === 'nearest' ? Math.abs(part - 0.5) : Math.min(part, 1 - part);
  return doubt < CLEAR ? null : (below + (isUp ? 1 : 0)) / perOne;
}

/** The largest multiple of `lot` that is not more than `qty`. */
export const floorToLot = (qty: number, lot: number): number =>
  plainlyRounded(qty, lot, 'down') ??
  plainSteps(qty, lot, 'down') ??
  new Decimal(qty).dividedBy(lot).floor().times(lot).toNumber();

/** A multiple of `tick`: the nearest, or the next one up or down. */
export function roundToTick(price: number, tick: number, to: 'nearest' | 'up' | 'down' = 'nearest'): number {
  const plain = plainlyRounded(price, tick, to) ?? plainSteps(price, tick, to);
  if (plain !== null) return plain;
  const steps = new Decimal(price).dividedBy(tick);
  const whole = to === 'up' ? steps.ceil() : to === 'down' ? steps.floor() : steps.round();
  return whole.times(tick).toNumber();
}

/** Numbers outside have no place in a market, and below 1e-300 doubles have fewer digits than elsewhere. */
const SMALL = 1e-100;
const LARGE = 1e100;
const isOrdinary = (a: number, b: number): boolean => Math.abs(a) < LARGE && Math.abs(b) < LARGE;
const plainProductTo8 = (a: number, b: number, c = 1): number | null =>
  isOrdinary(a, b) && Math.abs(c) < 1e9 ? plainTo8(a * b * c) : null;

/** Notional in the quote currency. */
export const notionalUsd = (price: number, qty: number): number =>
  plainProductTo8(price, qty) ?? new Decimal(price).times(qty).toDecimalPlaces(8).toNumber();

/** The share of an amount that falls to `part` of `whole`, to 8 decimals; all of it where the part is the whole. */
export function shareOf(amountUsd: number, part: number, whole: number): number {
  if (part === whole) return amountUsd;
  const plain = isOrdinary(amountUsd, part) && whole > SMALL ? plainTo8((amountUsd * part) / whole) : null;
  return plain ?? new Decimal(amountUsd).times(part).dividedBy(whole).toDecimalPlaces(8).toNumber();
}

/** Profit of closing for `closedFor` what had cost `cost`, before fees. */
export const realisedUsd = (direction: Direction, cost: number, closedFor: number): number =>
  plainTo8((closedFor - cost) * sign(direction), Math.abs(closedFor) + Math.abs(cost)) ??
  new Decimal(closedFor).minus(cost).times(sign(direction)).toDecimalPlaces(8).toNumber();

/**
 * What a holding of `qty` (short below 0) gets at a funding time; below 0 what it pays.
 * @param rate fraction of the notional; above 0 longs pay shorts
 */
export const fundingUsd = (qty: number, price: number, rate: number): number => {
  const plain = plainProductTo8(-qty, price, rate);
  // No funding has no sign.
  if (plain !== null) return plain + 0;
  const amount = new Decimal(qty).times(price).times(rate).neg().toDecimalPlaces(8);
  return amount.isZero() ? 0 : amount.toNumber();
};

/** Profit of `qty` base units between two prices, before fees. */
export function pnlUsd(direction: Direction, entry: number, exit: number, qty: number): number {
  const largest = (Math.abs(exit) + Math.abs(entry)) * Math.abs(qty);
  const plain = isOrdinary(entry, exit) ? plainTo8((exit - entry) * qty * sign(direction), largest) : null;
  return plain ?? new Decimal(exit).minus(entry).times(qty).times(sign(direction)).toDecimalPlaces(8).toNumber();
}

/** @param rate fraction of the notional */
export const feeUsd = (price: number, qty: number, rate: number): number =>
  plainProductTo8(price, qty, rate) ?? new Decimal(price).times(qty).times(rate).toDecimalPlaces(8).toNumber();

/**
 * Where an isolated position is liquidated, by Binance's formula for USD-M futures without the tier's constant:
 * (margin − s·qty·entry) / (qty·mmr − s·qty), s = +1 long, −1 short. Never below 0.
 * @param mmr maintenance margin, a fraction of the notional
 */
export function liquidationPrice(
  direction: Direction,
  entry: number,
  qty: number,
  marginUsd: number,
  mmr: number,
): number {
  const s = sign(direction);
  const perUnit = qty * (mmr - s);
  const held = qty * entry;
  const largest = (Math.abs(marginUsd) + Math.abs(held)) / perUnit;
  // Of a margin near the whole notional little would be left to divide by, and most of that error.
  const plain = qty > SMALL && mmr < 0.5 ? plainTo8((marginUsd - s * held) / perUnit, largest) : null;
  if (plain !== null) return Math.max(0, plain);
  const size = new Decimal(qty);
  const price = new Decimal(marginUsd)
    .minus(size.times(entry).times(s))
    .dividedBy(size.times(mmr).minus(size.times(s)));
  return Decimal.max(0, price).toDecimalPlaces(8).toNumber();
}

/**
 * The leverage at which an isolated position has this liquidation price: the other way round of {@link liquidationPrice}, to two
 * decimals and up, so that it is never thought safer than it is. At least 1, which is what cross margin comes to; `null` where no
 * leverage has it.
 * @param mmr maintenance margin, a fraction of the notional
 */
export function leverageAt(direction: Direction, entry: number, liquidation: number, mmr: number): number | null {
  const s = sign(direction);
  const margin = new Decimal(mmr).minus(s).times(liquidation).plus(new Decimal(entry).times(s));
  if (margin.lte(0)) return null;
  return Math.max(1, roundToTick(new Decimal(entry).dividedBy(margin).toDecimalPlaces(6).toNumber(), 0.01, 'up'));
}

/** The average price of fills, by size, on a multiple of `tick`. Throws RangeError without fills. */
export function averagePrice(fills: readonly Pick<Fill, 'price' | 'qty'>[], tick: number): number {
  let qty = new Decimal(0);
  let cost = new Decimal(0);
  for (const fill of fills) {
    qty = qty.plus(fill.qty);
    cost = cost.plus(new Decimal(fill.price).times(fill.qty));
  }
  if (qty.isZero()) throw new RangeError('there is no average price of no fills');
  return cost.dividedBy(qty).dividedBy(tick).round().times(tick).toNumber();
}

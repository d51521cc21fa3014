/**
 * The exchange's arithmetic, its own and not the bot's (`src/ports/money.ts`): a test that compares the two must not compare a
 * mistake with itself.
 */
import { Decimal as BaseDecimal } from 'decimal.js';

export const Decimal = BaseDecimal.clone({
  precision: 40,
  rounding: BaseDecimal.ROUND_HALF_EVEN,
  toExpNeg: -30,
  toExpPos: 40,
});
export type Decimal = BaseDecimal;

/** What can be read as a number; a string keeps every digit. */
export type Numeric = BaseDecimal.Value;
export const dec = (value: Numeric): Decimal => new Decimal(value);
export const ZERO = dec(0);

/** USDT is kept to 8 decimals. */
export const toUsdt = (amount: Decimal): Decimal => amount.toDecimalPlaces(8);
export const floorTo = (value: Decimal, step: Decimal): Decimal => value.dividedBy(step).floor().times(step);
export const isMultiple = (value: Decimal, step: Decimal): boolean => value.mod(step).isZero();
export const sum = (values: Iterable<Decimal>): Decimal =>
  [...values].reduce((total, value) => total.plus(value), ZERO);

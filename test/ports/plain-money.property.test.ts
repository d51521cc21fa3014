/** What is worked out in doubles is what `Decimal` gives, bit for bit; and it is worked out in doubles where that matters. */
import { Decimal as BaseDecimal } from 'decimal.js';
import { describe, expect, it } from 'vitest';
import type { Direction } from '../../src/machines/messages.ts';
import * as money from '../../src/ports/money.ts';
import * as plain from '../../src/ports/plain-money.ts';
import { fc } from '../fast-check.ts';

const Decimal = BaseDecimal.clone({
  precision: 40,
  rounding: BaseDecimal.ROUND_HALF_EVEN,
  toExpNeg: -30,
  toExpPos: 40,
});
const side = (direction: Direction) => (direction === 'LONG' ? 1 : -1);

/** A number as an exchange or a file would give it: so many units of the last of so many decimals. */
const typed = fc
  .tuple(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), fc.integer({ min: 0, max: 12 }), fc.constantFrom(1, 1, 1, 1e6))
  .map(([units, places, of]) => Number(`${units * of}e-${places}`));
/** Half of the eighth decimal, and a hair beside it. */
const halves = fc
  .tuple(fc.integer({ min: -(10 ** 6), max: 10 ** 6 }), fc.constantFrom(-1e-15, 0, 1e-15))
  .map(([units, hair]) => Number(`${units}5e-9`) + hair);
const number = fc.oneof(
  { weight: 6, arbitrary: typed },
  { weight: 2, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
  { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 2, arbitrary: halves },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, 1e-7, -1e-7, 1.5e-7, 1e-8, 5e-9, 0.1, 0.5, 1, 1e15, 1e16, 2 ** 53) },
);
const above = number.map(Math.abs).filter((value) => value > 0 && value < 1e12);
const direction = fc.constantFrom<Direction>('LONG', 'SHORT');

const agrees = <Args extends [unknown, ...unknown[]]>(
  args: { [Index in keyof Args]: fc.Arbitrary<Args[Index]> },
  ours: (...args: Args) => number,
  exact: (...args: Args) => BaseDecimal,
): void =>
  fc.assert(
    fc.property(fc.tuple(...(args as fc.Arbitrary<unknown>[])), (values) => {
      const [got, due] = [ours(...(values as Args)), exact(...(values as Args)).toNumber()];
      if (!Object.is(got, due)) throw new Error(`${values.join(', ')}: ${got}, and exactly it is ${due}`);
    }),
    { numRuns: 4_000 },
  );

describe('money in doubles is money in decimals', () => {
  it('for sums, differences, products and quotients', () => {
    agrees<[number, number]>([number, number], money.plus, (a, b) => new Decimal(a).plus(b));
    agrees<[number, number]>([number, number], money.minus, (a, b) => new Decimal(a).minus(b));
    agrees<[number, number]>([number, number], money.times, (a, b) => new Decimal(a).times(b));
    agrees<[number, number]>([number, number], money.dividedBy, (a, b) => new Decimal(a).dividedBy(b));
  });

  it('for amounts to eight decimals', () => {
    agrees<[number]>([number], money.toUsd, (a) => new Decimal(a).toDecimalPlaces(8));
    agrees<[number, number]>([number, number], money.notionalUsd, (a, b) => new Decimal(a).times(b).toDecimalPlaces(8));
    agrees<[number, number, number]>([number, number, number], money.feeUsd, (a, b, c) =>
      new Decimal(a).times(b).times(c).toDecimalPlaces(8),
    );
    agrees<[number, number, number]>([number, number, number], money.fundingUsd, (a, b, c) =>
      new Decimal(a).times(b).times(c).neg().toDecimalPlaces(8).plus(0),
    );
    agrees<[Direction, number, number]>([direction, number, number], money.realisedUsd, (way, cost, out) =>
      new Decimal(out).minus(cost).times(side(way)).toDecimalPlaces(8),
    );
    agrees<[Direction, number, number, number]>(
      [direction, number, number, number],
      money.pnlUsd,
      (way, from, to, qty) => new Decimal(to).minus(from).times(qty).times(side(way)).toDecimalPlaces(8),
    );
    agrees<[number, number, number]>([number, above, above], money.shareOf, (amount, part, whole) =>
      part === whole ? new Decimal(amount) : new Decimal(amount).times(part).dividedBy(whole).toDecimalPlaces(8),
    );
  });

  it('for lots, ticks and prices of liquidation', () => {
    const step = fc.oneof(fc.constantFrom(0.1, 0.01, 0.001, 0.5, 0.25, 5, 10, 1e-7), above);
    agrees<[number, number]>([above, step], money.floorToLot, (qty, lot) =>
      new Decimal(qty).dividedBy(lot).floor().times(lot),
    );
    const to = fc.constantFrom<'nearest' | 'up' | 'down'>('nearest', 'up', 'down');
    const onOrBeside = fc.oneof(
      above,
      fc.tuple(fc.integer({ min: 1, max: 10 ** 7 }), step).map(([n, of]) => (n * of) / 2),
    );
    agrees<[number, number, 'nearest' | 'up' | 'down']>(
      [onOrBeside, step, to],
      money.roundToTick,
      (price, tick, way) => {
        const steps = new Decimal(price).dividedBy(tick);
        return (way === 'up' ? steps.ceil() : way === 'down' ? steps.floor() : steps.round()).times(tick);
      },
    );
    const mmr = fc.constantFrom(0.004, 0.005, 0.01, 0.025);
    agrees<[Direction, number, number, number, number]>(
      [direction, above, above, number.map(Math.abs), mmr],
      money.liquidationPrice,
      (way, entry, qty, margin, rate) => {
        const s = side(way);
        const size = new Decimal(qty);
        const price = new Decimal(margin)
          .minus(size.times(entry).times(s))
          .dividedBy(size.times(rate).minus(size.times(s)));
        return Decimal.max(0, price).toDecimalPlaces(8);
      },
    );
  });
});

describe('what a bot of this size works out', () => {
  it('is plain', () => {
    for (let i = 0; i < 1_000; i++) {
      const price = (950_000 + i * 7) / 10;
      const qty = (1 + i) / 1_000;
      const usd = money.notionalUsd(price, qty);
      expect(plain.plainSum(usd, price, 1)).not.toBeNull();
      expect(plain.plainProduct(price, qty)).not.toBeNull();
      expect(plain.plainProduct(price, 0.0002)).not.toBeNull();
      expect(plain.plainQuotient(usd, qty)).not.toBeNull();
      expect(plain.plainSteps(price, 0.1, 'nearest')).toBe(price);
      expect(plain.plainTo8(price * qty * 0.0005)).not.toBeNull();
    }
  });
});

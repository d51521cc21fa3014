/**
 * Decimal arithmetic where doubles can do it exactly, which is nearly always: `Decimal` takes ten to fifty times as long, and a bot
 * does sums on every bar. Two ways, and each knows when it must not be gone (`null`):
 *
 * - **scaled**: a number of few decimals is a whole number over a power of ten. Whole numbers up to 2^53 are added, multiplied and
 *   taken the remainder of without error, and one division at the end gives the double nearest to the exact value, as `Decimal` does.
 * - **to eight decimals**: the error of a few operations on doubles is bounded. Where the result is farther from half a step than
 *   that, the step is known for certain.
 */

const POWERS = Array.from({ length: 23 }, (_, n) => Number(`1e${n}`));
const powerOf = (places: number): number => POWERS[places] ?? Number.NaN;
/** Of a decimal with at most fifteen digits there is one that a double stands for: its shortest text. */
const DIGITS = 1e15;
const PLACES_AT_MOST = 10;
const isExact = (whole: number): boolean => Math.abs(whole) <= Number.MAX_SAFE_INTEGER;

/** How many decimals a number has; -1 where it has many, or is -0, which `Decimal` has rules of its own for. */
function placesOf(value: number): number {
  if (value === 0) return Object.is(value, -0) ? -1 : 0;
  for (let places = 0; places <= PLACES_AT_MOST; places++) {
    const power = powerOf(places);
    const whole = Math.round(value * power);
    if (!(Math.abs(whole) < DIGITS)) return -1;
    if (whole / power === value) return places;
  }
  return -1;
}

/** Eight decimals hold all amounts, prices and sizes: to add them, nobody need know how many each has. */
const CENTS = 1e8;

/** `a` + `sign` × `b`. */
export function plainSum(a: number, b: number, sign: 1 | -1): number | null {
  const x = Math.round(a * CENTS);
  const y = Math.round(b * CENTS);
  if (!(Math.abs(x) < DIGITS && Math.abs(y) < DIGITS) || x / CENTS !== a || y / CENTS !== b) return null;
  if (Object.is(a, -0) || Object.is(b, -0)) return null;
  return (x + sign * y) / CENTS;
}

export function plainProduct(a: number, b: number): number | null {
  const [k, l] = [placesOf(a), placesOf(b)];
  if (k < 0 || l < 0) return null;
  const whole = Math.round(a * powerOf(k)) * Math.round(b * powerOf(l));
  return isExact(whole) ? whole / powerOf(k + l) : null;
}

/** Two numbers over the same power of ten are as two whole numbers. */
const overSame = (value: number, places: number, most: number): number =>
  Math.round(value * powerOf(places)) * powerOf(most - places);

/**
 * No quotient of whole numbers below 2^53 lies so near the middle between two doubles that the forty digits of `Decimal` and a
 * single division could be of two minds.
 */
export function plainQuotient(a: number, b: number): number | null {
  const [k, l] = [placesOf(a), placesOf(b)];
  if (k < 0 || l < 0) return null;
  const most = Math.max(k, l);
  const [x, y] = [overSame(a, k, most), overSame(b, l, most)];
  return isExact(x) && isExact(y) ? x / y : null;
}

/** The multiple of `step` that is nearest (half to even), next above or next below. */
export function plainSteps(value: number, step: number, to: 'nearest' | 'up' | 'down'): number | null {
  const [k, l] = [placesOf(value), placesOf(step)];
  if (k < 0 || l < 0 || value < 0 || step <= 0) return null;
  const most = Math.max(k, l);
  const [x, y] = [overSame(value, k, most), overSame(step, l, most)];
  if (!isExact(x) || !isExact(2 * y)) return null;
  const rest = x % y;
  const below = (x - rest) / y;
  const isHalf = 2 * rest === y;
  const isUp = to === 'nearest' ? 2 * rest > y || (isHalf && below % 2 === 1) : to === 'up' && rest > 0;
  const whole = (below + (isUp ? 1 : 0)) * Math.round(step * powerOf(l));
  return isExact(whole) ? whole / powerOf(l) : null;
}

/** Ten operations are off by no more than this fraction of what they had to do with: 10 × 2^-53, and twice that to be sure. */
const ERROR = 20 * 2 ** -53;

/**
 * To eight decimals, half to even.
 * @param value from at most eight operations on numbers that are themselves rounded
 * @param largest what the operations had to do with: a difference of large numbers has their error
 */
export function plainTo8(value: number, largest = value): number | null {
  const steps = value * CENTS;
  const clear = Math.abs(Math.abs(steps % 1) - 0.5);
  return clear > Math.abs(largest) * CENTS * ERROR ? Math.round(steps) / CENTS : null;
}

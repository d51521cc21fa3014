/** Money, counts and reasons where they may be huge: what does not fit is shortened, `$12.3M`. */
import { count, duration, money, words } from '../format.ts';
import { known } from './known.ts';

const LONG = 1e7;
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

const short = (size: number): string => (size < 1e18 ? SHORT.format(size) : size.toExponential(1));

/** `4,812`; `12.3M`. */
export function counted(value: unknown): string {
  const number = known(value);
  if (number === null || Math.abs(number) < LONG) return count(number);
  return `${number < 0 ? '−' : ''}${short(Math.abs(number))}`;
}

/** USD: `$412.70`, `−$6.88`, `$12.3M`. What rounds to nothing has no sign. */
export function cash(value: unknown, sign = false): string {
  const number = known(value);
  if (number === null) return money(null);
  const size = Math.abs(number);
  if (size < 0.005) return money(0);
  if (size < LONG) return money(number, { sign });
  return `${number < 0 ? '−' : sign ? '+' : ''}$${short(size)}`;
}

const HOUR = 3_600_000;
/** A length of time as one speaks of it: `24 h` rather than a day, `1 s` rather than 1.0 s. */
export function span(ms: unknown): string {
  const length = known(ms);
  if (length !== null && length > 0 && length <= 72 * HOUR && length % HOUR === 0) return `${length / HOUR} h`;
  return duration(length).replace('.0 ', ' ');
}

/** The name of a guard or a state inside a sentence: `fee_gate` is `fee gate`. */
export const inSentence = (name: string): string => {
  const said = words(name);
  return said.charAt(0).toLowerCase() + said.slice(1);
};

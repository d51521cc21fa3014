/** Money, prices and parts in words. What is not known is a dash. */
import { known } from './known.ts';

export const UNKNOWN = '–';
const MINUS = '−';

const grouped = (digits: number) =>
  new Intl.NumberFormat('en-GB', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const WHOLE = grouped(0);
const CENTS = grouped(2);
const SHORT = new Intl.NumberFormat('en-GB', { notation: 'compact', maximumSignificantDigits: 3 });
const signOf = (value: number): string => (value < 0 ? MINUS : '');

/** A count: `4,812`; from ten million on shortened, `12.3M`. */
export function counted(value: unknown): string {
  const number = known(value);
  if (number === null) return UNKNOWN;
  const size = Math.abs(number);
  return signOf(number) + (size >= 1e7 ? SHORT : WHOLE).format(size);
}

/** USD without a sign of its own, two digits: `412.70`, `−6.88`; from ten million on shortened. */
export function usd(value: unknown): string {
  const number = known(value);
  if (number === null) return UNKNOWN;
  const size = Math.abs(number);
  const text = (size >= 1e7 ? SHORT : CENTS).format(size);
  return (/[1-9]/.test(text) ? signOf(number) : '') + text;
}

/** A gain or a loss, always with its sign; nothing has none. */
export function signed(value: unknown): string {
  const text = usd(value);
  return known(value) !== null && Number(value) > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** A price as its size needs: five significant digits, at least two decimals. */
export function price(value: unknown): string {
  const number = known(value);
  if (number === null) return UNKNOWN;
  const size = Math.abs(number);
  if (size >= 1e9) return signOf(number) + SHORT.format(size);
  const digits = size === 0 || size >= 100 ? 2 : Math.min(8, 4 - Math.floor(Math.log10(size)));
  return signOf(number) + grouped(digits).format(size);
}

/** A part of the whole: `44.6 %`. What is not quite nothing, and not quite all, is not said to be. */
export function percent(part: unknown, digits = 1): string {
  const number = known(part);
  if (number === null) return UNKNOWN;
  const least = 10 ** -digits;
  const size = Math.abs(number) * 100;
  if (size > 0 && size < least / 2) return `<${least} %`;
  if (size < 100 && size >= 100 - least / 2) return `>${signOf(number)}${grouped(digits).format(100 - least)} %`;
  if (size >= 1e6) return `${signOf(number)}${SHORT.format(size)} %`;
  return `${signOf(number)}${grouped(digits).format(size)} %`;
}

/** A gain or loss as a part, with its sign. */
export function signedPercent(part: unknown, digits = 2): string {
  const text = percent(part, digits);
  return known(part) !== null && Number(part) > 0 && !text.startsWith('<') ? `+${text}` : text;
}

/** A name out of the records as a person reads it: `fee_gate` is `fee gate`. */
export const spoken = (name: string): string => name.replaceAll('_', ' ');
export const Spoken = (name: string): string => {
  const words = spoken(name);
  return words.charAt(0).toUpperCase() + words.slice(1);
};

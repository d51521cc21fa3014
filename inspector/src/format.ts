/** Numbers and times as a person reads them. Times are UTC: two people who look at one bot see the same. */

const NONE = '–';
const MINUS = '−';
const THIN = '\u00a0';
const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const known = (value: number | null | undefined): value is number =>
  value !== null && value !== undefined && Number.isFinite(value);
const signed = (text: string, value: number, sign: boolean): string =>
  value < 0 ? `${MINUS}${text}` : sign && value > 0 ? `+${text}` : text;
// Making a formatter costs a hundred times what formatting does; a long table formats at every frame.
const withDigits = Array.from(
  { length: 9 },
  (_, digits) => new Intl.NumberFormat('en', { minimumFractionDigits: digits, maximumFractionDigits: digits }),
);
const fixed = (value: number, digits: number): string => (withDigits[digits] ?? grouped).format(value);

/** `4,812`; `–` for what is not known. */
export const count = (value: number | null | undefined): string => (known(value) ? grouped.format(value) : NONE);

/** `1 repair`, `2 repairs`. */
export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;

/** A fraction: `98.9 %`. */
export const percent = (fraction: number | null | undefined, digits = 1, sign = false): string =>
  known(fraction)
    ? signed(
        `${fixed(Math.abs(fraction) * 100, fraction === 0 || fraction === 1 ? 0 : digits)}${THIN}%`,
        fraction,
        sign,
      )
    : NONE;

/** USD: `$1,234.50`, with `sign` `+$12.00`; a real minus. */
export const money = (usd: number | null | undefined, { sign = false, digits = 2 } = {}): string =>
  known(usd) ? signed(`$${fixed(Math.abs(usd), digits)}`, usd, sign) : NONE;

/** A price, with as many digits as its size asks for: `91,204.1`, `0.08412`. */
export function price(value: number | null | undefined): string {
  if (!known(value)) return NONE;
  const size = Math.abs(value);
  return fixed(value, size >= 10_000 ? 1 : size >= 10 ? 2 : size >= 1 ? 4 : 5);
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const two = (n: number): string => String(n).padStart(2, '0');

/** `41 ms`, `4.2 s`, `38 s`, `1 m 52 s`, `2 h 05 m`, `3 d 4 h`. */
export function duration(ms: number | null | undefined): string {
  if (!known(ms)) return NONE;
  const size = Math.abs(ms);
  const s = Math.round(size / SECOND);
  const m = Math.floor(s / 60);
  if (size < 999.5) return `${Math.round(size)} ms`;
  if (size < 9_950) return `${Number((size / SECOND).toFixed(1))} s`;
  if (s < 60) return `${s} s`;
  if (m < 60) return s % 60 === 0 ? `${m} m` : `${m} m ${two(s % 60)} s`;
  const h = Math.floor(m / 60);
  if (h < 48) return m % 60 === 0 ? `${h} h` : `${h} h ${two(m % 60)} m`;
  return h % 24 === 0 ? `${Math.floor(h / 24)} d` : `${Math.floor(h / 24)} d ${h % 24} h`;
}

/** How long ago, in one unit: `now`, `6 m ago`, `2 h ago`. `in 5 m` for what is to come. */
export function ago(at: number, now: number): string {
  const gone = now - at;
  const size = Math.abs(gone);
  if (size < 1_500) return 'now';
  const [unit, name] =
    size < MINUTE ? [SECOND, 's'] : size < HOUR ? [MINUTE, 'm'] : size < 2 * DAY ? [HOUR, 'h'] : [DAY, 'd'];
  const n = Math.floor(size / (unit as number));
  return gone >= 0 ? `${n} ${name} ago` : `in ${n} ${name}`;
}

/** A moment given as ms or as ISO-8601; `null` for what is neither. */
export function moment(at: number | string | null | undefined): number | null {
  if (at === null || at === undefined) return null;
  const ms = typeof at === 'number' ? at : Date.parse(at);
  return Number.isFinite(ms) ? ms : null;
}

const iso = (ms: number): string => new Date(ms).toISOString();
/** `14:07:41` */
export const clock = (ms: number): string => iso(ms).slice(11, 19);
/** `14:07` */
export const clockShort = (ms: number): string => iso(ms).slice(11, 16);
/** `14:07:41.153` */
export const clockExact = (ms: number): string => iso(ms).slice(11, 23);
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
/** `28 Nov` */
export function day(ms: number): string {
  const at = new Date(ms);
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
}
/** `28 Nov 14:07:41 UTC`; the whole of it, for titles and records. */
export const dateTime = (ms: number): string => `${day(ms)} ${clock(ms)} UTC`;

/** Words that come without a capital or with a full stop, as a sentence without one: `Nobody answers`. */
export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1).replace(/\.$/, '');

/** `signal_bus` and `signalBus` as words: `Signal bus`. */
export function words(name: string): string {
  const spaced = name
    .replaceAll(/[_-]+/g, ' ')
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

/** A line of the log without the pictures in it: not every machine has a font for them. */
export const unadorned = (line: string): string => line.replace(/\p{Extended_Pictographic}\uFE0F?\s*/gu, '');

/**
 * What an error of ccxt means for the request that met it. The exchange's own code goes first: ccxt chooses classes by the
 * address that was asked, so the same refusal has another class through a proxy (research/trading.md §1.3, P1).
 */

/**
 * - `definite-reject`: it was refused; nothing of it will ever happen
 * - `unknown`: it happened or not
 * - `retry-later`: turned away before anything was done, because too much was asked
 * - `clock`: turned away, because its timestamp is off
 * - `auth`: turned away, because of the key
 * - `not-found`: the order asked after or to be cancelled is not there
 * - `not-sent`: it never left this process
 * - `already-there`: an open order has this client order id
 */
export type Outcome =
  | ('definite-reject' | 'unknown' | 'retry-later' | 'clock' | 'auth' | 'not-found' | 'already-there')
  | 'not-sent';

/** Binance's codes where a range does not say it. developers.binance.com, USDⓈ-M futures, error codes. */
const BY_CODE: ReadonlyMap<number, Outcome> = new Map([
  [-1000, 'unknown'],
  [-1001, 'unknown'],
  [-1002, 'auth'],
  [-1003, 'retry-later'],
  [-1006, 'unknown'],
  [-1007, 'unknown'],
  [-1008, 'retry-later'],
  [-1010, 'unknown'],
  [-1013, 'definite-reject'],
  [-1014, 'definite-reject'],
  [-1015, 'retry-later'],
  [-1016, 'unknown'],
  [-1020, 'definite-reject'],
  [-1021, 'clock'],
  [-1022, 'auth'],
  [-1023, 'definite-reject'],
  [-2010, 'definite-reject'],
  [-2011, 'not-found'],
  [-2013, 'not-found'],
  [-2014, 'auth'],
  [-2015, 'auth'],
  [-2016, 'definite-reject'],
  [-2017, 'auth'],
  [-4116, 'already-there'],
  [-5021, 'definite-reject'],
  [-5022, 'definite-reject'],
  [-5028, 'clock'],
]);

/** Whole families: bad parameters, refusals for want of margin or something to reduce, filters and rules. */
const BY_RANGE: readonly (readonly [from: number, to: number, outcome: Outcome])[] = [
  [-1199, -1100, 'definite-reject'],
  [-2099, -2018, 'definite-reject'],
  [-4999, -4000, 'definite-reject'],
];

/** Class names of ccxt, and one of ours, and what they say where no code does. Looked up from the most special to the most general. */
const BY_CLASS: ReadonlyMap<string, Outcome> = new Map([
  ['NotSent', 'not-sent'],
  ['ChecksumError', 'unknown'],
  ['InvalidNonce', 'clock'],
  ['DDoSProtection', 'retry-later'],
  ['RateLimitExceeded', 'retry-later'],
  ['AuthenticationError', 'auth'],
  ['OrderNotFound', 'not-found'],
  ['DuplicateOrderId', 'already-there'],
  ['InvalidOrder', 'definite-reject'],
  ['InsufficientFunds', 'definite-reject'],
  ['BadRequest', 'definite-reject'],
  ['ArgumentsRequired', 'definite-reject'],
  ['OperationRejected', 'definite-reject'],
  ['NotSupported', 'definite-reject'],
]);

/** What was thrown may be anything, also what has no text. */
const textOf = (error: unknown): string =>
  error instanceof Error ? error.message || error.name : typeof error === 'string' ? error : '';

/** The exchange's code in an error's message: `binanceusdm {"code":-2019,"msg":"Margin is insufficient."}`. */
export function codeOf(error: unknown): number | null {
  const found = /"code"\s*:\s*"?(-\d+)/.exec(textOf(error))?.[1];
  return found === undefined ? null : Number(found);
}

function classesOf(error: unknown): readonly string[] {
  const names: string[] = [];
  for (let at = error; at !== null && typeof at === 'object'; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, 'constructor'))
      names.push(String((at.constructor as { readonly name?: unknown } | null)?.name));
  }
  return names;
}

/** What cannot be told apart from a lost answer is `unknown`. */
export function outcomeOf(error: unknown): Outcome {
  const code = codeOf(error);
  if (code !== null) {
    const known = BY_CODE.get(code) ?? BY_RANGE.find(([from, to]) => code >= from && code <= to)?.[2];
    if (known) return known;
  }
  for (const name of classesOf(error)) {
    const known = BY_CLASS.get(name);
    if (known) return known;
  }
  return 'unknown';
}

/** Some exchanges may not be asked from everywhere, and say so in the words and with the code of HTTP. */
const FORBIDDEN_HERE = /\b451\b|restricted location/i;

/** Whether the same may be answered another time: nobody answered, or not now. What an exchange has refused it refuses again. */
export function mayPass(error: unknown): boolean {
  if (FORBIDDEN_HERE.test(textOf(error))) return false;
  const outcome = outcomeOf(error);
  if (outcome !== 'unknown') return outcome === 'retry-later' || outcome === 'clock' || outcome === 'not-sent';
  return BY_CODE.has(codeOf(error) ?? 0) || !classesOf(error).includes('ExchangeError');
}

const SHOWN = 200;

/** An error in a line: what was signed and whole web pages stay out of it. */
export function inShort(error: unknown): string {
  const plain = (textOf(error) || 'something was thrown that says nothing')
    .replace(/\?\S+/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.length <= SHOWN ? plain : `${plain.slice(0, SHOWN - 1)}…`;
}

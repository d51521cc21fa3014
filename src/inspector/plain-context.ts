/** The plain values of a context, small enough for a line of the flight recorder. */
import { digest, type Redact, shortened } from './digest.ts';
import type { PlainValue } from './flight-line.ts';

const KEYS_AT_MOST = 60;
const TEXT_CHARS = 200;
/** A little more than fits: what does not fit is left out in the end, and need not be copied whole. */
const BOUNDS = { nodes: 40, depth: 4, chars: 4_096 };
const GONE = '[it could not be redacted]';

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (context: unknown): Fields =>
  typeof context === 'object' && context !== null && !Array.isArray(context) ? (context as Fields) : {};

/** `undefined` for what is too large to be told. */
function plainOf(value: unknown): PlainValue | undefined {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return shortened(value, TEXT_CHARS) as string;
  const json = JSON.stringify(value) as string | undefined;
  return json !== undefined && json.length < TEXT_CHARS ? json : undefined;
}

/** Characters that it has as JSON, at least, and no more of them counted than are told. */
function charsIn(value: unknown, depth = BOUNDS.depth): number {
  if (typeof value === 'number') return String(value).length;
  if (depth === 0 || typeof value !== 'object' || value === null) return 1;
  const isList = Array.isArray(value);
  if (!isList && Object.getPrototypeOf(value) !== Object.prototype) return 1;
  let chars = 1;
  for (const one of isList ? value : Object.values(value)) {
    chars += 1 + charsIn(one, depth - 1);
    if (chars >= TEXT_CHARS) break;
  }
  return chars;
}

/** Too long to be told, whatever is cut from it or redacted: that is known without a copy. */
function isLong(value: unknown): boolean {
  try {
    return typeof value === 'object' && charsIn(value) >= TEXT_CHARS;
  } catch {
    // A getter or proxy of somebody else: its copy says what cannot be read.
    return false;
  }
}

/** In the order of the one before, then what is new. */
function changedKeys(before: Fields, after: Fields): readonly string[] {
  const changed = Object.keys(before).filter((key) => before[key] !== after[key]);
  for (const key of Object.keys(after))
    if (before[key] !== after[key] && !Object.hasOwn(before, key)) changed.push(key);
  return changed.filter((key) => !isLong(before[key]) && !isLong(after[key]));
}

/** Every field is copied in bounds of its own: one that is large does not take the others' place. */
function copied(fields: Fields, keys: readonly string[]): Fields {
  return Object.fromEntries(keys.slice(0, KEYS_AT_MOST).map((key) => [key, digest(fields[key], BOUNDS)]));
}

/** Redacted by key and by value. */
export function plainContext(context: unknown, redact: Redact): Record<string, PlainValue> {
  const fields = fieldsOf(context);
  try {
    const clean = redact(copied(fields, Object.keys(fields)));
    const plain = Object.entries(clean).map(([key, value]) => [key, plainOf(value)] as const);
    return Object.fromEntries(plain.filter((one): one is readonly [string, PlainValue] => one[1] !== undefined));
  } catch {
    return { '…': GONE };
  }
}

/** What changed between two contexts, as far as it is plain: before and after. Nothing that changed inside without a new value. */
export function plainDiff(was: unknown, is: unknown, redact: Redact): Record<string, [PlainValue, PlainValue]> {
  if (was === is) return {};
  try {
    const [before, after] = [fieldsOf(was), fieldsOf(is)];
    const keys = changedKeys(before, after);
    if (keys.length === 0) return {};
    const [cleanBefore, cleanAfter] = redact([copied(before, keys), copied(after, keys)]) as readonly [Fields, Fields];
    const diff: Record<string, [PlainValue, PlainValue]> = {};
    for (const key of Object.keys(cleanAfter)) {
      const [a, b] = [plainOf(cleanBefore[key]), plainOf(cleanAfter[key])];
      if (a !== undefined && b !== undefined && a !== b) diff[key] = [a, b];
    }
    return diff;
  } catch {
    return { '…': [null, GONE] };
  }
}

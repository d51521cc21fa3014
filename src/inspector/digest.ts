/** Bounded copies of what passes by: nothing that is recorded holds on to what others own, or grows with what they send. */
import { says } from '../ports/says.ts';

export interface Bounds {
  /** Values copied in all. */
  readonly nodes: number;
  readonly depth: number;
  /** Characters of all texts together. */
  readonly chars: number;
}

const LONGEST_LIST = 100;

interface Left {
  nodes: number;
  chars: number;
}

/**
 * A text is kept whole or not at all: a secret cut in half would not be known any more by who redacts. Cutting comes last
 * (see {@link shortened}).
 */
function text(value: string, left: Left): string {
  if (value.length > left.chars) return `[text of ${value.length} characters]`;
  left.chars -= value.length;
  return value;
}

function copyOf(value: unknown, depth: number, left: Left): unknown {
  if (typeof value === 'string') return text(value, left);
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'function') return '[function]';
  if (typeof value !== 'object') return undefined;
  if (--left.nodes < 0 || depth <= 0) return '[…]';
  if (Array.isArray(value)) return list(value, depth, left);
  if ('sessionId' in value && 'send' in value) return `[actor ${text(String((value as { id?: unknown }).id), left)}]`;
  if ('__xstatenode' in value) return '[machine]';
  if ('_nodes' in value && 'machine' in value) {
    const { status, value: state, context } = value as unknown as Readonly<Record<string, unknown>>;
    return fields({ status, value: state, context }, depth, left);
  }
  if (value instanceof Error) return fields({ name: value.name, message: value.message }, depth, left);
  if (value instanceof Map)
    return { ...fields(Object.fromEntries(firstOf(value)), depth, left), ...restOf(value.size) };
  if (value instanceof Set) return list(firstOf(value), depth, left, value.size);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if ('toJSON' in value && typeof value.toJSON === 'function') return copyOf(value.toJSON(), depth - 1, left);
  return fields(value as Readonly<Record<string, unknown>>, depth, left);
}

/** A getter, proxy or toJSON of somebody else: what cannot be read is left out alone. */
const unreadable = (error: unknown): string => `[it cannot be read: ${says(error)}]`;

function partOf(whole: object, key: string | number, depth: number, left: Left): unknown {
  try {
    return copyOf((whole as Readonly<Record<string | number, unknown>>)[key], depth, left);
  } catch (error) {
    return text(unreadable(error), left);
  }
}

function firstOf<T>(values: Iterable<T>): readonly T[] {
  const first: T[] = [];
  for (const one of values) if (first.push(one) === LONGEST_LIST) break;
  return first;
}
const more = (size: number): string => `[… ${size - LONGEST_LIST} more]`;
const restOf = (size: number): object => (size > LONGEST_LIST ? { '…': more(size) } : {});

function list(values: readonly unknown[], depth: number, left: Left, size = values.length): readonly unknown[] {
  const copied = values.slice(0, LONGEST_LIST).map((_, at) => partOf(values, at, depth - 1, left));
  return size > LONGEST_LIST ? [...copied, more(size)] : copied;
}

function fields(value: Readonly<Record<string, unknown>>, depth: number, left: Left): Record<string, unknown> {
  const copied: Record<string, unknown> = {};
  for (const key in value) {
    if (!Object.hasOwn(value, key) || key === '__proto__') continue;
    if (left.nodes <= 0) {
      copied['…'] = '[…]';
      break;
    }
    left.nodes--;
    copied[text(key, left)] = partOf(value, key, depth - 1, left);
  }
  return copied;
}

/** A copy that JSON can hold, of the size allowed at most; what does not fit is named in its place. Never throws. */
export function digest(value: unknown, { nodes, depth, chars }: Bounds): unknown {
  try {
    return copyOf(value, depth, { nodes, chars });
  } catch (error) {
    return unreadable(error);
  }
}

/** The same value with every text cut to `chars`. To be done after redaction. */
export function shortened(value: unknown, chars: number): unknown {
  if (typeof value === 'string') return value.length > chars ? `${value.slice(0, chars)}…` : value;
  if (Array.isArray(value)) return value.map((one) => shortened(one, chars));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key.slice(0, chars), shortened(field, chars)]),
  );
}

export type Redact = <T>(value: T) => T;

/** What may be shown of a value: bounded, without secrets, cut. Where redaction fails nothing is shown. */
export function shown(value: unknown, redact: Redact, bounds: Bounds, chars: number): unknown {
  try {
    return shortened(redact(digest(value, bounds)), chars);
  } catch {
    return '[it could not be redacted, and is not shown]';
  }
}

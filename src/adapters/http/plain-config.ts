const DEEPEST = 40;

/** Names by which the author of a machine may have called what he gave as code. */
const named = (value: object): { readonly type: string } => {
  const { type, name, id } = value as { type?: unknown; name?: unknown; id?: unknown };
  const word = [type, name, id].find((one) => typeof one === 'string' && one !== '');
  return { type: typeof word === 'string' ? word : '(inline)' };
};

const isPlain = (value: object): boolean => {
  const made: unknown = Object.getPrototypeOf(value);
  return made === Object.prototype || made === null;
};

function plain(value: unknown, depth: number): unknown {
  if (typeof value === 'function') return named(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) return '[…]';
  if (Array.isArray(value)) return value.map((one) => plain(one, depth + 1));
  if (!isPlain(value)) return named(value);
  return Object.fromEntries(Object.entries(value).map(([key, below]) => [key, plain(below, depth + 1)]));
}

/**
 * The configuration of a machine as data: code becomes its name, and the initial context, which may hold anything, is left out.
 * @returns `null` for logic that is no machine
 */
export function plainConfig(logic: unknown): object | null {
  const config = (logic as { readonly config?: unknown } | undefined)?.config;
  // Promises and callbacks have a function there.
  if (typeof config !== 'object' || config === null || !('root' in (logic as object))) return null;
  const { context: _left, types: _types, ...rest } = config as Record<string, unknown>;
  return plain(rest, 0) as object;
}

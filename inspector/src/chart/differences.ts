/** What differs between two values, leaf by leaf. Pure. */
export interface Change {
  readonly key: string;
  readonly was: unknown;
  readonly is: unknown;
}

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Only what differs, by its path: `life.files.log.badLines`. What is there on one side only is `undefined` on the other. */
export function differences(was: unknown, is: unknown, path = ''): readonly Change[] {
  if (Object.is(was, is)) return [];
  if (!isTree(was) || !isTree(is) || Array.isArray(was) !== Array.isArray(is)) return [{ key: path, was, is }];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((key) =>
    differences(was[key], is[key], path === '' ? key : `${path}.${key}`),
  );
}

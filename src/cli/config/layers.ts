/** What was said of the settings, one on top of the other: the file, the environment, the command line. */
import { keyOf, type Path } from './catalogue.ts';
import type { Document } from './jsonc.ts';
import { DEFAULT_ORIGIN, type Origin } from './origin.ts';

/** A value that does not come from the file. */
export interface Given {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly from: Origin;
}

/** A file and what it is called to people. */
export interface ConfigFile {
  readonly name: string;
  readonly document: Document;
}

/** All of it on top of each other, and where each part comes from. */
export interface Layers {
  readonly value: unknown;
  /** Who said what stands at a path. */
  origin(path: Path): Origin;
  /** Who is to be told that something is wrong there: who said it, or else what is around it. */
  blamed(path: Path): Origin;
}

type Mutable = Record<string, unknown>;
const isObject = (value: unknown): value is Mutable =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A copy with a value at a path. What is in the way, and is no object, stays: it is wrong, and is told. */
export function withValue(into: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  if (into !== undefined && into !== null && !isObject(into)) return into;
  return { ...into, [key]: withValue(into?.[key], rest, value) };
}

/** A copy without what stands at a path. */
export function withoutValue(from: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined || !isObject(from)) return from;
  const { [key]: inner, ...others } = from;
  return rest.length === 0 ? others : { ...others, [key]: withoutValue(inner, rest) };
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, key) => {
    if (Array.isArray(at)) return at[Number(key)];
    return isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  }, value);
}

/** @param given the last goes before the ones before it */
export function layersOf(file: ConfigFile | null, given: readonly Given[]): Layers {
  const inFile = file?.document.value;
  const value = given.reduce<unknown>(
    (whole, { path, value }) => withValue(whole, path, value),
    inFile === undefined ? {} : inFile,
  );
  const placed = (path: Path): Origin | null =>
    file === null ? null : { kind: 'file', file: file.name, ...file.document.place(path) };
  const origin = (path: Path): Origin => {
    const key = keyOf(path);
    const around = given.findLast(({ path: said }) => `${key}.`.startsWith(`${keyOf(said)}.`));
    if (around) return around.from;
    return (valueAt(inFile, path) === undefined ? null : placed(path)) ?? DEFAULT_ORIGIN;
  };
  const blamed = (path: Path): Origin => {
    for (let length = path.length; length > 0; length--) {
      const around = path.slice(0, length);
      const from = origin(around);
      if (from.kind !== 'default') return from.kind === 'file' ? (placed(path) ?? from) : from;
      const below = given.findLast((one) => keyOf(one.path).startsWith(`${keyOf(around)}.`));
      if (below) return below.from;
    }
    return placed(path) ?? DEFAULT_ORIGIN;
  };
  return { value, origin, blamed };
}

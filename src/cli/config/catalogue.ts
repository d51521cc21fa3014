/** Every setting there is, by its path, as the published schema has it. */
import { PUBLISHED_SCHEMA, type SchemaNode } from './published-schema.ts';

export type Path = readonly (string | number)[];

export interface Setting {
  /** As it is said: `guards.risk.maxDailyLoss`. */
  readonly key: string;
  readonly path: readonly string[];
  readonly node: SchemaNode;
}

export const keyOf = (path: Path): string => path.join('.');

/** Lines of objects lead to their keys, of lists to their elements; `null` is left out of account. */
function step(node: SchemaNode, key: string | number): SchemaNode | null {
  for (const one of node.anyOf ?? [node]) {
    const next = typeof key === 'number' ? one.items : one.properties?.[key];
    if (next !== undefined) return next;
  }
  return null;
}

/** What may stand at a path; `null` where nothing may. */
export const nodeAt = (path: Path): SchemaNode | null =>
  path.reduce<SchemaNode | null>((node, key) => node && step(node, key), PUBLISHED_SCHEMA);

const propertiesOf = (node: SchemaNode): Readonly<Record<string, SchemaNode>> =>
  (node.anyOf ?? [node]).find(({ properties }) => properties !== undefined)?.properties ?? {};

/** The keys that are known at a path. */
export function keysAt(path: Path): readonly string[] {
  const node = nodeAt(path);
  return node === null ? [] : Object.keys(propertiesOf(node));
}

/** A group of settings, which is no value itself. */
export const isSection = (node: SchemaNode): boolean => node.properties !== undefined;

function* settingsBelow(path: readonly string[], node: SchemaNode): Generator<Setting> {
  // That a part may be null makes it a value, too.
  if (!isSection(node)) yield { key: keyOf(path), path, node };
  for (const [key, below] of Object.entries(propertiesOf(node))) yield* settingsBelow([...path, key], below);
}

/** In the order of the schema. `$schema` is for editors, and no setting. */
export const SETTINGS: readonly Setting[] = [...settingsBelow([], PUBLISHED_SCHEMA)].filter(
  ({ key }) => key !== '$schema',
);

const byKey = new Map(SETTINGS.map((one) => [one.key, one]));
export const settingOf = (key: string): Setting | undefined => byKey.get(key);

/** Whether what stands at a path, or around it, may let somebody in. */
export const isSecret = (path: Path): boolean =>
  path.some((_, index) => nodeAt(path.slice(0, index + 1))?.writeOnly === true);

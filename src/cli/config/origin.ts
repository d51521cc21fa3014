import type { Place } from './jsonc.ts';

/** Where a value was said. */
export type Origin =
  | { readonly kind: 'default' }
  | ({ readonly kind: 'file'; readonly file: string } & Place)
  | { readonly kind: 'environment'; readonly name: string }
  /** As it was typed, without what may be secret. */
  | { readonly kind: 'flag'; readonly flag: string };

export const DEFAULT_ORIGIN: Origin = { kind: 'default' };

/** The origin as a person looks it up. */
export function sayOrigin(origin: Origin): string {
  if (origin.kind === 'file') return `${origin.file}:${origin.line}:${origin.column}`;
  if (origin.kind === 'environment') return `${origin.name} (environment)`;
  return origin.kind === 'flag' ? origin.flag : 'default';
}

/** What goes before what: default, file, environment, flag. */
const RANK: Readonly<Record<Origin['kind'], number>> = { default: 0, file: 1, environment: 2, flag: 3 };
export const goesBefore = (one: Origin, other: Origin): boolean => RANK[one.kind] > RANK[other.kind];

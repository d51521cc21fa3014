/** The states of a signal in the order of its life, and signals counted by them. */
import type { TradingView } from '../../../src/inspector/contract.ts';
import { SIGNAL_STATES } from '../../../src/machines/messages.ts';
import { count, known } from './known.ts';

export interface Share {
  readonly state: string;
  readonly count: number;
  /** A count of it came that is none: what is shown is not all. */
  readonly broken: boolean;
}

/** In the order of life; states that nobody knows come last. A substate counts as its state. */
export function sharesOf(byState: Readonly<Record<string, number>>): readonly Share[] {
  const broken = new Set<string>();
  const sums = new Map<string, number>(SIGNAL_STATES.map((state) => [state, 0]));
  for (const [path, many] of Object.entries(byState)) {
    const state = path.split('.')[0] ?? path;
    if (count(many) === null) broken.add(state);
    sums.set(state, (sums.get(state) ?? 0) + (count(many) ?? 0));
  }
  return [...sums].map(([state, many]) => ({ state, count: many, broken: broken.has(state) }));
}

export const totalOf = (shares: readonly Share[]): number => shares.reduce((sum, one) => sum + one.count, 0);

/**
 * Before which row of the ages the stuck limit is to be drawn; `within` says that it lies inside that row. `null`: there is no
 * limit, or no row beyond it.
 */
export function limitAt(
  ages: TradingView['ages'],
  limit: number,
): { readonly before: number; readonly within: boolean } | null {
  if (known(limit) === null) return null;
  const before = ages.findIndex(({ up_to_ms }) => (known(up_to_ms) ?? Number.POSITIVE_INFINITY) > limit);
  if (before < 0) return null;
  return { before, within: (known(ages[before - 1]?.up_to_ms) ?? 0) < limit };
}

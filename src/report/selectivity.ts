/** Does a guard pick worse trades than it lets through? Only the answer to this says that it has skill. */
import type { Blocks, Draws } from './bootstrap.ts';
import { meanOf, type Trade } from './trade.ts';

/** The trades one guard was asked about. */
export interface Sides {
  readonly blocked: readonly Trade[];
  readonly passed: readonly Trade[];
}

export const sidesOf = (guard: string, trades: readonly Trade[]): Sides => ({
  blocked: trades.filter(({ blockedBy }) => blockedBy.includes(guard)),
  passed: trades.filter(({ passedBy }) => passedBy.includes(guard)),
});

export interface Selectivity {
  /** Mean of the blocked less mean of the passed, R: below 0, the guard picks the worse ones. */
  readonly r: number | null;
  /** In bp of the notional. */
  readonly bp: number | null;
}

/** `null` where one of the sides is empty. */
export function selectivity({ blocked, passed }: Sides): Selectivity {
  const less = (value: (trade: Trade) => number): number | null => {
    const [a, b] = [meanOf(blocked, value), meanOf(passed, value)];
    return a === null || b === null ? null : a - b;
  };
  return { r: less(({ r }) => r), bp: less(({ bp }) => bp) };
}

const openedAt = (trade: Trade): number => trade.openedAt;

/** What the selectivity could have been, in R. */
export const selectivityDraws = ({ blocked, passed }: Sides, blocks: Blocks): Draws =>
  blocks.differences(
    blocks.sums(blocked, openedAt, ({ r }) => r),
    blocks.sums(passed, openedAt, ({ r }) => r),
  );

/** What was saved by not making these trades, USD: the negative of what they came to. */
export const savedDraws = (trades: readonly Trade[], blocks: Blocks): Draws =>
  blocks.totals(blocks.sums(trades, openedAt, ({ usd }) => -usd));

/** What one guard came to so far. The numbers of today; its verdict is made once a week (`verdict.ts`). */
import type { Blocks } from './bootstrap.ts';
import { drawdownUsd, type Figures, figuresOf, roundedInterval, roundedOr } from './figures.ts';
import { DAY_MS, RULE } from './rule.ts';
import { savedDraws, selectivity, selectivityDraws, sidesOf } from './selectivity.ts';
import { DIMENSIONS, type Dimension, type GuardSlice, guardSlices } from './slices.ts';
import { cents, type GuardCount, meanOf, sumOf, type Trade } from './trade.ts';
import type { Verdict } from './verdict.ts';
import type { Interval } from './wilson.ts';

export interface GuardWorth {
  readonly guard: string;
  /** Its verdict depends on what is held: it judges the account as much as the signal. */
  readonly looks_at_holdings: boolean;
  readonly asked: number;
  readonly blocked: number;
  /** Blocked by it alone; by others as well. Of those whose shadow has ended. */
  readonly sole: number;
  readonly co_blocked: number;
  readonly open: number;
  readonly of_blocked: Figures;
  readonly of_passed: Figures;
  /** Would those trades have lost? The negative of what they came to: never the measure of skill. */
  readonly saved: {
    readonly usd: number;
    readonly interval_usd: Interval | null;
    readonly r: number;
    readonly loss_avoided_usd: number;
    readonly profit_missed_usd: number;
    /** The same, corrected by what real trades came to more than their shadows. */
    readonly less_gap_usd: number | null;
    /** Cumulative, at the end of each day (UTC), ms. */
    readonly by_day: readonly (readonly [at: number, usd: number])[];
  };
  /** Of the trades that nothing else stopped: what taking the guard away would have changed. */
  readonly marginal: {
    readonly saved_usd: number;
    readonly interval_usd: Interval | null;
    readonly mean_r: number | null;
  };
  /** Does it pick worse ones than it lets through? */
  readonly selectivity: {
    readonly r: number | null;
    readonly bp: number | null;
    readonly interval_r: Interval | null;
    readonly first_half_r: number | null;
    readonly second_half_r: number | null;
  };
  /** Of the approved trades, and of those with what this guard alone stopped, USD. */
  readonly drawdown: { readonly with_usd: number; readonly without_usd: number };
  readonly by: Readonly<Record<Dimension, readonly GuardSlice[]>>;
  readonly verdict: Verdict;
}

export interface WorthContext {
  readonly trades: readonly Trade[];
  readonly blocks: Blocks;
  readonly gapBp: number | null;
  readonly looksAtHoldings: boolean;
  readonly verdict: Verdict;
}

/** Nothing else stopped it. */
export const isSole = ({ blockedBy, foretoldBy }: Trade): boolean => blockedBy.length === 1 && foretoldBy.length === 0;

function byDay(blocked: readonly Trade[]): readonly (readonly [number, number])[] {
  const days = new Map<number, number>();
  let sum = 0;
  for (const { endedAt, usd } of [...blocked].sort((a, b) => a.endedAt - b.endedAt)) {
    sum -= usd;
    days.set((Math.floor(endedAt / DAY_MS) + 1) * DAY_MS, sum);
  }
  return [...days].map(([at, usd]) => [at, cents(usd)] as const);
}

export function guardWorth({ guard, asked, blocked: counted }: GuardCount, context: WorthContext): GuardWorth {
  const { trades, blocks, gapBp, looksAtHoldings, verdict } = context;
  const sides = sidesOf(guard, trades);
  const { blocked, passed } = sides;
  const sole = blocked.filter(isSole);
  const approved = trades.filter((trade) => trade.approved);
  const middle = ((trades[0]?.openedAt ?? 0) + (trades.at(-1)?.openedAt ?? 0)) / 2;
  const half = (is: (trade: Trade) => boolean) =>
    roundedOr(selectivity({ blocked: blocked.filter(is), passed: passed.filter(is) }).r, 4);
  const both = blocked.length > 0 && passed.length > 0;
  const { r, bp } = selectivity(sides);
  const usd = sumOf(blocked, (trade) => -trade.usd);
  const gapUsd = gapBp === null ? null : sumOf(blocked, ({ notionalUsd }) => (notionalUsd * gapBp) / 10_000);
  return {
    guard,
    looks_at_holdings: looksAtHoldings,
    asked,
    blocked: counted,
    sole: sole.length,
    co_blocked: blocked.length - sole.length,
    open: Math.max(0, counted - blocked.length),
    of_blocked: figuresOf(blocked),
    of_passed: figuresOf(passed),
    saved: {
      usd: cents(usd),
      interval_usd: blocked.length > 0 ? roundedInterval(savedDraws(blocked, blocks).interval(RULE.alpha), 2) : null,
      r: cents(sumOf(blocked, (trade) => -trade.r)),
      loss_avoided_usd: cents(sumOf(blocked, (trade) => Math.max(0, -trade.usd))),
      profit_missed_usd: cents(sumOf(blocked, (trade) => Math.max(0, trade.usd))),
      less_gap_usd: gapUsd === null ? null : cents(usd - gapUsd),
      by_day: byDay(blocked),
    },
    marginal: {
      saved_usd: cents(sumOf(sole, (trade) => -trade.usd)),
      interval_usd: sole.length > 0 ? roundedInterval(savedDraws(sole, blocks).interval(RULE.alpha), 2) : null,
      mean_r: roundedOr(
        meanOf(sole, (trade) => trade.r),
        4,
      ),
    },
    selectivity: {
      r: roundedOr(r, 4),
      bp: roundedOr(bp, 2),
      interval_r: both ? roundedInterval(selectivityDraws(sides, blocks).interval(RULE.alpha), 4) : null,
      first_half_r: half(({ openedAt }) => openedAt < middle),
      second_half_r: half(({ openedAt }) => openedAt >= middle),
    },
    drawdown: { with_usd: drawdownUsd(approved), without_usd: drawdownUsd([...approved, ...sole]) },
    by: Object.fromEntries(DIMENSIONS.map((dimension) => [dimension, guardSlices(sides, dimension)])) as Record<
      Dimension,
      readonly GuardSlice[]
    >,
    verdict,
  };
}

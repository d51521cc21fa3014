/** The same trades by symbol, strategy, regime and hour; and what the confidence of a signal is worth. */
import type { Blocks } from './bootstrap.ts';
import { type Figures, figuresOf, roundedInterval, roundedOr } from './figures.ts';
import { RULE } from './rule.ts';
import { type Sides, selectivity } from './selectivity.ts';
import { cents, meanOf, round, sumOf, type Trade } from './trade.ts';
import type { Interval } from './wilson.ts';

export const DIMENSIONS = ['symbol', 'strategy', 'regime', 'hour'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

export const keyOf = (trade: Trade, dimension: Dimension): string =>
  dimension === 'hour' ? new Date(trade.openedAt).toISOString().slice(11, 13) : trade[dimension];

function grouped<One>(all: readonly One[], key: (one: One) => string): readonly (readonly [string, readonly One[]])[] {
  const groups = new Map<string, One[]>();
  for (const one of all) {
    const group = groups.get(key(one));
    if (group) group.push(one);
    else groups.set(key(one), [one]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

export interface Slice extends Figures {
  readonly key: string;
  readonly approved: number;
  readonly approved_mean_r: number | null;
  readonly blocked_mean_r: number | null;
  /** 95 %, of the mean of all, not adjusted for how many slices there are. */
  readonly mean_interval_r: Interval | null;
}

export function slicesOf(trades: readonly Trade[], dimension: Dimension, blocks: Blocks): readonly Slice[] {
  return grouped(trades, (trade) => keyOf(trade, dimension)).map(([key, all]) => {
    const approved = all.filter((trade) => trade.approved);
    const blocked = all.filter((trade) => !trade.approved);
    const draws = blocks.means(
      blocks.sums(
        all,
        ({ openedAt }) => openedAt,
        ({ r }) => r,
      ),
    );
    return {
      key,
      ...figuresOf(all),
      approved: approved.length,
      approved_mean_r: roundedOr(
        meanOf(approved, ({ r }) => r),
        4,
      ),
      blocked_mean_r: roundedOr(
        meanOf(blocked, ({ r }) => r),
        4,
      ),
      mean_interval_r: roundedInterval(draws.interval(RULE.alpha), 4),
    };
  });
}

export interface GuardSlice {
  readonly key: string;
  readonly blocked: number;
  readonly passed: number;
  readonly saved_usd: number;
  readonly selectivity_r: number | null;
}

/** One guard by a dimension. Without intervals: so many comparisons would find something by chance alone. */
export function guardSlices({ blocked, passed }: Sides, dimension: Dimension): readonly GuardSlice[] {
  const both = [
    ...blocked.map((trade) => ({ trade, side: 'blocked' as const })),
    ...passed.map((trade) => ({ trade, side: 'passed' as const })),
  ];
  return grouped(both, ({ trade }) => keyOf(trade, dimension)).map(([key, all]) => {
    const sides = {
      blocked: all.filter(({ side }) => side === 'blocked').map(({ trade }) => trade),
      passed: all.filter(({ side }) => side === 'passed').map(({ trade }) => trade),
    };
    return {
      key,
      blocked: sides.blocked.length,
      passed: sides.passed.length,
      saved_usd: cents(-sumOf(sides.blocked, ({ usd }) => usd)),
      selectivity_r: roundedOr(selectivity(sides).r, 4),
    };
  });
}

export interface ConfidenceTenth extends Figures {
  readonly from: number;
  readonly to: number;
  readonly mean_confidence: number;
}

/** Tenths of the trades by confidence. Equal confidences stay together, so there may be fewer. */
export function calibration(trades: readonly Trade[]): readonly ConfidenceTenth[] {
  const sorted = [...trades].sort((a, b) => a.confidence - b.confidence || (a.id < b.id ? -1 : 1));
  const tenths = new Map<number, Trade[]>();
  for (let i = 0; i < sorted.length; ) {
    let end = i;
    while (end < sorted.length && sorted[end]?.confidence === sorted[i]?.confidence) end++;
    const tenth = Math.min(9, Math.floor((10 * (i + end - 1)) / (2 * sorted.length)));
    tenths.set(tenth, [...(tenths.get(tenth) ?? []), ...sorted.slice(i, end)]);
    i = end;
  }
  return [...tenths.values()].map((all) => ({
    from: all[0]?.confidence ?? 0,
    to: all.at(-1)?.confidence ?? 0,
    mean_confidence: round(sumOf(all, ({ confidence }) => confidence) / all.length, 4),
    ...figuresOf(all),
  }));
}

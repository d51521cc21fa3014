/** Real against shadow: how far the simulation can be believed. */

import type { Chance } from '../ports/chance.ts';
import { Blocks } from './bootstrap.ts';
import { roundedInterval, roundedOr } from './figures.ts';
import { RULE } from './rule.ts';
import { meanOf, type RealTrade, type Trade } from './trade.ts';
import type { Interval } from './wilson.ts';

export interface Gap {
  /** Signals that were traded, and whose shadow has ended. */
  readonly pairs: number;
  /** Real less shadow, bp of the notional: below 0, the account does worse than its shadow. */
  readonly mean_bp: number | null;
  readonly median_bp: number | null;
  readonly interval_bp: Interval | null;
  readonly tolerance_bp: number;
  /** No verdicts are given: the shadow is not what really happens. */
  readonly is_suspended: boolean;
  readonly says: string;
}

function medianOf(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[sorted.length % 2 === 0 ? half - 1 : half], sorted[half]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}

/** Real less shadow of every signal of which there are both, in the order of the trades. */
export function pairsOf(trades: readonly Trade[], real: readonly RealTrade[]) {
  const byId = new Map(real.map((one) => [one.id, one.bp]));
  return trades.flatMap((trade) => {
    const bp = byId.get(trade.id);
    return bp === undefined ? [] : [{ openedAt: trade.openedAt, bp: bp - trade.bp }];
  });
}

export function gapOf(trades: readonly Trade[], real: readonly RealTrade[], spanMs: number, chance: Chance): Gap {
  const pairs = pairsOf(trades, real);
  const blocks = new Blocks(
    pairs.map(({ openedAt }) => openedAt),
    spanMs,
    RULE.resamples,
    chance,
  );
  const sums = blocks.sums(
    pairs,
    ({ openedAt }) => openedAt,
    ({ bp }) => bp,
  );
  const interval = pairs.length === 0 ? null : blocks.means(sums).interval(RULE.alpha);
  const [low, high] = interval ?? [0, 0];
  const isSuspended = low > RULE.gapToleranceBp || high < -RULE.gapToleranceBp;
  return {
    pairs: pairs.length,
    mean_bp: roundedOr(
      meanOf(pairs, ({ bp }) => bp),
      2,
    ),
    median_bp: roundedOr(medianOf(pairs.map(({ bp }) => bp)), 2),
    interval_bp: roundedInterval(interval, 2),
    tolerance_bp: RULE.gapToleranceBp,
    is_suspended: isSuspended,
    says: saysOf(pairs.length, interval, isSuspended),
  };
}

function saysOf(pairs: number, interval: Interval | null, isSuspended: boolean): string {
  if (pairs === 0) return 'no signal has been traded and followed to its end yet: the simulation has not been compared';
  if (interval === null) return 'not enough data: pairs of a single day say nothing about others';
  const [low, high] = interval.map((bp) => bp.toFixed(1));
  return isSuspended
    ? `verdicts are suspended: trades come to ${low} to ${high} bp more than their shadows, and at most ${RULE.gapToleranceBp} bp off 0 are tolerated`
    : `trades come to ${low} to ${high} bp more than their shadows (95 %), which is tolerated`;
}

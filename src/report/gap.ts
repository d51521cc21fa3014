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
  /** No verdicts are given: by Monday the shadow was not what really happens. */
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

function compared(trades: readonly Trade[], real: readonly RealTrade[], spanMs: number, chance: Chance) {
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
  return { pairs, interval, isApart: low > RULE.gapToleranceBp || high < -RULE.gapToleranceBp };
}

/** Of the trades that had ended by Monday: why no verdicts are given, or `null`. */
export function suspension(...given: Parameters<typeof compared>): string | null {
  const { interval, isApart } = compared(...given);
  return isApart && interval !== null
    ? `verdicts are suspended: by Monday ${comeTo(interval)}, and at most ${RULE.gapToleranceBp} bp off 0 are tolerated`
    : null;
}

/**
 * To date.
 * @param suspended why no verdicts are given, or `null`
 */
export function gapOf(suspended: string | null, ...given: Parameters<typeof compared>): Gap {
  const { pairs, interval, isApart } = compared(...given);
  return {
    pairs: pairs.length,
    mean_bp: roundedOr(
      meanOf(pairs, ({ bp }) => bp),
      2,
    ),
    median_bp: roundedOr(medianOf(pairs.map(({ bp }) => bp)), 2),
    interval_bp: roundedInterval(interval, 2),
    tolerance_bp: RULE.gapToleranceBp,
    is_suspended: suspended !== null,
    says: suspended ?? saysOf(pairs.length, interval, isApart),
  };
}

const comeTo = ([low, high]: Interval): string =>
  `trades come to ${low.toFixed(1)} to ${high.toFixed(1)} bp more than their shadows (95 %)`;

function saysOf(pairs: number, interval: Interval | null, isApart: boolean): string {
  if (pairs === 0) return 'no signal has been traded and followed to its end yet: the simulation has not been compared';
  if (interval === null) return 'not enough data: pairs of a single day say nothing about others';
  return isApart
    ? `${comeTo(interval)}: if it is so on Monday, verdicts are suspended, as at most ${RULE.gapToleranceBp} bp off 0 are tolerated`
    : `${comeTo(interval)}, which is tolerated`;
}

/** The figures of one set of trades. */

import { cents, meanOf, round, sumOf, type Trade } from './trade.ts';
import { effectiveNumber } from './uniqueness.ts';
import { type Interval, wilson } from './wilson.ts';

export interface Figures {
  readonly trades: number;
  /** Independent trades they amount to. */
  readonly n_eff: number;
  /** Different days (UTC) on which one was opened. */
  readonly days: number;
  readonly net_usd: number;
  readonly mean_r: number | null;
  readonly mean_bp: number | null;
  /** Share that made money after costs, with Wilson's 95 % interval of the effective number. */
  readonly win_rate: number | null;
  readonly win_interval: Interval | null;
  /** Mean of the worst tenth, R. */
  readonly worst_tenth_r: number | null;
}

export const roundedInterval = (interval: Interval | null, digits: number): Interval | null =>
  interval === null ? null : [round(interval[0], digits), round(interval[1], digits)];
export const roundedOr = (value: number | null, digits: number): number | null =>
  value === null ? null : round(value, digits);

export const daysIn = (trades: readonly Trade[]): number =>
  new Set(trades.map(({ openedAt }) => Math.floor(openedAt / 86_400_000))).size;

export function figuresOf(trades: readonly Trade[]): Figures {
  const effective = effectiveNumber(trades);
  const winRate = meanOf(trades, ({ usd }) => (usd > 0 ? 1 : 0));
  const worst = [...trades].map(({ r }) => r).sort((a, b) => a - b);
  const tenth = worst.slice(0, Math.ceil(worst.length / 10));
  return {
    trades: trades.length,
    n_eff: round(effective, 1),
    days: daysIn(trades),
    net_usd: cents(sumOf(trades, ({ usd }) => usd)),
    mean_r: roundedOr(
      meanOf(trades, ({ r }) => r),
      4,
    ),
    mean_bp: roundedOr(
      meanOf(trades, ({ bp }) => bp),
      2,
    ),
    win_rate: roundedOr(winRate, 4),
    win_interval: winRate === null ? null : roundedInterval(wilson(winRate, effective), 4),
    worst_tenth_r: roundedOr(
      meanOf(tenth, (r) => r),
      4,
    ),
  };
}

/** How far below its highest a running sum of USD has been, in the order in which trades ended. */
export function drawdownUsd(trades: readonly Trade[]): number {
  let [sum, peak, deepest] = [0, 0, 0];
  for (const { usd } of [...trades].sort((a, b) => a.endedAt - b.endedAt)) {
    sum += usd;
    peak = Math.max(peak, sum);
    deepest = Math.max(deepest, peak - sum);
  }
  return cents(deepest);
}

/** The rule by which a guard gets its verdict. Nothing here is tuned to the data it is asked about. */
export const RULE = {
  /** Family-wise error of all verdicts of one report. */
  alpha: 0.05,
  /** Bootstrap draws, and their seed. */
  resamples: 2_000,
  seed: 1,
  /** What happens on one day has one cause: days are drawn, never trades. Longer where trades are held longer. */
  blockHours: 24,
  /** Independent trades needed among the blocked, and among the passed. */
  tradesNeeded: 30,
  /** Different days on which it blocked. */
  daysNeeded: 10,
  /** Verdicts are suspended when the interval of real less shadow is farther from 0 than this, bp of the notional. */
  gapToleranceBp: 5,
  /** Chance with which an effect of the smallest detectable size is found. */
  power: 0.8,
} as const;

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Monday 00:00 UTC at or before `at`, ms: verdicts are made once a week, since looking daily finds something some day. */
export function lastMonday(at: number): number {
  // 5 January 1970 was a Monday.
  const first = 4 * DAY_MS;
  return Math.floor((at - first) / (7 * DAY_MS)) * 7 * DAY_MS + first;
}

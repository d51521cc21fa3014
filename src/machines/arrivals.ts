/**
 * How something that comes in bursts comes: quiet is not dead. Its own past says how long it may be silent (a high quantile of
 * the gaps that were seen), and even then it is only suspected until somebody was asked. Times in ms.
 */
export interface Arrivals {
  readonly lastAt: number;
  /** The last gaps between two, oldest first. */
  readonly gaps: readonly number[];
}

/** What the source said when it was asked for its newest: `null` where it cannot be asked. */
export interface Probe {
  readonly askedAt: number;
  readonly newestAt: number | null;
  readonly error: string | null;
}

const GAPS_KEPT = 64;
const QUANTILE = 0.98;
const TIMES = 4;

export const arrive = (before: Arrivals | undefined, at: number): Arrivals =>
  before === undefined
    ? { lastAt: at, gaps: [] }
    : { lastAt: at, gaps: [...before.gaps, at - before.lastAt].slice(-GAPS_KEPT) };

export const MINUTE_MS = 60_000;

/** What is born to a market. */
export interface BarInput {
  /** Length of a bar, ms; a minute, where nothing is said. */
  readonly barMs?: number;
}

/** What is never suspicious of a feed: half a minute, or three bars. */
export const silenceOf = ({ intervalMs }: { readonly intervalMs: number }): number => Math.max(30_000, intervalMs * 3);

/** Silence beyond this is suspicious. @param atLeast what is never suspicious */
export function suspiciousAfter({ gaps }: Arrivals, atLeast: number): number {
  // Of {@link GAPS_KEPT} and fewer the quantile is the longest or the one after it: healers ask in every round, and sorting took most of their
  // time; so did a swap of the two by destructuring, where V8 had not compiled it yet.
  let longest = 0;
  let next = 0;
  for (const gap of gaps) {
    if (gap <= next) continue;
    next = Math.min(gap, longest);
    longest = Math.max(gap, longest);
  }
  const high = Math.floor(gaps.length * QUANTILE) < gaps.length - 1 ? next : longest;
  return Math.max(atLeast, high * TIMES);
}

import { refuse } from '../engine/api-error.ts';
import { type Params, wholeOf } from '../engine/request.ts';

const WEEK = 7 * 86_400_000;

/**
 * What Binance shows of a history: at most seven days at once, the last seven if no time is named, oldest first. Who was away for
 * longer must ask by time, or finds nothing.
 */
export function within<T>(
  all: readonly T[],
  timeOf: (one: T) => number,
  params: Params,
  now: number,
  usual: number,
): readonly T[] {
  const start = wholeOf(params, 'startTime');
  const end = wholeOf(params, 'endTime');
  if (start !== null && end !== null && end - start > WEEK)
    refuse(-1127, 'More than 168 hours between startTime and endTime.');
  const from = start ?? (end ?? now) - WEEK;
  const to = end ?? (start === null ? now : start + WEEK);
  const limit = Math.min(wholeOf(params, 'limit') ?? usual, 1_000);
  const found = all.filter((one) => timeOf(one) >= from && timeOf(one) <= to);
  return start === null ? found.slice(-limit) : found.slice(0, limit);
}

/** Binance gives at most a week of a history in one question, and remembers half a year; of that we ask three months. */
const WEEK_MS = 7 * 86_400_000;
const REMEMBERED_MS = 90 * 86_400_000;

/** The time from `since` to `now` and beyond, in pieces that one question may ask for, oldest first, ms. */
export function* windowsSince(
  since: number,
  now: number,
): Generator<{ readonly from: number; readonly until: number }> {
  for (let from = Math.max(since, now - REMEMBERED_MS); from <= now; from += WEEK_MS)
    yield { from, until: from + WEEK_MS - 1 };
}

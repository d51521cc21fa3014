import type { SchedulerLike } from 'rxjs';

/** A running timer, to be given back to `clearTimeout`. */
export type TimerId = number;

/**
 * The one source of time. The same object is XState's `clock` option, the RxJS scheduler behind every time operator,
 * and `now()`. Times are milliseconds since the epoch, on the bot's own time line (a replay's, if it replays).
 */
export interface Clock {
  now(): number;
  setTimeout(fn: () => void, ms: number): TimerId;
  clearTimeout(id: TimerId): void;
  readonly scheduler: SchedulerLike;
}

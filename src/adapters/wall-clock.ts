import type { Clock, TimerId } from '../ports/clock.ts';
import { schedulerOn } from './rx-scheduler.ts';

/** The longest a Node timer can wait, ms. */
const LONGEST_MS = 2 ** 31 - 1;

export interface WallClockOptions {
  /** How many times faster than the wall's this time line runs. */
  readonly speed?: number;
  /** Where the time line begins, ms; the present if not given. */
  readonly origin?: number | null;
  /** `false`: a timer that waits does not keep the process from ending. */
  readonly keepsAlive?: boolean;
}

/**
 * Real time, possibly faster and from another origin (a replay's). Monotonic: a step of the system's clock is not seen,
 * and no timer fires before its time on this line.
 */
export function wallClock({ speed = 1, origin = null, keepsAlive = true }: WallClockOptions = {}): Clock {
  const began = performance.now();
  const from = origin ?? Date.now();
  const timers = new Map<TimerId, NodeJS.Timeout>();
  let lastId = 0;
  const now = (): number => Math.floor(from + (performance.now() - began) * speed);
  const arm = (id: TimerId, fn: () => void, due: number): void => {
    const wait = Math.min(LONGEST_MS, Math.max(0, Math.ceil((due - now()) / speed)));
    const timer = setTimeout(() => {
      // Node wakes a millisecond early now and then, and cannot wait longer than LONGEST_MS at once.
      if (now() < due) return arm(id, fn, due);
      timers.delete(id);
      return fn();
    }, wait);
    if (!keepsAlive) timer.unref();
    timers.set(id, timer);
  };
  const clock = {
    now,
    setTimeout: (fn: () => void, ms: number): TimerId => {
      const id = ++lastId;
      arm(id, fn, now() + Math.max(0, ms || 0));
      return id;
    },
    clearTimeout: (id: TimerId): void => {
      const timer = timers.get(id);
      if (timer === undefined) return;
      clearTimeout(timer);
      timers.delete(id);
    },
  };
  return { ...clock, scheduler: schedulerOn(clock) };
}

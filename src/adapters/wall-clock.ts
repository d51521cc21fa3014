import { LAPSE_MS } from '../machines/vitals.ts';
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
  /**
   * This line goes on with the time of day after the machine slept, and after its clock was set forward by more than
   * {@link LAPSE_MS}: it is the time the exchange lives in, and what was due meanwhile is due at once. It never goes back. For
   * real time alone: not with `origin` or `speed`.
   */
  readonly follows?: boolean;
}

/**
 * Real time, possibly faster and from another origin (a replay's). Monotonic: a step of the system's clock is not seen (unless
 * the line `follows` it, forward only), and no timer fires before its time on this line.
 */
export function wallClock(options: WallClockOptions = {}): Clock {
  const { speed = 1, origin = null, keepsAlive = true, follows = false } = options;
  const began = performance.now();
  let from = origin ?? Date.now();
  const timers = new Map<TimerId, NodeJS.Timeout>();
  const waits = new Map<TimerId, () => void>();
  /** What waits for a turn of its own, and for no time: Node's timers would make it wait a millisecond. */
  const turns = new Map<TimerId, NodeJS.Immediate>();
  let lastId = 0;
  const now = (): number => {
    const ran = (performance.now() - began) * speed;
    if (follows && Date.now() - (from + ran) > LAPSE_MS) {
      from = Date.now() - ran;
      // Node counts what is left of a wait on a clock that stood still meanwhile.
      for (const again of [...waits.values()]) again();
    }
    return Math.floor(from + ran);
  };
  const forget = (id: TimerId): void => {
    timers.delete(id);
    waits.delete(id);
  };
  const arm = (id: TimerId, fn: () => void, due: number): void => {
    const wait = Math.min(LONGEST_MS, Math.max(0, Math.ceil((due - now()) / speed)));
    const timer = setTimeout(() => {
      waits.delete(id);
      // Node wakes a millisecond early now and then, and cannot wait longer than LONGEST_MS at once.
      if (now() < due) return arm(id, fn, due);
      forget(id);
      return fn();
    }, wait);
    if (!keepsAlive) timer.unref();
    timers.set(id, timer);
    if (!follows) return;
    waits.set(id, () => {
      clearTimeout(timer);
      arm(id, fn, due);
    });
  };
  const inTurn = (id: TimerId, fn: () => void): void => {
    const turn = setImmediate(() => {
      turns.delete(id);
      fn();
    });
    if (!keepsAlive) turn.unref();
    turns.set(id, turn);
  };
  const clock = {
    now,
    setTimeout: (fn: () => void, ms: number): TimerId => {
      const id = ++lastId;
      if (ms > 0) arm(id, fn, now() + ms);
      else inTurn(id, fn);
      return id;
    },
    clearTimeout: (id: TimerId): void => {
      const timer = timers.get(id);
      if (timer !== undefined) clearTimeout(timer);
      const turn = turns.get(id);
      if (turn !== undefined) clearImmediate(turn);
      turns.delete(id);
      forget(id);
    },
  };
  return { ...clock, scheduler: schedulerOn(clock) };
}

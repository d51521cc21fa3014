import { schedulerOn } from '../../adapters/rx-scheduler.ts';
import type { VirtualClock } from '../../adapters/virtual-clock.ts';
import type { Clock, TimerId } from '../../ports/clock.ts';
import type { Writers } from './writers.ts';

interface Waiting {
  readonly fn: () => void;
  readonly due: number;
  readonly timer: TimerId;
}

/**
 * The clock of one process in the world: it may be ahead of the world's or behind it, it can be set forward, and it dies with its
 * process. As the bot's own (`wallClock` that follows), it never goes back.
 */
export class LifeClock implements Clock {
  readonly #world: VirtualClock;
  readonly #writers: Writers;
  #ahead: number;
  #lastId = 0;
  #alive = true;
  readonly #waiting = new Map<TimerId, Waiting>();
  readonly scheduler = schedulerOn(this);

  /** @param ahead by how much it is ahead of the world's, ms */
  constructor(world: VirtualClock, writers: Writers, ahead: number) {
    this.#world = world;
    this.#writers = writers;
    this.#ahead = ahead;
  }

  now(): number {
    return this.#world.now() + this.#ahead;
  }

  setTimeout = (fn: () => void, ms: number): TimerId => {
    const id = ++this.#lastId;
    this.#arm(id, this.#writers.kept(fn), this.now() + Math.max(0, ms || 0));
    return id;
  };

  clearTimeout(id: TimerId): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#world.clearTimeout(waiting.timer);
    this.#waiting.delete(id);
  }

  /** It is set forward, or its machine slept: what was due meanwhile is due at once, in order. */
  leap(ms: number): void {
    this.#ahead += ms;
    const waiting = [...this.#waiting].sort(([a, one], [b, other]) => one.due - other.due || a - b);
    for (const [id, { fn, due, timer }] of waiting) {
      this.#world.clearTimeout(timer);
      this.#arm(id, fn, due);
    }
  }

  /** The process is dead: nothing fires any more. */
  stop(): void {
    this.#alive = false;
    for (const { timer } of this.#waiting.values()) this.#world.clearTimeout(timer);
    this.#waiting.clear();
  }

  #arm(id: TimerId, fn: () => void, due: number): void {
    if (!this.#alive) return;
    const timer = this.#world.setTimeout(() => {
      this.#waiting.delete(id);
      fn();
    }, due - this.now());
    this.#waiting.set(id, { fn, due, timer });
  }
}

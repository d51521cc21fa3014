import type { SchedulerLike } from 'rxjs';
import TinyQueue from 'tinyqueue';
import type { Clock, TimerId } from '../ports/clock.ts';
import { schedulerOn } from './rx-scheduler.ts';

interface Timer {
  readonly at: number;
  readonly id: TimerId;
  readonly fn: () => void;
}

/** How long virtual time may run before the real world (signals, inotify) gets a turn, ms of real time. */
const TURN_MS = 20;

/** More timers than these at one instant are a loop of timers without delay: time would stand still for ever. */
const MOST_AT_ONCE = 1_000_000;

export interface VirtualRun {
  /** Asked after every instant; ends the run. */
  readonly until: () => boolean;
  /**
   * Work outside the actors that must end before time moves on: `null` when there is none. A promise that this does not
   * tell of is not waited for, and where it lands in virtual time is left to the real machine.
   */
  readonly idle: () => Promise<void> | null;
}

/**
 * Time as a queue of events: it jumps from one timer to the next, in order of time and then of setting. (XState's own
 * `SimulatedClock` fires one of ten chained timers; research/xstate.md §4.3.)
 */
export class VirtualClock implements Clock {
  #now: number;
  #lastId = 0;
  readonly #queue = new TinyQueue<Timer>([], (a, b) => a.at - b.at || a.id - b.id);
  readonly #live = new Set<TimerId>();
  readonly scheduler: SchedulerLike;

  constructor(startAt = 0) {
    this.#now = startAt;
    this.scheduler = schedulerOn(this);
  }

  now(): number {
    return this.#now;
  }

  setTimeout(fn: () => void, ms: number): TimerId {
    const id = ++this.#lastId;
    this.#live.add(id);
    this.#queue.push({ at: this.#now + Math.max(0, ms || 0), id, fn });
    return id;
  }

  clearTimeout(id: TimerId): void {
    this.#live.delete(id);
    // Cancelled timers leave the queue when their time comes; when most of it is dead, it is built anew.
    if (this.#queue.length > 1_024 && this.#queue.length > this.#live.size * 4) {
      const alive = this.#queue.data.filter((timer) => this.#live.has(timer.id));
      this.#queue.data = [];
      this.#queue.length = 0;
      for (const timer of alive) this.#queue.push(timer);
    }
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#live.size;
  }

  /** When the next timer is due; `Infinity` where none is set. */
  get nextAt(): number {
    return this.#next()?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Fires all timers due up to `at`, in order, and stands there. */
  advanceTo(at: number): void {
    for (let timer = this.#next(); timer && timer.at <= at; timer = this.#next()) this.#fire(timer);
    this.#now = Math.max(this.#now, at);
  }

  advance(ms: number): void {
    this.advanceTo(this.#now + ms);
  }

  /** As {@link advanceTo}, and waits after every instant for what `idle` says is under way. */
  async advanceAsync(ms: number, idle: () => Promise<void> | null = settle): Promise<void> {
    const end = this.#now + ms;
    await idle();
    await this.run({ until: () => this.nextAt > end, idle });
    this.#now = Math.max(this.#now, end);
  }

  /**
   * Runs until told to stop, or until no timer is left and nothing is under way. Rejects with what a timer throws, and when
   * time stands still.
   */
  async run({ until, idle }: VirtualRun): Promise<void> {
    let turnEnds = performance.now() + TURN_MS;
    // What was begun before time runs must end before it moves.
    const begun = idle();
    if (begun !== null) await begun;
    while (!until()) {
      const first = this.#next();
      if (!first) {
        const work = idle();
        if (work === null) return;
        await work;
        if (!this.#next() && idle() === null) return;
        continue;
      }
      this.#instant(first);
      const work = idle();
      if (work !== null) await work;
      if (performance.now() > turnEnds) {
        await settle();
        turnEnds = performance.now() + TURN_MS;
      }
    }
  }

  /** Fires all timers of the next instant. Whoever steps waits himself for what they began. @returns whether there were any */
  step(): boolean {
    const first = this.#next();
    if (first) this.#instant(first);
    return first !== undefined;
  }

  #instant(first: Timer): void {
    let fired = 0;
    for (let timer: Timer | undefined = first; timer && timer.at <= first.at; timer = this.#next()) {
      if (++fired > MOST_AT_ONCE) throw new Error(standsStill(first.at));
      this.#fire(timer);
    }
  }

  #fire(timer: Timer): void {
    this.#queue.pop();
    this.#live.delete(timer.id);
    this.#now = Math.max(this.#now, timer.at);
    timer.fn();
  }

  #next(): Timer | undefined {
    for (let timer = this.#queue.peek(); timer; timer = this.#queue.peek()) {
      if (this.#live.has(timer.id)) return timer;
      this.#queue.pop();
    }
    return undefined;
  }
}

const standsStill = (at: number): string =>
  `virtual time stands still at ${new Date(at).toISOString()}: more than ${MOST_AT_ONCE} timers fired at this instant. ` +
  'Something sets timers without a delay in a loop; give them one';

/** One turn of the real event loop: promises that wait for nothing have run afterwards. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

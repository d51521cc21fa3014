/** One process of a worker: a clock of its own that drifts, and a gate through which everything comes that wakes it. */
import { type ProcessTime, stopwatchOf } from '../../adapters/process-time.ts';
import { schedulerOn } from '../../adapters/rx-scheduler.ts';
import type { VirtualClock } from '../../adapters/virtual-clock.ts';
import type { Clock, TimerId } from '../../ports/clock.ts';

/** Between two things that a process that goes on finds waiting, ms: each is done with before the next begins. */
const ONE_BY_ONE_MS = 0.01;

interface Waiting {
  readonly kind: 'timer' | 'news';
  readonly work: () => void;
}

export class SimProcess {
  /** `a.2`: the second process of worker `a`. */
  readonly name: string;
  readonly #world: VirtualClock;
  readonly #bornAt: number;
  /** Its own milliseconds in one of the world. */
  readonly #rate: number;
  #ahead: number;
  #latest = Number.NEGATIVE_INFINITY;
  #waiting: Waiting[] | null = null;
  #lastTimer = 0;
  readonly #timers = new Map<TimerId, TimerId>();
  alive = true;

  /** @param ahead by how much its machine's time of day is ahead of the world's, ms */
  constructor(name: string, world: VirtualClock, rate: number, ahead: number) {
    this.name = name;
    this.#world = world;
    this.#bornAt = world.now();
    this.#rate = rate;
    this.#ahead = ahead;
  }

  get frozen(): boolean {
    return this.#waiting !== null;
  }

  /** Something comes in: now; where it is frozen, when it goes on; never, where it is dead. */
  enter(work: () => void, kind: Waiting['kind'] = 'news'): void {
    if (!this.alive) return;
    if (this.#waiting === null) work();
    else this.#waiting.push({ kind, work });
  }

  /** Stopped in the midst of its life: it does nothing and knows nothing of it. */
  freeze(): void {
    this.#waiting ??= [];
  }

  /** It goes on. What came meanwhile is done one after the other: news before timers, as Node's loop has it after a stop in its poll. */
  thaw(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    const news = waiting.filter(({ kind }) => kind === 'news');
    const due = waiting.filter(({ kind }) => kind === 'timer');
    for (const [n, { kind, work }] of [...news, ...due].entries())
      this.#world.setTimeout(() => this.enter(work, kind), n * ONE_BY_ONE_MS);
  }

  die(): void {
    this.alive = false;
    for (const timer of this.#timers.values()) this.#world.clearTimeout(timer);
    this.#timers.clear();
  }

  /** Somebody sets the time of day of its machine. */
  setClock(ms: number): void {
    this.#ahead += ms;
  }

  monotonic(): number {
    return (this.#world.now() - this.#bornAt) * this.#rate;
  }

  #wall(): number {
    return this.#bornAt + this.monotonic() + this.#ahead;
  }

  #arm(work: () => void, ms: number): TimerId {
    const id = ++this.#lastTimer;
    const timer = this.#world.setTimeout(
      () => {
        this.enter(() => {
          // It may have been taken back while the process was frozen.
          if (this.#timers.delete(id)) work();
        }, 'timer');
      },
      Math.max(0, ms || 0) / this.#rate,
    );
    this.#timers.set(id, timer);
    return id;
  }

  #disarm(id: TimerId): void {
    const timer = this.#timers.get(id);
    if (timer === undefined) return;
    this.#world.clearTimeout(timer);
    this.#timers.delete(id);
  }

  /** Of its bots; as `wallClock`, it never goes back. */
  readonly clock: Clock = {
    now: () => {
      this.#latest = Math.max(this.#latest, this.#wall());
      return Math.floor(this.#latest);
    },
    setTimeout: (work, ms) => this.#arm(work, ms),
    clearTimeout: (id) => this.#disarm(id),
    get scheduler() {
      return schedulerOn(this);
    },
  };

  /** Of the worker itself. */
  readonly time: ProcessTime = {
    uptimeSeconds: () => this.monotonic() / 1_000,
    present: () => this.#wall(),
    monotonic: () => this.monotonic(),
    stopwatch: stopwatchOf({ monotonic: () => this.monotonic(), present: () => this.#wall() }),
    sleep: (ms) => new Promise((resolve) => void this.#arm(resolve, ms)),
    every: (ms, tell) => {
      let timer: TimerId = 0;
      const again = (): void => {
        timer = this.#arm(() => {
          tell();
          again();
        }, ms);
      };
      again();
      return () => this.#disarm(timer);
    },
  };
}

import type { Timer } from './sampler.ts';

/** So many events are looked at closely in a stretch of so many ms. */
export interface Stretch {
  readonly events: number;
  readonly ms: number;
}

export interface StretchesOptions {
  /** Time of the wall: the machine's time is what is spent. */
  readonly timer: Timer;
  readonly stretch: Stretch;
  readonly ended: () => void;
  readonly woke: () => void;
}

/** When a recorder looks closely and when it only counts: what comes faster than can be afforded is looked at for a part of each stretch. */
export class Stretches {
  readonly #options: StretchesOptions;
  #left: number;
  #since: number;
  #timer: number | null = null;

  constructor(options: StretchesOptions) {
    this.#options = options;
    this.#left = options.stretch.events;
    this.#since = options.timer.now();
  }

  get rests(): boolean {
    return this.#timer !== null;
  }

  /** One more was looked at. */
  spend(): void {
    if (--this.#left > 0) return;
    const { timer, stretch, ended, woke } = this.#options;
    const restMs = this.#since + stretch.ms - timer.now();
    if (restMs <= 0) {
      this.#begin();
      return;
    }
    this.#timer = timer.setTimeout(() => {
      this.#timer = null;
      this.#begin();
      woke();
    }, restMs);
    ended();
  }

  /** Somebody wants to see all. */
  wake(): void {
    if (this.#timer === null) return;
    this.#options.timer.clearTimeout(this.#timer);
    this.#timer = null;
    this.#begin();
    this.#options.woke();
  }

  #begin(): void {
    this.#left = this.#options.stretch.events;
    this.#since = this.#options.timer.now();
  }
}

import type { AnyActorRef } from 'xstate';
import type { Steps } from './entry.ts';

const MOST = 256;

/**
 * Events that are to be counted and no more, side by side until there are many: an actor's counts lie far from what it works with,
 * and to fetch them at every event costs more than to count.
 */
export class Tally {
  readonly #refs: (AnyActorRef | undefined)[] = [];
  readonly #steps: (Steps | undefined)[] = [];
  readonly #count: (ref: AnyActorRef, steps: Steps) => void;
  #size = 0;

  constructor(count: (ref: AnyActorRef, steps: Steps) => void) {
    this.#count = count;
  }

  add(ref: AnyActorRef, steps: Steps): void {
    this.#refs[this.#size] = ref;
    this.#steps[this.#size] = steps;
    if (++this.#size === MOST) this.settle();
  }

  /** Counts what waits: before anybody looks, and before an actor is forgotten. */
  settle(): void {
    const size = this.#size;
    this.#size = 0;
    for (let i = 0; i < size; i++) {
      const [ref, steps] = [this.#refs[i], this.#steps[i]];
      this.#refs[i] = undefined;
      this.#steps[i] = undefined;
      if (ref !== undefined && steps !== undefined) this.#count(ref, steps);
    }
  }
}

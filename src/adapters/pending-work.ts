import type { Pending } from '../ports/world.ts';

/** Counts work that is under way, and waits for it. */
export class PendingWork implements Pending {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  track<T>(work: Promise<T>): Promise<T> {
    this.#count++;
    const done = () => {
      this.#count--;
    };
    // Callers see the rejection on the promise they are handed; this branch only counts.
    work.then(done, done);
    return work;
  }

  /** `null` when nothing is under way; else resolves when nothing is, and all that followed from it has run. */
  idle(): Promise<void> | null {
    return this.#count === 0 ? null : this.#drained();
  }

  async #drained(): Promise<void> {
    do await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#count > 0);
  }
}

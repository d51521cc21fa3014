import type { Entry } from './entry.ts';
import { isAtItsLast, isAtWork } from './insides.ts';

const DEEPEST = 1_000;

/** Actors in the middle of an event, the last to begin last: who sends without a name is the last one. */
export class AtWork {
  readonly #entries: (Entry | undefined)[] = [];
  #depth = 0;

  /** Who was the last to begin, and has not ended. */
  last(): Entry | undefined {
    let last = this.#entries[this.#depth - 1];
    while (last !== undefined && (last.ref === null || !isAtWork(last.ref))) {
      this.#entries[--this.#depth] = undefined;
      last = this.#entries[this.#depth - 1];
    }
    return last;
  }

  /** The last, without a look whether it has ended. */
  get top(): Entry | undefined {
    return this.#entries[this.#depth - 1];
  }

  begin(entry: Entry): void {
    if (this.#depth < DEEPEST) this.#entries[this.#depth++] = entry;
  }

  clear(): void {
    this.#entries.fill(undefined, 0, this.#depth);
    this.#depth = 0;
  }

  /** It has taken an event. With nothing behind that it ends now, so that who called it is the last again. */
  took(entry: Entry): void {
    if (this.top === entry && entry.ref !== null && isAtItsLast(entry.ref)) this.#entries[--this.#depth] = undefined;
  }
}

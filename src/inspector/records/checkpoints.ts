import type { Position } from '../../ports/event-log.ts';

/** So many are kept: when there are more, every second one goes, and they are made half as often from then on. */
const MOST = 512;
const EVERY = 500;

export interface Checkpoint<State> {
  /** All records before it were of this moment or an earlier one, ms. */
  readonly at: number;
  /** Where the next record stands. */
  readonly place: Position;
  readonly state: State;
}

/**
 * What a fold had come to, every so many records: what was at any moment is the fold of the few from there on. Bounded in memory,
 * whatever the length of the log. A record belongs to its moment, or to that of the latest before it where the clock went back.
 */
export class Checkpoints<State> {
  readonly #keep: () => State;
  #list: Checkpoint<State>[] = [];
  #every: number;
  #count = 0;
  #last = Number.NEGATIVE_INFINITY;

  /** @param keep a copy of what the fold has come to, that nobody changes any more */
  constructor(keep: () => State, every = EVERY) {
    this.#keep = keep;
    this.#every = every;
  }

  /** To be called before the record that stands there is folded. `at` is the record's own time, ms. */
  pass(place: Position, at: number): void {
    if (this.#count++ % this.#every === 0) {
      this.#list.push({ at: this.#last, place, state: this.#keep() });
      if (this.#list.length > MOST) {
        this.#list = this.#list.filter((_, index) => index % 2 === 0);
        this.#every *= 2;
      }
    }
    this.#last = Math.max(this.#last, at);
  }

  /** The time of the latest record; `null` before the first. */
  get last(): number | null {
    return this.#count === 0 ? null : this.#last;
  }

  get list(): readonly Checkpoint<State>[] {
    return this.#list;
  }

  /** The last checkpoint of which all is up to a moment; `null` where there is no record at all. */
  upTo(at: number): Checkpoint<State> | null {
    let low = 0;
    let high = this.#list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#list[middle]?.at ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    return this.#list[low - 1] ?? null;
  }

  /** The one before another. */
  before(checkpoint: Checkpoint<State>): Checkpoint<State> | null {
    return this.#list[this.#list.indexOf(checkpoint) - 1] ?? null;
  }

  /** What stood before a place has been taken away. */
  dropBefore(place: Position): void {
    this.#list = this.#list.filter((one) => one.place >= place);
  }
}

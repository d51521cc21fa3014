import type { AnyEventObject } from 'xstate';

/** A power of two. */
const ROOM = 16;

/**
 * Events on their way to an actor, oldest first, each with the time it set out, ms. One object may be on its way twice. A ring, since
 * every event goes through it, and an actor takes them in the order in which they came.
 */
export class InFlight {
  #events: (AnyEventObject | undefined)[] = new Array(ROOM).fill(undefined);
  #since: number[] = new Array(ROOM).fill(0);
  #first = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** When the oldest set out; `null`: none is on its way. */
  get oldestSince(): number | null {
    return this.#size === 0 ? null : (this.#since[this.#first] ?? null);
  }

  add(event: AnyEventObject, now: number): void {
    if (this.#size === this.#events.length) this.#grow();
    const place = this.#place(this.#size);
    this.#events[place] = event;
    this.#since[place] = now;
    this.#size++;
  }

  /** It has arrived. Returns whether it was on its way. */
  remove(event: AnyEventObject): boolean {
    if (this.#size === 0) return false;
    let at = 0;
    while (this.#events[this.#place(at)] !== event) if (++at === this.#size) return false;
    // Those before it, if there are any, each take the place of the next.
    for (; at > 0; at--) {
      this.#events[this.#place(at)] = this.#events[this.#place(at - 1)];
      this.#since[this.#place(at)] = this.#since[this.#place(at - 1)] ?? 0;
    }
    this.#events[this.#first] = undefined;
    this.#first = this.#place(1);
    this.#size--;
    return true;
  }

  has(event: AnyEventObject): boolean {
    for (let at = this.#size - 1; at >= 0; at--) if (this.#events[this.#place(at)] === event) return true;
    return false;
  }

  /** All of them, oldest first; none is on its way any more. */
  recall(): readonly AnyEventObject[] {
    const all = this.#inOrder(this.#events).filter((event) => event !== undefined);
    this.#events = new Array(ROOM).fill(undefined);
    this.#since = new Array(ROOM).fill(0);
    this.#first = 0;
    this.#size = 0;
    return all;
  }

  #place(at: number): number {
    return (this.#first + at) & (this.#events.length - 1);
  }

  #inOrder<T>(ring: readonly T[]): T[] {
    return [...ring.slice(this.#first), ...ring.slice(0, this.#first)];
  }

  #grow(): void {
    const room = this.#events.length;
    this.#events = this.#inOrder(this.#events).concat(new Array(room).fill(undefined));
    this.#since = this.#inOrder(this.#since).concat(new Array(room).fill(0));
    this.#first = 0;
  }
}

/**
 * Slots in the order of a time each, for a million of them: 21 bytes a slot, to set one is a store, and to find those before a
 * border costs what is found. A slot that moves on keeps its place in the heap, which is then too early by what it has moved;
 * where it is met it is put right. So whoever moves often, and is never late, costs the heap nothing.
 */
export class Deadlines {
  /** By slot. */
  #times = new Float64Array(64);
  #marks = new Uint8Array(64);
  /** A heap by key; for each armed slot there is an entry whose key is not after its time. */
  #keys = new Float64Array(64);
  #slots = new Uint32Array(64);
  #size = 0;
  #armed = 0;

  /** Places taken in the heap: at most about two for each armed slot and 64 more. */
  get held(): number {
    return this.#size;
  }

  timeOf(slot: number): number {
    return this.#times[slot] ?? Number.NaN;
  }

  /** Sets the time of a slot, and whether it counts: who asks for what is before a border is told of armed slots alone. */
  set(slot: number, time: number, armed: boolean): void {
    if (slot >= this.#times.length) this.#growTo(slot + 1);
    const before = this.#times[slot] ?? 0;
    let mark = this.#marks[slot] ?? 0;
    this.#times[slot] = time;
    // Its entry may be after the new time.
    if ((mark & LISTED) !== 0 && time < before) mark &= ~LISTED;
    if (((mark & ARMED) !== 0) !== armed) this.#armed += armed ? 1 : -1;
    if (armed && (mark & LISTED) === 0) {
      this.#push(time, slot);
      mark |= LISTED;
    }
    this.#marks[slot] = armed ? mark | ARMED : mark & ~ARMED;
    if (this.#size > 2 * this.#armed + 64) this.#build();
  }

  /** The earliest armed slot; `null` when none is. */
  earliest(): number | null {
    while (this.#size > 0) {
      const slot = this.#slots[0] ?? 0;
      const time = this.#times[slot] ?? 0;
      if (((this.#marks[slot] ?? 0) & ARMED) === 0) {
        this.#marks[slot] = (this.#marks[slot] ?? 0) & ~LISTED;
        this.#size--;
        if (this.#size > 0) this.#sink(0, this.#keys[this.#size] ?? 0, this.#slots[this.#size] ?? 0);
      } else if (time > (this.#keys[0] ?? 0)) this.#sink(0, time, slot);
      else return slot;
    }
    return null;
  }

  /**
   * Armed slots whose time is before a border, earliest first, and the lowest slot of those of one time. `isBefore` must hold for
   * every time before one for which it holds.
   */
  before(isBefore: (time: number) => boolean): number[] {
    const found = new Set<number>();
    const moved: number[] = [];
    const open = [0];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (index >= this.#size || !isBefore(this.#keys[index] ?? 0)) continue;
      const slot = this.#slots[index] ?? 0;
      const time = this.#times[slot] ?? 0;
      const armed = ((this.#marks[slot] ?? 0) & ARMED) !== 0;
      if (armed && isBefore(time)) found.add(slot);
      if (armed && time > (this.#keys[index] ?? 0)) moved.push(index);
      open.push(2 * index + 1, 2 * index + 2);
    }
    // From the end: what is below one that sinks is in order already.
    for (const index of moved.sort((a, b) => b - a)) {
      const slot = this.#slots[index] ?? 0;
      this.#sink(index, this.#times[slot] ?? 0, slot);
    }
    return [...found].sort((a, b) => this.timeOf(a) - this.timeOf(b) || a - b);
  }

  #push(key: number, slot: number): void {
    if (this.#size === this.#keys.length) {
      this.#keys = grown(this.#keys, new Float64Array(this.#size * 2));
      this.#slots = grown(this.#slots, new Uint32Array(this.#size * 2));
    }
    const keys = this.#keys;
    const slots = this.#slots;
    let index = this.#size++;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const other = keys[above] ?? 0;
      if (other <= key) break;
      keys[index] = other;
      slots[index] = slots[above] ?? 0;
      index = above;
    }
    keys[index] = key;
    slots[index] = slot;
  }

  /** Puts an entry at an index, or as far below it as it belongs. */
  #sink(from: number, key: number, slot: number): void {
    const keys = this.#keys;
    const slots = this.#slots;
    let index = from;
    for (;;) {
      let below = 2 * index + 1;
      if (below >= this.#size) break;
      if (below + 1 < this.#size && (keys[below + 1] ?? 0) < (keys[below] ?? 0)) below++;
      const other = keys[below] ?? 0;
      if (other >= key) break;
      keys[index] = other;
      slots[index] = slots[below] ?? 0;
      index = below;
    }
    keys[index] = key;
    slots[index] = slot;
  }

  /** The heap anew, of armed slots alone, once each. */
  #build(): void {
    const slots = this.#slots;
    const marks = this.#marks;
    let kept = 0;
    for (let index = 0; index < this.#size; index++) {
      const slot = slots[index] ?? 0;
      const mark = marks[slot] ?? 0;
      if ((mark & ARMED) === 0) marks[slot] = 0;
      else if ((mark & KEPT) === 0) {
        marks[slot] = mark | LISTED | KEPT;
        slots[kept++] = slot;
      }
    }
    this.#size = kept;
    for (let index = 0; index < kept; index++) {
      const slot = slots[index] ?? 0;
      marks[slot] = (marks[slot] ?? 0) & ~KEPT;
      this.#keys[index] = this.#times[slot] ?? 0;
    }
    for (let index = (kept >> 1) - 1; index >= 0; index--)
      this.#sink(index, this.#keys[index] ?? 0, this.#slots[index] ?? 0);
  }

  #growTo(slots: number): void {
    const length = Math.max(slots, this.#times.length * 2);
    this.#times = grown(this.#times, new Float64Array(length));
    this.#marks = grown(this.#marks, new Uint8Array(length));
  }
}

const ARMED = 1;
/** Its entry in the heap is not after its time. */
const LISTED = 2;
/** Met already while the heap is built. */
const KEPT = 4;

const grown = <Column extends Float64Array | Uint32Array | Uint8Array>(from: Column, to: Column): Column => {
  to.set(from);
  return to;
};

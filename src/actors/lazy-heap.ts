import TinyQueue from 'tinyqueue';

/**
 * A heap whose entries may die while they are inside. Removing one from the middle would cost a search, so the dead stay
 * until they surface or until they outnumber the living; then the heap is built anew. So it never holds more than about
 * twice what lives, and every operation stays O(log n) on average.
 */
export class LazyHeap<T> {
  readonly #compare: (a: T, b: T) => number;
  readonly #isLive: (entry: T) => boolean;
  #queue: TinyQueue<T>;
  #dead = 0;

  constructor(compare: (a: T, b: T) => number, isLive: (entry: T) => boolean) {
    this.#compare = compare;
    this.#isLive = isLive;
    this.#queue = new TinyQueue<T>([], compare);
  }

  /** Entries held, dead ones included: what the memory bound is about. */
  get held(): number {
    return this.#queue.length;
  }

  push(entry: T): void {
    this.#queue.push(entry);
  }

  /** To be told once for every entry that has died inside. */
  died(): void {
    this.#dead++;
    if (this.#dead <= 32 || this.#dead * 2 <= this.#queue.length) return;
    this.#queue = new TinyQueue(this.#queue.data.filter(this.#isLive), this.#compare);
    this.#dead = 0;
  }

  /** The first living entry. */
  peek(): T | undefined {
    for (;;) {
      const entry = this.#queue.peek();
      if (entry === undefined || this.#isLive(entry)) return entry;
      this.#queue.pop();
      if (this.#dead > 0) this.#dead--;
    }
  }

  /** Takes out the first living entry. */
  pop(): T | undefined {
    const entry = this.peek();
    if (entry !== undefined) this.#queue.pop();
    return entry;
  }

  /**
   * The living entries that stand before a border, in order; they stay. `isBefore` must hold for everything that comes
   * before an entry for which it holds. Costs what it finds, not what the heap holds: a branch beyond the border is not entered.
   */
  before(isBefore: (entry: T) => boolean): T[] {
    const { data } = this.#queue;
    const found: T[] = [];
    const open = [0];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      const entry = data[index];
      if (entry === undefined || !isBefore(entry)) continue;
      if (this.#isLive(entry)) found.push(entry);
      open.push(2 * index + 1, 2 * index + 2);
    }
    return found.sort(this.#compare);
  }
}

/** The last `size` of what was pushed. */
export class Ring<T> {
  readonly #size: number;
  #items: T[] = [];
  #next = 0;

  /** `size` is 1 or more. */
  constructor(size: number) {
    this.#size = size;
  }

  push(item: T): void {
    if (this.#items.length < this.#size) {
      this.#items.push(item);
      return;
    }
    this.#items[this.#next] = item;
    this.#next = this.#next + 1 === this.#size ? 0 : this.#next + 1;
  }

  /** Oldest first; a fresh array. */
  toArray(): T[] {
    return [...this.#items.slice(this.#next), ...this.#items.slice(0, this.#next)];
  }
}

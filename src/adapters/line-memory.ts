/** A line as it was written, with its newline. */
export interface RememberedLine {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** The last lines of a log with their places, so that damage to them can be undone bit for bit. Bounded. */
export class LineMemory {
  readonly #most: number;
  #lines: RememberedLine[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  remember(line: RememberedLine): void {
    if (this.#most === 0) return;
    this.#lines.push(line);
    if (this.#lines.length > this.#most * 2) this.#lines = this.#lines.slice(-this.#most);
  }

  forgetAll(): void {
    this.#lines = [];
  }

  /** The lines that share a byte with a place, in order. Lines are kept in the order of their places. */
  touching(from: number, to: number): readonly RememberedLine[] {
    let low = 0;
    let high = this.#lines.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const line = this.#lines[middle];
      if (line && line.offset + line.bytes.length <= from) low = middle + 1;
      else high = middle;
    }
    const found: RememberedLine[] = [];
    for (let i = low; i < this.#lines.length; i++) {
      const line = this.#lines[i];
      if (!line || line.offset >= to) break;
      found.push(line);
    }
    return found;
  }
}

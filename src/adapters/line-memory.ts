/** Lines kept for bit-for-bit restoration, where nothing else is said. */
const MOST = 10_000;
const SPACE = 0x20;
const NEWLINE = 0x0a;
const OPEN = 0x7b;

/** A line as it was written, with its newline. */
export interface RememberedLine {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Lines that were written together. */
interface Block {
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Where each line begins in it, and where the last one ends. */
  readonly ends: Uint32Array;
}

/** The last lines of a log with their places, so that damage to them can be undone bit for bit. Bounded. */
export class LineMemory {
  readonly #most: number;
  #blocks: Block[] = [];
  /** Blocks before this one are forgotten. */
  #first = 0;
  #lines = 0;
  #from = 0;

  /** @param most lines kept, and at most the rest of a block more */
  constructor(most = MOST) {
    this.#most = most;
  }

  /**
   * Lines that begin at `offset`. What stood there, or behind, stands there no more: somebody has cut the log off, and put back
   * it would cover these.
   * @param bytes copied: they may be used again
   * @param ends where each line begins in them, and where the last one ends
   */
  remember(offset: number, bytes: Uint8Array, ends: readonly number[]): void {
    if (this.#most === 0) return;
    this.#forgetFrom(offset);
    this.#blocks.push({ offset, bytes: Buffer.from(bytes), ends: new Uint32Array(ends) });
    this.#lines += ends.length - 1;
    for (let block = this.#blocks[this.#first]; block; block = this.#blocks[++this.#first]) {
      const lines = block.ends.length - 1;
      if (this.#lines - lines < this.#most) break;
      this.#lines -= lines;
      this.#from = block.offset + block.bytes.length;
    }
    if (this.#first > 1_000 && this.#first > this.#blocks.length / 2) {
      this.#blocks = this.#blocks.slice(this.#first);
      this.#first = 0;
    }
  }

  /** Forgets lines that have a byte at `offset` or behind it. */
  #forgetFrom(offset: number): void {
    for (let block = this.#blocks.at(-1); block && this.#blocks.length > this.#first; block = this.#blocks.at(-1)) {
      if (block.offset + block.bytes.length <= offset) return;
      this.#blocks.pop();
      const { ends } = block;
      const kept = ends.filter((end) => block.offset + end <= offset);
      this.#lines -= ends.length - Math.max(1, kept.length);
      if (kept.length < 2) continue;
      this.#blocks.push({ ...block, bytes: block.bytes.subarray(0, kept.at(-1)), ends: kept });
      return;
    }
  }

  /** @param from what stands before it is never told of */
  forgetAll(from = 0): void {
    this.#blocks = [];
    this.#first = 0;
    this.#lines = 0;
    this.#from = from;
  }

  /** Its lines stand one behind the other from a place on: what was between them and before them is gone. */
  moveTo(place: number): void {
    let offset = place;
    this.#blocks = this.#blocks.slice(this.#first).map((block) => {
      const moved = { ...block, offset };
      offset += block.bytes.length;
      return moved;
    });
    this.#first = 0;
    this.#from = place;
  }

  /** Of what stood before this place nothing is known. */
  get from(): number {
    return this.#from;
  }

  /** Where the last line ends; 0 where there is none. */
  get end(): number {
    const last = this.#blocks.at(-1);
    return last ? last.offset + last.bytes.length : 0;
  }

  /** The whole log, each line at its place and blanks where there was none of ours; `null` where its beginning is not known. */
  whole(): Uint8Array | null {
    return this.end === 0 || this.#from > 0 ? null : this.behind(0);
  }

  /** What stood behind a place, up to the last line: each at its own place, and blanks where none of ours is known. */
  behind(offset: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, this.end - offset)).fill(SPACE);
    for (const block of this.#blocks.slice(this.#reaching(offset))) {
      const at = block.offset - offset;
      if (at > 0) bytes[at - 1] = NEWLINE;
      bytes.set(block.bytes.subarray(Math.max(0, -at)), Math.max(0, at));
    }
    return bytes;
  }

  /**
   * Whether bytes are, bit for bit, the record that was written at `offset`: it need not be parsed to be known.
   * @param from where it begins in them; `to` is where its newline stands
   */
  holds(offset: number, bytes: Buffer, from: number, to: number): boolean {
    const block = this.#blocks[this.#reaching(offset)];
    if (!block || block.offset > offset) return false;
    const start = offset - block.offset;
    const end = start + to - from + 1;
    const isWhole = start === 0 || block.bytes[start - 1] === NEWLINE;
    if (!isWhole || end > block.bytes.length || bytes[from] !== OPEN) return false;
    return bytes.compare(block.bytes, start, end, from, to + 1) === 0;
  }

  /** The first block that has a byte at `offset` or behind it. */
  #reaching(offset: number): number {
    let low = this.#first;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const block = this.#blocks[middle];
      if (block && block.offset + block.bytes.length <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The lines that share a byte with a place, in order. */
  touching(from: number, to: number): readonly RememberedLine[] {
    const found: RememberedLine[] = [];
    for (let i = this.#reaching(from); i < this.#blocks.length; i++) {
      const block = this.#blocks[i];
      if (!block || block.offset >= to) break;
      for (let line = 0; line + 1 < block.ends.length; line++) {
        const [begin = 0, end = 0] = [block.ends[line], block.ends[line + 1]];
        if (block.offset + end > from && block.offset + begin < to)
          found.push({ offset: block.offset + begin, bytes: block.bytes.subarray(begin, end) });
      }
    }
    return found;
  }
}

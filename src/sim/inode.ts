/** A file of the simulated disk: its bytes as the system sees them, and as the medium has them. */

/** ext4 and xfs write pages; what of one page arrives is in sectors. */
const SECTOR = 512;
const NEWLINE = 0x0a;

interface Write {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** Bytes that grow: appending costs what is appended, not what is there. */
class Extent {
  #room: Buffer;
  #length: number;
  /** Nobody else has its room. */
  #isOwn = false;

  /** @param bytes never changed by anybody: copied where something is written over them */
  constructor(bytes: Buffer) {
    this.#room = bytes;
    this.#length = bytes.length;
  }

  get length(): number {
    return this.#length;
  }

  /** A view, good until the next write. */
  get bytes(): Buffer {
    return this.#room.subarray(0, this.#length);
  }

  write(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length;
    if (end > this.#room.length || !this.#isOwn) {
      const larger = Buffer.alloc(Math.max(256, end, this.#room.length * 2));
      this.bytes.copy(larger);
      this.#room = larger;
      this.#isOwn = true;
    }
    this.#room.set(bytes, offset);
    this.#length = Math.max(this.#length, end);
  }
}

export class Inode {
  readonly id: number;
  #now: Extent;
  #durable: Extent;
  #pending: Write[] = [];
  /** Counts changes: stands for the time of the last one. */
  version = 0;
  /** Its mode lets nobody write it, and whoever set it may be somebody else. */
  locked: 'by us' | 'by another' | null = null;

  /** @param bytes there from the beginning, and durable */
  constructor(id: number, bytes: Uint8Array = new Uint8Array(0)) {
    this.id = id;
    const own = Buffer.from(bytes);
    this.#now = new Extent(own);
    this.#durable = new Extent(own);
  }

  /** As the system sees it: a view, good until the next write. */
  get bytes(): Buffer {
    return this.#now.bytes;
  }

  /** As the medium has it: a view, good until the next sync. */
  get durable(): Buffer {
    return this.#durable.bytes;
  }

  get size(): number {
    return this.#now.length;
  }

  /** The lines that have a byte at `from` or behind it and before `to`, without their ends, byte by byte. */
  linesTouching(from: number, to: number): readonly string[] {
    const begin = from > 0 ? this.bytes.lastIndexOf(NEWLINE, from - 1) + 1 : 0;
    const end = this.bytes.indexOf(NEWLINE, to);
    return this.bytes.toString('latin1', begin, end < 0 ? this.size : end).split('\n');
  }

  /** Writes that a sync would make durable. */
  get unsynced(): number {
    return this.#pending.length;
  }

  write(offset: number, bytes: Uint8Array): void {
    this.#now.write(offset, bytes);
    this.version++;
    this.#pending.push({ offset, bytes: Buffer.from(bytes) });
  }

  /** Makes the first `count` writes since the last sync durable. */
  sync(count = this.#pending.length): void {
    for (const { offset, bytes } of this.#pending.slice(0, count)) this.#durable.write(offset, bytes);
    this.#pending = this.#pending.slice(count);
  }

  /** What was written since the last sync stays in the system's memory, and never gets to the medium. */
  forget(): void {
    this.#pending = [];
  }

  /** Somebody else writes, and it reaches the medium, with all that was written before. */
  forge(offset: number, bytes: Uint8Array): void {
    this.write(offset, bytes);
    this.sync();
  }

  /** Somebody else cuts it off; that reaches the medium. */
  cut(length: number): void {
    const left = Buffer.from(this.bytes.subarray(0, length));
    this.#now = new Extent(left);
    this.#durable = new Extent(left);
    this.#pending = [];
    this.version++;
  }

  /** The power is back: of what was not synced every sector is there or not, as chance has it. */
  settle(chance: () => number): void {
    for (const { offset, bytes } of this.#pending) {
      for (let at = 0; at < bytes.length; ) {
        const end = Math.min(bytes.length, at + SECTOR - ((offset + at) % SECTOR));
        if (chance() < 0.5) this.#durable.write(offset + at, bytes.subarray(at, end));
        at = end;
      }
    }
    this.#now = new Extent(Buffer.from(this.#durable.bytes));
    this.#pending = [];
    this.version++;
  }
}

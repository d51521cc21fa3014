import { crc32c } from '@node-rs/crc32';
import type { BadLine } from '../ports/event-log.ts';
import type { AppendHandle, FileStat } from '../ports/files.ts';
import type { Mended } from './log-mend.ts';
import { type ByteSource, badTail, emptyScan, type Scan, scan, type Written } from './log-scan.ts';
import { place } from './log-sequence.ts';

type Mark = Pick<FileStat, 'size' | 'mtimeMs'>;
const sameMark = (a: Mark | null, b: Mark): boolean => a !== null && a.size === b.size && a.mtimeMs === b.mtimeMs;

/** A stretch that a sweep has found sound. */
interface Sound {
  readonly end: number;
  readonly lines: number;
  readonly crc: number;
}

/** What is known of a log from reading it, and how much of that still holds. */
export class LogKnowledge {
  readonly #sequenced: boolean;
  readonly #written: Written | undefined;
  /** What is known before anything was read. */
  readonly nothing: Scan;
  #scan: Scan;
  /** The file as it stood after our last write or look: any difference is somebody else's doing. */
  #mark: Mark | null = null;
  /** Somebody else wrote into it: what was verified is verified no more. */
  #touched = true;
  /** Where the next sweep goes on. */
  #swept = { offset: 0, lines: 0 };
  /** What a sweep reads into: the next one does again. */
  #room = Buffer.alloc(0);
  /** What sweeps have found sound, by where they began. */
  readonly #sound = new Map<number, Sound>();
  /** A last line without an end that was there at the last look: if it still is, nobody is writing it. */
  #tailSeen = '';

  /**
   * @param after the number before its first: what segments before this one bear
   * @param written what we remember of it; in a log without checksums those lines are not parsed
   */
  constructor(sequenced: boolean, after = 0, written?: Written) {
    this.#sequenced = sequenced;
    this.#written = written;
    this.nothing = { ...emptyScan, lastSeq: after };
    this.#scan = this.nothing;
  }

  get scan(): Scan {
    return this.#scan;
  }

  /** Has somebody else changed the file since it was last noted? Remembers that somebody has. */
  isForeign(now: Mark): boolean {
    if (!sameMark(this.#mark, now)) this.#touched = true;
    return this.#touched;
  }

  /** By how much it has grown since it was last noted; 0 where it was not noted yet. */
  grownBy({ size }: Mark): number {
    return this.#mark === null ? 0 : size - this.#mark.size;
  }

  /** Its last line may have no end by somebody else's doing, who wrote or cut it off: since it was last noted, or before a look that saw it. */
  mayHaveForeignTail(now: Mark): boolean {
    return this.isForeign(now) || this.#scan.tail !== null;
  }

  /** This is how it stands, and it is our own doing. */
  note(mark: Mark): void {
    this.#mark = mark;
  }

  /** Ours ends there, and what stands behind it already is somebody else's. @param after `null` where it could not be looked at */
  noteAppended(after: Mark | null, end: number): void {
    if (after === null) this.distrust();
    else this.note({ ...after, size: end });
  }

  /** Bytes were overwritten where they stood: that it has grown meanwhile is not our doing. */
  noteMended({ size, mtimeMs }: Mark): void {
    this.#mark = { size: this.#mark?.size ?? size, mtimeMs };
  }

  distrust(): void {
    this.#touched = true;
  }

  /** Verifies what is new, up to `to`; all of it where it was changed in other ways than by growing, or where `full`. */
  async refresh(handle: AppendHandle, to: (size: number) => number, full: boolean): Promise<void> {
    const stat = await handle.stat();
    const changed = this.#touched || (!sameMark(this.#mark, stat) && this.grownBy(stat) <= 0);
    this.#touched = false;
    // Until all of it has been read, what was known of its end is: an append does not wait for this.
    const before = full || changed ? this.nothing : this.#scan;
    const options = { sequenced: this.#sequenced, before, written: this.#written };
    try {
      this.#scan = await scan(handle, to(stat.size), options);
    } catch (error) {
      if (changed) this.distrust();
      throw error;
    }
    this.#mark = stat;
  }

  /** Reads some of what was verified before again. */
  async sweep(handle: AppendHandle, bytes: number): Promise<void> {
    const { offset, lines } = this.#swept;
    const to = Math.min(offset + bytes, this.#scan.end);
    const found = await this.#sweepStretch(handle, offset, to);
    const isKnown = ({ offset }: BadLine): boolean => this.#scan.bad.some((one) => one.offset === offset);
    const fresh = found.bad.filter((one) => !isKnown(one)).map((one) => ({ ...one, line: lines + one.line }));
    if (fresh.length > 0) {
      this.#touched = true;
      this.#scan = { ...this.#scan, bad: [...this.#scan.bad, ...fresh].sort((a, b) => a.offset - b.offset) };
    }
    // A line longer than a sweep is left to the next full look.
    const isOver = to >= this.#scan.end || found.end === offset;
    this.#swept = isOver ? { offset: 0, lines: 0 } : { offset: found.end, lines: lines + found.lines };
  }

  /**
   * Lines without a checksum of their own are known again by that of all of them, which costs a hundredth of parsing them. In a
   * sequenced log every line has one, and what a line without a number means hangs on the lines before it.
   */
  async #sweepStretch(source: ByteSource, from: number, to: number): Promise<Pick<Scan, 'bad' | 'end' | 'lines'>> {
    if (this.#sequenced) return scan(source, to, { sequenced: true, before: { ...emptyScan, end: from } });
    const length = Math.max(0, to - from);
    if (length > this.#room.length) this.#room = Buffer.allocUnsafeSlow(length);
    const came = await source.readInto(this.#room.subarray(0, length), from);
    const bytes = this.#room.subarray(0, came);
    const before = this.#sound.get(from);
    const isKnown =
      before !== undefined &&
      before.end <= from + bytes.length &&
      crc32c(bytes.subarray(0, before.end - from)) === before.crc;
    const [lines, start] = isKnown ? [before.lines, before.end] : [0, from];
    if (start >= to) return { bad: [], end: start, lines };
    const held: ByteSource = {
      readInto: async (target, offset) => bytes.copy(target, 0, offset - from, offset - from + target.length),
    };
    const found = await scan(held, to, {
      sequenced: false,
      before: { ...emptyScan, end: start, lines },
      written: this.#written,
    });
    const crc = crc32c(bytes.subarray(0, found.end - from));
    if (found.bad.length === 0) this.#sound.set(from, { end: found.end, lines: found.lines, crc });
    else this.#sound.delete(from);
    return found;
  }

  /** What the mended places hold now, in place of what they held. */
  take({ before, after }: Mended): void {
    const sequence = {
      lastSeq: this.#scan.lastSeq,
      missingSeq: [...this.#scan.missingSeq],
      duplicateSeq: [...this.#scan.duplicateSeq],
    };
    const had = new Set(before.seqs);
    for (const seq of after.seqs) if (!had.has(seq)) place(sequence, seq);
    this.#scan = {
      ...this.#scan,
      ...sequence,
      records: this.#scan.records + after.records - before.records,
      lines: this.#scan.lines + after.lines - before.lines,
      bad: after.bad,
    };
  }

  /** A last line without an end is bad once it was seen twice: at first it may be in the making. */
  settledTail(): BadLine | null {
    const settled = this.isTailSettled();
    const { tail } = this.#scan;
    this.#tailSeen = tail ? `${tail.offset} ${tail.length}` : '';
    return settled ? badTail(this.#scan) : null;
  }

  isTailSettled(): boolean {
    const { tail } = this.#scan;
    return tail !== null && this.#tailSeen === `${tail.offset} ${tail.length}`;
  }
}

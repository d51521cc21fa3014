/**
 * A log that somebody else writes, read as it grows: lines as they come, and lines again by their place. Nothing is opened for
 * writing, no lock is taken, and the writer may append, go on in a new segment, and mend in place meanwhile.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { type Position, SEGMENT_SPAN } from '../ports/event-log.ts';
import { segmentNumber } from '../ports/segment-name.ts';

const NEWLINE = 0x0a;
const CHUNK = 1 << 20;
/** Read at once when a place is looked up. */
const PAGE = 64 << 10;
/** A line longer than this is none of ours: it is passed over, and read in pieces. */
const LONGEST_LINE = 16 << 20;
/** So many of its first bytes tell a file from another. */
const HEAD = 256;
/** Lines that were no records are looked at again, so many at most: a mended one may be a record later. */
const WATCHED = 200;

/** One file of a log. Numbers count from 1 and stay when a file gets another name. */
export interface TailSegment {
  readonly number: number;
  readonly path: string;
}
/** The files of a log, oldest first, by the names in their folder; `identityOf` tells which file bears a name, `null` where none does. */
export type Segments = (
  list: (folder: string) => readonly string[],
  identityOf: (path: string) => bigint | null,
) => readonly TailSegment[];

export const oneFile =
  (path: string): Segments =>
  () => [{ number: 1, path }];

/**
 * A log whose sealed segments stand beside it (`segment-name.ts`): the one that is written to has the highest number. A rotation that has
 * only come half-way, as on a full disk, leaves it with both names: it is not sealed yet.
 */
export const sealedBeside =
  (path: string): Segments =>
  (list, identityOf) => {
    const folder = path.slice(0, path.lastIndexOf('/'));
    const sealed = list(folder)
      .map((name) => ({ path: `${folder}/${name}`, number: segmentNumber(path, `${folder}/${name}`) }))
      .flatMap(({ path: found, number }) => (number === null ? [] : [{ path: found, number }]))
      .sort((a, b) => a.number - b.number);
    const last = sealed.at(-1);
    const active = last ? identityOf(path) : null;
    if (last && active !== null && identityOf(last.path) === active) sealed.pop();
    return [...sealed, { path, number: (sealed.at(-1)?.number ?? 0) + 1 }];
  };

/** Files whose names carry their number. */
export const numbered =
  (folder: string, numberOf: (name: string) => number | null): Segments =>
  (list) =>
    list(folder)
      .flatMap((name) => {
        const number = numberOf(name);
        return number === null ? [] : [{ path: `${folder}/${name}`, number: number + 1 }];
      })
      .sort((a, b) => a.number - b.number);

/** Told of every whole line. */
export interface TailListener {
  /** @returns whether it was understood; others are looked at again later */
  line(bytes: Buffer, place: Position): boolean;
  /** It is another log now: all that was told is void, and everything is told anew. */
  again(): void;
}

interface Cursor {
  readonly number: number;
  readonly offset: number;
  /** Which file it is; `null` as long as it was not there. */
  readonly inode: bigint | null;
  /** Its first bytes: a file that was deleted and made anew may bear the same number. */
  readonly head: Buffer;
  /** The rest of a line too long to be one is being passed over. */
  readonly skipping: boolean;
}

/** What stood at a place, and was no record. */
interface Watched {
  readonly place: Position;
  readonly bytes: Buffer;
}

const namesOf = (segments: readonly TailSegment[]): string => segments.map(({ path }) => path).join();
const BEGINNING: Cursor = { number: 0, offset: 0, inode: null, head: Buffer.alloc(0), skipping: false };
const placeOf = (number: number, offset: number): Position => (number - 1) * SEGMENT_SPAN + offset;
const isBlank = (bytes: Buffer): boolean => bytes.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09);
const isGone = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'EACCES', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

export class LogTail {
  readonly #dir: string;
  readonly #segments: Segments;
  #cursor = BEGINNING;
  #watched: Watched[] = [];
  #seen = '';
  /** Lines passed over because they were too long. */
  tooLong = 0;

  constructor(dir: string, segments: Segments) {
    this.#dir = dir;
    this.#segments = segments;
  }

  /** Tells what is new, and everything anew where the log is another one. Throws the system's error where it cannot be read. */
  read(listener: TailListener): void {
    for (let tries = 0; tries < 3; tries++) {
      const segments = this.#list();
      const stamp = this.#stampOf(segments);
      if (stamp === this.#seen) return;
      if (this.#isAnother(segments)) {
        this.forget();
        listener.again();
      }
      this.#seen = '';
      if (!this.#readSegments(segments, listener)) continue;
      // A segment that was sealed meanwhile has another name now.
      if (namesOf(this.#list()) !== namesOf(segments)) continue;
      this.#seen = stamp;
      return;
    }
  }

  /** Everything is told anew at the next reading. */
  forget(): void {
    this.#cursor = BEGINNING;
    this.#watched = [];
    this.#seen = '';
  }

  /** Where the oldest line that is still there stands; `null` where there is no file. */
  first(): Position | null {
    const [oldest] = this.#list();
    return oldest === undefined ? null : placeOf(oldest.number, 0);
  }

  /** Whole lines from a place on, at which a line begins. */
  *from(place: Position): Generator<{ readonly bytes: Buffer; readonly place: Position }> {
    const number = Math.floor(place / SEGMENT_SPAN) + 1;
    for (const segment of this.#list()) {
      if (segment.number < number) continue;
      const start = segment.number === number ? place % SEGMENT_SPAN : 0;
      const fd = this.#open(segment.path);
      if (fd === null) continue;
      try {
        let at = start;
        let skips = false;
        for (let part = linesAt(fd, at, PAGE); part.bytes.length > 0; part = linesAt(fd, at, PAGE)) {
          for (const { from, to } of part.lines) {
            if (!skips) yield { bytes: part.bytes.subarray(from, to), place: placeOf(segment.number, at + from) };
            skips = false;
          }
          if (part.next === at && part.bytes.length < LONGEST_LINE) break;
          skips = part.next === at;
          at = part.next === at ? at + part.bytes.length : part.next;
        }
      } finally {
        fs.closeSync(fd);
      }
    }
  }

  /** The line at a place; `null` where none is any more. */
  at(place: Position): Buffer | null {
    for (const { bytes, place: found } of this.from(place)) return found === place ? bytes : null;
    return null;
  }

  #list(): readonly TailSegment[] {
    const list = (folder: string): readonly string[] => {
      try {
        return fs.readdirSync(join(this.#dir, folder));
      } catch (error) {
        if (isGone(error)) return [];
        throw error;
      }
    };
    return this.#segments(list, (path) => this.#statOf(path)?.ino ?? null);
  }

  #open(path: string): number | null {
    try {
      return fs.openSync(join(this.#dir, path), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    } catch (error) {
      if (isGone(error)) return null;
      throw error;
    }
  }

  #statOf(path: string): fs.BigIntStats | null {
    try {
      const stats = fs.statSync(join(this.#dir, path), { throwIfNoEntry: false, bigint: true });
      return stats?.isFile() ? stats : null;
    } catch (error) {
      if (isGone(error)) return null;
      throw error;
    }
  }

  #stampOf(segments: readonly TailSegment[]): string {
    return segments
      .map(({ path }) => {
        const stats = this.#statOf(path);
        return stats === null ? '-' : `${stats.ino}:${stats.size}:${stats.mtimeNs}`;
      })
      .join();
  }

  #isAnother(segments: readonly TailSegment[]): boolean {
    const { number } = this.#cursor;
    if (number === 0) return false;
    const segment = segments.find((one) => one.number === number);
    if (segment === undefined) return segments.length > 0 && segments.every((one) => one.number < number);
    const fd = this.#open(segment.path);
    if (fd === null) return false;
    try {
      if (!this.#isSame(fd)) return true;
    } finally {
      fs.closeSync(fd);
    }
    return this.#wasMended();
  }

  /** Is this the file that was read so far? */
  #isSame(fd: number): boolean {
    const { offset, inode, head } = this.#cursor;
    const stats = fs.fstatSync(fd, { bigint: true });
    if (!stats.isFile()) return true;
    if (stats.size < offset || (inode !== null && stats.ino !== inode)) return false;
    return headOf(fd, head.length).equals(head);
  }

  /** Something that was no record has become something else than blanks. */
  #wasMended(): boolean {
    const still: Watched[] = [];
    for (const watched of this.#watched) {
      const now = this.at(watched.place);
      if (now === null || now.equals(watched.bytes)) still.push(watched);
      else if (isBlank(now)) still.push({ ...watched, bytes: Buffer.from(now) });
      else return true;
    }
    this.#watched = still;
    return false;
  }

  /** @returns `false`: a file was another than it should be, and the list is to be made anew */
  #readSegments(segments: readonly TailSegment[], listener: TailListener): boolean {
    for (const { number, path } of segments) {
      if (number < this.#cursor.number) continue;
      if (number > this.#cursor.number) this.#cursor = { ...BEGINNING, number };
      const fd = this.#open(path);
      if (fd === null) continue;
      try {
        const stats = fs.fstatSync(fd, { bigint: true });
        if (!stats.isFile()) continue;
        if (!this.#isSame(fd)) return false;
        this.#cursor = { ...this.#cursor, inode: stats.ino };
        this.#readOne(fd, Number(stats.size), listener);
        const { offset, head } = this.#cursor;
        if (head.length < HEAD) this.#cursor = { ...this.#cursor, head: headOf(fd, Math.min(HEAD, offset)) };
      } finally {
        fs.closeSync(fd);
      }
    }
    return true;
  }

  #readOne(fd: number, size: number, listener: TailListener): void {
    while (this.#cursor.offset < size) {
      const { number, offset, skipping } = this.#cursor;
      const part = linesAt(fd, offset, CHUNK);
      let first = skipping;
      for (const { from, to } of part.lines) {
        if (!first) this.#tell(part.bytes.subarray(from, to), placeOf(number, offset + from), listener);
        first = false;
      }
      if (part.next > offset) this.#cursor = { ...this.#cursor, offset: part.next, skipping: false };
      else if (part.bytes.length >= LONGEST_LINE) {
        if (!skipping) this.tooLong++;
        this.#cursor = { ...this.#cursor, offset: offset + part.bytes.length, skipping: true };
      } else return;
    }
  }

  #tell(bytes: Buffer, place: Position, listener: TailListener): void {
    if (listener.line(bytes, place)) return;
    if (this.#watched.length < WATCHED && bytes.length > 0) this.#watched.push({ place, bytes: Buffer.from(bytes) });
  }
}

function headOf(fd: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, fs.readSync(fd, bytes, 0, length, 0));
}

interface Part {
  readonly bytes: Buffer;
  /** Bounds of whole lines in {@link bytes}, without their newlines. */
  readonly lines: readonly { readonly from: number; readonly to: number }[];
  /** Where the next line begins; where it was asked from if there is no whole line. */
  readonly next: number;
}

/** The whole lines that stand in the next bytes; more is read where one is longer. */
function linesAt(fd: number, offset: number, length: number): Part {
  const buffer = Buffer.allocUnsafe(length);
  const bytes = buffer.subarray(0, fs.readSync(fd, buffer, 0, length, offset));
  const lines: { from: number; to: number }[] = [];
  let from = 0;
  for (let to = bytes.indexOf(NEWLINE); to >= 0; to = bytes.indexOf(NEWLINE, from)) {
    lines.push({ from, to });
    from = to + 1;
  }
  if (lines.length === 0 && bytes.length === length && length < LONGEST_LINE)
    return linesAt(fd, offset, Math.min(LONGEST_LINE, length * 4));
  return { bytes, lines, next: offset + from };
}

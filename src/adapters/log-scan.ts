import type { BadLine, LogRecord } from '../ports/event-log.ts';
import { checkLine } from './log-line.ts';

/** Bytes by place. */
export interface ByteSource {
  read(offset: number, length: number): Promise<Uint8Array>;
}

const SLICE = 256 * 1024;
const NEWLINE = 0x0a;
/** A line longer than this is bad, and is not held in memory to be looked at. */
export const LONGEST_LINE = 16 * 1024 * 1024;

/** A line without its newline, where it stands. `ended` is false for a last line without one. */
export interface RawLine {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly ended: boolean;
}

/** One turn of the event loop between slices, so that verifying a large log never holds up the bot. */
const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The lines of a source from `from` (the beginning of a line) to `to`, in slices. */
export async function* linesOf(source: ByteSource, from: number, to: number): AsyncGenerator<readonly RawLine[]> {
  let rest = Buffer.alloc(0);
  let restAt = from;
  for (let at = from; at < to; ) {
    const slice = Buffer.from(await source.read(at, Math.min(SLICE, to - at)));
    if (slice.length === 0) break;
    at += slice.length;
    const bytes = rest.length > 0 ? Buffer.concat([rest, slice]) : slice;
    const lines: RawLine[] = [];
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      lines.push({ offset: restAt + start, bytes: bytes.subarray(start, end), ended: true });
      start = end + 1;
    }
    rest = Buffer.from(bytes.subarray(start));
    restAt += start;
    if (rest.length > LONGEST_LINE) {
      lines.push({ offset: restAt, bytes: rest, ended: false });
      restAt += rest.length;
      rest = Buffer.alloc(0);
    }
    if (lines.length > 0) yield lines;
    if (at < to) await breath();
  }
  if (rest.length > 0) yield [{ offset: restAt, bytes: rest, ended: false }];
}

/** What a scan found. `lastSeq` is the highest sequence number. */
export interface Scan {
  readonly records: number;
  readonly lines: number;
  readonly lastSeq: number;
  readonly bad: readonly BadLine[];
  readonly missingSeq: readonly (readonly [number, number])[];
  /** The last line has no newline. */
  readonly torn: boolean;
}

export const emptyScan: Scan = { records: 0, lines: 0, lastSeq: 0, bad: [], missingSeq: [], torn: false };

/** More bad lines than this are counted by going over the file again after the first were mended. */
const BAD_AT_MOST = 10_000;

/**
 * Checks every line from `from` to `to`, going on from what was found before it.
 * @param each called with every good line, e.g. to keep it in memory
 */
export async function scan(
  source: ByteSource,
  from: number,
  to: number,
  before: Scan = emptyScan,
  each: (line: RawLine) => void = () => undefined,
): Promise<Scan> {
  let { records, lines, lastSeq, torn } = before;
  const bad: BadLine[] = [...before.bad];
  const missing: (readonly [number, number])[] = [...before.missingSeq];
  for await (const slice of linesOf(source, from, to)) {
    for (const line of slice) {
      lines++;
      torn = !line.ended;
      const checked = checkLine(line.bytes, 'verdict');
      const { offset } = line;
      if (checked.kind === 'good') {
        records++;
        each(line);
        if (checked.seq === null) continue;
        if (checked.seq > lastSeq + 1) missing.push([lastSeq + 1, checked.seq - 1]);
        lastSeq = Math.max(lastSeq, checked.seq);
      } else if (checked.kind === 'bad' && bad.length < BAD_AT_MOST) {
        bad.push({ offset, length: line.bytes.length, line: lines, reason: checked.reason });
      }
    }
  }
  return { records, lines, lastSeq, bad, missingSeq: missing, torn };
}

/** Every good record, in order. */
export async function* recordsOf(source: ByteSource, to: number): AsyncGenerator<LogRecord> {
  for await (const slice of linesOf(source, 0, to)) {
    for (const line of slice) {
      const checked = checkLine(line.bytes, 'record');
      if (checked.kind === 'good' && checked.record !== null) yield checked.record;
    }
  }
}

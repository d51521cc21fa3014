import type { BadLine, LogRecord } from '../ports/event-log.ts';
import { breath } from './event-loop.ts';
import { BAD_CRC, type CheckedLine, checkLine, quickCheck, SLOW } from './log-line.ts';
import { emptySequence, place, type Sequence } from './log-sequence.ts';
import { tellsOfLost } from './lost-numbers.ts';

/** Bytes by place. */
export interface ByteSource {
  /** Reads from `offset` into `target` and gives how many bytes came; fewer than it holds at the end alone. */
  readInto(target: Uint8Array, offset: number): Promise<number>;
}

/** Read and judged in one go, about half a millisecond by checksum, four by parsing: the event loop is free between. */
const SLICE = 512 * 1024;
const NEWLINE = 0x0a;
/** A line longer than this is bad, and is neither held nor looked at as a whole: it comes in pieces. */
export const LONGEST_LINE = 16 * 1024 * 1024;

/** Lines as they lie in one buffer, which is used again for the next: nothing of it may be kept. */
interface Slice {
  readonly bytes: Buffer;
  /** Offset in the log of the first byte. */
  readonly at: number;
  /** Where the last whole line (or piece of a huge one) ends. */
  readonly to: number;
  /** The piece of a line that has no end: of a huge one, or the last of all. */
  readonly piece: boolean;
}

async function* slicesOf(source: ByteSource, from: number, to: number): AsyncGenerator<Slice> {
  // A place of one line, of which a repair reads thousands, needs no slice.
  let buffer = Buffer.allocUnsafe(Math.max(1, Math.min(SLICE, to - from)));
  let held = 0;
  let at = from;
  for (;;) {
    if (held === buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(buffer.length * 4, LONGEST_LINE + SLICE));
      buffer.copy(larger, 0, 0, held);
      buffer = larger;
    }
    const room = buffer.subarray(held, Math.min(buffer.length, held + SLICE, held + (to - at - held)));
    const came = room.length === 0 ? 0 : await source.readInto(room, at + held);
    held += came;
    if (came === 0) break;
    const end = buffer.lastIndexOf(NEWLINE, held - 1) + 1;
    const piece = end === 0 && held > LONGEST_LINE;
    const used = piece ? held : end;
    if (used > 0) {
      yield { bytes: buffer, at, to: used, piece };
      buffer.copyWithin(0, used, held);
      held -= used;
      at += used;
    }
    // Verifying a large log never holds up the bot.
    if (at + held < to) await breath();
  }
  if (held > 0) yield { bytes: buffer, at, to: held, piece: true };
}

/** Whether a line of a buffer, its newline included, is one that we remember to have written at `offset`. */
export type Written = (offset: number, bytes: Buffer, from: number, to: number) => boolean;

/** What a scan found, in the lines that have an end. */
export interface Scan extends Sequence {
  readonly records: number;
  readonly lines: number;
  readonly bad: readonly BadLine[];
  /** A last line without a newline: torn, or in the making. It is in none of the other figures. */
  readonly tail: { readonly offset: number; readonly length: number; readonly checked: CheckedLine } | null;
  /** Where the next line begins: a later scan goes on here. */
  readonly end: number;
  /** Numbers that were missing where they were due, with nothing in their place: no blank, no bad line, no word of them. Inclusive ranges. */
  readonly bare: readonly (readonly [number, number])[];
  /** Lines since the last numbered record: those without a number, and how many are blank or bad: they can be the missing ones. */
  readonly between: { readonly unnumbered: readonly BadLine[]; readonly gone: number };
}

export const emptyScan: Scan = {
  ...emptySequence,
  records: 0,
  lines: 0,
  bad: [],
  tail: null,
  end: 0,
  bare: [],
  between: { unnumbered: [], gone: 0 },
};

/** More bad lines than this are found by going over the file again after the first were mended. */
const BAD_AT_MOST = 10_000;
/** Of lines without a number in a row, so many are remembered. */
const BETWEEN_AT_MOST = 1_000;

export interface ScanOptions {
  /** The log's own records carry `seq` and `crc`. */
  readonly sequenced: boolean;
  /** What was found before: the scan goes on at its `end`. */
  readonly before?: Scan;
  /** Lines of a log without checksums that need not be parsed. */
  readonly written?: Written | undefined;
}

/** Checks every line from where the scan before ended up to `to`. Memory is bounded, whatever the size of the log. */
export async function scan(
  source: ByteSource,
  to: number,
  { sequenced, before = emptyScan, written }: ScanOptions,
): Promise<Scan> {
  let { records, lines, end } = before;
  let tail: Scan['tail'] = null;
  const bad: BadLine[] = [...before.bad];
  const bare = [...before.bare];
  let { gone } = before.between;
  let unnumbered = [...before.between.unnumbered];
  const sequence = {
    lastSeq: before.lastSeq,
    missingSeq: [...before.missingSeq],
    duplicateSeq: [...before.duplicateSeq],
  };
  /** Where a number is missing and a line without one stands, damage has left something that happens to parse. */
  const number = (seq: number, line: Buffer): void => {
    const gap = Math.max(0, seq - sequence.lastSeq - 1 - gone);
    const isBare = gone === 0 && unnumbered.length === 0 && seq > sequence.lastSeq + 1;
    if (isBare && !tellsOfLost(line, sequence.lastSeq + 1, seq - 1)) bare.push([sequence.lastSeq + 1, seq - 1]);
    for (const one of unnumbered.slice(0, sequence.lastSeq === 0 ? 0 : gap)) {
      records--;
      bad.push(one);
    }
    gone = 0;
    unnumbered = [];
    place(sequence, seq);
  };
  for await (const slice of slicesOf(source, end, to)) {
    const { bytes, at } = slice;
    for (let from = 0; from < slice.to; ) {
      const newline = bytes.indexOf(NEWLINE, from);
      const ended = newline >= 0 && newline < slice.to;
      const until = ended ? newline : slice.to;
      const offset = at + from;
      const quick = ended ? quickCheck(bytes, from, until) : SLOW;
      if (quick > 0) {
        lines++;
        records++;
        end = offset + until - from + 1;
        if (quick === sequence.lastSeq + 1 && unnumbered.length === 0 && gone === 0) sequence.lastSeq = quick;
        else if (sequenced) number(quick, bytes.subarray(from, until));
        from = until + 1;
        continue;
      }
      if (quick === SLOW && ended && !sequenced && written?.(offset, bytes, from, until)) {
        lines++;
        records++;
        end = offset + until - from + 1;
        from = until + 1;
        continue;
      }
      const huge = !ended && until - from > LONGEST_LINE;
      const line = bytes.subarray(from, until);
      const length = until - from;
      const checked: CheckedLine =
        quick === BAD_CRC || !huge ? checkLine(line, 'verdict', { sequenced }) : checkHuge(line);
      from = until + 1;
      if (!ended && !huge) {
        if (checked.kind !== 'blank') tail = { offset, length, checked };
        break;
      }
      lines++;
      end = offset + length + (ended ? 1 : 0);
      if (checked.kind === 'good') {
        records++;
        if (sequenced && checked.seq !== null) number(checked.seq, line);
        else if (sequenced && unnumbered.length < BETWEEN_AT_MOST) {
          const reason = 'it parses, but a number is missing here, and it bears none';
          unnumbered.push({ offset, length, line: lines, reason, impostor: true });
        }
      } else {
        gone++;
        if (checked.kind === 'bad' && bad.length < BAD_AT_MOST)
          bad.push({ offset, length, line: lines, reason: checked.reason });
      }
    }
  }
  bad.sort((a, b) => a.offset - b.offset);
  return { records, lines, bad, tail, end, bare, between: { unnumbered, gone }, ...sequence };
}

/** A piece of a huge line: blank where it was mended before. */
function checkHuge(piece: Buffer): CheckedLine {
  for (const byte of piece)
    if (byte !== 0x20) return { kind: 'bad', reason: `it is a piece of a line longer than ${LONGEST_LINE} bytes` };
  return { kind: 'blank' };
}

/** The last line as a bad one, where it is. */
export function badTail({ tail, lines }: Scan): BadLine | null {
  if (tail?.checked.kind !== 'bad') return null;
  const { offset, length } = tail;
  return { offset, length, line: lines + 1, reason: `the last line has no end, and ${tail.checked.reason}` };
}

/** A line without its newline, where it stands. `ended` is false for a last line without one, and for a piece of a huge one. */
export interface RawLine {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly ended: boolean;
}

/** The lines of a source from `from` (the beginning of a line) to `to`, in slices. Their bytes are theirs to keep. */
export async function* linesOf(source: ByteSource, from: number, to: number): AsyncGenerator<readonly RawLine[]> {
  for await (const slice of slicesOf(source, from, to)) {
    const bytes = Buffer.from(slice.bytes.subarray(0, slice.to));
    const lines: RawLine[] = [];
    for (let start = 0; start < bytes.length; ) {
      const newline = bytes.indexOf(NEWLINE, start);
      const until = newline < 0 ? bytes.length : newline;
      lines.push({ offset: slice.at + start, bytes: bytes.subarray(start, until), ended: newline >= 0 });
      start = until + 1;
    }
    yield lines;
  }
}

/** Every good record from `from` (the beginning of a line) on, in order. */
export async function* recordsOf(
  source: ByteSource,
  from: number,
  to: number,
  sequenced = false,
): AsyncGenerator<{ readonly record: LogRecord; readonly offset: number }> {
  for await (const slice of linesOf(source, from, to)) {
    for (const { bytes, offset } of slice) {
      const checked = checkLine(bytes, 'record', { sequenced });
      if (checked.kind === 'good' && checked.record !== null) yield { record: checked.record, offset };
    }
  }
}

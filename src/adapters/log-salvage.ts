import type { BadLine } from '../ports/event-log.ts';
import type { AppendHandle } from '../ports/files.ts';
import { carriedCrc, checkLine } from './log-line.ts';

/** Bytes looked at, at most, in one bad line: a line made to be slow is quarantined whole. */
const LOOKED_AT_MOST = 32 * 1024 * 1024;
/** Of ASCII alone: `trim` would take a byte 0xa0 for a blank. */
const isBlank = (text: string): boolean => /^[ \t\r\n]*$/.test(text);
const [QUOTE, BACKSLASH, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d];

/** A part of a bad line that belongs to no good record. */
export interface BadPart {
  readonly from: number;
  readonly to: number;
  readonly afterGood: boolean;
  readonly beforeGood: boolean;
}

/** One past the brace that closes the object beginning at `from`, or -1. */
function objectEnd(line: Buffer, from: number): number {
  let depth = 0;
  let quoted = false;
  for (let at = from; at < line.length; at++) {
    const byte = line[at];
    if (quoted) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) quoted = false;
    } else if (byte === QUOTE) quoted = true;
    else if (byte === OPEN || byte === OPEN_LIST) depth++;
    else if (byte === CLOSE || byte === CLOSE_LIST) {
      depth--;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}

/** Whether a value that begins at `at` may be a part of the record before it: then nobody wrote it as a record. */
function mayBeNested(line: Buffer, at: number): boolean {
  let quoted = false;
  for (let i = 0; i < at; i++) {
    if (line[i] === BACKSLASH && quoted) i++;
    else if (line[i] === QUOTE) quoted = !quoted;
  }
  return !quoted && /[:,[]\s*$/.test(line.toString('latin1', Math.max(0, at - 16), at));
}

/**
 * Whether a record stands there. A checksum proves it anywhere. Without one, only the beginning and the end of the line can
 * hold a record that somebody wrote: an object between, or beside a comma or a colon, may be a piece of a broken one.
 */
function isRecord(line: Buffer, from: number, to: number, sequenced: boolean): boolean {
  const piece = line.subarray(from, to);
  if (checkLine(piece, 'verdict', { sequenced }).kind !== 'good') return false;
  if (carriedCrc(piece, 0, piece.length) >= 0) return true;
  const after = line.toString('latin1', to, to + 16);
  if (from === 0) return !/^[ \t]*[,:}\]]/.test(after);
  return isBlank(line.toString('latin1', to)) && !mayBeNested(line, from);
}

/** The good records in a bad line. Of two that touch, with no byte between for a newline, the later counts. */
function goodPartsOf(line: Buffer, sequenced: boolean): readonly { readonly from: number; readonly to: number }[] {
  const good: { from: number; to: number }[] = [];
  let looked = 0;
  for (let from = line.indexOf('{"'); from >= 0 && looked < LOOKED_AT_MOST; ) {
    const to = objectEnd(line, from);
    looked += (to < 0 ? line.length : to) - from;
    const found = to > 0 && isRecord(line, from, to, sequenced);
    if (found) {
      if (good.at(-1)?.to === from) good.pop();
      good.push({ from, to });
    }
    from = line.indexOf('{"', found ? to : from + 1);
  }
  return good;
}

/** The highest number that a record in a bad line bears: 0 where there is none. */
function highestNumberIn(bytes: Uint8Array): number {
  const line = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return Math.max(
    0,
    ...goodPartsOf(line, true).map(({ from, to }) => {
      const checked = checkLine(line.subarray(from, to), 'verdict', { sequenced: true });
      return checked.kind === 'good' ? (checked.seq ?? 0) : 0;
    }),
  );
}

/** The highest number that a record bears which is glued to a bad line: it is read only when a repair has found it, and has its number now. */
export async function highestGlued(handle: AppendHandle, bad: readonly BadLine[]): Promise<number> {
  let highest = 0;
  for (const { offset, length } of bad) highest = Math.max(highest, highestNumberIn(await handle.read(offset, length)));
  return highest;
}

/**
 * The parts of a bad line that are to be set aside: everything but the good records in it (one glued to a torn one, or two
 * whose newline was lost).
 */
export function badPartsOf(bytes: Uint8Array, sequenced: boolean): readonly BadPart[] {
  const line = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const good = goodPartsOf(line, sequenced);
  const parts: BadPart[] = [];
  let at = 0;
  for (const { from, to } of good) {
    if (from > at) parts.push({ from: at, to: from, afterGood: at > 0, beforeGood: true });
    at = to;
  }
  const rest = !isBlank(line.toString('latin1', at)) || at === 0;
  if (rest && at < line.length) parts.push({ from: at, to: line.length, afterGood: at > 0, beforeGood: false });
  return parts;
}

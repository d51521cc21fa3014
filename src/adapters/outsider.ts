/**
 * What somebody else may do to a bot's files: by the system's own calls, past every port, as a stray script or a hand would.
 * For fault injection, never for a repair.
 */
import * as fs from 'node:fs';
import { constants } from 'node:fs';
import { insideOf } from './path-guard.ts';

const TAIL_BYTES = 64 * 1024;
const NEWLINE = 0x0a;
/** The last lines are left alone: they may be in the making. */
const NEWEST = 3;
const INK = Buffer.from('########');

/** Where a line of the tail begins and how long it is. */
function linesOfTail(fd: number, size: number): readonly { readonly at: number; readonly length: number }[] {
  const from = Math.max(0, size - TAIL_BYTES);
  const bytes = Buffer.alloc(size - from);
  fs.readSync(fd, bytes, 0, bytes.length, from);
  const lines: { at: number; length: number }[] = [];
  let begin = from === 0 ? 0 : bytes.indexOf(NEWLINE) + 1;
  for (let end = bytes.indexOf(NEWLINE, begin); end >= 0; end = bytes.indexOf(NEWLINE, begin)) {
    lines.push({ at: from + begin, length: end - begin });
    begin = end + 1;
  }
  return lines;
}

export interface Torn {
  /** Where bytes of an old line were overwritten; `null` where there was none. */
  readonly flippedAt: number | null;
  readonly flipped: number;
  /** Bytes of a line without an end that were appended. */
  readonly appended: number;
}

/**
 * Overwrites some bytes of an old line of a log, and appends half a line to it. Throws the system's error.
 * @param chance uniform in [0, 1): which line
 */
export function tearLog(root: string, path: string, chance: () => number): Torn {
  const absolute = insideOf(root, path);
  const fd = fs.openSync(absolute, constants.O_RDWR | constants.O_NOFOLLOW);
  let flippedAt: number | null = null;
  try {
    const { size } = fs.fstatSync(fd);
    const old = linesOfTail(fd, size)
      .slice(0, -NEWEST)
      .filter(({ length }) => length > INK.length * 4);
    const line = old[Math.floor(chance() * old.length)];
    if (line) {
      flippedAt = line.at + Math.floor(line.length / 2);
      fs.writeSync(fd, INK, 0, INK.length, flippedAt);
    }
  } finally {
    fs.closeSync(fd);
  }
  const half = Buffer.from('{"event_type":"state_change","event_id":"torn by ha');
  const end = fs.openSync(absolute, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW);
  try {
    fs.writeSync(end, half);
  } finally {
    fs.closeSync(end);
  }
  return { flippedAt, flipped: flippedAt === null ? 0 : INK.length, appended: half.length };
}

/** Takes a file's name away, as `rm` does. Throws the system's error. */
export const removeFile = (root: string, path: string): void => fs.rmSync(insideOf(root, path));

/** Leaves half of a document, as a program does that dies while it writes. Throws the system's error. @returns bytes left */
export function cutDocument(root: string, path: string): number {
  const absolute = insideOf(root, path);
  const left = Math.floor(fs.statSync(absolute).size / 2);
  fs.truncateSync(absolute, left);
  return left;
}

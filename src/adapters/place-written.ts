/** Where an append has landed in a file to which somebody else appends at the same time. */
import { readSync } from 'node:fs';

/** Read at once; more where what was written is longer. */
const WINDOW = 1 << 20;

function read(fd: number, from: number, to: number): Buffer {
  const bytes = Buffer.allocUnsafe(to - from);
  return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, from));
}

/**
 * With O_APPEND the kernel chooses the place and tells it nobody; what somebody else has written since stands behind it.
 * @param from where the file ended before
 * @param to where it ended afterwards
 * @returns the last place between them at which the bytes stand; `null` where they do not stand in one piece
 */
export function placeWritten(fd: number, bytes: Uint8Array, from: number, to: number): number | null {
  const { length } = bytes;
  const last = to - length;
  if (last < 0) return null;
  if (read(fd, last, to).equals(bytes)) return last;
  // Somebody has cut the file off meanwhile: it may be anywhere.
  const begin = from <= last ? from : 0;
  for (let end = to; end - length >= begin; ) {
    const start = Math.max(begin, end - Math.max(WINDOW, 2 * length));
    const found = read(fd, start, end).lastIndexOf(bytes);
    if (found >= 0) return start + found;
    if (start === begin) break;
    end = start + length - 1;
  }
  return null;
}

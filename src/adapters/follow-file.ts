import * as fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const NEWLINE = 0x0a;

/** A line of a file that grows, without its newline. */
export interface FollowedLine {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * The lines of a file, those that are there and those that come, as whole lines only; until the signal aborts. The file need
 * not be there yet, and may go and come back whole. One that is shorter than what was read is another file: it is read from its
 * beginning.
 * @param everyMs how often it is looked at: news of changes get lost, a look does not
 */
export async function* followFile(path: string, everyMs: number, signal: AbortSignal): AsyncGenerator<FollowedLine> {
  let at = 0;
  while (!signal.aborted) {
    const bytes = readFrom(path, at);
    if (bytes === 'shorter') {
      at = 0;
      continue;
    }
    if (bytes !== 'missing') {
      let from = 0;
      for (let to = bytes.indexOf(NEWLINE); to >= 0; to = bytes.indexOf(NEWLINE, from)) {
        yield { offset: at + from, bytes: bytes.subarray(from, to) };
        from = to + 1;
      }
      at += from;
    }
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

/** What stands from a byte on. Throws the system's error. */
function readFrom(path: string, offset: number): Buffer | 'missing' | 'shorter' {
  let fd: number;
  try {
    fd = fs.openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'missing';
    throw error;
  }
  try {
    const { size } = fs.fstatSync(fd);
    if (size < offset) return 'shorter';
    const bytes = Buffer.allocUnsafe(size - offset);
    return bytes.subarray(0, fs.readSync(fd, bytes, 0, bytes.length, offset));
  } finally {
    fs.closeSync(fd);
  }
}

import type { AppendHandle } from '../ports/files.ts';
import { checkLine } from './log-line.ts';

const NEWLINE = 0x0a;
/** No group commit, and no blanks over one, are longer: a commit and its last record, bytes. */
const MOST_BYTES = 4 * 1024 * 1024;
/** So much is read at first, and four times as much where the last group is longer. */
const FIRST_BYTES = 4 * 1024;

/** Where the last record begins that was the first of its group, or -1. A record says its place in its group where it is not the first. */
function lastGroupIn(bytes: Uint8Array): number {
  const held = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let end = held.length; end > 0; ) {
    const isEnded = held[end - 1] === NEWLINE;
    const before = end >= 2 ? held.lastIndexOf(NEWLINE, end - 2) : -1;
    // What is cut off at the front of what was read is no record, whatever it looks like.
    const checked = checkLine(held.subarray(before + 1, isEnded ? end - 1 : end), 'record', { sequenced: true });
    if (checked.kind === 'good' && checked.seq !== null && typeof checked.record?.nth !== 'number') return before + 1;
    end = before + 1;
  }
  return -1;
}

/** Where no record says its place in its group, bytes: a commit to a log without numbers is a few lines of some kilobytes. */
const PLAIN_BYTES = 64 * 1024;

/** The last lines of a log without numbers, whole ones: its commits say nothing of where they began. */
async function rewritePlainEnd(handle: AppendHandle, size: number): Promise<void> {
  const length = Math.min(size, PLAIN_BYTES);
  if (length === 0) return;
  const bytes = await handle.read(size - length, length);
  const from = length < size ? bytes.indexOf(NEWLINE) + 1 : 0;
  return handle.overwrite(size - length + from, bytes.subarray(from));
}

/**
 * Writes the end of a log once more, as it stands, for the next sync to take: the last group, and all behind it. A sync
 * that fails takes nothing to the medium any more, and no later one says so, also not that of the next process (as Linux has it;
 * Rebello et al., Can Applications Recover from fsync Failures?, 2020). Whoever was killed before he could take back what he had
 * appended so has left an end that the system shows, and that a power cut turns into something else.
 */
export async function rewriteEnd(handle: AppendHandle, sequenced: boolean): Promise<void> {
  const { size } = await handle.stat();
  if (!sequenced) return rewritePlainEnd(handle, size);
  for (let length = Math.min(size, FIRST_BYTES); length > 0; length = Math.min(size, length * 4)) {
    const bytes = await handle.read(size - length, length);
    const at = lastGroupIn(bytes);
    if (at < 0 && length < Math.min(size, MOST_BYTES)) continue;
    const from = Math.max(0, at);
    return handle.overwrite(size - length + from, bytes.subarray(from));
  }
}

import type { BadLine } from '../ports/event-log.ts';
import type { AppendHandle } from '../ports/files.ts';
import { LineMemory } from './line-memory.ts';
import { NEWLINE } from './log-leftover.ts';
import { linesOf, type RawLine } from './log-scan.ts';

/** How many bytes are read to find the last lines. */
const REMEMBERED_BYTES = 4 * 1024 * 1024;

/** A memory of the last good lines of a log that was just scanned. */
export async function rememberEnd(
  most: number | undefined,
  handle: AppendHandle,
  bad: readonly BadLine[],
): Promise<LineMemory> {
  const memory = new LineMemory(most);
  const { size } = await handle.stat();
  const from = Math.max(0, size - REMEMBERED_BYTES);
  memory.forgetAll(from);
  const damaged = new Set(bad.map(({ offset }) => offset));
  let whole = from === 0;
  for await (const slice of linesOf(handle, from, size)) {
    /** Good lines, one behind the other. */
    let lines: RawLine[] = [];
    const remember = (): void => {
      const [first] = lines;
      if (!first) return;
      const ends = [0];
      for (const { offset, bytes } of lines) ends.push(offset + bytes.length + 1 - first.offset);
      memory.remember(first.offset, Buffer.concat(lines.flatMap(({ bytes }) => [bytes, NEWLINE])), ends);
      lines = [];
    };
    for (const line of slice) {
      if (whole && line.ended && !damaged.has(line.offset)) lines.push(line);
      else remember();
      whole = true;
    }
    remember();
  }
  return memory;
}

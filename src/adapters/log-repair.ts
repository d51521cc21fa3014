import type { BadLine } from '../ports/event-log.ts';
import type { AppendHandle } from '../ports/files.ts';
import type { Quarantine } from '../ports/quarantine.ts';
import type { LineMemory } from './line-memory.ts';
import { blankLine, blanks, gluedRecordAt } from './log-line.ts';

/** What was done about bad lines. */
export interface Mended {
  readonly restoredLines: number;
  readonly quarantined: readonly { readonly bad: BadLine; readonly quarantineFile: string }[];
}

/** Puts back, bit for bit, every remembered line that a damaged place touches. @returns how many */
export async function restoreFromMemory(
  handle: AppendHandle,
  bad: readonly BadLine[],
  memory: LineMemory,
): Promise<number> {
  let restored = 0;
  for (const { offset, length } of bad) {
    for (const line of memory.touching(offset, offset + length + 1)) {
      const now = await handle.read(line.offset, line.bytes.length);
      if (now.length < line.bytes.length || Buffer.compare(now, line.bytes) === 0) continue;
      await handle.overwrite(line.offset, line.bytes);
      restored++;
    }
  }
  return restored;
}

/**
 * Sets the bytes of bad lines aside and blanks them where they stand. Nothing moves, so neither appenders nor readers are
 * disturbed; the quarantine is durable before the first byte is changed, so a crash at any byte is finished by the next run.
 */
export async function quarantineInPlace(
  handle: AppendHandle,
  bad: readonly BadLine[],
  quarantine: Quarantine,
): Promise<Mended['quarantined']> {
  const quarantined: { bad: BadLine; quarantineFile: string }[] = [];
  for (const one of bad) {
    const bytes = await handle.read(one.offset, one.length);
    const glued = gluedRecordAt(bytes);
    const length = glued > 0 ? glued : one.length;
    const entry = await quarantine.keep(handle.path, one.offset, bytes.subarray(0, length), one.reason);
    await handle.overwrite(one.offset, glued > 0 ? blankLine(length) : blanks(length));
    quarantined.push({ bad: { ...one, length }, quarantineFile: entry.file });
  }
  return quarantined;
}

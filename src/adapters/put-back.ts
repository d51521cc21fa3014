import type { AppendHandle, Files } from '../ports/files.ts';
import type { Quarantine } from '../ports/quarantine.ts';
import type { LineMemory } from './line-memory.ts';
import { endForeignLine, isBlank, type LeftoverOptions } from './log-leftover.ts';
import { blankLine } from './log-line.ts';

const NEWLINE = 0x0a;

/**
 * A log that was taken away, or replaced by another, while nobody had it open: what this process remembers of it nobody else has.
 * @param left which file it was when this process closed it; `null` where it never had it open
 * @returns whether it was put back
 */
export async function putBack(
  files: Files,
  quarantine: Quarantine,
  path: string,
  left: string | null,
  memory: LineMemory,
): Promise<boolean> {
  const named = await files.stat(path);
  if (left === null || named?.identity === left || named?.kind === 'folder') return false;
  const bytes = memory.whole();
  if (bytes === null) return false;
  const foreign = named ? await files.read(path) : null;
  if (foreign !== null && foreign.length > 0)
    await quarantine.keep(path, 0, foreign, 'it stood in the place of the log while that was closed');
  await files.writeWhole(path, bytes);
  return true;
}

/**
 * What somebody cut off a log that is open stands there again, bit for bit and durably. To be done before anything is appended in its
 * place: whoever remembers it forgets it then. Where more is gone than is remembered, lines with numbers stand at their old places, behind
 * blanks, for places in a numbered log are told; of a plain one nobody knows places, and what is remembered stands where it ends now.
 * @returns how many bytes
 */
export async function putBackEnd(
  handle: AppendHandle,
  memory: LineMemory,
  quarantine: Pick<Quarantine, 'keep'>,
  { sequenced, log }: LeftoverOptions,
): Promise<number> {
  let { size } = await handle.stat();
  if (!sequenced && size < memory.from && size < memory.end) {
    await endForeignLine(handle);
    ({ size } = await handle.stat());
    memory.moveTo(size);
  }
  const lost = memory.behind(size);
  if (lost.length === 0) return 0;
  const [cut] = memory.touching(size, size + 1);
  if (cut && cut.offset < size) {
    const stands = await handle.read(cut.offset, size - cut.offset);
    const begun = cut.bytes.subarray(0, stands.length);
    // Somebody else may have mended meanwhile what was left of the line, or damaged it; who has ended it has written his own behind.
    const isOurs = isBlank(stands) || !stands.includes(NEWLINE);
    if (isOurs && Buffer.compare(stands, begun) !== 0) {
      if (!isBlank(stands))
        await quarantine.keep(handle.path, cut.offset, stands, 'it stood where the log was cut off');
      await handle.overwrite(cut.offset, begun);
    }
  }
  const at = await handle.append(lost);
  if (at > size) {
    // Somebody else wrote there between the look at the end and the append: all of it would stand behind him, and the cut line around him.
    const theirs = await handle.read(size, at - size);
    await quarantine.keep(handle.path, size, theirs, 'it was written while what was cut off was put back');
    await handle.overwrite(size, Buffer.concat([lost, blankLine(theirs.length)]));
  }
  await handle.sync();
  log?.warn(`🔧 [HEALING] ${handle.path}: ${lost.length} bytes that somebody had cut off were put back`);
  return lost.length;
}

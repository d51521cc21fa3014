import type { AppendHandle, Files } from '../ports/files.ts';
import type { Quarantine, Suspect } from '../ports/quarantine.ts';
import { checkLine } from './log-line.ts';
import { linesOf } from './log-scan.ts';

interface Numbered {
  readonly seq: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

async function* numberedIn(handle: AppendHandle): AsyncGenerator<Numbered> {
  const { size } = await handle.stat();
  for await (const slice of linesOf(handle, 0, size)) {
    for (const { offset, bytes } of slice) {
      const checked = checkLine(bytes, 'verdict', { sequenced: true });
      if (checked.kind === 'good' && checked.seq !== null) yield { seq: checked.seq, offset, bytes };
    }
  }
}

const textOf = ({ bytes }: Numbered): string => Buffer.from(bytes).toString('latin1');

async function copiesIn(handle: AppendHandle, original: AppendHandle, lastSeq: number): Promise<readonly Suspect[]> {
  const low: Numbered[] = [];
  for await (const line of numberedIn(handle)) {
    // The numbers of a file that is what it should be begin behind those of the other: the rest need not be read.
    if (low.length === 0 && line.seq > lastSeq) return [];
    if (line.seq <= lastSeq) low.push(line);
  }
  const there = new Set<string>();
  if (low.length > 0) for await (const line of numberedIn(original)) there.add(textOf(line));
  const reason = `it stands in ${original.path}, too`;
  return low.filter((line) => there.has(textOf(line))).map(({ offset, bytes }) => ({ offset, bytes, reason }));
}

/**
 * Sets aside and blanks the lines of a log that stand bit for bit in the segment sealed last: where a rotation got no further than to
 * give the file its second name, and somebody put an older copy in the place of the first, two files have them.
 * @param lastSeq of that segment
 * @returns how many lines. Throws `FileFault`.
 */
export async function blankCopies(
  files: Files,
  quarantine: Pick<Quarantine, 'keepAll'>,
  path: string,
  { path: sealed, lastSeq }: { readonly path: string; readonly lastSeq: number },
): Promise<number> {
  if ((await files.stat(path))?.kind !== 'file' || (await files.stat(sealed)) === null) return 0;
  const handle = await files.openAppend(path, { create: false });
  try {
    const original = await files.openAppend(sealed, { create: false });
    try {
      const copies = await copiesIn(handle, original, lastSeq);
      if (copies.length === 0) return 0;
      await quarantine.keepAll(path, copies);
      for (const { offset, bytes } of copies) await handle.overwrite(offset, Buffer.alloc(bytes.length, ' '));
      await handle.sync();
      return copies.length;
    } finally {
      await original.close();
    }
  } finally {
    await handle.close();
  }
}

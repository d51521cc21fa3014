import type { Inode } from '../inode.ts';

const NEWLINE = 0x0a;

/** Reads a file once for as long as nobody changes it: laws look often, and most files are as they were. `null`: there is none. */
export function readOnce<Content>(read: (bytes: Buffer) => Content): (file: Inode | null) => Content | null {
  const known = new WeakMap<Inode, { readonly version: number; readonly content: Content }>();
  return (file) => {
    if (file === null) return null;
    const seen = known.get(file);
    if (seen?.version === file.version) return seen.content;
    const content = read(file.bytes);
    known.set(file, { version: file.version, content });
    return content;
  };
}

/**
 * Reads the whole lines of a file, without their ends, each once: where nothing but more has come behind them, that alone is read,
 * and what was read before is the same objects again.
 */
export function readLinesOnce<Content>(
  read: (line: Buffer) => readonly Content[],
): (file: Inode | null) => readonly Content[] {
  const known = new WeakMap<
    Inode,
    { readonly version: number; readonly bytes: Buffer; readonly contents: Content[] }
  >();
  return (file) => {
    if (file === null) return [];
    const seen = known.get(file) ?? { version: -1, bytes: Buffer.alloc(0), contents: [] };
    if (seen.version === file.version) return seen.contents;
    const bytes = Buffer.from(file.bytes.subarray(0, file.bytes.lastIndexOf(NEWLINE) + 1));
    const isGrown = bytes.subarray(0, seen.bytes.length).equals(seen.bytes);
    const contents = isGrown ? [...seen.contents] : [];
    for (let from = isGrown ? seen.bytes.length : 0; from < bytes.length; ) {
      const end = bytes.indexOf(NEWLINE, from);
      contents.push(...read(bytes.subarray(from, end)));
      from = end + 1;
    }
    known.set(file, { version: file.version, bytes, contents });
    return contents;
  };
}

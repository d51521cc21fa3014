import type { Inode } from '../inode.ts';

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

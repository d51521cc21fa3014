import { FileFault, type Files } from '../ports/files.ts';

/** Gives a file the mode back that the bot made it with. Throws `FileFault` where it stays unwritable all the same. */
export async function makeWritable(files: Files, path: string): Promise<void> {
  await files.restoreMode(path);
  if (await files.writable(path)) return;
  throw new FileFault('repair', path, 'EACCES', `it stays unwritable; run: chmod u+w ${files.root}/${path}`);
}

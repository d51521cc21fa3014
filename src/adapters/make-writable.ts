import { type AppendHandle, FileFault, type Files } from '../ports/files.ts';

/** The system refuses writing, and says nothing of reading. */
const REFUSED: readonly string[] = ['EACCES', 'EPERM', 'EROFS'];

/** Opens a file to be looked at; `null` where it may not be written to: that it is there is known all the same. */
export async function openIfAllowed(files: Files, path: string): Promise<AppendHandle | null> {
  try {
    return await files.openAppend(path, { create: false });
  } catch (error) {
    if (error instanceof FileFault && REFUSED.includes(error.code)) return null;
    throw error;
  }
}

/** Gives a file the mode back that the bot made it with. Throws `FileFault` where it stays unwritable all the same. */
export async function makeWritable(files: Files, path: string): Promise<void> {
  await files.restoreMode(path);
  if (await files.writable(path)) return;
  throw new FileFault('repair', path, 'EACCES', `it stays unwritable; run: chmod u+w ${files.root}/${path}`);
}

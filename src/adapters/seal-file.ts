import { type AppendHandle, FileFault, type Files } from '../ports/files.ts';

/**
 * Gives a file another name, and its own to a new and empty one. The old file first gets its second name and then loses the first,
 * by a rename over it: at no moment is there no file of this name, and a crash between leaves two names of one file.
 * @param identity of the file that is open; another one that stands in its place is not sealed
 * @returns the sealed file, open
 */
export async function sealFile(files: Files, path: string, as: string, identity: string): Promise<AppendHandle> {
  const named = await files.stat(path);
  if (named?.identity !== identity)
    throw new FileFault('rotate', path, 'DETACHED', 'its name leads elsewhere; that is mended first');
  const there = await files.stat(as);
  if (there === null) await files.link(path, as);
  else if (there.identity !== identity) throw new FileFault('rotate', path, 'EEXIST', `${as} is there already`);
  const sealed = await files.openAppend(as, { create: false });
  try {
    await files.writeWhole(path, new Uint8Array());
  } catch (error) {
    await sealed.close();
    throw error;
  }
  return sealed;
}

/** Whether an open file bears this name, too. */
export async function bears(files: Files, handle: AppendHandle, name: string): Promise<boolean> {
  const there = await files.stat(name);
  return there !== null && there.identity === (await handle.stat()).identity;
}

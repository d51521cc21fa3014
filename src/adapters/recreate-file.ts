import type { AppendHandle, Files } from '../ports/files.ts';
import type { Quarantine } from '../ports/quarantine.ts';

/**
 * Makes a file that has lost its name, or whose name leads to another one, anew: whole from the descriptor that is still open. What
 * stands in its place is set aside first.
 * @param handle the open file, where there is one
 * @param what `empty` where all that is in it bears another name as well
 * @param how `if it is lost`: nothing is made where nothing is open that could be lost
 * @returns what was made; `null` where the name leads to the open file, or nothing had to be
 */
export async function recreateFile(
  files: Files,
  quarantine: Quarantine,
  path: string,
  handle: AppendHandle | null,
  how: 'if it is lost' | 'at any rate',
  what: 'whole' | 'empty' = 'whole',
): Promise<'restored' | 'created' | null> {
  const isLost = how === 'at any rate' || (handle !== null && (await handle.stat()).size > 0);
  if (!isLost) return null;
  const named = await files.stat(path);
  const detached = named !== null && handle !== null && named.identity !== (await handle.stat()).identity;
  if (named !== null && !detached) return null;
  if (detached) {
    const foreign = await files.read(path);
    if (foreign !== null && foreign.length > 0)
      await quarantine.keep(path, 0, foreign, 'it stood in the place of the open log');
  }
  const size = handle ? (await handle.stat()).size : 0;
  const isEmpty = handle === null || what === 'empty';
  await files.writeWhole(path, isEmpty ? new Uint8Array() : await handle.read(0, size));
  return size > 0 ? 'restored' : 'created';
}

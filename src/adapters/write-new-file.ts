import { linkSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Writes a file whole: who reads it meanwhile, or after a crash, finds all of it or what was there before.
 * @returns false where something of that name is there and may not be replaced. Throws the system's error.
 */
export function writeNewFile(path: string, text: string, { replace }: { readonly replace: boolean }): boolean {
  const beside = `${path}.${process.pid}.tmp`;
  writeFileSync(beside, text, { flag: 'wx' });
  try {
    if (replace) renameSync(beside, path);
    // A link is made only where nothing is, and all at once.
    else linkSync(beside, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(beside, { force: true });
  }
}

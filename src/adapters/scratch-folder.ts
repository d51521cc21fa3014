import * as fs from 'node:fs';

/**
 * A folder for what can be made again, empty, and nobody else's to read; what an earlier process left in it is gone.
 * @returns how to take it away. Throws the system's error.
 */
export function scratchFolder(path: string): () => void {
  const remove = (): void => fs.rmSync(path, { recursive: true, force: true });
  remove();
  fs.mkdirSync(path, { recursive: true, mode: 0o700 });
  return remove;
}

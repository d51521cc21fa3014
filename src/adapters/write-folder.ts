import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Whether a folder can be filled: nothing is there, or an empty folder. Throws the system's error, also for what is no folder. */
export function isVacant(absolute: string): boolean {
  try {
    return readdirSync(absolute).length === 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
}

/** Writes files into a folder, which is made; each is new. Throws the system's error. */
export function writeFolder(absolute: string, files: readonly (readonly [path: string, bytes: Uint8Array])[]): void {
  mkdirSync(absolute, { recursive: true });
  for (const [path, bytes] of files) {
    const file = join(absolute, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes, { flag: 'wx' });
  }
}

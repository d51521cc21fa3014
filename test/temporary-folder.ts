import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** All folders that tests make are in one, which goes when the run is over. */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'kintsugi-tests-'));
  process.env.TMPDIR = folder;
  // Tests start a thousand processes of the same code: it is read and compiled once.
  process.env.NODE_COMPILE_CACHE ??= join(folder, 'compiled');
  return () => {
    if (process.env.KINTSUGI_KEEP === undefined) rmSync(folder, { recursive: true, force: true });
  };
}

import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
/** Several times what tests leave there. A container that says nothing has 64 MiB. */
const MEMORY_BYTES = 2 * 1024 ** 3;

/** A folder in memory; `null` where there is no room for one. */
function folderInMemory(): string | null {
  if (!existsSync(MEMORY)) return null;
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize < MEMORY_BYTES ? null : mkdtempSync(join(MEMORY, 'kintsugi-tests-'));
}

/** All folders that tests make are in one, which goes when the run is over; those of tests that only compute in another (files-in-memory.ts). */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'kintsugi-tests-'));
  const inMemory = folderInMemory();
  process.env.TMPDIR = folder;
  process.env.TESTS_ON_DISK = folder;
  if (inMemory !== null) process.env.TESTS_IN_MEMORY = inMemory;
  // Tests start a thousand processes of the same code: it is read and compiled once.
  process.env.NODE_COMPILE_CACHE ??= join(folder, 'compiled');
  return () => {
    if (process.env.KINTSUGI_KEEP !== undefined) return;
    for (const one of [folder, ...(inMemory === null ? [] : [inMemory])]) rmSync(one, { recursive: true, force: true });
  };
}

import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether a file may be executed. */
export async function runs(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

/** A program that tests need and npm does not bring. */
export interface Wanted {
  /** What it may be called, the best first. */
  readonly names: readonly string[];
  /** Where it may be outside of `PATH`. */
  readonly elsewhere?: readonly string[];
  /** Of Debian. */
  readonly packageName: string;
}

async function found({ names, elsewhere = [] }: Wanted): Promise<string | null> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const places = [...folders.flatMap((folder) => names.map((name) => join(folder, name))), ...elsewhere];
  for (const path of places) {
    if (await runs(path)) return path;
  }
  return null;
}

/**
 * Where a program is; as root on Debian it is installed where there is none.
 * @returns `null` where there is none and none may be installed. Rejects with what apt-get says, e.g. without a network.
 */
export async function debianProgram(wanted: Wanted): Promise<string | null> {
  const there = await found(wanted);
  if (there !== null) return there;
  const mayInstall = process.getuid?.() === 0 && ((await runs('/usr/bin/apt-get')) || (await runs('/bin/apt-get')));
  if (!mayInstall) return null;
  await run('apt-get', ['update']);
  await run('apt-get', ['install', '-y', '--no-install-recommends', wanted.packageName], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    maxBuffer: 64 * 1024 * 1024,
  });
  return found(wanted);
}

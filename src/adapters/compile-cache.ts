import { lstatSync, mkdirSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Makes one folder where it is missing. Throws where it cannot, or where it is no folder. */
function have(folder: string): void {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) mkdirSync(folder, { mode: 0o700 });
}

/** Nobody else put anything there, or can. */
function isOurs(folder: string): boolean {
  const stat = lstatSync(folder);
  return stat.isDirectory() && stat.uid === process.getuid?.() && (stat.mode & 0o022) === 0;
}

/**
 * Keeps what the program is compiled to for the next start, which takes half as long then. Under the user's own cache folder, and
 * not where Node has it by default: who can write into a common folder could put code into a bot that holds keys. Where it cannot be
 * kept, every start compiles; nothing else depends on it, and the folder may be deleted.
 * @returns where it is kept; `null`: nowhere, or where `NODE_COMPILE_CACHE` says
 */
export function keepCompiled(environment: NodeJS.ProcessEnv): string | null {
  if (environment.NODE_COMPILE_CACHE) return null;
  const { XDG_CACHE_HOME: named = '' } = environment;
  try {
    const cache = isAbsolute(named) ? named : join(homedir(), '.cache');
    const own = join(cache, 'kintsugi');
    // One after the other: where a file system says of every folder that it is missing (/proc), Node tries for ever.
    for (const folder of [cache, own]) have(folder);
    return isOurs(own) ? (enableCompileCache(own).directory ?? null) : null;
  } catch {
    return null;
  }
}

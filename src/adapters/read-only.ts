/** Looking at a disk without changing it: nothing here creates, opens for writing, or touches. */
import * as fs from 'node:fs';
import { constants } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { ByteSource } from './log-scan.ts';

/** One thing below a folder. `path` is relative to the folder, with `/`. */
export interface Sight {
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  readonly readable: boolean;
  /** Where a link leads; `null` for what is no link. */
  readonly target: string | null;
  readonly leadsOut: boolean;
  /** dev:ino: a file that has two names is one file. */
  readonly identity: string;
}

/** To root the system refuses nothing, so the mode is asked as well: what nobody may read was made so by somebody. */
const may = (absolute: string, mode: number, bits: number, access: number): boolean => {
  if ((mode & bits) === 0) return false;
  try {
    fs.accessSync(absolute, access);
    return true;
  } catch {
    return false;
  }
};

function linkTarget(absolute: string): string {
  try {
    return fs.realpathSync(absolute);
  } catch {
    // It leads nowhere: what is written in it is all there is to say.
    return resolve(dirname(absolute), fs.readlinkSync(absolute));
  }
}

function seenAt(root: string, path: string): Sight {
  const absolute = join(root, path);
  const stats = fs.lstatSync(absolute, { bigint: true });
  const identity = `${stats.dev}:${stats.ino}`;
  if (stats.isSymbolicLink()) {
    const target = linkTarget(absolute);
    const home = fs.realpathSync(root);
    const leadsOut = target !== home && !target.startsWith(home + sep);
    return { path, kind: 'link', readable: true, target, leadsOut, identity };
  }
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other';
  const readable = may(
    absolute,
    Number(stats.mode),
    0o444,
    kind === 'folder' ? constants.R_OK | constants.X_OK : constants.R_OK,
  );
  return { path, kind, readable, target: null, leadsOut: false, identity };
}

/** Everything below a folder, in order of names; links are named and not followed. `skip`: folders at the top to leave out. */
export function* everythingBelow(root: string, skip: readonly string[], folder = ''): Generator<Sight> {
  for (const name of fs.readdirSync(join(root, folder)).sort()) {
    const path = folder === '' ? name : `${folder}/${name}`;
    if (skip.includes(path)) continue;
    let sight: Sight;
    try {
      sight = seenAt(root, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue;
      throw error;
    }
    yield sight;
    if (sight.kind === 'folder' && sight.readable) yield* everythingBelow(root, skip, path);
  }
}

/** A file opened for reading alone. Throws the system's error. */
export class ReadOnlyFile implements ByteSource {
  readonly #fd: number;
  /** As long as it was when it was opened: a file that grows meanwhile is looked at up to here. */
  readonly size: number;

  constructor(absolute: string) {
    this.#fd = fs.openSync(absolute, constants.O_RDONLY | constants.O_NOFOLLOW);
    this.size = fs.fstatSync(this.#fd).size;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const bytes = Buffer.allocUnsafe(length);
    return bytes.subarray(0, fs.readSync(this.#fd, bytes, 0, length, offset));
  }

  async readInto(target: Uint8Array, offset: number): Promise<number> {
    return fs.readSync(this.#fd, target, 0, target.length, offset);
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}

/** The whole of a file as it is, or `null` where nothing is. Throws the system's error. */
export function readIfThere(absolute: string): Uint8Array | null {
  try {
    return fs.readFileSync(absolute);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** What is at a path where a bot's directory is wanted. */
export type Place =
  | { readonly is: 'folder'; readonly readable: boolean; readonly writable: boolean }
  /** Nothing is there; `parent` is the nearest folder above that exists. */
  | { readonly is: 'nothing'; readonly parent: string; readonly creatable: boolean }
  /** Something that is no folder is there, or on the way. */
  | { readonly is: 'taken'; readonly by: string };

/** Looks at a path, following links on the way as the system does. */
export function placeAt(path: string): Place {
  const absolute = resolve(path);
  const stats = statOrNull(absolute);
  const enter = constants.R_OK | constants.X_OK;
  if (stats?.isDirectory()) {
    return {
      is: 'folder',
      readable: may(absolute, stats.mode, 0o444, enter),
      writable: may(absolute, stats.mode, 0o222, constants.W_OK | constants.X_OK),
    };
  }
  if (stats !== null) return { is: 'taken', by: absolute };
  let parent = dirname(absolute);
  while (statOrNull(parent) === null && parent !== dirname(parent)) parent = dirname(parent);
  const above = statOrNull(parent);
  if (above !== null && !above.isDirectory()) return { is: 'taken', by: parent };
  const creatable = above !== null && may(parent, above.mode, 0o222, constants.W_OK | constants.X_OK);
  return { is: 'nothing', parent, creatable };
}

function statOrNull(absolute: string): fs.Stats | null {
  try {
    return fs.statSync(absolute, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR' || code === 'EACCES') return null;
    throw error;
  }
}

/** A path as a person would type it: relative where that is shorter and stays below. */
export function shortPath(path: string, from: string): string {
  const short = relative(from, resolve(path));
  if (short === '') return '.';
  return short === '..' || short.startsWith(`..${sep}`) ? resolve(path) : `./${short}`;
}

import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { type BigIntStats, constants, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type AppendHandle, type Durability, FileFault, type FileStat, type Files } from '../ports/files.ts';
import { says } from '../ports/says.ts';
import { insideOf } from './path-guard.ts';
import { placeWritten } from './place-written.ts';
import { watchFolder } from './watch-folder.ts';

/** Modes of what the bot makes. A repair gives these back and never more (DESIGN §1.7). */
export const FILE_MODE = 0o640;
export const FOLDER_MODE = 0o750;

const fdatasync = promisify(fs.fdatasync);
const fsync = promisify(fs.fsync);
const kindOf = (stats: Stats | BigIntStats): FileStat['kind'] =>
  stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other';
/** Numbers of files may be larger than a double tells apart. */
const identityOf = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`;
const SECOND_NS = 1_000_000_000n;
const statOf = (stats: BigIntStats): FileStat => ({
  kind: kindOf(stats),
  size: Number(stats.size),
  // As the system's own double has it.
  mtimeMs: Number(stats.mtimeNs / SECOND_NS) * 1_000 + Number(stats.mtimeNs % SECOND_NS) / 1_000_000,
  identity: identityOf(stats),
});

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space',
  EDQUOT: 'the quota is used up; free some space',
  EACCES: 'the system refuses it; check owner and mode of the file and its folder',
  EPERM: 'the system forbids it; check owner and attributes',
  EROFS: 'the file system is read-only',
  EIO: 'the device reports an I/O error; look at its health',
  ENOENT: 'there is no such file or folder',
  EMFILE: 'too many files are open',
  ELOOP: 'it is a symbolic link, and links are not followed',
};

/** Wraps what the system throws. Exported for fault injection, which must throw the same. */
export function faultOf(operation: string, path: string, error: unknown): FileFault {
  if (error instanceof FileFault) return error;
  const code = (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
  const detail = ADVICE[code] ?? says(error);
  return new FileFault(operation, path, code, detail, { cause: error });
}

/** Writes all bytes, or throws; a short write is continued. */
function writeAll(fd: number, bytes: Uint8Array, position: number | null): void {
  for (let done = 0; done < bytes.length; ) {
    done += fs.writeSync(fd, bytes, done, bytes.length - done, position === null ? null : position + done);
  }
}

class NodeAppendHandle implements AppendHandle {
  readonly path: string;
  readonly #fd: number;
  readonly #durability: Durability;
  readonly #identity: string;
  #overwriteFd: number | null = null;
  readonly #absolute: string;
  /** Where the file ended when it was looked at last; `null` where it was written to since. */
  #ended: number | null = null;
  #closed = false;

  constructor(path: string, absolute: string, fd: number, durability: Durability) {
    this.path = path;
    this.#absolute = absolute;
    this.#fd = fd;
    this.#identity = identityOf(fs.fstatSync(fd, { bigint: true }));
    this.#durability = durability;
  }

  async append(bytes: Uint8Array): Promise<number> {
    return this.#try('append to', () => {
      const before = this.#ended ?? fs.fstatSync(this.#fd).size;
      this.#ended = null;
      writeAll(this.#fd, bytes, null);
      const after = fs.fstatSync(this.#fd).size;
      if (after === before + bytes.length) return before;
      const at = placeWritten(this.#fd, bytes, before, after);
      if (at !== null) return at;
      throw new FileFault(
        'append to',
        this.path,
        'TORN',
        'somebody else wrote into what was appended, or took it away',
      );
    });
  }

  async sync(): Promise<void> {
    if (this.#durability === 'written') return;
    try {
      await fdatasync(this.#fd);
    } catch (error) {
      throw faultOf('sync', this.path, error);
    }
  }

  async stat(): Promise<FileStat> {
    return this.#try('look at', () => {
      const stats = fs.fstatSync(this.#fd);
      const { size, mtimeMs } = stats;
      this.#ended = size;
      return { kind: kindOf(stats), size, mtimeMs, identity: this.#identity };
    });
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.#try('read', () => {
      const bytes = Buffer.allocUnsafe(length);
      return bytes.subarray(0, fs.readSync(this.#fd, bytes, 0, length, offset));
    });
  }

  async readInto(target: Uint8Array, offset: number): Promise<number> {
    return this.#try('read', () => fs.readSync(this.#fd, target, 0, target.length, offset));
  }

  async overwrite(offset: number, bytes: Uint8Array): Promise<void> {
    await this.#try('overwrite', () => {
      if (offset + bytes.length > fs.fstatSync(this.#fd).size) {
        throw new RangeError(`bytes ${offset} to ${offset + bytes.length} are not all in ${this.path}`);
      }
      // A write at a place is ignored by a descriptor with O_APPEND (write(2), BUGS), so this one is opened without.
      this.#overwriteFd ??= this.#reopen();
      writeAll(this.#overwriteFd, bytes, offset);
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#overwriteFd !== null) fs.closeSync(this.#overwriteFd);
    fs.closeSync(this.#fd);
  }

  #reopen(): number {
    const fd = fs.openSync(this.#absolute, constants.O_RDWR | constants.O_NOFOLLOW);
    if (identityOf(fs.fstatSync(fd, { bigint: true })) === this.#identity) return fd;
    fs.closeSync(fd);
    throw new FileFault('overwrite', this.path, 'DETACHED', 'the path names another file now');
  }

  #try<T>(operation: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw error instanceof RangeError ? error : faultOf(operation, this.path, error);
    }
  }
}

export interface NodeFilesOptions {
  readonly durability: Durability;
  /** `false`: nobody is told of changes. The kernel's news come in real time, which a run in virtual time must not depend on. */
  readonly watched?: boolean;
}

/**
 * The bot's directory on a real disk. Writes go to the page cache at once (about 8 µs) and keep the order in which they were
 * made; syncs, which take milliseconds, wait in the thread pool, and are made only where `durability` is `synced`.
 */
export function nodeFiles(root: string, { durability, watched = true }: NodeFilesOptions): Files {
  const at = (path: string): string => insideOf(root, path);
  const attempt = async <T>(
    operation: string,
    path: string,
    work: (absolute: string) => T | Promise<T>,
  ): Promise<T> => {
    try {
      return await work(at(path));
    } catch (error) {
      throw faultOf(operation, path, error);
    }
  };
  const syncFolder = async (absolute: string): Promise<void> => {
    if (durability === 'written') return;
    const fd = fs.openSync(absolute, constants.O_RDONLY);
    try {
      await fsync(fd);
    } finally {
      fs.closeSync(fd);
    }
  };
  const makeFolder = (absolute: string): void => {
    fs.mkdirSync(absolute, { recursive: true, mode: FOLDER_MODE });
  };
  const writeSynced = async (absolute: string, bytes: Uint8Array, flags: number): Promise<void> => {
    const fd = fs.openSync(absolute, flags, FILE_MODE);
    try {
      writeAll(fd, bytes, null);
      if (durability === 'synced') await fsync(fd);
    } finally {
      fs.closeSync(fd);
    }
  };
  const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

  return {
    root,
    durability,
    stat: (path) =>
      attempt('look at', path, (absolute) => {
        const stats = fs.lstatSync(absolute, { throwIfNoEntry: false, bigint: true });
        return stats === undefined ? null : statOf(stats);
      }),
    writable: (path) =>
      attempt('look at', path, (absolute) => {
        const stats = fs.lstatSync(absolute, { throwIfNoEntry: false });
        if (stats === undefined) return false;
        // The mode is asked as well: to root the system refuses nothing, but a file nobody may write was made so by somebody.
        if ((stats.mode & 0o222) === 0) return false;
        try {
          fs.accessSync(absolute, constants.W_OK);
          return true;
        } catch {
          return false;
        }
      }),
    restoreMode: (path) =>
      attempt('restore the mode of', path, (absolute) => {
        const stats = fs.lstatSync(absolute);
        const mine = stats.uid === (process.getuid?.() ?? stats.uid);
        if (!mine || stats.isSymbolicLink()) {
          throw new FileFault(
            'restore the mode of',
            path,
            'EPERM',
            'it belongs to somebody else; only its owner may change it',
          );
        }
        const own = stats.isDirectory() ? FOLDER_MODE : FILE_MODE;
        fs.chmodSync(absolute, own);
      }),
    read: (path) =>
      attempt('read', path, (absolute) => {
        try {
          return fs.readFileSync(absolute, { flag: constants.O_RDONLY | constants.O_NOFOLLOW } as never) as Uint8Array;
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
          throw error;
        }
      }),
    list: (folder) =>
      attempt('list', folder, (absolute) => {
        // The folder itself may be a link, which reading it would follow.
        at(join(folder, 'entry'));
        try {
          const entries = fs.readdirSync(absolute, { withFileTypes: true });
          return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
        } catch (error) {
          if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
          throw error;
        }
      }),
    makeFolder: (path) => attempt('make the folder', path, makeFolder),
    openAppend: (path, { create }) =>
      attempt('open', path, (absolute) => {
        if (create) makeFolder(dirname(absolute));
        const flags = constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW | (create ? constants.O_CREAT : 0);
        return new NodeAppendHandle(path, absolute, fs.openSync(absolute, flags, FILE_MODE), durability);
      }),
    writeWhole: (path, bytes) =>
      attempt('write', path, async (absolute) => {
        makeFolder(dirname(absolute));
        const temporary = join(dirname(absolute), `.${randomUUID()}.tmp`);
        try {
          await writeSynced(temporary, bytes, CREATE);
          fs.renameSync(temporary, absolute);
        } catch (error) {
          fs.rmSync(temporary, { force: true });
          throw error;
        }
        await syncFolder(dirname(absolute));
      }),
    createNew: (path, bytes) =>
      attempt('create', path, async (absolute) => {
        makeFolder(dirname(absolute));
        await writeSynced(absolute, bytes, CREATE);
        await syncFolder(dirname(absolute));
      }),
    move: (from, to) =>
      attempt('move', from, async (absolute) => {
        const target = at(to);
        makeFolder(dirname(target));
        // link(2) refuses to replace, which rename(2) would do in silence.
        fs.linkSync(absolute, target);
        fs.unlinkSync(absolute);
        await syncFolder(dirname(target));
      }),
    link: (from, to) =>
      attempt('link', from, async (absolute) => {
        const target = at(to);
        makeFolder(dirname(target));
        fs.linkSync(absolute, target);
        await syncFolder(dirname(target));
      }),
    watch: (changed) => (watched ? watchFolder(root, changed) : () => undefined),
  };
}

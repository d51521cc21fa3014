import { type AppendHandle, type Durability, FileFault, type FileStat, type Files } from '../../ports/files.ts';
import { insideNames } from '../path-names.ts';
import type { Connection, Row } from './connection.ts';
import { faultFrom } from './errors.ts';
import type { Change, FencedCommits } from './fenced-commits.ts';
import { Looks } from './looks.ts';

/** Modes as on a disk: who looks at them sees the same. */
const OWN_MODE = 0o640;
const CHUNK = 1024 * 1024;
const WRITE_BITS = 0o222;

const statOf = (row: Row): FileStat => ({
  kind: 'file',
  size: Number(row.size),
  mtimeMs: Number(row.changed),
  identity: `file ${String(row.id)}`,
});
const FOLDER: FileStat = { kind: 'folder', size: 0, mtimeMs: 0, identity: 'folder' };

export interface PgFilesOptions {
  readonly connection: Connection;
  readonly commits: FencedCommits;
  readonly partition: string;
  readonly durability: Durability;
}

/** Chunks, in order, put together. Throws where they do not meet, or end before `least` bytes: what is missing must not look like an end. */
function joined(path: string, rows: readonly Row[], offset: number, length: number, least: number): Uint8Array {
  const parts: Buffer[] = [];
  let next = offset;
  const missing = (to: number) =>
    new FileFault('read', path, 'EIO', `bytes ${next} to ${to} of it are not in the store`);
  for (const row of rows) {
    if (row.bytes === null) continue;
    const [at, bytes] = [Number(row.at), row.bytes as Buffer];
    if (at + bytes.length <= offset) continue;
    if (at > next) throw missing(at);
    const part = bytes.subarray(next - at, Math.min(bytes.length, offset + length - at));
    parts.push(part);
    next += part.length;
  }
  if (next - offset < least) throw missing(offset + least);
  return Buffer.concat(parts);
}

/** Bytes of a file from `offset` on, as many as there are. */
async function readChunks(
  { connection }: PgFilesOptions,
  path: string,
  file: number,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  // With its size, as of the same moment: a last chunk that is gone must not look like the end.
  const rows = await connection.ask(
    `select f.size, c.at, c.bytes from kintsugi.file f left join kintsugi.chunk c on c.file = f.id and c.at < $3
        and c.at >= coalesce((select max(at) from kintsugi.chunk where file = $1 and at <= $2), 0)
      where f.id = $1 order by c.at`,
    [file, offset, offset + length],
  );
  const least = Math.min(length, Math.max(0, Number(rows[0]?.size ?? 0) - offset));
  return joined(path, rows, offset, length, least);
}

class PgAppendHandle implements AppendHandle {
  readonly path: string;
  readonly #file: number;
  readonly #options: PgFilesOptions;
  readonly #looks: Looks;

  constructor(path: string, file: number, options: PgFilesOptions, looks: Looks) {
    this.path = path;
    this.#file = file;
    this.#options = options;
    this.#looks = looks;
  }

  async append(bytes: Uint8Array): Promise<number> {
    const parts: Promise<string>[] = [];
    for (let from = 0; from === 0 || from < bytes.length; from += CHUNK)
      parts.push(this.#make('append to', { kind: 'append', bytes: bytes.subarray(from, from + CHUNK) }));
    const [first] = await Promise.all(parts);
    return Number(first);
  }

  /** What was appended is committed already. */
  async sync(): Promise<void> {
    await Promise.resolve();
  }

  stat(): Promise<FileStat> {
    return this.#try('look at', async () => {
      const row = await this.#looks.numbered(this.#file);
      if (row === null) throw new FileFault('look at', this.path, 'ENOENT', 'it is gone from the store');
      return statOf(row);
    });
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    return this.#try('read', () => readChunks(this.#options, this.path, this.#file, offset, length));
  }

  async readInto(target: Uint8Array, offset: number): Promise<number> {
    const bytes = await this.read(offset, target.length);
    target.set(bytes);
    return bytes.length;
  }

  async overwrite(offset: number, bytes: Uint8Array): Promise<void> {
    if (offset + bytes.length > (await this.stat()).size)
      throw new RangeError(`bytes ${offset} to ${offset + bytes.length} are not all in ${this.path}`);
    await this.#make('overwrite', { kind: 'overwrite', at: offset, bytes });
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }

  #make(operation: string, change: Change): Promise<string> {
    return this.#options.commits.make(operation, { ...change, file: this.#file, path: this.path });
  }

  async #try<T>(operation: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw faultFrom(operation, this.path, error);
    }
  }
}

/**
 * A partition's files in PostgreSQL: the same bot, its logs, documents and quarantine, on rows instead of a disk. Every change is a
 * fenced commit; there is no other way to write.
 */
export function pgFiles(options: PgFilesOptions): Files {
  const { connection, commits, partition, durability } = options;
  const looks = new Looks(connection, partition);
  const attempt = async <T>(operation: string, path: string, work: (path: string) => Promise<T>): Promise<T> => {
    try {
      return await work(insideNames(path));
    } catch (error) {
      throw faultFrom(operation, path, error);
    }
  };
  const make = async (operation: string, path: string, change: Change): Promise<string> =>
    attempt(operation, path, (inside) => commits.make(operation, { ...change, path: inside }));
  const below = async (folder: string): Promise<readonly Row[]> =>
    connection.ask(
      `select path, file from kintsugi.name where partition = $1 and path >= $2 and path < $3 order by path`,
      folder === '.' ? [partition, '', '\u{10ffff}'] : [partition, `${folder}/`, `${folder}0`],
    );

  return {
    root: `${connection.store}#${partition}`,
    durability,
    stat: (path) =>
      attempt('look at', path, async (inside) => {
        const found = await looks.named(inside);
        if (found !== null) return found.file === null ? FOLDER : statOf(found);
        return inside === '.' || (await below(inside)).length > 0 ? FOLDER : null;
      }),
    writable: (path) =>
      attempt('look at', path, async (inside) => {
        const found = await looks.named(inside);
        return found !== null && (found.file === null || (Number(found.mode) & WRITE_BITS) !== 0);
      }),
    restoreMode: async (path) => {
      await make('restore the mode of', path, { kind: 'mode', at: OWN_MODE });
    },
    read: (path) =>
      attempt('read', path, async (inside) => {
        // In one question: between two, the document may be replaced by its next version.
        const rows = await connection.ask(
          `select f.id as file, f.size, c.at, c.bytes
             from kintsugi.name n left join kintsugi.file f on f.id = n.file left join kintsugi.chunk c on c.file = f.id
            where n.partition = $1 and n.path = $2 order by c.at`,
          [partition, inside],
        );
        const [first] = rows;
        if (first === undefined) return null;
        if (first.file === null) throw new FileFault('read', path, 'EISDIR', 'it is a folder');
        return joined(path, rows, 0, Number(first.size), Number(first.size));
      }),
    list: (folder) =>
      attempt('list', folder, async (inside) => {
        const skip = inside === '.' ? 0 : inside.length + 1;
        const names = (await below(inside)).map(({ path, file }) => {
          const [name = '', ...deeper] = String(path).slice(skip).split('/');
          return deeper.length > 0 || file === null ? `${name}/` : name;
        });
        return [...new Set(names)].sort();
      }),
    makeFolder: async (path) => {
      await make('make the folder', path, { kind: 'folder' });
    },
    openAppend: (path, { create }) =>
      attempt('open', path, async (inside) => {
        if (create) return new PgAppendHandle(path, Number(await make('open', path, { kind: 'open' })), options, looks);
        const found = await looks.named(inside);
        if (found === null) throw new FileFault('open', path, 'ENOENT', 'there is no such file or folder');
        if (found.file === null) throw new FileFault('open', path, 'EISDIR', 'it is a folder');
        return new PgAppendHandle(path, Number(found.file), options, looks);
      }),
    writeWhole: async (path, bytes) => {
      await make('write', path, { kind: 'whole', bytes });
    },
    createNew: async (path, bytes) => {
      await make('create', path, { kind: 'create', bytes });
    },
    move: async (from, to) => {
      await make('move', from, { kind: 'move', other: insideNames(to) });
    },
    link: async (from, to) => {
      await make('link', from, { kind: 'link', other: insideNames(to) });
    },
    // Nobody else may write here; what is looked at for damage is looked at by the clock.
    watch: () => () => undefined,
  };
}

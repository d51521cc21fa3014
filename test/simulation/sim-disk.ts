/**
 * A disk in memory that loses power: what was not synced is there in part, in any order of sectors, or not at all. Seeded, so
 * that a failing case replays. A process that lives on it dies at a chosen call and never hears of anything again.
 */
import { type AppendHandle, FileFault, type FileStat, type Files } from '../../src/ports/files.ts';

/** ext4 and xfs write pages; what of one page arrives is in sectors. */
const SECTOR = 512;

interface Write {
  readonly offset: number;
  readonly bytes: Buffer;
}
interface Inode {
  readonly id: number;
  /** As the system sees it. */
  now: Buffer;
  /** As the medium has it. */
  durable: Buffer;
  /** Writes since the last sync. */
  pending: Write[];
  /** Counts changes: stands for the time of the last one. */
  version: number;
}

export interface SimDiskOptions {
  /** Uniform in [0, 1). */
  readonly chance: () => number;
}

export class SimDisk {
  readonly #chance: () => number;
  /** Names as the system sees them, and as the medium has them. */
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  #ids = 0;
  readonly #folders = new Set<string>();
  /** Why nothing can be written now, as the system names it; `null`: it can. */
  refusing: 'ENOSPC' | 'EIO' | null = null;
  /** Calls that changed the disk. */
  calls = 0;
  #dieAt = Number.POSITIVE_INFINITY;
  #dead = false;
  #died: () => void = () => undefined;
  /** Resolves when the process that lived on it is dead. */
  death: Promise<void> = new Promise(() => undefined);

  constructor({ chance }: SimDiskOptions) {
    this.#chance = chance;
  }

  /** The next process dies at its n-th call that changes the disk. */
  dieAt(call: number): void {
    this.calls = 0;
    this.#dieAt = call;
    this.#dead = false;
    this.death = new Promise((resolve) => {
      this.#died = resolve;
    });
  }

  /** The power is back: what the medium has is what there is. */
  recover(): void {
    for (const inode of new Set([...this.#durableNames.values(), ...this.#names.values()])) this.#settle(inode);
    // A name that was made and not synced may have reached the medium all the same.
    for (const [path, inode] of this.#names)
      if (this.#durableNames.get(path) !== inode && this.#chance() < 0.5) this.#durableNames.set(path, inode);
    this.#names = new Map(this.#durableNames);
    this.#dieAt = Number.POSITIVE_INFINITY;
    this.#dead = false;
  }

  /** For tests that play somebody else, whose writes reach the medium. */
  paths(like: RegExp): readonly string[] {
    return [...this.#names.keys()].filter((path) => like.test(path));
  }
  bytes(path: string): Buffer {
    return this.#names.get(path)?.now ?? Buffer.alloc(0);
  }
  damage(path: string, offset: number, bytes: Buffer): void {
    const inode = this.#names.get(path);
    if (!inode) return;
    bytes.copy(inode.now, offset);
    inode.version++;
    this.#sync(inode);
  }
  append(path: string, bytes: Buffer): void {
    const inode = this.#names.get(path);
    if (!inode) return;
    inode.now = Buffer.concat([inode.now, bytes]);
    inode.version++;
    this.#sync(inode);
  }

  /** Somebody else deletes a file; whoever has it open goes on with it. */
  remove(path: string): void {
    this.#names.delete(path);
    this.#durableNames.delete(path);
  }

  #isFolder(path: string): boolean {
    return this.#folders.has(path) || [...this.#names.keys()].some((name) => name.startsWith(`${path}/`));
  }

  #refuse(operation: string, path: string): void {
    if (this.refusing !== null) throw new FileFault(operation, path, this.refusing, 'the simulated disk refuses it');
  }

  #settle(inode: Inode): void {
    let { durable } = inode;
    for (const { offset, bytes } of inode.pending) {
      for (let at = 0; at < bytes.length; ) {
        const end = Math.min(bytes.length, at + SECTOR - ((offset + at) % SECTOR));
        if (this.#chance() < 0.5) {
          const grown = Buffer.alloc(Math.max(durable.length, offset + end));
          durable.copy(grown);
          bytes.copy(grown, offset + at, at, end);
          durable = grown;
        }
        at = end;
      }
    }
    inode.durable = durable;
    inode.now = Buffer.from(durable);
    inode.pending = [];
  }

  #sync(inode: Inode): void {
    inode.durable = Buffer.from(inode.now);
    inode.pending = [];
  }

  #write(inode: Inode, offset: number, bytes: Uint8Array): void {
    const grown = Buffer.alloc(Math.max(inode.now.length, offset + bytes.length));
    inode.now.copy(grown);
    grown.set(bytes, offset);
    inode.now = grown;
    inode.version++;
    inode.pending.push({ offset, bytes: Buffer.from(bytes) });
  }

  /** Counts a call; at the chosen one `half` of it is done, and the process is dead: it waits for ever. */
  async #call(half: () => void): Promise<void> {
    if (this.#dead) return new Promise(() => undefined);
    this.calls++;
    if (this.calls < this.#dieAt) return undefined;
    half();
    this.#dead = true;
    this.#died();
    return new Promise(() => undefined);
  }

  #make(path: string): Inode {
    const inode: Inode = { id: ++this.#ids, now: Buffer.alloc(0), durable: Buffer.alloc(0), pending: [], version: 0 };
    this.#names.set(path, inode);
    return inode;
  }

  files(): Files {
    const stat = (inode: Inode): FileStat => ({
      kind: 'file',
      size: inode.now.length,
      mtimeMs: inode.version,
      identity: `sim:${inode.id}`,
    });
    const handle = (path: string, inode: Inode): AppendHandle => ({
      path,
      append: async (bytes) => {
        this.#refuse('append to', path);
        const at = inode.now.length;
        await this.#call(() => this.#write(inode, at, bytes.subarray(0, bytes.length >> 1)));
        const offset = inode.now.length;
        this.#write(inode, offset, bytes);
        return offset;
      },
      sync: async () => {
        await this.#call(() => undefined);
        const until = inode.pending.length;
        // Others write while the medium works; what they write is not covered.
        await Promise.resolve();
        if (this.#dead) await new Promise(() => undefined);
        if (inode.pending.length === until) this.#sync(inode);
        else {
          for (const { offset, bytes } of inode.pending.slice(0, until)) {
            const grown = Buffer.alloc(Math.max(inode.durable.length, offset + bytes.length));
            inode.durable.copy(grown);
            bytes.copy(grown, offset);
            inode.durable = grown;
          }
          inode.pending = inode.pending.slice(until);
        }
        // A file that was synced has its name: fsync of a new file is what applications rely on, and what ext4 does.
        if (this.#names.get(path) === inode) this.#durableNames.set(path, inode);
      },
      stat: async () => stat(inode),
      read: async (offset, length) => Buffer.from(inode.now.subarray(offset, offset + length)),
      readInto: async (target, offset) => {
        const part = inode.now.subarray(offset, offset + target.length);
        target.set(part);
        return part.length;
      },
      overwrite: async (offset, bytes) => {
        await this.#call(() => this.#write(inode, offset, bytes.subarray(0, bytes.length >> 1)));
        if (offset + bytes.length > inode.now.length) throw new RangeError(`it would grow ${path}`);
        this.#write(inode, offset, bytes);
      },
      close: async () => undefined,
    });
    const replace = async (path: string, bytes: Uint8Array, mustBeNew: boolean): Promise<void> => {
      this.#refuse('write', path);
      if (mustBeNew && this.#names.has(path)) throw new FileFault('create', path, 'EEXIST', 'it is there');
      await this.#call(() => undefined);
      const inode: Inode = {
        id: ++this.#ids,
        now: Buffer.from(bytes),
        durable: Buffer.from(bytes),
        pending: [],
        version: 0,
      };
      this.#names.set(path, inode);
      // Written and renamed; the folder is not synced yet.
      await this.#call(() => undefined);
      this.#durableNames.set(path, inode);
    };
    return {
      root: '/sim',
      durability: 'synced',
      stat: async (path) => {
        const inode = this.#names.get(path);
        if (inode) return stat(inode);
        return this.#isFolder(path) ? { kind: 'folder', size: 0, mtimeMs: 0, identity: `folder:${path}` } : null;
      },
      writable: async (path) => this.#names.has(path) || this.#isFolder(path),
      restoreMode: async () => undefined,
      read: async (path) => {
        const inode = this.#names.get(path);
        return inode ? Buffer.from(inode.now) : null;
      },
      list: async (folder) => {
        const below = folder === '.' ? '' : `${folder.replace(/\/$/, '')}/`;
        const names = [...this.#names.keys()]
          .filter((path) => path.startsWith(below))
          .map((path) => path.slice(below.length).replace(/\/.*$/, '/'));
        return [...new Set(names)].sort();
      },
      makeFolder: async (path) => {
        this.#folders.add(path);
      },
      openAppend: async (path, { create }) => {
        const known = this.#names.get(path);
        if (known) return handle(path, known);
        if (!create) throw new FileFault('open', path, 'ENOENT', 'there is no such file');
        await this.#call(() => undefined);
        return handle(path, this.#make(path));
      },
      writeWhole: (path, bytes) => replace(path, bytes, false),
      createNew: (path, bytes) => replace(path, bytes, true),
      move: async (from, to) => {
        await this.#call(() => undefined);
        const inode = this.#names.get(from);
        if (!inode || this.#names.has(to)) throw new FileFault('move', from, 'ENOENT', 'it cannot be moved');
        this.#names.delete(from);
        this.#names.set(to, inode);
        this.#durableNames.delete(from);
        this.#durableNames.set(to, inode);
      },
      link: async (from, to) => {
        await this.#call(() => undefined);
        const inode = this.#names.get(from);
        if (!inode || this.#names.has(to)) throw new FileFault('link', from, 'EEXIST', 'it cannot be linked');
        this.#names.set(to, inode);
        // Made; the folder is not synced yet.
        await this.#call(() => undefined);
        this.#durableNames.set(to, inode);
      },
      watch: () => () => undefined,
    };
  }
}

/** The simulated disk as a process sees it. */
import { type AppendHandle, FileFault, type FileStat, type Files } from '../ports/files.ts';
import type { Inode } from './inode.ts';
import type { SimDisk } from './sim-disk.ts';

const stat = (inode: Inode): FileStat => ({
  kind: 'file',
  size: inode.size,
  mtimeMs: inode.version,
  identity: `sim:${inode.id}`,
});

const never = (): Promise<never> => new Promise(() => undefined);

function openHandle(disk: SimDisk, isAlive: () => boolean, path: string, inode: Inode): AppendHandle {
  return {
    path,
    append: async (bytes) => {
      const half = (): void => inode.write(inode.size, bytes.subarray(0, bytes.length >> 1));
      if (isAlive()) disk.refuse('append to', path, half);
      await disk.call({ operation: 'append', path, appends: { bytes, to: inode } }, isAlive, half);
      const foreign = disk.raced(path);
      if (foreign) inode.forge(inode.size, foreign);
      const offset = inode.size;
      inode.write(offset, bytes);
      return offset;
    },
    sync: async () => {
      await disk.call({ operation: 'sync', path }, isAlive);
      if (disk.trouble.unsyncable) {
        // As Linux has it: told once, and the pages count as clean from then on.
        inode.forget();
        throw new FileFault('sync', path, 'EIO', 'the simulated medium took nothing');
      }
      const until = inode.unsynced;
      // Others write while the medium works; what they write is not covered.
      await Promise.resolve();
      if (!isAlive()) await never();
      inode.sync(until);
      // A file that was synced has its name: fsync of a new file is what applications rely on, and what ext4 does.
      if (disk.inode(path) === inode) disk.settleName(path);
    },
    stat: async () => stat(inode),
    read: async (offset, length) => {
      disk.refuseReading(path);
      return Buffer.from(inode.bytes.subarray(offset, offset + length));
    },
    readInto: async (target, offset) => {
      disk.refuseReading(path);
      const part = inode.bytes.subarray(offset, offset + target.length);
      target.set(part);
      return part.length;
    },
    overwrite: async (offset, bytes) => {
      const half = (): void => inode.write(offset, bytes.subarray(0, bytes.length >> 1));
      if (isAlive()) disk.refuse('overwrite', path, half);
      const before = Buffer.from(inode.bytes.subarray(offset, offset + bytes.length));
      await disk.call({ operation: 'overwrite', path, over: { offset, before, after: bytes } }, isAlive, half);
      if (offset + bytes.length > inode.size) throw new RangeError(`it would grow ${path}`);
      inode.write(offset, bytes);
    },
    close: async () => undefined,
  };
}

/** The port `Files` over a simulated disk. */
export function simFiles(disk: SimDisk): Files {
  const { deaths } = disk;
  const isAlive = (): boolean => !disk.dead && disk.deaths === deaths;
  const replace = async (path: string, bytes: Uint8Array, mustBeNew: boolean): Promise<void> => {
    disk.refuse(mustBeNew ? 'create' : 'write', path);
    if (mustBeNew && disk.inode(path)) throw new FileFault('create', path, 'EEXIST', 'it is there');
    await disk.call({ operation: mustBeNew ? 'create' : 'write', path }, isAlive);
    disk.make(path, bytes);
    // Written and renamed; the folder is not synced yet.
    await disk.call({ operation: 'sync', path }, isAlive);
    disk.settleFolder(path);
  };
  const rename = async (operation: 'move' | 'link', from: string, to: string): Promise<void> => {
    disk.refuse(operation, to);
    await disk.call({ operation, path: to }, isAlive);
    const inode = disk.inode(from);
    if (!inode) throw new FileFault(operation, from, 'ENOENT', 'there is no such file');
    if (disk.inode(to)) throw new FileFault(operation, from, 'EEXIST', `${to} is there`);
    disk.name(to, inode);
    if (operation === 'move') disk.unname(from);
    // Made; the folder is not synced yet.
    else await disk.call({ operation: 'sync', path: to }, isAlive);
    disk.settleFolder(from);
    disk.settleFolder(to);
  };
  return {
    root: '/sim',
    durability: 'synced',
    stat: async (path) => {
      const inode = disk.inode(path);
      if (inode) return stat(inode);
      return disk.isFolder(path) ? { kind: 'folder', size: 0, mtimeMs: 0, identity: `folder:${path}` } : null;
    },
    writable: async (path) => {
      const inode = disk.inode(path);
      return inode ? inode.locked === null && disk.trouble.refusing !== 'EROFS' : disk.isFolder(path);
    },
    restoreMode: async (path) => {
      const inode = disk.inode(path);
      if (!inode) throw new FileFault('restore the mode of', path, 'ENOENT', 'there is no such file');
      if (inode.locked === 'by another')
        throw new FileFault('restore the mode of', path, 'EPERM', 'it belongs to somebody else');
      inode.locked = null;
    },
    read: async (path) => {
      disk.refuseReading(path);
      const inode = disk.inode(path);
      return inode ? Buffer.from(inode.bytes) : null;
    },
    list: async (folder) => {
      const below = folder === '.' ? '' : `${folder.replace(/\/$/, '')}/`;
      const names = new Set<string>();
      for (const path of disk.names()) {
        const slash = path.indexOf('/', below.length);
        if (path.startsWith(below)) names.add(path.slice(below.length, slash < 0 ? undefined : slash + 1));
      }
      return [...names].sort();
    },
    makeFolder: async (path) => {
      if (!disk.isFolder(path)) disk.refuse('make the folder', path);
      disk.folders.add(path);
    },
    openAppend: async (path, { create }) => {
      const known = disk.inode(path);
      if (known || create) disk.refuse(known ? 'open' : 'create', path);
      if (known?.locked) throw new FileFault('open', path, 'EACCES', 'its mode lets nobody write it');
      if (known) return openHandle(disk, isAlive, path, known);
      if (!create) throw new FileFault('open', path, 'ENOENT', 'there is no such file');
      await disk.call({ operation: 'create', path }, isAlive);
      return openHandle(disk, isAlive, path, disk.inode(path) ?? disk.make(path));
    },
    writeWhole: (path, bytes) => replace(path, bytes, false),
    createNew: (path, bytes) => replace(path, bytes, true),
    move: (from, to) => rename('move', from, to),
    link: (from, to) => rename('link', from, to),
    watch: () => () => undefined,
  };
}

/** What the disk says of a path. `null` where nothing is. */
export interface FileStat {
  readonly kind: 'file' | 'folder' | 'other';
  readonly size: number;
  readonly mtimeMs: number;
  /** dev:ino: tells whether a path still names the file that was opened. */
  readonly identity: string;
}

/** An open file that is only appended to; it stays readable after its name was deleted. */
export interface AppendHandle {
  readonly path: string;
  /** Appends all bytes (O_APPEND) and resolves with the offset where they begin. */
  append(bytes: Uint8Array): Promise<number>;
  /** fdatasync. */
  sync(): Promise<void>;
  stat(): Promise<FileStat>;
  /** Up to `length` bytes from `offset`; fewer at the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** The same into bytes that are there already; gives how many came. */
  readInto(target: Uint8Array, offset: number): Promise<number>;
  /** Overwrites bytes where they stand, durable after `sync`; never extends the file (throws RangeError where it would). */
  overwrite(offset: number, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Thrown by every method of {@link Files}: which path, what was tried, the system's code, what to do. */
export class FileFault extends Error {
  readonly path: string;
  readonly operation: string;
  /** `ENOSPC`, `EACCES`, `EIO`, … or `ESCAPE` for a path that leads out of the bot's directory. */
  readonly code: string;
  constructor(operation: string, path: string, code: string, detail: string, options?: ErrorOptions) {
    super(`cannot ${operation} ${path}: ${detail} (${code})`, options);
    this.name = 'FileFault';
    this.operation = operation;
    this.path = path;
    this.code = code;
  }
}

/** How long an acknowledgement waits: until the bytes are on the medium, or until the system has them. */
export type Durability = 'synced' | 'written';

/**
 * The bot's directory and nothing else. Paths are relative with `/`; one that leads out of it (`..`, absolute, or by a
 * symlink) is refused with `ESCAPE`. Every method throws {@link FileFault}.
 */
export interface Files {
  /** Absolute path of the bot's directory. */
  readonly root: string;
  readonly durability: Durability;
  stat(path: string): Promise<FileStat | null>;
  /** May this process append to it, by mode and by file system? False where nothing is. */
  writable(path: string): Promise<boolean>;
  /**
   * Gives a file or folder back the mode this bot sets on what it makes, and never more; refuses what belongs to
   * somebody else.
   */
  restoreMode(path: string): Promise<void>;
  /** The whole file, or `null` where nothing is. */
  read(path: string): Promise<Uint8Array | null>;
  /** Names in a folder, sorted; empty where there is no folder. Folders end with `/`. */
  list(folder: string): Promise<readonly string[]>;
  /** Makes the folder and those above it. */
  makeFolder(path: string): Promise<void>;
  /** Opens for append, creating the file (and its folder) where `create` is set. */
  openAppend(path: string, options: { readonly create: boolean }): Promise<AppendHandle>;
  /** Temporary file, fsync, rename, fsync of the folder: readers see the old whole or the new whole. */
  writeWhole(path: string, bytes: Uint8Array): Promise<void>;
  /** Creates a file that must not exist yet, with these bytes, synced. */
  createNew(path: string, bytes: Uint8Array): Promise<void>;
  /** Renames within the bot's directory; refuses to replace anything. */
  move(from: string, to: string): Promise<void>;
  /** Gives a file a second name, durable; refuses to replace anything. */
  link(from: string, to: string): Promise<void>;
  /** Calls back with the path (relative) of whatever changes below the root, in milliseconds; not for ever reliable. */
  watch(changed: (path: string) => void): () => void;
}

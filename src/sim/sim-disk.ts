/**
 * A disk in memory that loses power: what was not synced is there in part, in any order of sectors, or not at all. Seeded, so
 * that a failing case replays. A process that lives on it dies at a chosen call and never hears of anything again.
 */
import { FileFault, type Files } from '../ports/files.ts';
import { type DiskTrouble, SOUND, worstOf } from './disk-trouble.ts';
import { Inode } from './inode.ts';
import { simFiles } from './sim-files.ts';

export interface SimDiskOptions {
  /** Uniform in [0, 1). */
  readonly chance: () => number;
  /** Waits in the bot's time: what a slow call takes. Without it every call ends at once. */
  readonly sleep?: (ms: number) => Promise<void>;
}

/** A call that changes the disk, as somebody made it. */
export interface DiskCall {
  readonly operation: 'append' | 'overwrite' | 'sync' | 'write' | 'create' | 'move' | 'link';
  readonly path: string;
  /** Of one that overwrites: where, what stands there, and what is put there. */
  readonly over?: { readonly offset: number; readonly before: Buffer; readonly after: Uint8Array };
  /** Of one that appends: what, and to which file, whatever bears its name by now. */
  readonly appends?: { readonly bytes: Uint8Array; readonly to: Inode };
}

/** Somebody else wrote over a part of a file: the lines that it touches, as they stood before and as they stand since. */
export interface WrittenOver {
  readonly file: Inode;
  readonly was: readonly string[];
  readonly is: readonly string[];
}

/** What a process may want of the disk. */
export type DiskWork = 'append to' | 'overwrite' | 'write' | 'create' | 'open' | 'move' | 'link' | 'make the folder';

/** What each trouble stands in the way of: a file that is open is written on where only opening is denied. */
const STRICKEN: Readonly<Record<NonNullable<DiskTrouble['refusing']>, ReadonlySet<DiskWork>>> = {
  ENOSPC: new Set(['append to', 'write', 'create', 'make the folder']),
  EIO: new Set(['append to', 'overwrite', 'write', 'create', 'move', 'link']),
  EACCES: new Set(['write', 'create', 'open', 'move', 'link', 'make the folder']),
  EROFS: new Set(['append to', 'overwrite', 'write', 'create', 'open', 'move', 'link', 'make the folder']),
};

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);

export class SimDisk {
  #chance: () => number;
  readonly #sleep: ((ms: number) => Promise<void>) | null;
  /** Names as the system sees them, and as the medium has them. */
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  /** Names that were given or taken since their folder was synced. */
  readonly #unsettled = new Set<string>();
  #ids = 0;
  readonly folders = new Set<string>();
  readonly #troubles = new Set<Partial<DiskTrouble>>();
  /** What is the matter with it now. */
  trouble: DiskTrouble = SOUND;
  /** Calls that changed the disk. */
  calls = 0;
  /** Told of every call that changes the disk, before it does. */
  onCall: (call: DiskCall) => void = () => undefined;
  /** All that somebody else has written over, oldest first. */
  readonly writtenOver: WrittenOver[] = [];
  #dieAt = Number.POSITIVE_INFINITY;
  #dieInSyncOf: string | null = null;
  #dead = false;
  /** Processes that died on it. */
  #deaths = 0;
  readonly #racing = new Map<string, Buffer>();
  #died: () => void = () => undefined;
  /** Resolves when the process that lived on it is dead. */
  death: Promise<void> = new Promise(() => undefined);

  constructor({ chance, sleep }: SimDiskOptions) {
    this.#chance = chance;
    this.#sleep = sleep ?? null;
  }

  get dead(): boolean {
    return this.#dead;
  }
  get deaths(): number {
    return this.#deaths;
  }

  /**
   * The next process dies at its n-th call that changes the disk.
   * @param sync at the first from then on that syncs this file, where one is named
   */
  dieAt(call: number, sync: string | null = null): void {
    this.calls = 0;
    this.#dieAt = call;
    this.#dieInSyncOf = sync;
    this.#dead = false;
    this.death = new Promise((resolve) => {
      this.#died = resolve;
    });
  }

  /** The process that lives on it dies between two calls. */
  die(): void {
    if (!this.#dead) this.#deaths++;
    this.#dead = true;
    this.#died();
  }

  /** The process was killed, and the system lives on: what was written is there, synced or not. */
  revive(): void {
    this.#dieAt = Number.POSITIVE_INFINITY;
    this.#dead = false;
  }

  /** The power is back: what the medium has is what there is. @param chance what arrived; its own where nothing is said */
  recover(chance: () => number = this.#chance): void {
    for (const inode of new Set([...this.#durableNames.values(), ...this.#names.values()])) inode.settle(chance);
    // A name that was made and not synced may have reached the medium all the same.
    for (const [path, inode] of this.#names)
      if (this.#durableNames.get(path) !== inode && chance() < 0.5) this.#durableNames.set(path, inode);
    this.#names = new Map(this.#durableNames);
    this.#unsettled.clear();
    this.revive();
  }

  /** For those who play somebody else, whose writes reach the medium. */
  paths(like: RegExp): readonly string[] {
    return [...this.#names.keys()].filter((path) => like.test(path));
  }
  bytes(path: string): Buffer {
    return this.#names.get(path)?.bytes ?? Buffer.alloc(0);
  }
  inode(path: string): Inode | null {
    return this.#names.get(path) ?? null;
  }
  damage(path: string, offset: number, bytes: Buffer): void {
    const file = this.#names.get(path);
    if (!file) return;
    const end = offset + bytes.length;
    const was = file.linesTouching(offset, end);
    file.forge(offset, bytes);
    this.writtenOver.push({ file, was, is: file.linesTouching(offset, end) });
  }
  append(path: string, bytes: Buffer): void {
    const inode = this.#names.get(path);
    inode?.forge(inode.size, bytes);
  }
  /** Somebody else appends in the midst of the next append of whoever has it open: between its look at the end and its write. */
  race(path: string, bytes: Buffer): void {
    this.#racing.set(path, bytes);
  }
  raced(path: string): Buffer | null {
    const bytes = this.#racing.get(path) ?? null;
    this.#racing.delete(path);
    return bytes;
  }
  /** Somebody else deletes a file; whoever has it open goes on with it. */
  remove(path: string): void {
    this.#names.delete(path);
    this.#durableNames.delete(path);
  }
  /** Somebody else puts another file in its place; whoever has the old one open goes on with that. */
  replace(path: string, bytes: Uint8Array): void {
    const inode = new Inode(++this.#ids, bytes);
    this.#names.set(path, inode);
    this.#durableNames.set(path, inode);
  }

  isFolder(path: string): boolean {
    if (this.folders.has(path)) return true;
    const begins = `${path}/`;
    for (const name of this.#names.keys()) if (name.startsWith(begins)) return true;
    return false;
  }
  names(): Iterable<string> {
    return this.#names.keys();
  }

  /** Something is the matter with it, until what this gives back is called. */
  suffer(trouble: Partial<DiskTrouble>): () => void {
    this.#troubles.add(trouble);
    this.trouble = worstOf(this.#troubles);
    return () => {
      this.#troubles.delete(trouble);
      this.trouble = worstOf(this.#troubles);
    };
  }

  /** Throws what the system would. @param part what of it is done all the same */
  refuse(operation: DiskWork, path: string, part: () => void = () => undefined): void {
    const { refusing, inPart } = this.trouble;
    if (refusing === null || !STRICKEN[refusing].has(operation)) return;
    if (inPart) part();
    throw new FileFault(operation, path, refusing, 'the simulated disk refuses it');
  }
  refuseReading(path: string): void {
    if (this.trouble.unreadable) throw new FileFault('read', path, 'EIO', 'the simulated disk cannot read it');
  }

  /**
   * Counts a call; at the chosen one `half` of it is done, and the process is dead: it waits for ever.
   * @param isAlive whether the process that calls is the one that lives on the disk
   */
  async call(call: DiskCall, isAlive: () => boolean, half: () => void = () => undefined): Promise<void> {
    if (!isAlive()) return new Promise(() => undefined);
    this.calls++;
    this.onCall(call);
    if (this.trouble.slowMs > 0 && this.#sleep) {
      await this.#sleep(this.trouble.slowMs);
      if (!isAlive()) return new Promise(() => undefined);
    }
    if (this.calls < this.#dieAt) return undefined;
    if (this.#dieInSyncOf !== null && (call.operation !== 'sync' || call.path !== this.#dieInSyncOf)) return undefined;
    half();
    this.die();
    return new Promise(() => undefined);
  }

  make(path: string, bytes?: Uint8Array): Inode {
    const inode = new Inode(++this.#ids, bytes);
    this.name(path, inode);
    return inode;
  }
  /** This name is on the medium as it is now. */
  settleName(path: string): void {
    const inode = this.#names.get(path);
    if (inode) this.#durableNames.set(path, inode);
    else this.#durableNames.delete(path);
    this.#unsettled.delete(path);
  }
  /** The folder of this file was synced: so are all its names, whoever gave them. */
  settleFolder(path: string): void {
    const folder = folderOf(path);
    const isIn = (name: string): boolean =>
      this.#unsettled.has(name) && name.startsWith(folder) && !name.includes('/', folder.length);
    for (const name of this.#names.keys()) if (isIn(name)) this.settleName(name);
    for (const name of this.#durableNames.keys()) if (isIn(name)) this.settleName(name);
  }
  name(path: string, inode: Inode): void {
    this.#names.set(path, inode);
    this.#unsettled.add(path);
  }
  unname(path: string): void {
    this.#names.delete(path);
    this.#unsettled.add(path);
  }

  /** As one process sees it: what that began ends with it, however slow the disk is, and whoever lives on it by then. */
  files(): Files {
    return simFiles(this);
  }
}

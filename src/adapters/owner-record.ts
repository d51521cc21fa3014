/**
 * Who owns a directory, as a file in it. The socket that is the lock (`kernel-lock.ts`) is seen in one network namespace alone: whoever looks
 * from another container or another machine, at the same files, finds this.
 */
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import { FileFault } from '../ports/files.ts';
import { OwnedElsewhere } from '../ports/ownership.ts';
import { FILE_MODE, FOLDER_MODE, faultOf } from './node-files.ts';
import { insideOf } from './path-guard.ts';
import { readIfThere } from './read-only.ts';

export const OWNER_FILE = 'run/owner.json';
const RENEW_MS = 2_000;
/** An owner of whom nothing else can be known is there as long as it says so; longer than a guardian lets a bot hang. */
const FRESH_MS = 30_000;
const CREATE = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL | fs.constants.O_NOFOLLOW;

const owner = z.object({
  pid: z.number().int().positive(),
  /** When the process began, in the kernel's ticks: its number may be another's later. */
  started: z.string().nullable(),
  host: z.string(),
  /** Which run of a kernel it is. */
  boot: z.string().nullable(),
  net: z.string().nullable(),
  pids: z.string().nullable(),
  /** Of the directory: the record of a copy says nothing. */
  inode: z.string(),
});
type Owner = z.infer<typeof owner>;

const isLinux = (): boolean => process.platform === 'linux';

function told(look: () => string): string | null {
  try {
    return look().trim();
  } catch {
    // Where there is no /proc, less can be known, and a record counts until it is old.
    return null;
  }
}

/** When a process began; `null` where that is not told, `'ended'` where it only waits to be collected. */
function beganAt(pid: number | 'self'): string | null {
  const stat = told(() => fs.readFileSync(`/proc/${pid}/stat`, 'latin1'));
  // The name, in brackets, may have anything in it.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields?.[0] === 'Z' || fields?.[0] === 'X' ? 'ended' : (fields?.[19] ?? null);
}

const inodeOf = (dir: string): string => String(fs.statSync(dir, { bigint: true }).ino);

const here = (dir: string): Owner => ({
  pid: process.pid,
  started: isLinux() ? beganAt('self') : null,
  host: hostname(),
  boot: isLinux() ? told(() => fs.readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')) : hostname(),
  net: isLinux() ? told(() => fs.readlinkSync('/proc/self/ns/net')) : hostname(),
  pids: isLinux() ? told(() => fs.readlinkSync('/proc/self/ns/pid')) : hostname(),
  inode: inodeOf(dir),
});

const isSame = (one: string | null, other: string | null): boolean => one !== null && one === other;

function isAlive({ pid, started }: Owner): boolean {
  const began = beganAt(pid);
  if (began !== null) return began === started;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function recordIn(root: string): { readonly owner: Owner; readonly ageMs: number } | null {
  const path = insideOf(root, OWNER_FILE);
  const bytes = readIfThere(path);
  const stat = fs.lstatSync(path, { throwIfNoEntry: false });
  if (bytes === null || stat === undefined) return null;
  try {
    const read = owner.parse(JSON.parse(new TextDecoder().decode(bytes)));
    return { owner: read, ageMs: Math.abs(Date.now() - stat.mtimeMs) };
  } catch {
    // It gets its name when it is whole: this is nobody's.
    return null;
  }
}

/**
 * The owner of a directory whose socket nobody holds here, in words; `null` where there is none. One in this network namespace would hold
 * it; of one that shares the process numbers it is known whether it lives; any other counts while its record is fresh.
 * Throws the system's error.
 */
export function ownerElsewhere(dir: string): string | null {
  const found = recordIn(dir);
  if (found === null) return null;
  const { owner: its, ageMs } = found;
  const own = here(dir);
  if (its.inode !== own.inode) return null;
  const isThisKernel = isSame(its.boot, own.boot);
  if (isThisKernel && isSame(its.net, own.net)) return null;
  if (isThisKernel && isSame(its.pids, own.pids))
    return isAlive(its) ? `process ${its.pid}, in another network namespace` : null;
  if (ageMs > FRESH_MS) return null;
  const where = isThisKernel ? 'in another container of this machine' : `on ${its.host}`;
  const [ago, left] = [ageMs, FRESH_MS - ageMs].map((ms) => Math.ceil(ms / 1_000));
  return `process ${its.pid} ${where}, which was there ${ago} s ago: if it has ended, the directory is free in ${left} s`;
}

const HAS_NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/** Gives what is whole its name, where nothing has that. @returns which file it is */
function giveName(making: string, path: string): bigint {
  try {
    fs.linkSync(making, path);
  } catch (error) {
    if (!HAS_NO_LINKS.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    fs.copyFileSync(making, path, fs.constants.COPYFILE_EXCL);
  }
  return fs.lstatSync(path, { bigint: true }).ino;
}

/** Writes who owns the directory, at once and whole, where nobody else has meanwhile. Throws {@link OwnedElsewhere}, `FileFault`. */
function sign(dir: string): bigint {
  const path = insideOf(dir, OWNER_FILE);
  const nameOf = () => insideOf(dir, `${OWNER_FILE}.${randomBytes(4).toString('hex')}`);
  const making = nameOf();
  try {
    fs.mkdirSync(insideOf(dir, 'run'), { recursive: true, mode: FOLDER_MODE });
    fs.writeFileSync(making, `${JSON.stringify(here(dir))}\n`, { flag: CREATE as never, mode: FILE_MODE });
    const before = readIfThere(path);
    const who = ownerElsewhere(dir);
    if (who !== null) throw new OwnedElsewhere(dir, who);
    if (before !== null) {
      const old = nameOf();
      fs.renameSync(path, old);
      const isIt = Buffer.compare(readIfThere(old) ?? Buffer.alloc(0), before) === 0;
      // Somebody else took it over in this moment, and keeps it.
      if (!isIt) giveName(old, path);
      fs.rmSync(old);
    }
    return giveName(making, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw new OwnedElsewhere(dir, 'another that has just started, in another container or on another machine');
    if (error instanceof OwnedElsewhere || error instanceof FileFault) throw error;
    throw faultOf('write', OWNER_FILE, error);
  } finally {
    fs.rmSync(making, { force: true });
  }
}

/**
 * Says in the directory that this process owns it, for as long as it runs. To be called by who holds its socket.
 * Throws {@link OwnedElsewhere} where somebody does whom the socket does not reach, and `FileFault`.
 * @param troubled told once of each time in which that cannot be said any more, and why: of {@link OwnedElsewhere} where another has taken
 *   the directory over, since this one stood still for too long
 * @returns takes it back
 */
export function signOwner(dir: string, troubled: (error: unknown) => void): () => void {
  const home = inodeOf(dir);
  let inode = sign(dir);
  const path = insideOf(dir, OWNER_FILE);
  const isOurs = (): boolean => fs.lstatSync(path, { bigint: true, throwIfNoEntry: false })?.ino === inode;
  let isTold = false;
  const renew = (): void => {
    try {
      const now = new Date();
      if (isOurs()) fs.utimesSync(path, now, now);
      // Another folder of the same name is not what this process owns, and one that was taken away is not made again.
      else if (inodeOf(dir) === home) inode = sign(dir);
      isTold = false;
    } catch (error) {
      if (!isTold) troubled(error);
      isTold = true;
    }
  };
  const timer = setInterval(renew, RENEW_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    if (isOurs()) fs.rmSync(path, { force: true });
  };
}

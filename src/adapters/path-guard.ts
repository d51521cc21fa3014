import * as fs from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { insideNames, leadsOut } from './path-names.ts';

/** Folders that were found to lie inside, by root: looked up once, since each costs a system call. */
const known = new Map<string, Set<string>>();

/**
 * The absolute path of a path inside the bot's directory. Throws `FileFault` with code `ESCAPE` for one that leads out: by
 * `..`, by being absolute, or by a symbolic link on the way.
 */
export function insideOf(root: string, path: string): string {
  const clean = insideNames(path);
  const absolute = join(root, clean);
  const folder = clean === '.' ? root : dirname(absolute);
  if (folder === root) return absolute;
  const inside = known.get(root) ?? new Set<string>();
  known.set(root, inside);
  if (inside.has(folder) && !isLinked(root, dirname(clean))) return absolute;
  let existing = folder;
  while (existing !== root && fs.lstatSync(existing, { throwIfNoEntry: false }) === undefined)
    existing = dirname(existing);
  if (existing === root) return absolute;
  const [real, realRoot] = [fs.realpathSync(existing), fs.realpathSync(root)];
  if (real !== realRoot && !real.startsWith(realRoot + sep)) throw leadsOut(path);
  if (existing === folder) inside.add(folder);
  return absolute;
}

const isLink = (folder: string): boolean => fs.lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() === true;

/** Whether a folder below the root, or one on the way to it, has become a link: any of them may have been replaced. */
function isLinked(root: string, folder: string): boolean {
  let at = root;
  return folder.split(sep).some((name) => {
    at = join(at, name);
    return isLink(at);
  });
}

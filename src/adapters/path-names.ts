import { isAbsolute, normalize, sep } from 'node:path';
import { FileFault } from '../ports/files.ts';

export const leadsOut = (path: string): FileFault =>
  new FileFault(
    'use',
    path,
    'ESCAPE',
    "it leads out of the bot's directory, where nothing of the bot's may be touched",
  );

/** A bot names the same few paths again and again; who names ever new ones would fill the memory. */
const KNOWN_AT_MOST = 1_000;
const known = new Map<string, string>();

/** A path inside the bot's directory without detours, by its names alone. Throws `FileFault` with code `ESCAPE` for one that leads out. */
export function insideNames(path: string): string {
  const before = known.get(path);
  if (before !== undefined) return before;
  // With a slash at its end the system would follow a link that the path names.
  const clean = normalize(path).replace(/(?<=.)\/+$/, '');
  if (isAbsolute(path) || clean === '..' || clean.startsWith(`..${sep}`) || path.includes('\0')) throw leadsOut(path);
  if (known.size >= KNOWN_AT_MOST) known.clear();
  known.set(path, clean);
  return clean;
}

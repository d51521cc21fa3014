/** Names of the sealed segments of a log: `logs/signal_bus-000001.jsonl` is the first of `logs/signal_bus.jsonl`. */
import type { Files } from './files.ts';

const DIGITS = 6;

/** @param number counted from 1 */
export const segmentName = (log: string, number: number): string =>
  log.replace(/\.jsonl$/, `-${String(number).padStart(DIGITS, '0')}.jsonl`);

/** Which segment of a log a path names, counted from 1; `null` for any other file. */
export function segmentNumber(log: string, path: string): number | null {
  const stem = log.endsWith('.jsonl') ? log.slice(0, -'.jsonl'.length) : log;
  if (path[stem.length] !== '-' || !path.startsWith(stem)) return null;
  const found = /^-(\d{6,})\.jsonl$/.exec(path.slice(stem.length))?.[1];
  return found === undefined ? null : Number(found);
}

/** The sealed segments of a log that are there, oldest first. */
export async function segmentsIn(
  files: Pick<Files, 'list'>,
  log: string,
): Promise<readonly { readonly path: string; readonly number: number }[]> {
  const slash = log.lastIndexOf('/');
  const folder = slash < 0 ? '.' : log.slice(0, slash);
  const found: { path: string; number: number }[] = [];
  for (const name of await files.list(folder)) {
    const path = slash < 0 ? name : `${folder}/${name}`;
    const number = segmentNumber(log, path);
    if (number !== null) found.push({ path, number });
  }
  return found.sort((a, b) => a.number - b.number);
}

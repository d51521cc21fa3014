import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../ports/clock.ts';
import type { Files } from '../ports/files.ts';
import type { Quarantine, QuarantineEntry } from '../ports/quarantine.ts';

const FOLDER = 'quarantine';
export const QUARANTINE_INDEX = `${FOLDER}/index.jsonl`;

const entryRecord = z.looseObject({
  id: z.string(),
  source: z.string(),
  offset: z.number(),
  length: z.number(),
  reason: z.string(),
  sha256: z.string(),
  file: z.string(),
  at: z.number().default(0),
  ts: z.number(),
  timestamp: z.string(),
});

const keyOf = ({ source, offset, sha256 }: Pick<QuarantineEntry, 'source' | 'offset' | 'sha256'>): string =>
  `${source} ${offset} ${sha256}`;

/**
 * The entries in the bytes of an index, each once. A torn line is passed over: the bytes it spoke of still lie in their own file.
 */
export function quarantineEntries(index: Uint8Array): readonly QuarantineEntry[] {
  const entries = new Map<string, QuarantineEntry>();
  for (const line of new TextDecoder().decode(index).split('\n'))
    try {
      const entry = entryRecord.safeParse(JSON.parse(line));
      if (entry.success) entries.set(entry.data.id, entry.data);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  return [...entries.values()];
}

/** Files of bytes that were set aside and of which no entry tells: their lines of the index were lost, or were never written. */
export async function unlisted(files: Files, entries: readonly QuarantineEntry[]): Promise<readonly string[]> {
  const listed = new Set(entries.map(({ file }) => file));
  const paths = (await files.list(FOLDER)).map((name) => `${FOLDER}/${name}`);
  return paths.filter((path) => path.endsWith('.bin') && !listed.has(path));
}

/**
 * Keeps what cannot be read: the bytes of one call in a file of their own below `quarantine/`, and a line about each part in
 * its index, both durable before the call resolves.
 */
export function fileQuarantine(files: Files, clock: Clock): Quarantine {
  /**
   * What this process has made durable. A sync that failed takes nothing to the medium any more, and the next one does not say so:
   * entries of which that is not known are written once more, also those of a process that was killed.
   */
  const sure = new Set<string>();
  /** The medium has what stands before the next line. */
  let isWhole = false;

  const list = async (): Promise<readonly QuarantineEntry[]> => {
    const bytes = await files.read(QUARANTINE_INDEX);
    if (bytes === null) return [];
    return quarantineEntries(bytes);
  };

  const note = async (entries: readonly QuarantineEntry[]): Promise<void> => {
    const index = await files.openAppend(QUARANTINE_INDEX, { create: true });
    try {
      // A line torn by a crash, or that the medium did not take, must not swallow the first of these.
      const { size } = await index.stat();
      const last = size === 0 ? 0x0a : (await index.read(size - 1, 1))[0];
      const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
      const isFollowing = last === 0x0a && (isWhole || size === 0);
      isWhole = false;
      await index.append(new TextEncoder().encode(isFollowing ? text : `\n${text}`));
      await index.sync();
      isWhole = true;
      for (const entry of entries) sure.add(keyOf(entry));
    } finally {
      await index.close();
    }
  };

  const settle = async (path: string): Promise<void> => {
    const file = await files.openAppend(path, { create: false });
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  };

  /** The file of an earlier try that died before its index line, if all of it is there: one that died while it wrote left a part. */
  const placeFor = async (
    named: string,
    content: Uint8Array,
  ): Promise<{ readonly file: string; readonly isMade: boolean }> => {
    for (let tries = 1; ; tries++) {
      const file = `${named}${tries === 1 ? '' : `-${tries}`}.bin`;
      const there = await files.read(file);
      if (there === null) return { file, isMade: false };
      if (Buffer.compare(there, content) === 0) return { file, isMade: true };
    }
  };

  const keepAll: Quarantine['keepAll'] = async (source, suspects) => {
    if (suspects.length === 0) return [];
    const known = new Map((await list()).map((entry) => [keyOf(entry), entry]));
    const now = clock.now();
    const timestamp = new Date(now).toISOString();
    const stamp = timestamp.replace(/[-:.Z]/g, '');
    const name = source.replace(/[^A-Za-z0-9._-]+/g, '_');
    const parts = suspects.map(({ offset, bytes, reason }) => {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      return { source, offset, bytes, reason, sha256, before: known.get(keyOf({ source, offset, sha256 })) };
    });
    const present = new Map<string, Uint8Array | null>();
    const isThere = async (entry: QuarantineEntry): Promise<boolean> => {
      const { file, at, length, sha256 } = entry;
      if (!present.has(file)) present.set(file, await files.read(file));
      const bytes = present.get(file)?.subarray(at, at + length);
      return bytes !== undefined && createHash('sha256').update(bytes).digest('hex') === sha256;
    };
    const fresh: typeof parts = [];
    for (const part of parts) if (!part.before || !(await isThere(part.before))) fresh.push(part);
    const again = parts.flatMap((part) =>
      part.before && !fresh.includes(part) && !sure.has(keyOf(part.before)) ? [part.before] : [],
    );
    const [first] = fresh;
    if (first === undefined) {
      if (again.length > 0) await note(again);
      return parts.flatMap(({ before }) => before ?? []);
    }
    const content = Buffer.concat(fresh.map(({ bytes }) => bytes));
    const named = `${FOLDER}/${stamp}-${name}-${first.offset}-${first.sha256.slice(0, 8)}`;
    const { file, isMade } = await placeFor(named, content);
    let at = 0;
    const made = new Map<string, QuarantineEntry>();
    for (const part of fresh) {
      const { offset, reason, sha256, bytes } = part;
      const id = `${stamp}-${name}-${offset}-${sha256.slice(0, 8)}`;
      const entry = { id, source, offset, length: bytes.length, reason, sha256, file, at, ts: now / 1000, timestamp };
      made.set(keyOf(part), entry);
      at += bytes.length;
    }
    if (isMade) await settle(file);
    else await files.createNew(file, content);
    await note([...again, ...made.values()]);
    return parts.flatMap((part) => made.get(keyOf(part)) ?? part.before ?? []);
  };

  const keep: Quarantine['keep'] = async (source, offset, bytes, reason) => {
    const [entry] = await keepAll(source, [{ offset, bytes, reason }]);
    if (!entry) throw new Error(`${source}: nothing was kept of the ${bytes.length} bytes at ${offset}`);
    return entry;
  };

  return { keep, keepAll, list };
}

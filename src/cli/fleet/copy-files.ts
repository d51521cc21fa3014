import { createHash } from 'node:crypto';
import { jsonlLogs } from '../../adapters/jsonl-logs.ts';
import type { Files } from '../../ports/files.ts';
import type { Quarantine } from '../../ports/quarantine.ts';
import { CliError } from '../exit-codes.ts';

/** What belongs to a process, and not to the bot's records; whose account they are of goes along. */
const NOT_RECORDS = /^run\/(?!live\.json$)|^logs\/bot_out|(^|\/)\.[^/]*\.tmp$/;
/** Bytes that are copied at a time. */
const STEP = 1024 * 1024;

/** Every file below, as paths, in order. */
export async function filesIn(files: Files, folder = '.'): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of await files.list(folder)) {
    const path = folder === '.' ? name : `${folder}/${name}`;
    if (name.endsWith('/')) found.push(...(await filesIn(files, path.slice(0, -1))));
    else if (!NOT_RECORDS.test(path)) found.push(path);
  }
  return found;
}

/** A file, a step at a time: no question to a store has to bring all of it within its limit. */
async function* piecesOf(files: Files, path: string): AsyncGenerator<Uint8Array> {
  const handle = await files.openAppend(path, { create: false });
  try {
    for (let at = 0; ; ) {
      const piece = await handle.read(at, STEP);
      if (piece.length === 0) return;
      yield piece;
      at += piece.length;
    }
  } finally {
    await handle.close();
  }
}

/** @returns the SHA-256 of what was written */
async function copyOne(
  path: string,
  from: Files,
  to: Files,
): Promise<{ readonly sha: string; readonly bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const handle = await to.openAppend(path, { create: true });
  try {
    for await (const piece of piecesOf(from, path)) {
      await handle.append(piece);
      hash.update(piece);
      bytes += piece.length;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { sha: hash.digest('hex'), bytes };
}

async function shaOf(files: Files, path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of piecesOf(files, path)) hash.update(piece);
  return hash.digest('hex');
}

/** Throws {@link CliError} where a log does not verify: what is bad is not carried on as if it were good. */
async function requireSound(files: Files, quarantine: Quarantine, path: string, where: string): Promise<number> {
  const log = jsonlLogs(files, quarantine, null, Number.MAX_SAFE_INTEGER).log(path, { sequenced: false });
  const { bad, records } = await log.verify({ full: true });
  const [first] = bad;
  if (first === undefined) return records;
  throw new CliError(
    `${where}: ${path}, line ${first.line} (byte ${first.offset}): ${first.reason}. Nothing was moved from there. ` +
      'Mend it first (kintsugi heal), then move it',
  );
}

export interface Copied {
  readonly files: number;
  readonly records: number;
  readonly bytes: number;
}

export interface Side {
  readonly files: Files;
  readonly quarantine: Quarantine;
  /** For messages. */
  readonly name: string;
}

/** What a bot has left, looked at before anything of it is moved. */
export interface Source extends Side {
  readonly paths: readonly string[];
  /** How many records each log has. */
  readonly records: ReadonlyMap<string, number>;
}

/** Throws {@link CliError} where nothing is there, or a log of it is bad. */
export async function sourceIn(side: Side): Promise<Source> {
  const { files, quarantine, name } = side;
  const paths = await filesIn(files);
  if (paths.length === 0) throw new CliError(`${name} has no records: there is nothing to move`);
  const records = new Map<string, number>();
  for (const path of paths)
    if (path.endsWith('.jsonl')) records.set(path, await requireSound(files, quarantine, path, name));
  return { ...side, paths, records };
}

/** Throws {@link CliError} where any records are. */
export async function requireEmpty({ files, name }: Side): Promise<void> {
  const there = await filesIn(files);
  if (there.length > 0)
    throw new CliError(`${name} has records already (${there[0]}, and ${there.length - 1} more). Name another`);
}

/**
 * Copies all records of a bot, and proves it: every log verifies on both sides with as many records, every file has the same SHA-256. Throws
 * {@link CliError} where one does not; the source is only read. The target has nothing yet.
 */
export async function copyFiles(source: Source, to: Side): Promise<Copied> {
  const { files, name, paths, records } = source;
  let bytes = 0;
  for (const path of paths) {
    const copied = await copyOne(path, files, to.files);
    if ((await shaOf(to.files, path)) !== copied.sha)
      throw new CliError(`${to.name}: ${path} is not what was written to it. Do not use it; ${name} is as it was`);
    bytes += copied.bytes;
  }
  for (const [path, count] of records) {
    const copied = await requireSound(to.files, to.quarantine, path, to.name);
    if (copied !== count)
      throw new CliError(`${to.name}: ${path} has ${copied} records, and ${count} were written. Do not use it`);
  }
  return { files: paths.length, records: [...records.values()].reduce((sum, n) => sum + n, 0), bytes };
}

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

const fingerprint = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

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

/**
 * Copies all records of a bot, and proves it: every log verifies on both sides with as many records, every file has the same SHA-256. Throws
 * {@link CliError} where one does not, or where the target has anything already; the source is only read.
 */
export async function copyFiles(from: Side, to: Side): Promise<Copied> {
  const there = await filesIn(to.files);
  if (there.length > 0)
    throw new CliError(`${to.name} has records already (${there[0]}, and ${there.length - 1} more). Name another`);
  const paths = await filesIn(from.files);
  if (paths.length === 0) throw new CliError(`${from.name} has no records: there is nothing to move`);
  const isLog = (path: string) => path.endsWith('.jsonl');
  const records = new Map<string, number>();
  // All of the source is looked at before anything is written.
  for (const path of paths.filter(isLog))
    records.set(path, await requireSound(from.files, from.quarantine, path, from.name));
  let bytes = 0;
  for (const path of paths) {
    const whole = await from.files.read(path);
    if (whole === null) throw new CliError(`${from.name}: ${path} is gone while it was moved. Does a bot run there?`);
    if (isLog(path)) {
      const handle = await to.files.openAppend(path, { create: true });
      for (let at = 0; at < whole.length; at += STEP) await handle.append(whole.subarray(at, at + STEP));
      await handle.sync();
      await handle.close();
    } else await to.files.createNew(path, whole);
    const copy = await to.files.read(path);
    if (copy === null || fingerprint(copy) !== fingerprint(whole))
      throw new CliError(`${to.name}: ${path} is not what was written to it. Do not use it; ${from.name} is as it was`);
    bytes += whole.length;
  }
  for (const [path, count] of records) {
    const copied = await requireSound(to.files, to.quarantine, path, to.name);
    if (copied !== count)
      throw new CliError(`${to.name}: ${path} has ${copied} records, and ${count} were written. Do not use it`);
  }
  return { files: paths.length, records: [...records.values()].reduce((sum, n) => sum + n, 0), bytes };
}

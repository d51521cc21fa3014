import { isBusFile } from '../../actors/records.ts';
import { fileQuarantine, QUARANTINE_INDEX, unlisted } from '../../adapters/file-quarantine.ts';
import { kernelLock } from '../../adapters/kernel-lock.ts';
import { nodeFiles } from '../../adapters/node-files.ts';
import { restoreEntry } from '../../adapters/restore-entry.ts';
import { wallClock } from '../../adapters/wall-clock.ts';
import { someOf } from '../../healing/words.ts';
import type { QuarantineEntry } from '../../ports/quarantine.ts';
import { botDirectory } from '../bot-directory.ts';
import { dropCheckpoint } from '../drop-checkpoint.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { nearest } from '../nearest.ts';
import { counted, say, table, tell } from '../terminal.ts';

interface QuarantineFlags {
  readonly dir: string;
  readonly json?: boolean;
}

function shelfOf(given: string) {
  const dir = botDirectory(given);
  const clock = wallClock();
  const files = nodeFiles(dir, { durability: 'synced', watched: false });
  return { dir, files, quarantine: fileQuarantine(files, clock) };
}

/** The entry with this id, or the only one whose id begins so. */
function entryOf(entries: readonly QuarantineEntry[], id: string): QuarantineEntry {
  const exact = entries.find((entry) => entry.id === id);
  const close = entries.filter((entry) => entry.id.startsWith(id));
  const [first] = close;
  if (exact) return exact;
  if (first && close.length === 1) return first;
  const near = nearest(
    id,
    entries.map((entry) => entry.id),
  );
  const why = close.length > 1 ? `${close.length} entries begin so` : 'there is no such entry';
  throw new CliError(`${id}: ${why}. ${near === null ? 'See: kintsugi quarantine list' : `Did you mean ${near}?`}`);
}

export async function listQuarantine({ dir: given, json }: QuarantineFlags): Promise<number> {
  const { dir, files, quarantine } = shelfOf(given);
  const entries = await quarantine.list();
  const untold = await unlisted(files, entries);
  if (untold.length > 0)
    tell(
      `${QUARANTINE_INDEX} does not tell of ${someOf(untold)}: it was damaged, or a crash came before its line. The bytes lie there as they were set aside; where they stood is in the name, and putting them back is up to you`,
    );
  if (json) say(JSON.stringify({ schema: 1, dir, entries, unlisted: untold }, null, 2));
  else if (entries.length === 0) say(untold.length === 0 ? 'Nothing is in quarantine.' : 'Nothing is listed.');
  else {
    say(
      table(
        entries.map(({ id, source, offset, length, reason }) => [
          id,
          `${source} at ${offset}`,
          counted(length, 'byte'),
          reason,
        ]),
      ),
    );
  }
  return EXIT.done;
}

export async function showQuarantine(id: string, { dir, json }: QuarantineFlags): Promise<number> {
  const { files, quarantine } = shelfOf(dir);
  const entry = entryOf(await quarantine.list(), id);
  const all = await files.read(entry.file);
  if (all === null) throw new CliError(`${entry.file} is gone: the bytes of ${entry.id} are lost`);
  const bytes = Buffer.from(all.subarray(entry.at, entry.at + entry.length));
  if (json) say(JSON.stringify({ schema: 1, entry, base64: bytes.toString('base64') }, null, 2));
  else process.stdout.write(bytes);
  return EXIT.done;
}

export async function restoreQuarantine(id: string, { dir: given, json }: QuarantineFlags): Promise<number> {
  const { dir, files, quarantine } = shelfOf(given);
  const entry = entryOf(await quarantine.list(), id);
  const answer = () => ({ pid: process.pid, healing: true });
  const lease = await kernelLock(dir, { files, answer }).acquire('default');
  try {
    const restored = await restoreEntry(files, quarantine, entry);
    if (isBusFile(entry.source)) await dropCheckpoint(files, quarantine, `${entry.id} was put back into the log`);
    if (json) say(JSON.stringify({ schema: 1, entry, ...restored }, null, 2));
    else {
      say(`${entry.source}: ${counted(entry.length, 'byte')} put back at ${entry.offset}`);
      if (restored.setAside) say(`what stood there is in ${restored.setAside}`);
    }
    return EXIT.done;
  } finally {
    await lease.release();
  }
}

import { CHECKPOINT_FILE } from '../actors/bus-history.ts';
import type { Files } from '../ports/files.ts';
import type { Quarantine } from '../ports/quarantine.ts';

/** The log tells another story now than the one the checkpoint was made of: it is moved away, and the log is read whole. */
export async function dropCheckpoint(files: Files, quarantine: Quarantine, why: string): Promise<string | null> {
  const bytes = await files.read(CHECKPOINT_FILE);
  if (bytes === null) return null;
  const { file } = await quarantine.keep(CHECKPOINT_FILE, 0, bytes, why);
  await files.move(CHECKPOINT_FILE, `${file}.original`);
  return file;
}

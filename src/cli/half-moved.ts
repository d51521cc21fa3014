import type { Files } from '../ports/files.ts';
import { CliError, EXIT } from './exit-codes.ts';

/** In a directory into which a bot's records were moved: whether all of them were. */
const MOVED_FILE = 'run/moved_in.json';
const WHOLE = '{"whole":true}\n';

export const noteMoved = (files: Files, isWhole: boolean): Promise<void> =>
  files.writeWhole(MOVED_FILE, new TextEncoder().encode(isWhole ? WHOLE : '{"whole":false}\n'));

/** Throws {@link CliError} where a directory has only a part of what was to be moved there: positions may be missing. */
export async function refuseHalfMoved(files: Files, dir: string): Promise<void> {
  const bytes = await files.read(MOVED_FILE);
  if (bytes === null || new TextDecoder().decode(bytes) === WHOLE) return;
  throw new CliError(
    `${dir} has only a part of a bot's records: kintsugi migrate was interrupted there (${MOVED_FILE}). Take the directory away and move them anew, or name another --to`,
    EXIT.refused,
  );
}

import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { FOLDER_MODE, faultOf } from './node-files.ts';
import { insideOf } from './path-guard.ts';
import { readIfThere } from './read-only.ts';

/** Which real account a directory trades with: for `kintsugi flatten`, and for a guardian's next start. */
export const LIVE_FILE = 'run/live.json';

const liveNote = z.object({
  exchange: z.string(),
  testnet: z.boolean(),
  /** Tells keys apart, and lets nobody in. */
  account: z.string(),
  /** Which guardian a person has confirmed this to; `null`: a bot without one. */
  confirmed_to: z.string().nullable(),
});
export type LiveNote = z.infer<typeof liveNote>;

/** The note is there, and does not say which account it is of: a real one, most likely. */
export class LiveNoteUnreadable extends Error {
  constructor() {
    super(`${LIVE_FILE} cannot be read, and it alone says which real account this directory trades with`);
    this.name = 'LiveNoteUnreadable';
  }
}

/** On the disk when it returns, with its name: a note that a power cut empties would be no note. Throws `FileFault`. */
export function noteLive(root: string, note: LiveNote): void {
  const path = insideOf(root, LIVE_FILE);
  const folder = dirname(path);
  const making = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    fs.mkdirSync(folder, { recursive: true, mode: FOLDER_MODE });
    fs.writeFileSync(making, `${JSON.stringify(note)}\n`, { flag: 'wx', mode: 0o600, flush: true });
    fs.renameSync(making, path);
    const fd = fs.openSync(folder, 'r');
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    fs.rmSync(making, { force: true });
    throw faultOf('write', LIVE_FILE, error);
  }
}

/** `null`: no real account was traded with from here. Throws {@link LiveNoteUnreadable}: what cannot be read is not paper. */
export const liveNoteOf = (root: string): LiveNote | null => liveNoteIn(readIfThere(join(root, LIVE_FILE)));

/** As {@link liveNoteOf}, of what is in the file; `null`: there is none. */
export function liveNoteIn(bytes: Uint8Array | null): LiveNote | null {
  if (bytes === null) return null;
  try {
    return liveNote.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (error) {
    throw Object.assign(new LiveNoteUnreadable(), { cause: error });
  }
}

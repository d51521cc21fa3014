import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { FOLDER_MODE } from './node-files.ts';
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

/** Throws the system's error. */
export function noteLive(root: string, note: LiveNote): void {
  fs.mkdirSync(dirname(join(root, LIVE_FILE)), { recursive: true, mode: FOLDER_MODE });
  const path = insideOf(root, LIVE_FILE);
  const making = `${path}.${randomBytes(4).toString('hex')}`;
  fs.writeFileSync(making, `${JSON.stringify(note)}\n`, { flag: 'wx', mode: 0o600 });
  fs.renameSync(making, path);
}

/** `null`: no real account was traded with from here, as far as can be told. */
export function liveNoteOf(root: string): LiveNote | null {
  const bytes = readIfThere(join(root, LIVE_FILE));
  if (bytes === null) return null;
  try {
    return liveNote.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    // Somebody wrote something else there: then it is not known, which is what null says.
    return null;
  }
}

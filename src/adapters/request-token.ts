import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import * as fs from 'node:fs';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { faultOf } from './node-files.ts';
import { insideOf } from './path-guard.ts';
import { readIfThere } from './read-only.ts';

/** Who can read this file may ask the bot to change something: its owner, and root. */
export const TOKEN_FILE = 'run/token';
const OWNER_ONLY = 0o600;
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** The same for the inspector's page. */
export const INSPECTOR_TOKEN_FILE = 'run/inspector_token';
type TokenFile = typeof TOKEN_FILE | typeof INSPECTOR_TOKEN_FILE;
const IS_TOKEN = /^[0-9a-f]{64}$/;

/** Makes the token of this run and writes it, readable by its owner alone. Throws `FileFault`. */
export function freshToken(root: string, file: TokenFile = TOKEN_FILE): string {
  const token = randomBytes(32).toString('hex');
  const path = insideOf(root, file);
  const making = insideOf(root, `${file}.${randomBytes(4).toString('hex')}`);
  try {
    fs.writeFileSync(making, `${token}\n`, { flag: CREATE as never, mode: OWNER_ONLY });
    fs.renameSync(making, path);
  } catch (error) {
    fs.rmSync(making, { force: true });
    throw faultOf('write', file, error);
  }
  return token;
}

/**
 * The token of the run before, where that did not end cleanly, so that what was opened with it goes on working; a fresh one
 * where there is none, or where others could have read or written it. Throws the system's error, or `FileFault`.
 */
export function keptToken(root: string, file: TokenFile): string {
  const path = insideOf(root, file);
  const seen = fs.lstatSync(path, { throwIfNoEntry: false });
  const isOurs = seen?.isFile() === true && seen.uid === process.getuid?.() && (seen.mode & 0o777) === OWNER_ONLY;
  const token = isOurs ? readToken(root, file) : null;
  return token !== null && IS_TOKEN.test(token) ? token : freshToken(root, file);
}

/** A token that opens nothing any more need not lie about. */
export const forgetToken = (root: string, file: TokenFile = TOKEN_FILE): void =>
  fs.rmSync(insideOf(root, file), { force: true });

/** The token in a bot's directory; `null` where there is none. Throws the system's error, `EACCES` for who may not. */
export function readToken(dir: string, file: TokenFile = TOKEN_FILE): string | null {
  const bytes = readIfThere(join(dir, file));
  return bytes === null ? null : new TextDecoder().decode(bytes).trim();
}

/** Whether it is the token, in a time that tells nothing of it. There is no empty token. */
export function isToken(token: string, given: unknown): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return token !== '' && typeof given === 'string' && timingSafeEqual(digest(token), digest(given));
}

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import * as fs from 'node:fs';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { insideOf } from './path-guard.ts';
import { readIfThere } from './read-only.ts';

/** Who can read this file may ask the bot to change something: its owner, and root. */
export const TOKEN_FILE = 'run/token';
const OWNER_ONLY = 0o600;

/** Makes the token of this run and writes it, readable by its owner alone. Throws the system's error. */
export function freshToken(root: string): string {
  const token = randomBytes(32).toString('hex');
  const path = insideOf(root, TOKEN_FILE);
  const making = insideOf(root, `${TOKEN_FILE}.${randomBytes(4).toString('hex')}`);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const fd = fs.openSync(making, flags, OWNER_ONLY);
  try {
    fs.writeSync(fd, `${token}\n`);
  } finally {
    fs.closeSync(fd);
  }
  fs.renameSync(making, path);
  return token;
}

/** A token that opens nothing any more need not lie about. */
export const forgetToken = (root: string): void => fs.rmSync(insideOf(root, TOKEN_FILE), { force: true });

/** The token in a bot's directory; `null` where there is none. Throws the system's error, `EACCES` for who may not. */
export function readToken(dir: string): string | null {
  const bytes = readIfThere(join(dir, TOKEN_FILE));
  return bytes === null ? null : new TextDecoder().decode(bytes).trim();
}

/** Whether it is the token, in a time that tells nothing of it. There is no empty token. */
export function isToken(token: string, given: unknown): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return token !== '' && typeof given === 'string' && timingSafeEqual(digest(token), digest(given));
}

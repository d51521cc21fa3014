import { resolve } from 'node:path';
import { askOwner, OwnerSilent } from '../adapters/kernel-lock.ts';
import { placeAt } from '../adapters/read-only.ts';
import type { StatusReport } from '../healing/status.ts';
import { CliError } from './exit-codes.ts';

/** How long a running bot may take to answer, ms. */
export const ANSWER_WITHIN_MS = 2_000;

/** The absolute path of a directory that is there. Throws {@link CliError}. */
export function botDirectory(given: string): string {
  const dir = resolve(given);
  if (placeAt(dir).is !== 'folder') throw new CliError(`${dir}: there is no such directory. Name the bot's with --dir`);
  return dir;
}

/** The status of the bot that runs there; `null` where none does, or where the owner is no bot or hangs. */
export async function statusOfOwner(dir: string): Promise<StatusReport | null> {
  try {
    const answer = (await askOwner(dir, { timeoutMs: ANSWER_WITHIN_MS })) as Partial<StatusReport> | null;
    return answer?.components === undefined ? null : (answer as StatusReport);
  } catch (error) {
    if (error instanceof OwnerSilent) return null;
    throw error;
  }
}

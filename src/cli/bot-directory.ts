import { join, resolve } from 'node:path';
import { ESCALATION_FILE } from '../actors/healing-operator.ts';
import { type Asking, askOwner, EPOCH_FILE, OwnerSilent } from '../adapters/kernel-lock.ts';
import { placeAt } from '../adapters/read-only.ts';
import type { StatusReport } from '../healing/status.ts';
import { CliError } from './exit-codes.ts';
import { tell } from './terminal.ts';

/** How long a running bot may take to answer, ms. */
export const ANSWER_WITHIN_MS = 2_000;

/** Asks whoever holds the directory. Throws {@link CliError} where they hang. */
export async function askThere(dir: string, asking: Asking): Promise<unknown> {
  try {
    return await askOwner(dir, asking);
  } catch (error) {
    throw error instanceof OwnerSilent ? new CliError(error.message) : error;
  }
}

/** The absolute path of a directory that is there, and may be read. Throws {@link CliError}. */
export function botDirectory(given: string): string {
  const dir = resolve(given);
  const place = placeAt(dir);
  if (place.is === 'taken') throw new CliError(`${place.by} is no directory. Name the bot's with --dir`);
  if (place.is === 'nothing') throw new CliError(`${dir}: there is no such directory. Name the bot's with --dir`);
  if (!place.readable)
    throw new CliError(`${dir} may not be read by this user. Give it its rights back: chmod u+rwx ${dir}`);
  return dir;
}

/** One of these every bot leaves, however soon it died. */
const TRACES = [EPOCH_FILE, 'logs', ESCALATION_FILE];

/**
 * As {@link botDirectory}, of a bot that has run there, if it only came as far as its lock: what is named by mistake is neither
 * sound nor paused. Throws {@link CliError}.
 */
export function directoryOfRun(given: string): string {
  const dir = botDirectory(given);
  if (TRACES.every((path) => placeAt(join(dir, path)).is === 'nothing'))
    throw new CliError(`no bot has run in ${dir}. Name the directory of one with --dir`);
  return dir;
}

/** The status of the bot that runs there; `null` where none does, or none that answers: then it is said why. */
export async function statusOfOwner(dir: string): Promise<StatusReport | null> {
  try {
    const answer = (await askOwner(dir, { timeoutMs: ANSWER_WITHIN_MS })) as Partial<StatusReport> | null;
    if (answer !== null && answer.components === undefined)
      tell(`${dir} is being worked on by a command, not by a bot`);
    return answer?.components === undefined ? null : (answer as StatusReport);
  } catch (error) {
    if (!(error instanceof OwnerSilent)) throw error;
    tell(`${error.message}; what follows is from its records alone`);
    return null;
  }
}

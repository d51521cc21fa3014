/**
 * A directory's records are of one account, on paper or real. With another, everything its log says is held would be booked as
 * closed elsewhere at a price of now, and the results of both would be told as one.
 */
import { join } from 'node:path';
import { LIVE_FILE, type LiveNote, LiveNoteUnreadable, liveNoteOf } from '../../adapters/live-note.ts';
import { EXCHANGE_FILE } from '../../adapters/paper-state.ts';
import { placeAt } from '../../adapters/read-only.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import type { Account } from './account-lock.ts';
import type { Doubt } from './confirm.ts';

const refused = (dir: string, whose: string): CliError =>
  new CliError(
    `the records in ${dir} are of ${whose}, and a directory has the records of one account. Name another with --dir`,
    EXIT.refused,
  );

const nameOf = (exchange: string, isTestnet: boolean): string =>
  isTestnet ? `the test network of ${exchange}` : `a real account at ${exchange}`;

/** Throws {@link CliError} where it cannot be told whose the records are. */
function noteIn(dir: string): LiveNote | null {
  try {
    return liveNoteOf(dir);
  } catch (error) {
    if (!(error instanceof LiveNoteUnreadable)) throw error;
    throw new CliError(
      `${dir}: ${error.message}. Nothing was started. See at the exchange what is held; then name another directory with --dir, or, if you are certain that these records are of the account you want, move ${LIVE_FILE} away`,
      EXIT.refused,
    );
  }
}

/**
 * What a person has to say before the account goes on with this directory. Throws {@link CliError} where it is certain that the
 * records are of another one.
 */
export function doubtsAbout(dir: string, { exchange, isTestnet, fingerprint }: Account): readonly Doubt[] {
  const note = noteIn(dir);
  if (note === null) {
    if (placeAt(join(dir, EXCHANGE_FILE)).is === 'taken') throw refused(dir, 'a bot that traded on paper');
    return [];
  }
  if (note.exchange !== exchange || note.testnet !== isTestnet) throw refused(dir, nameOf(note.exchange, note.testnet));
  if (note.account === fingerprint) return [];
  const says = `the records in ${dir} were made with other keys (${LIVE_FILE}): go on only if these are of the same account`;
  return [{ word: 'other-keys', says }];
}

/** Throws {@link CliError} where a directory's log tells of a real account. */
export function refuseOnPaper(dir: string): void {
  const note = noteIn(dir);
  if (note === null) return;
  throw new CliError(
    `the records in ${dir} are of ${nameOf(note.exchange, note.testnet)}, and on paper all that is held there would be booked as closed. Say --live to go on with it, or name another directory for paper with --dir`,
    EXIT.refused,
  );
}

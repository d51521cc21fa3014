import { homedir } from 'node:os';
import { join } from 'node:path';
import { kernelLock } from '../../adapters/kernel-lock.ts';
import { nodeFiles } from '../../adapters/node-files.ts';
import { type Lease, OwnedElsewhere } from '../../ports/ownership.ts';
import { CliError, EXIT } from '../exit-codes.ts';

export interface Account {
  readonly exchange: string;
  readonly isTestnet: boolean;
  /** Tells keys apart. */
  readonly fingerprint: string;
}

export const accountName = ({ exchange, isTestnet, fingerprint }: Account): string =>
  `${exchange}${isTestnet ? '-testnet' : ''}-${fingerprint}`;

/** Where this user's locks of accounts are: two bots in two directories must not trade one account. */
const stateDir = (environment: NodeJS.ProcessEnv): string =>
  join(environment.XDG_STATE_HOME || join(homedir(), '.local/state'), 'kintsugi/accounts');

/**
 * Two bots on one account would each see the other's positions as a difference to be set right. The kernel frees the lock however
 * its process dies. It reaches as far as the folder it is in: one user of one machine, and whoever shares that.
 * Throws {@link CliError} where another bot has it.
 */
export async function lockAccount(account: Account, dir: string, environment: NodeJS.ProcessEnv): Promise<Lease> {
  const place = join(stateDir(environment), accountName(account));
  const files = nodeFiles(place, { durability: 'written', watched: false });
  try {
    return await kernelLock(place, { files, answer: () => ({ pid: process.pid, dir }) }).acquire(accountName(account));
  } catch (error) {
    if (!(error instanceof OwnedElsewhere)) throw error;
    throw new CliError(
      `another bot of yours trades this account (${accountName(account)}): ${error.message.replace(/;.*/, '')}. One bot an account: stop it first, or use a sub-account with keys of its own`,
      EXIT.ownedElsewhere,
    );
  }
}

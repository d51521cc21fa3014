import { loopbackUrl } from '../../adapters/ccxt/point-at.ts';
import { liveNoteOf, noteLive } from '../../adapters/live-note.ts';
import type { Redactor } from '../../adapters/redactor.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { type Account, lockAccount } from './account-lock.ts';
import { type Asked, confirmLive, type Doubt } from './confirm.ts';
import { GREEN_WITHIN_S } from './green.ts';
import { fingerprintOf, takeKeys } from './keys.ts';
import { killPathOf } from './kill-path.ts';
import { doubtsAbout } from './one-account.ts';
import { type LiveSession, liveSession } from './session.ts';
import { rightsOf, type Stake, stakeOf } from './stake.ts';
import { CONFIRMED_TO, type LiveWish } from './wish.ts';

export interface LiveOptions {
  readonly wish: LiveWish;
  readonly dir: string;
  readonly symbols: readonly string[];
  readonly leverage: number;
  /** A guardian has started this bot again. */
  readonly isReborn: boolean;
  readonly environment: NodeJS.ProcessEnv;
  readonly redactor: Redactor;
  readonly question: Asked['question'];
}

/** Throws {@link CliError} for keys that no bot trades with. */
export function refuseUnfit({ rights }: Stake): void {
  if (rights.withdraw === 'yes')
    throw new CliError(
      `these keys may withdraw: whoever gets hold of them can empty the account, and the bot never needs that. Make keys that may trade futures and nothing else, and bind them to this machine's address`,
      EXIT.refused,
    );
  if (rights.trade === false)
    throw new CliError(
      `these keys may not trade futures (${rights.says}). Permit it where the keys were made`,
      EXIT.refused,
    );
}

/** What a person has to say of an account that could not be made sure of. */
export function doubtsOf(exchange: string, { rights }: Stake, hasKillPath: boolean): readonly Doubt[] {
  return [
    ...(rights.withdraw === 'unknown'
      ? [{ word: 'rights-unknown', says: `${rights.says}: look there that they may only trade` }]
      : []),
    ...(hasKillPath
      ? []
      : [
          {
            word: 'no-kill-path',
            says: `kintsugi flatten cannot leave ${exchange} when the bot is dead: you must do it there`,
          },
        ]),
  ];
}

/** Throws {@link CliError} where the variable is no time. */
export const greenWithin = ({ KINTSUGI_GREEN_WITHIN_S: text }: NodeJS.ProcessEnv): number => {
  if (!text) return GREEN_WITHIN_S;
  const seconds = Number(text);
  if (seconds > 0 && seconds <= 3_600) return seconds;
  throw new CliError(`KINTSUGI_GREEN_WITHIN_S=${text}: it is a number of seconds, at most 3600`, EXIT.config);
};

/**
 * All that stands before the first real order: keys, the lock of the account, what the keys may do, the kill path, and a person's
 * word. A bot that a guardian has started again is not asked that again, and finds the rest out while it minds what is held.
 * Throws {@link CliError}; nothing was traded.
 */
export async function openLive(options: LiveOptions): Promise<LiveSession> {
  const { wish, dir, environment, redactor } = options;
  const { exchange, isTestnet } = wish;
  const at = environment.KINTSUGI_EXCHANGE_URL ? loopbackUrl(environment.KINTSUGI_EXCHANGE_URL) : null;
  const greenWithinS = greenWithin(environment);
  const keys = takeKeys(environment, redactor);
  const account: Account = { exchange, isTestnet, fingerprint: fingerprintOf(exchange, isTestnet, keys) };
  const guardian = environment[CONFIRMED_TO] ?? null;
  const others = doubtsAbout(dir, account);
  const note = liveNoteOf(dir);
  const wasConfirmed =
    options.isReborn && guardian !== null && note?.confirmed_to === guardian && note.account === account.fingerprint;
  const killPath = killPathOf(wish, keys, at);
  const asked = { exchange, isTestnet, keys, at };
  const lease = await lockAccount(account, dir, environment);
  const parts = { account, keys, at, redactor, lease, killPath, greenWithinS, askRights: () => rightsOf(asked) };
  if (wasConfirmed) return liveSession({ ...parts, isReborn: true, rights: null, tested: null });
  try {
    const [stake, tested] = await Promise.all([stakeOf(asked), killPath?.test() ?? null]);
    refuseUnfit(stake);
    const { symbols, leverage } = options;
    const way = tested === null ? `none for ${exchange}` : tested.ok ? tested.says : `DOES NOT WORK: ${tested.says}`;
    const doubts = [...doubtsOf(exchange, stake, killPath !== null), ...others];
    await confirmLive({ account, stake, symbols, leverage, killPath: way, doubts }, options);
    noteLive(dir, { exchange, testnet: isTestnet, account: account.fingerprint, confirmed_to: guardian });
    return liveSession({ ...parts, isReborn: false, rights: stake.rights, tested });
  } catch (error) {
    await lease.release();
    throw error instanceof Error && !(error instanceof CliError) ? new CliError(redactor.text(error.message)) : error;
  }
}

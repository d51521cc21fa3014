/** A worker that trades for real: what stands before its first order, and before the first of each of its partitions. */
import { loopbackUrl } from '../../adapters/ccxt/point-at.ts';
import { LIVE_FILE, type LiveNote, LiveNoteUnreadable, liveNoteIn, noteLive } from '../../adapters/live-note.ts';
import { EXCHANGE_FILE } from '../../adapters/paper-state.ts';
import { Redactor } from '../../adapters/redactor.ts';
import type { Files } from '../../ports/files.ts';
import type { ExpiringLease } from '../../ports/ownership.ts';
import { exchangeUrl } from '../exchange-url.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { type Account, accountName, lockAccount } from './account-lock.ts';
import { type Asked, CONFIRM_VARIABLE, confirmLive, type Doubt, terminalQuestion } from './confirm.ts';
import { fingerprintOf, takeKeys } from './keys.ts';
import { killPathOf } from './kill-path.ts';
import type { LiveRunOptions } from './live-run.ts';
import { doubtsOf, greenWithin, refuseUnfit } from './open-live.ts';
import { type LiveSession, liveSession } from './session.ts';
import { rightsOf, stakeOf } from './stake.ts';
import { liveWish } from './wish.ts';

/** What a partition's bot is to trade under. */
export interface LivePartition {
  readonly files: Files;
  readonly lease: ExpiringLease;
}

export interface LiveFleet {
  /** Knows the keys. */
  readonly redactor: Redactor;
  /** At which account, for people: `REAL MONEY at binanceusdm-…`. */
  readonly orders: string;
  /** For one partition's bot; rejects with {@link CliError} where that one is not to be traded with these keys. */
  session(partition: LivePartition): Promise<LiveSession>;
  close(): Promise<void>;
}

export interface LiveFleetOptions extends Omit<LiveRunOptions, 'isReborn'> {
  /** Of the whole fleet. */
  readonly partitions: number;
  readonly environment: NodeJS.ProcessEnv;
  readonly question: Asked['question'];
}

const OTHER_KEYS = 'other-keys';

/** Whose records a partition has; `null`: nobody's yet, or those of paper. Throws {@link CliError} where that cannot be told. */
async function noteIn({ files, lease: { partition } }: LivePartition): Promise<LiveNote | null> {
  try {
    return liveNoteIn(await files.read(LIVE_FILE));
  } catch (error) {
    if (!(error instanceof LiveNoteUnreadable)) throw error;
    throw new CliError(`${partition}: ${error.message}. Nothing is traded there`, EXIT.refused);
  }
}

const nameOf = ({ exchange, testnet }: Pick<LiveNote, 'exchange' | 'testnet'>): string =>
  testnet ? `the test network of ${exchange}` : `a real account at ${exchange}`;

/** Throws {@link CliError} where a partition's records are of a real account, and its worker trades on paper. */
export async function refusePaper(partition: LivePartition): Promise<void> {
  const note = await noteIn(partition);
  if (note === null) return;
  throw new CliError(
    `the records of ${partition.lease.partition} are of ${nameOf(note)}, and on paper all that is held there would be booked as closed. Say --live to go on with it, or use another store (or fleet.account) for paper`,
    EXIT.refused,
  );
}

/** Throws {@link CliError} where its records are of paper, or of another account. */
async function requireSameAccount(partition: LivePartition, account: Account, said: readonly string[]): Promise<void> {
  const { files, lease } = partition;
  const { exchange, isTestnet: testnet, fingerprint } = account;
  const note = await noteIn(partition);
  const refused = (whose: string, advice: string): CliError =>
    new CliError(
      `the records of ${lease.partition} are of ${whose}, and this is ${nameOf({ exchange, testnet })}. ${advice}`,
      EXIT.refused,
    );
  const another = 'Use another store, or another fleet.account, for this one';
  if (note === null && (await files.read(EXCHANGE_FILE)) !== null) throw refused('a bot that traded on paper', another);
  if (note !== null && (note.exchange !== exchange || note.testnet !== testnet)) throw refused(nameOf(note), another);
  if (note?.account === fingerprint) return;
  if (note !== null && !said.includes(OTHER_KEYS))
    throw refused(
      `an account with other keys (${LIVE_FILE})`,
      `If these are of the same account, say ${OTHER_KEYS} in ${CONFIRM_VARIABLE}`,
    );
  const made: LiveNote = { exchange, testnet, account: fingerprint, confirmed_to: null };
  await files.writeWhole(LIVE_FILE, new TextEncoder().encode(`${JSON.stringify(made)}\n`));
}

/** Each partition sees the money of all, and holds itself alone to its limits. */
const sumOf = (partitions: number): readonly Doubt[] =>
  partitions === 1
    ? []
    : [
        {
          word: 'limits-per-partition',
          says: `limits in fractions of equity hold for each of ${partitions} partitions by itself: in sum they may take ${partitions} times as much`,
        },
      ];

/**
 * All that stands before the first real order of a worker, as `kintsugi run --live` has it: keys, the lock of the account, what the keys may
 * do, the kill path, and a person's word, once for all partitions. Each partition's bot then begins with entries held, until keys and kill
 * path have passed anew and it is green; whoever takes a partition over minds what is held there at once.
 * Throws {@link CliError}; nothing was traded.
 */
export async function openLiveFleet(options: LiveFleetOptions): Promise<LiveFleet> {
  const { environment, dir, symbols, leverage, speed, partitions } = options;
  if (speed !== 1) throw new CliError('--live: a lease counts real seconds. Leave --speed away', EXIT.usage);
  const wish = liveWish(options, exchangeUrl(environment));
  const { exchange, isTestnet } = wish;
  const redactor = new Redactor();
  const at = environment.KINTSUGI_EXCHANGE_URL ? loopbackUrl(environment.KINTSUGI_EXCHANGE_URL) : null;
  const greenWithinS = greenWithin(environment);
  const said = (environment[CONFIRM_VARIABLE] ?? '').split('+');
  const keys = takeKeys(environment, redactor);
  const account: Account = { exchange, isTestnet, fingerprint: fingerprintOf(exchange, isTestnet, keys) };
  const asked = { exchange, isTestnet, keys, at };
  const killPath = killPathOf(wish, keys, at);
  const lock = await lockAccount(account, dir, environment);
  try {
    const [stake, tested] = await Promise.all([stakeOf(asked), killPath?.test() ?? null]);
    refuseUnfit(stake);
    const way = tested === null ? `none for ${exchange}` : tested.ok ? tested.says : `DOES NOT WORK: ${tested.says}`;
    const doubts = [...doubtsOf(exchange, stake, killPath !== null), ...sumOf(partitions)];
    await confirmLive({ account, stake, symbols, leverage, killPath: way, doubts }, options);
    noteLive(dir, { exchange, testnet: isTestnet, account: account.fingerprint, confirmed_to: null });
  } catch (error) {
    await lock.release();
    throw error instanceof Error && !(error instanceof CliError) ? new CliError(redactor.text(error.message)) : error;
  }
  return {
    redactor,
    orders: `${isTestnet ? 'test network' : 'REAL MONEY'}, ${accountName(account)}`,
    session: async (partition) => {
      await requireSameAccount(partition, account, said);
      return liveSession({
        ...{ account, keys, at, redactor, greenWithinS, askRights: () => rightsOf(asked) },
        // The account is the worker's for as long as it lives.
        lease: { ...lock, release: async () => undefined },
        killPath: killPathOf(wish, keys, at, partition.lease),
        ...{ isReborn: true, rights: null, tested: null },
      });
    },
    close: () => lock.release(),
  };
}

/** As {@link openLiveFleet}, with the terminal and the environment of this process. Throws {@link CliError}. */
export const liveFleet = (options: Omit<LiveFleetOptions, 'environment' | 'question'>): Promise<LiveFleet> =>
  openLiveFleet({ ...options, environment: process.env, question: terminalQuestion() });

import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { type Account, accountIn, flatten as flattenAccount, type Look } from '../../adapters/kill/binance-usdm.ts';
import { LIVE_FILE, type LiveNote, LiveNoteUnreadable, liveNoteOf } from '../../adapters/live-note.ts';
import { placeAt } from '../../adapters/read-only.ts';
import type { FlattenAnswer } from '../../healing/resume.ts';
import type { StatusReport } from '../../healing/status.ts';
import { quoted } from '../../healing/words.ts';
import { askRunningBot } from '../ask-running-bot.ts';
import { ANSWER_WITHIN_MS, askThere, botDirectory } from '../bot-directory.ts';
import { exchangeUrl } from '../exchange-url.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { terminalQuestion } from '../live/confirm.ts';
import { fingerprintOf, keysMissing } from '../live/keys.ts';
import { REACHED } from '../live/kill-path.ts';
import { say, tell } from '../terminal.ts';

interface FlattenFlags {
  readonly dir: string;
  readonly live?: boolean;
  readonly testnet?: boolean;
  readonly yes?: boolean;
  readonly reason?: string;
  readonly json?: boolean;
}

const WORD = 'flatten';

/** Who owns the directory: a bot that answers, one that hangs (`hangs` says so), or nobody. */
async function ownerOf(dir: string): Promise<{ readonly status: StatusReport | null; readonly hangs: string | null }> {
  if (placeAt(dir).is !== 'folder') return { status: null, hangs: null };
  try {
    const answer = (await askThere(dir, { timeoutMs: ANSWER_WITHIN_MS })) as Partial<StatusReport> | null;
    return { status: answer?.components === undefined ? null : (answer as StatusReport), hangs: null };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return { status: null, hangs: error.message };
  }
}

/** A real account, as far as it is named without its keys. */
interface Meant {
  readonly exchange: string;
  readonly testnet: boolean;
  /** Tells keys apart; `null` or not there: which they are is not known. */
  readonly account?: string | null;
}

const nameOf = ({ exchange, testnet }: Meant): string => `${exchange}${testnet ? ' (test network)' : ''}`;
const isOfKeys = ({ account: known }: Meant, own: string | null): boolean => !known || own === null || known === own;
const isSame = (a: Meant, b: Meant): boolean => nameOf(a) === nameOf(b) && isOfKeys(a, b.account ?? null);

/** Which keys are in the environment, as the records of a bot name them; `null`: none. */
function ownKeys({ exchange, testnet }: Meant, environment: NodeJS.ProcessEnv): string | null {
  const { KINTSUGI_API_KEY: apiKey, KINTSUGI_API_SECRET: secret } = environment;
  return apiKey && secret ? fingerprintOf(exchange, testnet, { apiKey, secret }) : null;
}

/** The real account that is meant; `null`: paper. `--live` means that of the keys, whatever is `known` of the directory. */
function accountMeant(flags: FlattenFlags, known: Meant | null, environment: NodeJS.ProcessEnv): Meant | null {
  if (!flags.live) return known;
  const named = { exchange: REACHED, testnet: flags.testnet ?? false };
  const meant = { ...named, account: ownKeys(named, environment) };
  if (known !== null && nameOf(known) !== nameOf(meant))
    tell(`--live means ${nameOf(meant)}; the directory is of ${nameOf(known)}, and that account is not touched`);
  else if (known !== null && !isSame(known, meant))
    tell(
      '--live means the account of the keys here; the directory is of other keys: its bot is not asked. If they are of the same account, entries are NOT blocked in it',
    );
  return meant;
}

/**
 * What asks the exchange itself; `null`: only the bot can.
 * @param mayDo whether a bot that runs may do it: then nothing here has to
 * Throws {@link CliError} where nobody else can do it.
 */
function wayOut(meant: Meant, mayDo: boolean, dir: string, environment: NodeJS.ProcessEnv): Account | null {
  if (meant.exchange !== REACHED) {
    if (mayDo) return null;
    throw new CliError(
      `without a bot only accounts of ${REACHED} can be left, and this is one of ${meant.exchange}: close what is held there, by hand`,
    );
  }
  if (!isOfKeys(meant, ownKeys(meant, environment))) {
    const other = `the keys in the environment are others than ${dir} trades with, and may be of another account`;
    if (!mayDo)
      throw new CliError(
        `${other}: nothing was touched. Set its own; to leave the account of these, say --live`,
        EXIT.refused,
      );
    tell(`${other}: with them the exchange is not asked`);
    return null;
  }
  const at = exchangeUrl(environment);
  if (environment.KINTSUGI_API_KEY && environment.KINTSUGI_API_SECRET)
    return accountIn(environment, meant.testnet, at?.origin);
  if (mayDo) return null;
  throw keysMissing(`to leave a real account (${nameOf(meant)})`);
}

/** `--live` says which account is meant: no note may stand in its way. Throws {@link CliError} where only the note could say it. */
function noteFor({ live }: FlattenFlags, dir: string): LiveNote | null {
  try {
    return liveNoteOf(dir);
  } catch (error) {
    if (!(error instanceof LiveNoteUnreadable)) throw error;
    if (live) return null;
    throw new CliError(
      `${dir}: ${error.message}. Say --live (and --testnet, if it was that) to leave the account of your keys`,
    );
  }
}

async function confirmed(what: string, { yes }: FlattenFlags): Promise<void> {
  if (yes) return;
  const question = terminalQuestion();
  if (question === null)
    throw new CliError(`it leaves ${what} at the market. Say --yes where nobody can be asked`, EXIT.usage);
  const said = await question(`This leaves ${what} at the market and blocks entries. Type ${WORD} to do it: `);
  if (said.trim() !== WORD) throw new CliError('not confirmed; nothing was done', EXIT.refused);
}

/** Through the bot, which books what it leaves. @returns `null` where it did not do it, which is said */
async function throughBot(dir: string, reason: string): Promise<FlattenAnswer | null> {
  const request = { request: 'flatten', reason, by: `${userInfo().username} (process ${process.pid})` };
  try {
    return await askRunningBot<FlattenAnswer>(dir, request, ({ flat }) => flat !== undefined);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    tell(error.message);
    return null;
  }
}

const leftOf = (left: Look | null): readonly string[] =>
  left === null
    ? ['it is not known: the exchange did not say it']
    : [
        ...left.held.map(({ symbol, positionAmt }) => `${positionAmt} ${symbol} held`),
        ...left.resting.map(({ symbol, side }) => `an order rests (${side} ${symbol})`),
      ];

/** `kintsugi flatten`. Throws {@link CliError} where it cannot be begun. */
export async function flatten(flags: FlattenFlags): Promise<number> {
  // Whoever says it means play money, and the directory may be of a real account.
  if (flags.testnet && !flags.live)
    throw new CliError(
      '--testnet goes with --live, and says which account of the keys is meant. Without --live it is that of the directory: leave --testnet away',
      EXIT.usage,
    );
  const dir = flags.live ? resolve(flags.dir) : botDirectory(flags.dir);
  const reason = flags.reason?.trim() || 'kintsugi flatten';
  const { status, hangs } = await ownerOf(dir);
  const note = status?.live ? null : noteFor(flags, dir);
  const account = accountMeant(flags, status?.live ?? (status === null || flags.live ? note : null), process.env);
  if (account === null && status === null)
    throw new CliError(
      hangs !== null
        ? `${hangs}. It trades on paper (there is no ${LIVE_FILE}): end it, start it again, and flatten then`
        : `no bot runs in ${dir}, and it traded on paper: its positions are left by a bot alone. Start it (kintsugi run --dir ${quoted(flags.dir)}) and call this again. For a real account say --live`,
      EXIT.failed,
    );
  // A bot on paper, or of another account, has no hand in this one.
  const owner = status !== null && (account === null || (status.live && isSame(status.live, account))) ? status : null;
  const direct = account === null ? null : wayOut(account, owner !== null, dir, process.env);
  const whose =
    account === null ? 'on paper' : account.testnet ? 'of the account on the test network' : 'of the REAL account';
  await confirmed(`every position ${whose}`, flags);

  const answer = owner === null ? null : await throughBot(dir, reason);
  if (answer !== null) tell(`the bot: ${answer.says}`);
  let flat = answer?.flat ?? false;
  let left: readonly string[] = [];
  if (direct !== null) {
    // Also where the bot says that it is done: this is the exchange's own word, and takes back what rests.
    const found = await flattenAccount(direct, tell);
    left = leftOf(found);
    flat = left.length === 0;
  } else if (account !== null) {
    const own =
      account.exchange === REACHED ? 'set KINTSUGI_API_KEY and KINTSUGI_API_SECRET and call this again' : 'look there';
    tell(
      `${answer === null ? 'the bot did not do it' : `the bot says ${flat ? 'flat' : 'NOT flat'}`}; to have the exchange's own word, ${own}`,
    );
  }
  if (account !== null && (hangs !== null || (owner !== null && answer === null)))
    tell(`${hangs ?? 'the bot did not answer'}: entries are NOT blocked in it. End it (kill -9) before it wakes`);
  const words = flat ? 'Flat: nothing is held' : `NOT FLAT: ${left.join('; ') || answer?.says || 'it is not known'}`;
  if (flags.json) say(JSON.stringify({ schema: 1, dir, live: account !== null, flat, left, bot: answer }, null, 2));
  else if (flat) say(`${words}${direct === null ? '' : ', and no order rests'}.`);
  else tell(words);
  return flat ? EXIT.done : EXIT.failed;
}

import { createInterface } from 'node:readline/promises';
import { CliError, EXIT } from '../exit-codes.ts';
import { style, table, tell } from '../terminal.ts';
import { type Account, accountName } from './account-lock.ts';
import type { Stake } from './stake.ts';

/** Says what {@link confirmLive} would ask, where nobody can be asked. */
export const CONFIRM_VARIABLE = 'KINTSUGI_LIVE_CONFIRM';

/** Something that could not be made sure of, by the word that a person says to go on in spite of it. */
export interface Doubt {
  readonly word: string;
  readonly says: string;
}

export interface Confirmation {
  readonly account: Account;
  readonly stake: Stake;
  readonly symbols: readonly string[];
  readonly leverage: number;
  /** What the self-test of the kill path came to. */
  readonly killPath: string;
  readonly doubts: readonly Doubt[];
}

export interface Asked {
  /** `null`: nobody sits there. */
  readonly question: ((text: string) => Promise<string>) | null;
  readonly environment: NodeJS.ProcessEnv;
}

/** What is at stake, in rows. */
export function stakeRows({ account, stake, symbols, leverage, killPath }: Confirmation): readonly string[][] {
  const { equityUsd, held, rights } = stake;
  return [
    ['  account', accountName(account)],
    ['  equity', equityUsd === null ? 'not told in USDT' : `${equityUsd.toFixed(2)} USDT`],
    ['  symbols', symbols.join(', ')],
    ['  leverage', `${leverage} at most`],
    ['  held now', held.length === 0 ? 'nothing' : held.join(', ')],
    ['  keys', rights.says],
    ['  kill path', killPath],
  ];
}

const unconfirmed = (why: string): CliError => new CliError(`${why}; nothing was traded`, EXIT.refused);

/**
 * Asks a person for every word there is to say: the exchange's name, and one for each doubt. Where nobody sits at a terminal the
 * variable must hold them all, joined by `+`.
 * Throws {@link CliError} unless all were said.
 */
export async function confirmLive(confirmation: Confirmation, { question, environment }: Asked): Promise<void> {
  const { account, doubts } = confirmation;
  const needed = [account.exchange, ...doubts.map(({ word }) => word)];
  const title = account.isTestnet ? 'test network: real orders, play money' : 'REAL MONEY';
  tell(`${style('red', title, process.stderr)}\n${table(stakeRows(confirmation))}`);
  for (const { says } of doubts) tell(style('yellow', `  ! ${says}`, process.stderr));
  const given = environment[CONFIRM_VARIABLE];
  if (given !== undefined && given !== '') {
    const said = given.split('+');
    const missing = needed.filter((word) => !said.includes(word));
    if (missing.length === 0) return;
    throw unconfirmed(`${CONFIRM_VARIABLE}=${given} does not say ${missing.join(' and ')}`);
  }
  if (question === null)
    throw unconfirmed(`nobody sits at a terminal to confirm this. Set ${CONFIRM_VARIABLE}=${needed.join('+')}`);
  const [first, ...rest] = needed;
  const asks = [
    `Type ${first} to let the bot trade with it, anything else to stop: `,
    ...rest.map((word) => `Type ${word} to go on in spite of it: `),
  ];
  for (const [index, text] of asks.entries()) {
    const said = (await question(text)).trim();
    if (said !== needed[index]) throw unconfirmed(`not confirmed (${needed[index]} was not typed)`);
  }
}

/** Asks at the terminal; `null` where there is none. */
export function terminalQuestion(): Asked['question'] {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return null;
  return async (text) => {
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    const leaves = new AbortController();
    for (const event of ['SIGINT', 'close'] as const) lines.once(event, () => leaves.abort());
    try {
      return await lines.question(text, { signal: leaves.signal });
    } catch (error) {
      if (leaves.signal.aborted) return '';
      throw error;
    } finally {
      lines.close();
    }
  };
}

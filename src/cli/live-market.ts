import { CcxtError, loadExchange, UnknownExchange } from '../adapters/ccxt/load.ts';
import { type OpenedCcxtFeed, openCcxtFeed } from '../adapters/ccxt/open-ccxt-feed.ts';
import { loopbackUrl } from '../adapters/ccxt/point-at.ts';
import type { Chance } from '../ports/chance.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Pending } from '../ports/world.ts';
import { CliError, EXIT } from './exit-codes.ts';
import { nearest } from './nearest.ts';

/** Live prices of an exchange, as they were asked for. */
export interface LiveMarket {
  readonly kind: 'ccxt';
  /** ccxt's name of it. */
  readonly exchange: string;
  readonly testnet: boolean;
  /** An exchange on this machine instead, for tests. */
  readonly at: URL | null;
}

/** Names an exchange on this machine instead of the real one, for tests: `http://127.0.0.1:PORT` and nothing else. */
const EXCHANGE_URL = 'KINTSUGI_EXCHANGE_URL';

/** Where an exchange for tests is, if the environment names one. Throws {@link CliError} for any that is not on this machine. */
export function exchangeUrl(environment: Readonly<Record<string, string | undefined>>): URL | null {
  const text = environment[EXCHANGE_URL];
  if (!text) return null;
  try {
    return loopbackUrl(text);
  } catch (error) {
    throw inWords(error, `${EXCHANGE_URL}: `);
  }
}

function inWords(error: unknown, before = ''): unknown {
  if (error instanceof UnknownExchange) {
    const meant = nearest(error.exchange, error.known);
    const advice = meant === null ? 'ccxt has a list of its exchanges at docs.ccxt.com' : `Did you mean ccxt:${meant}?`;
    return new CliError(`--feed ccxt:${error.exchange}: ${error.message}. ${advice}`, EXIT.usage);
  }
  return error instanceof CcxtError ? new CliError(`${before}${error.message}`) : error;
}

/** Whether ccxt is there and knows the exchange; nothing is asked of anybody. Throws {@link CliError}. */
export async function checkExchange({ exchange }: LiveMarket): Promise<void> {
  try {
    await loadExchange(exchange);
  } catch (error) {
    throw inWords(error);
  }
}

/** What an opened market needs of the bot. */
export interface MarketNeeds {
  readonly clock: Clock;
  readonly log: Logger;
  readonly pending: Pending;
}

/** Throws {@link CliError}. */
export async function openLiveMarket(
  { exchange, testnet, at }: LiveMarket,
  symbols: readonly string[],
  chance: Chance,
  needs: MarketNeeds,
): Promise<OpenedCcxtFeed> {
  try {
    return await openCcxtFeed({ exchange, symbols, testnet, at, chance, ...needs });
  } catch (error) {
    throw inWords(error);
  }
}

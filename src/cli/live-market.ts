import { ExchangeTime } from '../adapters/ccxt/exchange-time.ts';
import { CcxtError, loadExchange, UnknownExchange, Unreachable } from '../adapters/ccxt/load.ts';
import { type OpenedCcxtFeed, openCcxtFeed } from '../adapters/ccxt/open-ccxt-feed.ts';
import { openClient } from '../adapters/ccxt/open-client.ts';
import { inShort } from '../adapters/ccxt/outcome.ts';
import { wallClock } from '../adapters/wall-clock.ts';
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

function inWords(error: unknown): unknown {
  if (error instanceof UnknownExchange) {
    const meant = nearest(error.exchange, error.known);
    const advice = meant === null ? 'ccxt has a list of its exchanges at docs.ccxt.com' : `Did you mean ccxt:${meant}?`;
    return new CliError(`--feed ccxt:${error.exchange}: ${error.message}. ${advice}`, EXIT.usage);
  }
  if (error instanceof Unreachable) return new CliError(error.message, EXIT.unreachable);
  return error instanceof CcxtError ? new CliError(error.message) : error;
}

/** Whether ccxt is there and knows the exchange; nothing is asked of anybody. Throws {@link CliError}. */
export async function checkExchange({ exchange }: LiveMarket): Promise<void> {
  try {
    await loadExchange(exchange);
  } catch (error) {
    throw inWords(error);
  }
}

/**
 * Where the bot's time begins: at the present; or, with an exchange for tests, where its clock stands, which may be in another year.
 * Throws {@link CliError}.
 */
export async function liveOrigin({ exchange, at }: LiveMarket): Promise<number | null> {
  if (at === null) return null;
  const { Exchange } = await loadExchange(exchange);
  const clock = wallClock({ keepsAlive: false });
  const { client } = openClient({ Exchange, clock, at, time: new ExchangeTime(clock, () => undefined) });
  try {
    return (await client.fetchTime()) ?? null;
  } catch (error) {
    throw new CliError(`the exchange for tests at ${at.origin} does not answer (${inShort(error)})`, EXIT.unreachable);
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

import type { Clock, TimerId } from '../../ports/clock.ts';
import type { Pending } from '../../ports/world.ts';
import type { CcxtClient } from './client.ts';
import type { ExchangeTime } from './exchange-time.ts';
import { codeOf, inShort, type Outcome, outcomeOf } from './outcome.ts';

/** Of a request whose answer does not end: ccxt's own limit is on its beginning, ms. */
export const ANSWERED_WITHIN_MS = 30_000;
/** How long nothing is asked after 429 and 418, where the exchange does not say, ms. */
const PAUSE_MS = 5_000;
const BAN_MS = 120_000;
/** Binance is too busy for entries, and says that it takes what only reduces: one that is turned away stops nothing else. */
const OVERLOADED = -1008;

/** A request that failed, and what that means. */
export class ExchangeFault extends Error {
  readonly outcome: Outcome;
  constructor(what: string, outcome: Outcome, cause: unknown) {
    super(`${what}: ${inShort(cause)}`, { cause });
    this.name = 'ExchangeFault';
    this.outcome = outcome;
  }
}

/** Every request goes through here: it ends, and it is not made while the exchange has asked to be left alone. */
export interface Ask {
  /** Rejects with {@link ExchangeFault}. */
  <T>(what: string, client: CcxtClient, request: () => Promise<T>): Promise<T>;
  /** Until when nothing is asked, ms on the bot's clock; 0: one may ask. */
  readonly pausedUntil: number;
}

const headerOf = (client: CcxtClient, name: string): string | null => {
  const headers = client.last_response_headers ?? {};
  const key = Object.keys(headers).find((header) => header.toLowerCase() === name);
  return key === undefined ? null : (headers[key] ?? null);
};

/** How long the exchange wants to be left alone, ms. */
function pauseOf(error: unknown, client: CcxtClient, now: number): number {
  const text = error instanceof Error ? error.message : '';
  const bannedUntil = /banned until (\d{13})/.exec(text)?.[1];
  if (bannedUntil !== undefined) return Math.max(PAUSE_MS, Number(bannedUntil) - now);
  const seconds = Number(headerOf(client, 'retry-after') ?? Number.NaN);
  if (seconds > 0) return seconds * 1_000;
  return / 418 |banned/.test(text) ? BAN_MS : PAUSE_MS;
}

export interface AskParts {
  /** The bot's: pauses are in its time. */
  readonly clock: Clock;
  /** Real time, however fast the bot's runs: networks know no other. */
  readonly network: Clock;
  readonly time: ExchangeTime;
  readonly pending: Pending;
  /** Measures the exchange's time anew; called when a request was turned away for its timestamp, which is then made once more. */
  readonly resync: () => Promise<void>;
  /** News of pauses, for people. */
  readonly tell: (words: string) => void;
}

export function asking({ clock, network, time, pending, resync, tell }: AskParts): Ask {
  let pausedUntil = 0;

  const limited = async <T>(what: string, request: () => Promise<T>): Promise<T> => {
    let timer: TimerId = 0;
    const late = new Promise<never>((_, reject) => {
      timer = network.setTimeout(
        () => reject(new Error(`${what} was not answered within ${ANSWERED_WITHIN_MS / 1_000} s`)),
        ANSWERED_WITHIN_MS,
      );
    });
    try {
      return await Promise.race([request(), late]);
    } finally {
      network.clearTimeout(timer);
    }
  };

  const pause = (error: unknown, client: CcxtClient): void => {
    const ms = pauseOf(error, client, time.now());
    const until = clock.now() + ms;
    if (until <= pausedUntil) return;
    pausedUntil = until;
    tell(
      `${client.id} has asked to be left alone: nothing is asked for ${Math.ceil(ms / 1_000)} s (${inShort(error)})`,
    );
  };

  const once = async <T>(what: string, client: CcxtClient, request: () => Promise<T>): Promise<T> => {
    const left = pausedUntil - clock.now();
    if (left > 0) {
      const why = new Error(`not asked: ${client.id} has asked to be left alone for ${Math.ceil(left / 1_000)} s more`);
      throw new ExchangeFault(what, 'retry-later', why);
    }
    try {
      return await limited(what, request);
    } catch (error) {
      const outcome = outcomeOf(error);
      if (outcome === 'retry-later' && codeOf(error) !== OVERLOADED) pause(error, client);
      throw new ExchangeFault(what, outcome, error);
    }
  };

  const again = async <T>(what: string, client: CcxtClient, request: () => Promise<T>): Promise<T> => {
    try {
      return await once(what, client, request);
    } catch (error) {
      if (!(error instanceof ExchangeFault) || error.outcome !== 'clock') throw error;
      try {
        await limited('the time', resync);
      } catch {
        // What was turned away stays turned away; why is in the error that the caller gets.
        throw error;
      }
      return once(what, client, request);
    }
  };
  const ask = <T>(what: string, client: CcxtClient, request: () => Promise<T>): Promise<T> =>
    pending.track(again(what, client, request));
  return Object.defineProperty(ask, 'pausedUntil', { get: () => pausedUntil }) as Ask;
}

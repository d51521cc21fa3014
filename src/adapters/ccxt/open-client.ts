import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { wallClock } from '../wall-clock.ts';
import type { CcxtClass, CcxtClient, Params } from './client.ts';
import { clientWords } from './client-words.ts';
import type { ExchangeTime } from './exchange-time.ts';
import { CcxtError } from './load.ts';
import { onlyAnswers } from './only-answers.ts';
import { pointAt } from './point-at.ts';
import { type Sockets, trackSockets } from './sockets.ts';
import { giveTurns } from './turns.ts';

/** How long a request may take until its answer begins, ms. */
const TIMEOUT_MS = 10_000;
/** How old a signed request may be when the exchange gets it, ms: by then it has arrived or never will. */
export const RECEIVE_WINDOW_MS = 5_000;
/** A socket that answers no ping for twice this long is dead, ms. ccxt's own for Binance is 180 s. */
const PING_EVERY_MS = 10_000;
/** ccxt goes to a minute between dials, and back only after half a minute of calm. */
const DIAL_BACKOFF = { base: 250, factor: 2, max: 5_000, stableAfter: 5_000 };

export interface Keys {
  readonly apiKey: string;
  readonly secret: string;
  readonly password?: string;
}

export interface ClientOptions {
  readonly Exchange: CcxtClass;
  readonly clock: Clock;
  /** What the client signs with. */
  readonly time: ExchangeTime;
  readonly keys?: Keys;
  readonly testnet?: boolean;
  /** An exchange on loopback instead, for tests. */
  readonly at?: URL | null;
  readonly timeoutMs?: number;
  readonly recvWindowMs?: number;
  /** Gets what ccxt says; left out where no socket is opened, since it says nothing of requests. */
  readonly log?: Pick<Logger, 'warn'>;
}

export interface OpenedClient {
  readonly client: CcxtClient;
  readonly sockets: Sockets;
}

/** A ccxt client set up as this bot needs it. It has asked nothing yet. */
export function openClient({
  Exchange,
  clock,
  time,
  keys,
  testnet,
  at,
  timeoutMs,
  recvWindowMs,
  log,
}: ClientOptions): OpenedClient {
  const config: Params = {
    ...keys,
    enableRateLimit: true,
    // An exchange on loopback counts for itself, and who tests need not wait.
    ...(at ? { rateLimit: 1 } : {}),
    timeout: timeoutMs ?? TIMEOUT_MS,
    streaming: { keepAlive: PING_EVERY_MS, maxPingPongMisses: 2 },
    options: {
      defaultType: 'swap',
      fetchCurrencies: false,
      // We measure it ourselves, and again: ccxt does it only when it loads the markets.
      adjustForTimeDifference: false,
      recvWindow: recvWindowMs ?? RECEIVE_WINDOW_MS,
      watchPositions: { fetchPositionsSnapshot: false },
      ws: { backoff: DIAL_BACKOFF },
    },
  };
  const client = new Exchange(config);
  // One time for all: the wall's may step, and ccxt would sign with it.
  client.milliseconds = () => time.now();
  onlyAnswers(client);
  giveTurns(client, wallClock());
  if (log) client.log = clientWords(log, clock);
  if (testnet) useTestnet(client);
  if (at) pointAt(client, at);
  return { client, sockets: trackSockets(client, clock) };
}

/** Binance has closed its futures testnet to ccxt; what it calls demo trading is in its place. */
function useTestnet(client: CcxtClient): void {
  const urls = client.urls as { demo?: unknown; test?: unknown };
  if (urls.demo !== undefined) client.enableDemoTrading(true);
  else if (urls.test !== undefined) client.setSandboxMode(true);
  else
    throw new CcxtError(
      `${client.id} has no testnet that ccxt knows of; leave --testnet away, or use another exchange`,
    );
}

import type { Candle } from '../../machines/messages.ts';
import type { Instrument } from '../../ports/broker.ts';
import type { Chance } from '../../ports/chance.ts';
import type { Clock, TimerId } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MarketFeed } from '../../ports/market-feed.ts';
import type { Pending } from '../../ports/world.ts';
import { wallClock } from '../wall-clock.ts';
import { type Ask, asking, ExchangeFault } from './ask.ts';
import { laneOf } from './bar-closing.ts';
import { CcxtFeed } from './ccxt-feed.ts';
import type { CcxtClient } from './client.ts';
import { ExchangeTime } from './exchange-time.ts';
import { type History, historyOf } from './history.ts';
import { CCXT_VERSION, CcxtError, loadExchange, Unreachable } from './load.ts';
import { openClient } from './open-client.ts';
import { inShort, mayPass } from './outcome.ts';
import { type Listing, listingsOf } from './symbols.ts';

/** What a feature store warms up on. */
const PAST_BARS = 700;
/** The clock is measured again and again: machines drift, and sleep. */
const RESYNC_MS = 600_000;
/** How often it is tried to reach the exchange at the start, and how long is waited in between, ms. */
const TRIES = 5;
const TRY_AGAIN_MS = 2_000;

export interface CcxtFeedOptions {
  /** ccxt's name of it: `binanceusdm`. */
  readonly exchange: string;
  readonly symbols: readonly string[];
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Logger;
  readonly pending: Pending;
  /** ccxt's name of the length of a bar. */
  readonly timeframe?: string;
  readonly testnet?: boolean;
  /** Asks for prices although the exchange has a stream of bars; where it has none, that is how it is done. */
  readonly polled?: boolean;
  /** An exchange on loopback instead, for tests. */
  readonly at?: URL | null;
  readonly timeoutMs?: number;
}

/** A feed that is open, and what its exchange says of the symbols. */
export interface OpenedCcxtFeed {
  readonly feed: MarketFeed;
  instrument(symbol: string): Instrument;
  close(): Promise<void>;
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function lengthOf(client: CcxtClient, timeframe: string): number {
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(timeframe) ?? [];
  const ms = Number(count) * (UNITS[unit] ?? Number.NaN);
  if (Number.isInteger(ms) && Object.hasOwn(client.timeframes, timeframe)) return ms;
  throw new CcxtError(`${client.id} has no bars of ${timeframe}. It has ${Object.keys(client.timeframes).join(', ')}`);
}

/** At the start the exchange is tried a few times: a machine that has just come up may have no network yet. */
async function patiently<T>(clock: Clock, log: Logger, id: string, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof CcxtError) throw error;
      if (tries >= TRIES) {
        const words = `${id} could not be reached (${inShort(error)}), ${tries} times. Check the network, and whether ${id} may be used from here`;
        const passes = error instanceof ExchangeFault && mayPass(error.cause);
        throw new (passes ? Unreachable : CcxtError)(words, { cause: error });
      }
      log.warn(`${id} could not be reached (${inShort(error)}); it is tried again`);
      await new Promise<void>((resolve) => {
        clock.setTimeout(resolve, TRY_AGAIN_MS * tries);
      });
    }
  }
}

/**
 * Opens live candles: loads the exchange of ccxt and its markets, measures its clock, and reads the past.
 * Throws {@link CcxtError}, for people; {@link Unreachable} where another start may find what this one did not.
 */
export async function openCcxtFeed(options: CcxtFeedOptions): Promise<OpenedCcxtFeed> {
  const { exchange, clock, chance, log, pending, timeframe = '1m', testnet = false, at = null } = options;
  const { Exchange, version } = await loadExchange(exchange);
  if (version !== CCXT_VERSION) log.warn(`ccxt ${version} is installed; this bot was tried with ${CCXT_VERSION}`);
  const network = wallClock({ keepsAlive: false });
  const time = new ExchangeTime(clock, (words) => log.error(words));
  const { client, sockets } = openClient({
    Exchange,
    clock,
    time,
    testnet,
    at,
    log,
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  });
  if (client.has.fetchOHLCV !== true)
    throw new CcxtError(`${exchange} gives no candles, and the bot needs them. Use another exchange`);
  const intervalMs = lengthOf(client, timeframe);
  const measure = client.has.fetchTime === true ? () => time.measure(client) : async () => undefined;
  const ask = asking({ clock, network, time, pending, resync: measure, tell: (words) => log.warn(words) });
  const history = historyOf(client, ask, timeframe, intervalMs);

  const symbols = [...options.symbols].sort();
  const { listings, past } = await patiently(clock, log, exchange, async () => {
    await ask('the markets', client, () => client.loadMarkets(true));
    await ask('the time', client, measure);
    const found = listingsOf(client, symbols);
    return { listings: found, past: await pastOf(found, history, time) };
  });
  const openNow = Math.floor(time.now() / intervalMs) * intervalMs;
  const lanes = listings.map((listing) => {
    const last = past.get(listing.symbol)?.at(-1);
    return laneOf(listing, intervalMs, last ? last.ts + intervalMs : openNow);
  });
  const stopMeasuring = measureAgain(clock, ask, client, measure, log);
  const polled = options.polled ?? client.has.watchOHLCV !== true;
  const feed = new CcxtFeed({
    client,
    sockets,
    listings,
    history,
    time,
    clock,
    network,
    chance,
    log,
    past,
    lanes,
    polled,
  });
  return {
    feed,
    instrument: (symbol) => {
      const listing = listings.find((one) => one.symbol === symbol);
      if (!listing) throw new CcxtError(`${symbol} is not among the symbols of this run: ${symbols.join(', ')}`);
      return listing.instrument;
    },
    close: async () => {
      stopMeasuring();
      await sockets.close();
    },
  };
}

async function pastOf(
  listings: readonly Listing[],
  history: History,
  time: ExchangeTime,
): Promise<ReadonlyMap<string, readonly Candle[]>> {
  const { intervalMs } = history;
  const past = new Map<string, readonly Candle[]>();
  for (const listing of listings) {
    const now = time.now();
    const open = Math.floor(now / intervalMs) * intervalMs;
    const bars = await history.bars(listing, open - PAST_BARS * intervalMs, open);
    past.set(
      listing.symbol,
      bars.filter(({ ts }) => ts + intervalMs <= now),
    );
  }
  return past;
}

function measureAgain(
  clock: Clock,
  ask: Ask,
  client: CcxtClient,
  measure: () => Promise<void>,
  log: Logger,
): () => void {
  let timer: TimerId = 0;
  const arm = (): void => {
    timer = clock.setTimeout(() => {
      arm();
      ask('the time', client, measure).catch((error: unknown) => log.warn(inShort(error)));
    }, RESYNC_MS);
  };
  arm();
  return () => clock.clearTimeout(timer);
}

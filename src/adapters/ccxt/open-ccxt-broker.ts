import type { Broker } from '../../ports/broker.ts';
import type { Chance } from '../../ports/chance.ts';
import type { Clock, TimerId } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { ExpiringLease } from '../../ports/ownership.ts';
import type { Pending } from '../../ports/world.ts';
import { processTime } from '../process-time.ts';
import { wallClock } from '../wall-clock.ts';
import { Account } from './account.ts';
import { checkMode, checkMoney, isolate, withBrackets } from './account-set-up.ts';
import { asking, ExchangeFault } from './ask.ts';
import { CcxtBroker } from './ccxt-broker.ts';
import { ExchangeTime } from './exchange-time.ts';
import { fundingSince } from './funding-since.ts';
import { leaseWindow, signWithin } from './lease-window.ts';
import { Leverage } from './leverage.ts';
import { CCXT_VERSION, CcxtError, loadExchange, Unreachable } from './load.ts';
import { type Keys, openClient, RECEIVE_WINDOW_MS } from './open-client.ts';
import { OrderEntry } from './order-entry.ts';
import { OrderHistory } from './order-history.ts';
import { OrderNames } from './order-names.ts';
import { inShort, mayPass } from './outcome.ts';
import { listingsOf } from './symbols.ts';
import { type UserStream, userStream } from './user-stream.ts';

/** Exchanges whose orders this adapter has been tried with, if only on a faithful fake. */
const TRIED = ['binanceusdm'];
const RESYNC_MS = 600_000;
/** How long the first connection of the user stream may take, ms. */
const STREAM_WITHIN_MS = 20_000;

export interface CcxtBrokerOptions {
  /** ccxt's name of it. */
  readonly exchange: string;
  readonly keys: Keys;
  /** Binance calls it demo trading. */
  readonly testnet: boolean;
  readonly symbols: readonly string[];
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Logger;
  readonly pending: Pending;
  /** An exchange on loopback instead, for tests. */
  readonly pointAt?: URL | null;
  readonly timeoutMs?: number;
  /** How old a signed request may be when the exchange gets it, ms. */
  readonly recvWindowMs?: number;
  /** Nothing that changes the account is taken by the exchange after it is out. */
  readonly lease?: Pick<ExpiringLease, 'partition' | 'remainingMs'> | null;
}

export interface OpenedCcxtBroker extends Broker {
  /** Ends the streams and timers. Nothing is cancelled at the exchange. */
  close(): Promise<void>;
}

/**
 * Opens an account at an exchange for orders: measures its clock, checks that the symbols are margined in USDT and
 * the account is in one-way mode, makes margin isolated,
 * and listens to its news. Throws {@link CcxtError}, for people, and {@link Unreachable} where another start may find what this one did
 * not; nothing was ordered.
 */
export async function openCcxtBroker(options: CcxtBrokerOptions): Promise<OpenedCcxtBroker> {
  const { exchange, clock, chance, log, pending } = options;
  if (!TRIED.includes(exchange))
    throw new CcxtError(
      `orders at ${exchange} have not been tried with this bot, so it sends none. It can trade at ${TRIED.join(', ')}, and on paper with the prices of ${exchange}`,
    );
  const { Exchange, version } = await loadExchange(exchange);
  if (version !== CCXT_VERSION) log.warn(`ccxt ${version} is installed; this bot was tried with ${CCXT_VERSION}`);

  // The patience with a network is in real time, however fast the bot's runs.
  const network = wallClock({ keepsAlive: false });
  const names = new OrderNames();
  let broker: CcxtBroker | null = null;
  const time = new ExchangeTime(
    clock,
    (words) => {
      log.error(words);
      broker?.doubt('the clock was off');
    },
    processTime().monotonic,
  );
  const { lease = null, keys, testnet, pointAt: at = null, timeoutMs, recvWindowMs = RECEIVE_WINDOW_MS } = options;
  const open = () =>
    openClient({
      Exchange,
      clock,
      time,
      keys,
      testnet,
      at,
      recvWindowMs,
      log,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  // Orders have a client and a limiter of their own: nothing that is only read delays an exit.
  const orders = open();
  const books = open();
  const stream = open();
  if (lease !== null) {
    const window = leaseWindow({ lease, usualMs: recvWindowMs, aheadMs: () => time.aheadMs() });
    for (const { client } of [orders, books]) signWithin(client, window);
  }
  const measure = (): Promise<void> => time.measure(books.client);
  const ask = asking({ clock, network, time, pending, resync: measure, tell: (words) => log.error(words) });

  const listings = await opening(exchange, async () => {
    await ask('the markets', books.client, () => books.client.loadMarkets(true));
    for (const { client } of [orders, stream]) client.setMarketsFromExchange(books.client);
    const listed = listingsOf(books.client, options.symbols);
    checkMoney(listed);
    await ask('the time', books.client, measure);
    await checkMode(ask, books.client);
    return withBrackets(listed, ask, books.client);
  });
  const foreignFee = once((asset: string) =>
    log.warn(`fees are paid in ${asset}: they are booked at the taker's rate, in the quote currency`),
  );
  const history = new OrderHistory({ client: orders.client, ask, names, foreignFee });
  const past = new OrderHistory({ client: books.client, ask, names, foreignFee });
  const leverage = new Leverage(orders.client, ask);
  const entry = new OrderEntry({ client: orders.client, ask, leverage, history, clock, time, recvWindowMs });
  const tell = (words: string): void => log.warn(words);
  const account = new Account({ client: books.client, ask, listings, names, tell });
  let news: UserStream | null = null;
  const renew = (why: string): void => news?.renew(why);
  const funding = (since: number) => fundingSince(listings, since, time.now(), books.client, ask);
  const parts = { listings, entry, funding, history, past, account, names, foreignFee, time, network, renew, log };
  const opened = new CcxtBroker(parts);
  broker = opened;
  for (const listing of listings) await isolate(leverage, listing, log);

  news = await listening(network, exchange, (isOpen) =>
    userStream({
      client: stream.client,
      sockets: stream.sockets,
      ask,
      clock,
      network,
      chance,
      order: (update) => opened.heard(update),
      stop: (update) => opened.heardOfStop(update),
      settings: (changed) => {
        const of = listings.find(({ id }) => id === changed?.s);
        if (changed === null) leverage.forget();
        else if (of && leverage.heard(of.symbol, changed.l))
          log.warn(
            `somebody else has set the leverage of ${of.symbol} to ${changed.l}: what is held there may be liquidated sooner than thought; it is set again before the next entry`,
          );
      },
      unread: (why) => opened.doubt(why),
      opened: (before) => {
        isOpen();
        if (before === null) return;
        leverage.forget();
        opened
          .mayHaveMissed(before + time.offsetMs, "the connection of the account's news was lost, and made anew")
          .catch((error: unknown) => log.error(`what was missed could not be told: ${inShort(error)}`));
      },
      tell,
    }),
  );
  let resync: TimerId = 0;
  const arm = (): void => {
    resync = clock.setTimeout(() => {
      arm();
      ask('the time', books.client, measure).catch((error: unknown) => tell(inShort(error)));
    }, RESYNC_MS);
  };
  arm();
  return Object.assign(opened, {
    close: async () => {
      clock.clearTimeout(resync);
      opened.stop();
      await news?.stop();
      await Promise.all([orders.sockets.close(), books.sockets.close()]);
    },
  });
}

async function opening<T>(exchange: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ExchangeFault)) throw error;
    const what = error.outcome === 'auth' ? `${exchange} refuses the keys` : `${exchange} cannot be used`;
    const advice =
      error.outcome === 'auth'
        ? 'Check them, their permissions, and the addresses they are bound to'
        : 'Check the network, and try again';
    throw new (mayPass(error.cause) ? Unreachable : CcxtError)(`${what} (${error.message}). ${advice}`, {
      cause: error,
    });
  }
}

function once(tell: (asset: string) => void): (asset: string) => void {
  const told = new Set<string>();
  return (asset) => {
    if (told.has(asset)) return;
    told.add(asset);
    tell(asset);
  };
}

async function listening<T extends { stop(): Promise<void> }>(
  clock: Clock,
  exchange: string,
  start: (isOpen: () => void) => T,
): Promise<T> {
  let late: TimerId = 0;
  let isOpen: () => void = () => undefined;
  const open = new Promise<true>((resolve) => {
    isOpen = () => resolve(true);
  });
  const stream = start(() => isOpen());
  const patience = new Promise<false>((resolve) => {
    late = clock.setTimeout(() => resolve(false), STREAM_WITHIN_MS);
  });
  const came = await Promise.race([open, patience]);
  clock.clearTimeout(late);
  if (came) return stream;
  await stream.stop();
  throw new Unreachable(
    `the account's news at ${exchange} could not be listened to within ${STREAM_WITHIN_MS / 1_000} s. Check the network, and try again`,
  );
}

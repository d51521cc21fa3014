import type { Fill, FundingPayment, Intent } from '../../machines/messages.ts';
import type { Broker, BrokerPosition, Instrument, OrderFate, OrderName, RestingOrder } from '../../ports/broker.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Account } from './account.ts';
import type { ExchangeTime } from './exchange-time.ts';
import { FillSequence } from './fill-sequence.ts';
import { type ForeignFee, fillOfUpdate } from './fills.ts';
import { fillsSince } from './fills-since.ts';
import { CcxtError } from './load.ts';
import type { OrderEntry } from './order-entry.ts';
import { fateOf } from './order-fate.ts';
import { isOver, type OrderHistory } from './order-history.ts';
import { nameOf, type OrderNames } from './order-names.ts';
import { inShort } from './outcome.ts';
import { StopNews } from './stop-news.ts';
import type { Listing } from './symbols.ts';
import { type OrderUpdate, orderIdOf, type StopUpdate } from './wire.ts';

/** A market order is filled at once: when the stream has not said so by then, the exchange is asked, ms. */
const FILLED_WITHIN_MS = 3_000;
/** A connection that was made anew is given this long, ms. */
const RENEW_MS = 10_000;
/** How the exchange calls an order or a stop of which nothing more will fill, without it having filled. */
const ENDS: ReadonlySet<string> = new Set(['CANCELED', 'EXPIRED', 'EXPIRED_IN_MATCH', 'REJECTED']);
/** Before missed fills are asked for again, ms. */
const AGAIN_MS = 5_000;

export interface CcxtBrokerParts {
  readonly listings: readonly Listing[];
  readonly entry: OrderEntry;
  /** For what is urgent: asks beside the orders. */
  readonly history: OrderHistory;
  /** For what is long: asks beside the books. */
  readonly past: OrderHistory;
  readonly account: Account;
  readonly funding: (since: number) => Promise<readonly FundingPayment[]>;
  readonly names: OrderNames;
  readonly foreignFee: ForeignFee;
  readonly time: ExchangeTime;
  /** Real time. */
  readonly network: Clock;
  /** The stream of news is to be made anew. */
  readonly renew: (why: string) => void;
  readonly log: Logger;
}

/** Orders at a real exchange, through ccxt. The exchange's answers are the truth; a question that failed says nothing. */
export class CcxtBroker implements Broker {
  readonly #parts: CcxtBrokerParts;
  readonly #fills: FillSequence;
  readonly #stopNews: StopNews;
  readonly #fillListeners = new Set<(fill: Fill) => void>();
  readonly #endListeners = new Set<(clientOrderId: string) => void>();
  readonly #doubtListeners = new Set<(why: string) => void>();
  #renewedAt = Number.NEGATIVE_INFINITY;
  #stopped = false;

  constructor(parts: CcxtBrokerParts) {
    const { network, log } = parts;
    this.#parts = parts;
    this.#stopNews = new StopNews({
      clock: network,
      silent: (id) => this.#renew(`${id} was taken`),
      stuck: (id) => {
        log.warn(`${id} has gone off, and nothing is told of an order that it became`);
        this.#tell(this.#endListeners, id);
      },
    });
    this.#fills = new FillSequence({
      clock: network,
      tell: (fill) => this.#tell(this.#fillListeners, fill),
      fetch: (order) => this.#fillsOfOrder(order),
      failed: ({ clientOrderId }, error) =>
        log.warn(`the fills of ${clientOrderId} could not be asked for (${inShort(error)}); they are asked for again`),
      silent: ({ clientOrderId }) => this.#renew(`${clientOrderId} has filled`),
    });
  }

  instrument(symbol: string): Instrument {
    return this.#listing(symbol).instrument;
  }

  async submit(intent: Intent): Promise<{ readonly orderId: string }> {
    const { symbol, clientOrderId, purpose } = intent;
    const { entry, names } = this.#parts;
    if (purpose === 'stop') return this.#submitStop(intent);
    const orderId = await entry.submit(intent, this.#listing(symbol));
    names.learn(symbol, orderId, clientOrderId);
    this.#fills.expect({ symbol, orderId, clientOrderId }, FILLED_WITHIN_MS);
    return { orderId };
  }

  fate(order: OrderName): Promise<OrderFate> {
    const { history, names, entry, time } = this.#parts;
    return fateOf(order, this.#listing(order.symbol), history, names, entry, time.now());
  }

  cancel(order: OrderName): Promise<void> {
    return this.#parts.entry.cancel(order, this.#listing(order.symbol));
  }

  resting(): Promise<readonly RestingOrder[]> {
    return this.#parts.account.resting();
  }

  fillsSince(symbol: string, since: number): Promise<readonly Fill[]> {
    const { past, names, foreignFee, time } = this.#parts;
    return fillsSince(this.#listing(symbol), since, time.now(), { history: past, names, foreignFee });
  }

  positions(): Promise<readonly BrokerPosition[]> {
    return this.#parts.account.positions();
  }

  equityUsd(): Promise<number> {
    return this.#parts.account.equityUsd();
  }

  onFill(listener: (fill: Fill) => void): () => void {
    this.#fillListeners.add(listener);
    return () => this.#fillListeners.delete(listener);
  }

  fundingSince(since: number): Promise<readonly FundingPayment[]> {
    return this.#parts.funding(since);
  }

  /** The account's news do not number payments, so nothing is told from them; who wants them asks. */
  onFunding(): () => void {
    return () => undefined;
  }

  onEnded(listener: (clientOrderId: string) => void): () => void {
    this.#endListeners.add(listener);
    return () => this.#endListeners.delete(listener);
  }

  onDoubt(listener: (why: string) => void): () => void {
    this.#doubtListeners.add(listener);
    return () => this.#doubtListeners.delete(listener);
  }

  /** News of an order, from the user's stream. */
  heard(update: OrderUpdate): void {
    const { listings, names, foreignFee } = this.#parts;
    const listing = listings.find(({ id }) => id === update.s);
    if (!listing) return;
    const clientOrderId = names.get(listing.symbol, update.i) ?? nameOf(update.c);
    const told = fillOfUpdate(update, listing, clientOrderId, foreignFee);
    if (!told) {
      if (ENDS.has(update.X)) this.#tell(this.#endListeners, clientOrderId);
      return;
    }
    // What a stop has become may have another name than the stop, and the news of that may be behind.
    if (this.#isOfUnknownStop(update, listing)) this.#fills.chase(told.fill);
    else this.#fills.offer(told);
  }

  /** News of a stop, from the user's stream. */
  heardOfStop({ s, caid, X, ai }: StopUpdate): void {
    const listing = this.#parts.listings.find(({ id }) => id === s);
    if (!listing) return;
    this.#parts.names.learnStop(listing.symbol, caid, orderIdOf(ai));
    this.#stopNews.heard(caid, X);
    if (ENDS.has(X)) this.#tell(this.#endListeners, caid);
  }

  /** Something may have been missed since then, ms of the exchange: what was filled meanwhile is fetched and told, then doubt. */
  async mayHaveMissed(since: number, why: string): Promise<void> {
    const { listings, network, log } = this.#parts;
    let isTold = false;
    for (const { symbol } of listings) {
      while (!this.#stopped) {
        try {
          this.#fills.caughtUp(await this.fillsSince(symbol, since));
          break;
        } catch (error) {
          log.warn(
            `what was filled of ${symbol} meanwhile could not be asked for (${inShort(error)}); it is asked for again`,
          );
          // Nobody is to trust the books meanwhile.
          if (!isTold) this.doubt(why);
          isTold = true;
          await new Promise<void>((resolve) => {
            network.setTimeout(resolve, AGAIN_MS);
          });
        }
      }
    }
    this.doubt(why);
  }

  doubt(why: string): void {
    if (!this.#stopped) this.#tell(this.#doubtListeners, why);
  }

  stop(): void {
    this.#stopped = true;
    this.#fills.stop();
    this.#stopNews.stop();
  }

  async #submitStop(intent: Intent): Promise<{ readonly orderId: string }> {
    const { symbol, clientOrderId } = intent;
    const { entry, names } = this.#parts;
    // Its news, and its fills, may come before the answer does.
    names.learnStop(symbol, clientOrderId, null);
    this.#stopNews.sending(clientOrderId);
    try {
      const orderId = await entry.submit(intent, this.#listing(symbol));
      this.#stopNews.taken(clientOrderId);
      return { orderId };
    } catch (error) {
      this.#stopNews.failed(clientOrderId);
      throw error;
    }
  }

  #renew(what: string): void {
    const { network, log, renew } = this.#parts;
    if (network.now() - this.#renewedAt < RENEW_MS) return;
    this.#renewedAt = network.now();
    log.warn(`${what}, and the account's news did not say so; its connection is made anew`);
    renew('it was silent');
  }

  #isOfUnknownStop({ ot, i, c }: OrderUpdate, { symbol }: Listing): boolean {
    const { names } = this.#parts;
    return ot.startsWith('STOP') && names.get(symbol, i) === null && !names.isStop(c);
  }

  async #fillsOfOrder({ symbol, orderId }: Pick<Fill, 'symbol' | 'orderId'>): Promise<readonly Fill[]> {
    const { history, names } = this.#parts;
    const listing = this.#listing(symbol);
    const order = await history.order(listing, { orderId });
    if (!order) throw new Error(`the exchange knows nothing of order ${orderId} of ${symbol}`);
    if (order.origType.startsWith('STOP') && names.get(symbol, orderId) === null) await history.stops(listing);
    const clientOrderId = names.get(symbol, orderId) ?? nameOf(order.clientOrderId);
    // Of one that ended without filling no fill will tell.
    if (isOver(order) && order.executedQty === 0) this.#tell(this.#endListeners, clientOrderId);
    return history.fillsOf(listing, order, clientOrderId);
  }

  #listing(symbol: string): Listing {
    const found = this.#parts.listings.find((listing) => listing.symbol === symbol);
    if (found) return found;
    throw new CcxtError(`${symbol} is not among the symbols of this run`);
  }

  /** One listener's error is thrown by the clock, where errors of timers go: the others still hear. */
  #tell<T>(listeners: ReadonlySet<(news: T) => void>, news: T): void {
    for (const listener of [...listeners]) {
      try {
        listener(news);
      } catch (error) {
        this.#parts.network.setTimeout(() => {
          throw error;
        }, 0);
      }
    }
  }
}

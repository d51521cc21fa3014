import type { Intent } from '../../machines/messages.ts';
import { type OrderName, OrderRejected, OrderTurnedAway, StopWouldTrigger } from '../../ports/broker.ts';
import type { Clock } from '../../ports/clock.ts';
import { floorToLot, roundToTick } from '../../ports/money.ts';
import { says } from '../../ports/says.ts';
import { type Ask, ExchangeFault } from './ask.ts';
import type { CcxtClient, Params } from './client.ts';
import type { ExchangeTime } from './exchange-time.ts';
import type { Leverage } from './leverage.ts';
import type { OrderHistory } from './order-history.ts';
import { codeOf, type Outcome } from './outcome.ts';
import type { Listing } from './symbols.ts';

/** Binance's "Order would immediately trigger". */
const WOULD_TRIGGER = -2021;
/** Binance's rule for client order ids. */
const CLIENT_ID = /^[.A-Z:/a-z0-9_-]{1,36}$/;
/** Beyond the window in which the exchange takes a request, ms: clocks are known that well. */
const MARGIN_MS = 5_000;
/** So long the bot waits by itself before it believes that an order was never received (`PROVEN_AFTER_MS`), ms. */
const WAITED_MS = 10_000;
/** Binance forgets an order that ended without a fill so long after it was created, ms. */
export const FORGOTTEN_AFTER_MS = 3 * 86_400_000;
/** Ids that left this process. */
const SENT_KEPT = 5_000;

/** After these it is certain that the order was not taken. */
const CERTAIN: ReadonlySet<Outcome> = new Set<Outcome>(['definite-reject', 'auth', 'clock', 'retry-later', 'not-sent']);
/** Nothing is wrong with the order: at another time it is taken. A position is not left because a clock was off. */
const NOT_NOW: ReadonlySet<Outcome> = new Set<Outcome>(['retry-later', 'not-sent', 'clock', 'auth']);

export interface EntryParts {
  readonly client: CcxtClient;
  readonly ask: Ask;
  readonly leverage: Leverage;
  readonly history: OrderHistory;
  readonly clock: Clock;
  readonly time: Pick<ExchangeTime, 'now'>;
  /** How old a request may be when the exchange gets it, ms. */
  readonly recvWindowMs: number;
}

/** Sends orders. Whatever cannot be told apart from "taken" leaves the order unknown. */
export class OrderEntry {
  readonly #parts: EntryParts;
  /** When they were sent, ms on the bot's clock. */
  readonly #sent = new Map<string, number>();
  readonly #openedAt: number;
  /** The exchange's numbers of them, and when it had taken them, ms of the exchange. */
  readonly #taken = new Map<string, { readonly orderId: string; readonly at: number }>();
  /** Entries that wait for their leverage, and whether they were taken back meanwhile. */
  readonly #waiting = new Map<string, 'wanted' | 'taken back'>();

  constructor(parts: EntryParts) {
    this.#parts = parts;
    this.#openedAt = parts.clock.now();
  }

  /** The exchange has once taken an order of this name, and cannot have forgotten it, whatever became of it. */
  mustBeKnown(clientOrderId: string): boolean {
    const taken = this.#taken.get(clientOrderId);
    return taken !== undefined && this.#parts.time.now() - taken.at <= FORGOTTEN_AFTER_MS;
  }

  /**
   * It may have been sent, here or by an earlier life of the bot, and still be on its way: that the exchange has not heard of it
   * proves nothing yet.
   */
  mayArrive(clientOrderId: string): boolean {
    const { clock, recvWindowMs } = this.#parts;
    if (this.#waiting.has(clientOrderId)) return true;
    const sentAt = this.#sent.get(clientOrderId) ?? this.#openedAt;
    const needed = recvWindowMs + MARGIN_MS;
    return needed > WAITED_MS && clock.now() - sentAt < needed;
  }

  /** @returns the exchange's number of the order, or of the stop. Rejects as the port says */
  async submit(intent: Intent, listing: Listing): Promise<string> {
    const { clientOrderId } = intent;
    const why = refusalHere(intent, listing);
    if (why !== null) throw new OrderRejected(clientOrderId, why);
    // The exchange knows a client order id only while its order is open: sent twice, it would be two orders.
    if (this.#sent.has(clientOrderId)) {
      const found = this.#taken.get(clientOrderId)?.orderId ?? (await this.#find(intent, listing));
      if (found !== null) return found;
    }
    if (intent.purpose === 'entry') await this.#prepare(intent, listing);
    this.#remember(clientOrderId);
    const orderId = await this.#send(intent, listing);
    this.#taken.set(clientOrderId, { orderId, at: this.#parts.time.now() });
    if (this.#taken.size > SENT_KEPT) this.#taken.delete(this.#taken.keys().next().value ?? '');
    return orderId;
  }

  async cancel({ clientOrderId, purpose }: OrderName, { unified }: Listing): Promise<void> {
    const { client, ask } = this.#parts;
    if (this.#waiting.has(clientOrderId)) {
      this.#waiting.set(clientOrderId, 'taken back');
      return;
    }
    const params = purpose === 'stop' ? { trigger: true, clientAlgoId: clientOrderId } : { clientOrderId };
    try {
      await ask(`the cancelling of ${clientOrderId}`, client, () => client.cancelOrder(undefined, unified, params));
    } catch (error) {
      if (!(error instanceof ExchangeFault) || error.outcome !== 'not-found') throw error;
    }
  }

  async #prepare({ clientOrderId, leverage }: Intent, listing: Listing): Promise<void> {
    this.#waiting.set(clientOrderId, 'wanted');
    try {
      await this.#parts.leverage.ensure(listing, leverage);
    } catch (error) {
      const words = says(error);
      throw new OrderRejected(clientOrderId, `it was not sent, because its leverage could not be set (${words})`);
    } finally {
      if (this.#waiting.get(clientOrderId) === 'wanted') this.#waiting.delete(clientOrderId);
    }
    if (this.#waiting.delete(clientOrderId))
      throw new OrderRejected(clientOrderId, 'it was taken back before it was sent');
  }

  async #send(intent: Intent, listing: Listing): Promise<string> {
    const { client, ask } = this.#parts;
    const { clientOrderId, side, qty, stopPrice, reduceOnly } = intent;
    const params: Params = { clientOrderId };
    if (reduceOnly) params.reduceOnly = true;
    if (stopPrice !== null) {
      // The mark price: a wick on one exchange's book is no reason to be thrown out.
      Object.assign(params, { stopLossPrice: stopPrice, workingType: 'MARK_PRICE', reduceOnly: true });
    }
    try {
      const answer = await ask(`order ${clientOrderId}`, client, () =>
        client.createOrder(listing.unified, 'market', side.toLowerCase(), qty, undefined, params),
      );
      if (answer.id === undefined || answer.id === '')
        throw new Error(`the answer to order ${clientOrderId} has no number in it`);
      return answer.id;
    } catch (error) {
      if (!(error instanceof ExchangeFault)) throw error;
      if (error.outcome === 'already-there') {
        const found = await this.#find(intent, listing);
        if (found !== null) return found;
        throw error;
      }
      if (!CERTAIN.has(error.outcome)) throw error;
      if (NOT_NOW.has(error.outcome)) throw new OrderTurnedAway(clientOrderId, error.message);
      const isReached = codeOf(error.cause) === WOULD_TRIGGER;
      throw isReached
        ? new StopWouldTrigger(clientOrderId, error.message)
        : new OrderRejected(clientOrderId, error.message);
    }
  }

  async #find({ clientOrderId, purpose }: OrderName, listing: Listing): Promise<string | null> {
    const { history } = this.#parts;
    if (purpose === 'stop') return (await history.stop(listing, clientOrderId))?.algoId ?? null;
    return (await history.order(listing, { clientOrderId }))?.orderId ?? null;
  }

  #remember(clientOrderId: string): void {
    this.#sent.set(clientOrderId, this.#parts.clock.now());
    if (this.#sent.size > SENT_KEPT) this.#sent.delete(this.#sent.keys().next().value ?? '');
  }
}

/** What is wrong with an order before it leaves. Nothing is rounded: an order is as it was meant, or it is not. */
function refusalHere(intent: Intent, { instrument: { lot, tick } }: Listing): string | null {
  const { clientOrderId, qty, stopPrice } = intent;
  if (!CLIENT_ID.test(clientOrderId)) return 'its client order id is none that the exchange takes';
  if (!(qty > 0) || floorToLot(qty, lot) !== qty) return `size ${qty} is not a multiple of ${lot}`;
  if (stopPrice !== null && !(stopPrice > 0 && roundToTick(stopPrice, tick) === stopPrice))
    return `stop price ${stopPrice} is not a multiple of ${tick}`;
  return null;
}

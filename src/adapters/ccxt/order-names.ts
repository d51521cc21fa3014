/** As the bot calls what the exchange closes by force (`LIQUIDATION` in `actors/orders.ts`). */
const LIQUIDATION = 'liquidation-';

/** Orders that are remembered by their number. */
const KEPT = 5_000;

/** Binance closes by force under such client order ids: liquidation, auto-deleveraging, settlement. */
const BY_FORCE = /^(autoclose-|adl_autoclose|settlement_autoclose-)/;

/** The id under which the bot knows an order. */
export const nameOf = (clientOrderId: string): string =>
  BY_FORCE.test(clientOrderId) ? `${LIQUIDATION}${clientOrderId}` : clientOrderId;

/**
 * Client order ids by the exchange's numbers. A trade in the history has only the number of its order; and a stop that was
 * triggered goes on as another order, which belongs to the stop.
 */
export class OrderNames {
  readonly #byNumber = new Map<string, string>();
  readonly #stops = new Set<string>();

  /** @param symbol the exchange counts orders by symbol */
  get(symbol: string, orderId: string): string | null {
    return this.#byNumber.get(`${symbol} ${orderId}`) ?? null;
  }

  learn(symbol: string, orderId: string, clientOrderId: string): void {
    const key = `${symbol} ${orderId}`;
    if (this.#byNumber.has(key)) return;
    this.#byNumber.set(key, nameOf(clientOrderId));
    forgetOldest(this.#byNumber);
  }

  /** A stop, and the order that it has become, if it has. */
  learnStop(symbol: string, clientAlgoId: string, actualOrderId: string | null): void {
    this.#stops.add(clientAlgoId);
    forgetOldest(this.#stops);
    if (actualOrderId === null) return;
    this.#byNumber.set(`${symbol} ${actualOrderId}`, clientAlgoId);
    forgetOldest(this.#byNumber);
  }

  isStop(clientOrderId: string): boolean {
    return this.#stops.has(clientOrderId);
  }
}

function forgetOldest(kept: Map<string, unknown> | Set<string>): void {
  if (kept.size <= KEPT) return;
  for (const oldest of kept.keys()) {
    kept.delete(oldest);
    return;
  }
}

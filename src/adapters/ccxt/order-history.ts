import type { Fill } from '../../machines/messages.ts';
import { plus } from '../../ports/money.ts';
import { type Ask, ExchangeFault } from './ask.ts';
import type { CcxtClient, Params } from './client.ts';
import { type ForeignFee, fillOfTrade } from './fills.ts';
import { windowsSince } from './history-windows.ts';
import type { OrderNames } from './order-names.ts';
import type { Listing } from './symbols.ts';
import {
  orderIdOf,
  readInfo,
  type WireAlgo,
  type WireOrder,
  type WireTrade,
  wireAlgo,
  wireOrder,
  wireTrade,
} from './wire.ts';

/** What one answer holds at most. */
const PAGE = 1_000;

export interface HistoryParts {
  readonly client: CcxtClient;
  readonly ask: Ask;
  readonly names: OrderNames;
  readonly foreignFee: ForeignFee;
}

/** Of an order nothing more will fill. */
export const isOver = ({ status }: WireOrder): boolean =>
  status !== 'NEW' && status !== 'PARTIALLY_FILLED' && status !== 'NEW_INSURANCE' && status !== 'NEW_ADL';

const sumOf = (trades: readonly WireTrade[]): number => trades.reduce((sum, { qty }) => plus(sum, qty), 0);
const byNumber = (a: WireTrade, b: WireTrade): number => a.time - b.time || Number(BigInt(a.id) - BigInt(b.id));

/** Looks orders, stops and trades up at the exchange. Nothing here concludes anything from a question that failed. */
export class OrderHistory {
  readonly #parts: HistoryParts;

  constructor(parts: HistoryParts) {
    this.#parts = parts;
  }

  /** An order by our id or the exchange's number; `null`: the exchange says there is none. */
  async order(
    listing: Listing,
    by: { readonly clientOrderId: string } | { readonly orderId: string },
  ): Promise<WireOrder | null> {
    const what = 'clientOrderId' in by ? `order ${by.clientOrderId}` : `order ${by.orderId}`;
    const id = 'orderId' in by ? by.orderId : undefined;
    const params: Params = 'clientOrderId' in by ? { clientOrderId: by.clientOrderId } : {};
    return this.#look(what, wireOrder, (client) => client.fetchOrder(id, listing.unified, params));
  }

  /** A stop by our id; `null`: the exchange says there is none. What it has become is remembered. */
  async stop(listing: Listing, clientOrderId: string): Promise<WireAlgo | null> {
    const params = { trigger: true, clientAlgoId: clientOrderId };
    const algo = await this.#look(`stop ${clientOrderId}`, wireAlgo, (client) =>
      client.fetchOrder(undefined, listing.unified, params),
    );
    if (algo) this.#parts.names.learnStop(listing.symbol, algo.clientAlgoId, orderIdOf(algo.actualOrderId));
    return algo;
  }

  /** Everything the exchange remembers of a symbol's orders from a number on, or of the last days. */
  async orders({ symbol, unified }: Listing, from?: string): Promise<readonly WireOrder[]> {
    const { client, ask } = this.#parts;
    const what = `the orders of ${symbol}`;
    const params = from === undefined ? {} : { orderId: from };
    const answers = await ask(what, client, () => client.fetchOrders(unified, undefined, 1_000, params));
    return answers.map((answer) => readInfo(what, wireOrder, answer));
  }

  async stops({ symbol, unified }: Listing): Promise<readonly WireAlgo[]> {
    const { client, ask, names } = this.#parts;
    const what = `the stops of ${symbol}`;
    const answers = await ask(what, client, () => client.fetchOrders(unified, undefined, 1_000, { trigger: true }));
    const algos = answers.map((answer) => readInfo(what, wireAlgo, answer));
    for (const { clientAlgoId, actualOrderId } of algos)
      names.learnStop(symbol, clientAlgoId, orderIdOf(actualOrderId));
    return algos;
  }

  /** All trades of a symbol from `since` to `until` and beyond, ms of the exchange, oldest first. */
  async tradesSince(listing: Listing, since: number, until: number): Promise<readonly WireTrade[]> {
    const found = new Map<string, WireTrade>();
    for (const window of windowsSince(since, until)) {
      let page = await this.#trades(listing, window.from, { until: window.until });
      for (;;) {
        for (const trade of page) if (trade.time >= since) found.set(trade.id, trade);
        const last = page.at(-1);
        if (!last || page.length < PAGE || last.time > window.until) break;
        // A full page is not the end; those that follow are asked for by number, which leaves none out.
        page = await this.#trades(listing, undefined, { fromId: String(BigInt(last.id) + 1n) });
      }
    }
    return [...found.values()].sort(byNumber);
  }

  /** At most {@link PAGE} trades of a symbol, oldest first. */
  async #trades(
    { symbol, unified }: Listing,
    since: number | undefined,
    params: Params,
  ): Promise<readonly WireTrade[]> {
    const { client, ask } = this.#parts;
    const what = `the trades of ${symbol}`;
    const answers = await ask(what, client, () => client.fetchMyTrades(unified, since, PAGE, params));
    return answers.map((answer) => readInfo(what, wireTrade, answer)).sort(byNumber);
  }

  /**
   * The fills of an order, oldest first. Rejects when the trades do not come to what the order says it has executed: then a part
   * of the answer is missing, and a part is no answer.
   */
  async fillsOf(listing: Listing, order: WireOrder, clientOrderId: string): Promise<readonly Fill[]> {
    if (order.executedQty === 0) return [];
    const trades = await this.#tradesOf(listing, order);
    const sum = sumOf(trades);
    if (sum !== order.executedQty)
      throw new Error(
        `order ${clientOrderId} has executed ${order.executedQty}, and its trades come to ${sum}: not all of them were told`,
      );
    const last = trades.at(-1)?.id;
    const { foreignFee } = this.#parts;
    return trades.map((trade) =>
      fillOfTrade(trade, listing, { clientOrderId, complete: isOver(order) && trade.id === last }, foreignFee),
    );
  }

  /** Of those of an order Binance shows only the last page, and none older than a week: what is missing is found by its time. */
  async #tradesOf(listing: Listing, order: WireOrder): Promise<readonly WireTrade[]> {
    const { orderId, executedQty, time, updateTime } = order;
    const shown = await this.#trades(listing, undefined, { orderId });
    if (sumOf(shown) === executedQty) return shown;
    return (await this.tradesSince(listing, time, updateTime)).filter((trade) => trade.orderId === orderId);
  }

  async #look<T>(
    what: string,
    schema: Parameters<typeof readInfo<T>>[1],
    request: (client: CcxtClient) => Promise<{ readonly info?: unknown }>,
  ): Promise<T | null> {
    const { client, ask } = this.#parts;
    try {
      return readInfo(what, schema, await ask(what, client, () => request(client)));
    } catch (error) {
      if (error instanceof ExchangeFault && error.outcome === 'not-found') return null;
      throw error;
    }
  }
}

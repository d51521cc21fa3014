import type { BrokerPosition, RestingOrder } from '../../ports/broker.ts';
import { minus } from '../../ports/money.ts';
import type { Ask } from './ask.ts';
import type { CcxtClient } from './client.ts';
import type { OrderNames } from './order-names.ts';
import type { Listing } from './symbols.ts';
import { readInfo, wireAccount, wireAlgo, wireOrder, wirePosition } from './wire.ts';

export interface AccountParts {
  readonly client: CcxtClient;
  readonly ask: Ask;
  readonly listings: readonly Listing[];
  readonly names: OrderNames;
  readonly tell: (words: string) => void;
}

/** What the exchange holds for us. A part of an answer is no answer: everything here is whole or rejects. */
export class Account {
  readonly #parts: AccountParts;
  readonly #strangers = new Set<string>();

  constructor(parts: AccountParts) {
    this.#parts = parts;
  }

  async positions(): Promise<readonly BrokerPosition[]> {
    const { client, ask, listings } = this.#parts;
    const answers = await ask('the positions', client, () => client.fetchPositions());
    const held = answers
      .map((answer) => readInfo('the positions', wirePosition, answer))
      .filter(({ positionAmt }) => positionAmt !== 0);
    this.#tellOfStrangers(held.map(({ symbol }) => symbol));
    return held
      .flatMap(({ symbol, positionAmt, entryPrice, liquidationPrice, markPrice }) => {
        const listing = listings.find(({ id }) => id === symbol);
        if (!listing) return [];
        return [
          {
            symbol: listing.symbol,
            qty: positionAmt,
            entryPrice: entryPrice > 0 ? entryPrice : null,
            liquidationPrice: liquidationPrice > 0 ? liquidationPrice : null,
            markPrice: markPrice > 0 ? markPrice : null,
          },
        ];
      })
      .sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
  }

  async equityUsd(): Promise<number> {
    const { client, ask } = this.#parts;
    const answer = await ask('the balance', client, () => client.fetchBalance());
    return readInfo('the balance', wireAccount, answer).totalMarginBalance;
  }

  async resting(): Promise<readonly RestingOrder[]> {
    const all: RestingOrder[] = [];
    // By symbol: without one it costs forty times as much.
    for (const listing of this.#parts.listings)
      all.push(...(await this.#orders(listing)), ...(await this.#stops(listing)));
    return all;
  }

  async #orders({ symbol, unified }: Listing): Promise<readonly RestingOrder[]> {
    const { client, ask, names } = this.#parts;
    const what = `the open orders of ${symbol}`;
    const answers = await ask(what, client, () => client.fetchOpenOrders(unified));
    return answers.map((answer) => {
      const { orderId, clientOrderId, side, origQty, executedQty, reduceOnly } = readInfo(what, wireOrder, answer);
      names.learn(symbol, orderId, clientOrderId);
      const qty = minus(origQty, executedQty);
      const purpose = reduceOnly ? 'exit' : 'entry';
      return { clientOrderId, orderId, symbol, side, purpose, qty, reduceOnly, stopPrice: null };
    });
  }

  async #stops({ symbol, unified }: Listing): Promise<readonly RestingOrder[]> {
    const { client, ask, names } = this.#parts;
    const what = `the open stops of ${symbol}`;
    const answers = await ask(what, client, () =>
      client.fetchOpenOrders(unified, undefined, undefined, { trigger: true }),
    );
    const algos = answers.map((answer) => readInfo(what, wireAlgo, answer));
    for (const { clientAlgoId } of algos) names.learnStop(symbol, clientAlgoId, null);
    // One that has gone off rests no more.
    return algos
      .filter(({ algoStatus }) => algoStatus === 'NEW')
      .map(({ algoId, clientAlgoId, side, quantity, triggerPrice, reduceOnly }) => ({
        clientOrderId: clientAlgoId,
        orderId: algoId,
        symbol,
        side,
        purpose: 'stop',
        qty: quantity,
        reduceOnly,
        stopPrice: triggerPrice > 0 ? triggerPrice : null,
      }));
  }

  /** Positions in symbols that this bot does not trade: it has no prices of them, and leaves them alone. */
  #tellOfStrangers(held: readonly string[]): void {
    for (const id of held) {
      if (this.#strangers.has(id) || this.#parts.listings.some((listing) => listing.id === id)) continue;
      this.#strangers.add(id);
      this.#parts.tell(
        `the account holds ${id}, which this bot does not trade; it is left alone, and its margin counts as equity`,
      );
    }
  }
}

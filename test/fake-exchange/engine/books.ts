import type { Account } from './account.ts';
import type { EngineListener, Execution } from './engine-listener.ts';
import { Liquidity } from './liquidity.ts';
import type { Market } from './market.ts';
import { isOpen, type Order, type Trade } from './order.ts';
import { type AlgoOrders, newAlgoOrders, newOrders, type Orders } from './orders.ts';

/** What the parts of the engine work on together. */
export class Books {
  readonly market: Market;
  readonly account: Account;
  readonly orders: Orders = newOrders();
  readonly algos: AlgoOrders = newAlgoOrders();
  readonly trades: Trade[] = [];
  readonly liquidity = new Liquidity();
  readonly now: () => number;
  /** Set by the engine: what follows from an order's end. */
  orderEnded: (order: Order) => void = () => undefined;
  readonly #listeners: EngineListener[] = [];
  #lastId = 8_000_000;

  constructor(market: Market, account: Account, now: () => number) {
    this.market = market;
    this.account = account;
    this.now = now;
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  listen(listener: EngineListener): void {
    this.#listeners.push(listener);
  }

  /** Tells of an order first, and only then lets its end have consequences: so the messages come in Binance's order. */
  tellOrder(order: Order, execution: Execution, trade: Trade | null): void {
    this.tell((listener) => listener.orderChanged(order, execution, trade));
    if (!isOpen(order)) this.orderEnded(order);
  }

  tell(what: (listener: EngineListener) => void): void {
    for (const listener of this.#listeners) what(listener);
  }
}

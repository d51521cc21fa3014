import type { Books } from './books.ts';
import { Decimal } from './decimal.ts';
import { isOpen, type Order, type OrderStatus, remaining } from './order.ts';

/** Fills orders, and does to the others what a changed position asks for. */
export class Executions {
  readonly #books: Books;

  constructor(books: Books) {
    this.#books = books;
  }

  /** Fills as much as there is at that price; what a reduce-only order cannot close it never fills. */
  fill(order: Order, price: Decimal, maker: boolean): void {
    const { liquidity, market, account } = this.#books;
    const wanted = order.reduceOnly
      ? Decimal.min(remaining(order), account.position(order.symbol).closable(order.side))
      : remaining(order);
    const qty = order.type === 'LIQUIDATION' ? wanted : liquidity.available(order.symbol, wanted);
    if (qty.lte(0)) return;
    liquidity.take(order.symbol, qty);
    for (const piece of liquidity.broken(qty, market.listing(order.symbol).step))
      this.#execute(order, piece, price, maker);
    this.#positionChanged(order.symbol);
  }

  /** Ends an order that is open. */
  end(order: Order, status: OrderStatus & ('CANCELED' | 'EXPIRED')): void {
    order.status = status;
    order.updateTime = this.#books.now();
    this.#books.tellOrder(order, status, null);
  }

  #execute(order: Order, qty: Decimal, price: Decimal, maker: boolean): void {
    const { account, trades } = this.#books;
    const time = this.#books.now();
    const trade = account.execute(order, { id: this.#books.nextId(), price, qty, maker, time });
    trades.push(trade);
    order.executedQty = order.executedQty.plus(qty);
    order.cumQuote = order.cumQuote.plus(trade.quoteQty);
    order.status = remaining(order).isZero() ? 'FILLED' : 'PARTIALLY_FILLED';
    order.updateTime = time;
    this.#books.tell((listener) => listener.accountChanged('ORDER', [order.symbol]));
    const execution = order.type === 'LIQUIDATION' ? 'CALCULATED' : 'TRADE';
    this.#books.tellOrder(order, execution, trade);
  }

  /** Reduce-only orders shrink to what is left to close and end with it; so do stops that close the whole position. */
  #positionChanged(symbol: string): void {
    const { account, orders, algos } = this.#books;
    const position = account.position(symbol);
    for (const order of orders.open(symbol)) {
      if (!order.reduceOnly || !isOpen(order)) continue;
      const closable = position.closable(order.side);
      if (closable.isZero()) this.end(order, 'EXPIRED');
      else if (remaining(order).gt(closable)) order.origQty = order.executedQty.plus(closable);
    }
    for (const algo of algos.open(symbol)) {
      if (!algo.closePosition || algo.algoStatus !== 'NEW' || !position.closable(algo.side).isZero()) continue;
      algo.algoStatus = 'EXPIRED';
      algo.updateTime = this.#books.now();
      this.#books.tell((listener) => listener.algoChanged(algo));
    }
  }
}

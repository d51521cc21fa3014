import { refuse } from './api-error.ts';
import type { Books } from './books.ts';
import { type Decimal, ZERO } from './decimal.ts';
import { Executions } from './executions.ts';
import { checkNotional, checkPrice, checkQuantity } from './filters.ts';
import { isOpen, type Order, type OrderType, remaining } from './order.ts';
import type { OrderRequest } from './request.ts';

/** What an order inherits from the stop that became it. */
export interface Origin {
  readonly origType: string;
  readonly stopPrice: Decimal;
  readonly closePosition: boolean;
  /** Called when the order is in the book, before anything of it fills. */
  accepted(order: Order): void;
}

/** Ordinary orders: checks, the book, and what a price does to it. */
export class Matching {
  readonly executions: Executions;
  readonly #books: Books;

  constructor(books: Books) {
    this.#books = books;
    this.executions = new Executions(books);
  }

  /** Takes an order or throws an {@link ApiError}; then nothing of it will ever fill. */
  place(request: OrderRequest, origin: Origin | null = null): Order {
    const { orders, account, now } = this.#books;
    if (orders.isClientIdTaken(request.clientOrderId)) refuse(-4116, 'ClientOrderId is duplicated.');
    const price = this.#checked(request);
    const { symbol, side, reduceOnly } = request;
    const closable = account.position(symbol).closable(side);
    const origQty = reduceOnly && request.quantity.gt(closable) ? closable : request.quantity;
    const order: Order = {
      ...this.#blank(request.type, request.clientOrderId, symbol, origin),
      side,
      timeInForce: request.timeInForce,
      reduceOnly,
      price: request.price,
      origQty,
      time: now(),
      updateTime: now(),
    };
    this.#add(order);
    origin?.accepted(order);
    if (order.type === 'MARKET') {
      this.executions.fill(order, price, false);
      if (isOpen(order)) this.executions.end(order, 'EXPIRED');
    } else if (this.#crosses(order)) this.#take(order);
    else if (order.timeInForce === 'IOC') this.executions.end(order, 'EXPIRED');
    return order;
  }

  cancel(order: Order): void {
    if (!isOpen(order)) refuse(-2011, 'Unknown order sent.');
    this.executions.end(order, 'CANCELED');
  }

  /** Binance's PUT: another price or size of an open limit order. */
  amend(order: Order, price: Decimal, quantity: Decimal): void {
    const listing = this.#books.market.listing(order.symbol);
    checkQuantity(listing, quantity, false);
    checkPrice(listing, price);
    checkNotional(listing, price.times(quantity), order.reduceOnly);
    if (price.eq(order.price) && quantity.eq(order.origQty)) refuse(-5027, 'No need to modify the order.');
    if (quantity.lte(order.executedQty)) {
      this.cancel(order);
      return;
    }
    order.price = price;
    order.origQty = quantity;
    order.updateTime = this.#books.now();
    this.#books.tellOrder(order, 'AMENDMENT', null);
    if (!this.#crosses(order)) return;
    if (order.timeInForce === 'GTX') this.executions.end(order, 'EXPIRED');
    else this.#take(order);
  }

  /** Fills what rests in the book at a price that the market has reached, the best price and the oldest first. */
  moved(symbol: string): void {
    const resting = this.#books.orders.open(symbol).filter((order) => this.#crosses(order));
    const better = (a: Order, b: Order): number => (a.side === 'BUY' ? b.price.cmp(a.price) : a.price.cmp(b.price));
    for (const order of resting.sort((a, b) => (a.side === b.side ? better(a, b) : 0) || a.orderId - b.orderId))
      if (isOpen(order)) this.executions.fill(order, order.price, true);
  }

  /** The exchange's own order that ends a position. */
  liquidate(symbol: string): Order | null {
    const { account, now } = this.#books;
    const position = account.position(symbol);
    if (position.isFlat) return null;
    for (const order of this.#books.orders.open(symbol)) this.executions.end(order, 'CANCELED');
    const order: Order = {
      ...this.#blank('LIQUIDATION', `autoclose-${now()}${this.#books.nextId()}`, symbol, null),
      side: position.amt.isPositive() ? 'SELL' : 'BUY',
      timeInForce: 'IOC',
      reduceOnly: true,
      price: account.mark(symbol),
      origQty: position.amt.abs(),
      time: now(),
      updateTime: now(),
    };
    this.#add(order);
    this.executions.fill(order, order.price, false);
    return order;
  }

  #add(order: Order): void {
    this.#books.orders.add(order);
    this.#books.tellOrder(order, 'NEW', null);
  }

  #blank(type: OrderType, clientOrderId: string, symbol: string, origin: Origin | null) {
    return {
      orderId: this.#books.nextId(),
      clientOrderId,
      symbol,
      type,
      origType: origin?.origType ?? type,
      stopPrice: origin?.stopPrice ?? ZERO,
      closePosition: origin?.closePosition ?? false,
      executedQty: ZERO,
      cumQuote: ZERO,
      status: 'NEW' as const,
    };
  }

  /** The price it is judged by. */
  #checked(request: OrderRequest): Decimal {
    const { market, account, orders } = this.#books;
    const { symbol, side, type, quantity, reduceOnly } = request;
    const listing = market.listing(symbol);
    checkQuantity(listing, quantity, type === 'MARKET');
    if (type === 'LIMIT') checkPrice(listing, request.price);
    const touch = market.touch(symbol, side);
    const price = type === 'LIMIT' ? request.price : touch;
    checkNotional(listing, price.times(quantity), reduceOnly);
    const position = account.position(symbol);
    if (reduceOnly && position.closable(side).isZero()) refuse(-2022, 'ReduceOnly Order is rejected.');
    if (!reduceOnly) {
      const needed = account.marginFor(symbol, side, quantity, price);
      if (needed.gt(account.available(orders.open()))) refuse(-2019, 'Margin is insufficient.');
      const held = position.amt.plus(quantity.times(side === 'BUY' ? 1 : -1)).abs();
      if (needed.gt(0) && held.times(price).gt(account.maxNotional(symbol)))
        refuse(-2027, 'Exceeded the maximum allowable position at current leverage.');
    }
    if (type === 'LIMIT' && this.#reaches(side, request.price, touch)) {
      if (request.timeInForce === 'GTX')
        refuse(-5022, 'Due to the order could not be executed as maker, the Post Only order will be rejected.');
      if (request.timeInForce === 'FOK' && this.#books.liquidity.available(symbol, quantity).lt(quantity))
        refuse(-5021, 'Due to the order could not be filled immediately, the FOK order has been rejected.');
    } else if (request.timeInForce === 'FOK' && type === 'LIMIT')
      refuse(-5021, 'Due to the order could not be filled immediately, the FOK order has been rejected.');
    return price;
  }

  #reaches(side: Order['side'], price: Decimal, touch: Decimal): boolean {
    return side === 'BUY' ? price.gte(touch) : price.lte(touch);
  }

  #crosses({ type, symbol, side, price }: Order): boolean {
    return type === 'LIMIT' && this.#reaches(side, price, this.#books.market.touch(symbol, side));
  }

  #take(order: Order): void {
    this.executions.fill(order, this.#books.market.touch(order.symbol, order.side), false);
    if (order.timeInForce !== 'GTC' && order.timeInForce !== 'GTX' && remaining(order).gt(0) && isOpen(order))
      this.executions.end(order, 'EXPIRED');
  }
}

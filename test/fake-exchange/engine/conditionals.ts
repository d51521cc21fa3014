import { ApiError, refuse } from './api-error.ts';
import type { Books } from './books.ts';
import { type Decimal, ZERO } from './decimal.ts';
import { checkNotional, checkPrice, checkQuantity } from './filters.ts';
import type { Matching } from './matching.ts';
import { type AlgoOrder, type AlgoStatus, isOpen, type Order } from './order.ts';
import type { AlgoRequest } from './request.ts';

type Condition = Pick<AlgoOrder, 'symbol' | 'side' | 'orderType' | 'triggerPrice' | 'workingType'>;
const isStop = ({ orderType }: Condition): boolean => orderType === 'STOP_MARKET' || orderType === 'STOP';

/**
 * Stops and take-profits. They wait outside the book; margin and reduce-only are checked when they are triggered, and not before.
 * The order they become is found by `actualOrderId`.
 */
export class Conditionals {
  /** Whose news come first when one goes off: two services tell them, and both was seen (nautilus_trader #4682, #3664). */
  toldFirst: 'stop' | 'order' = 'stop';
  readonly #books: Books;
  readonly #matching: Matching;

  constructor(books: Books, matching: Matching) {
    this.#books = books;
    this.#matching = matching;
  }

  place(request: AlgoRequest): AlgoOrder {
    const { algos, market, now } = this.#books;
    if (algos.isClientIdTaken(request.clientAlgoId)) refuse(-4116, 'ClientOrderId is duplicated.');
    const listing = market.listing(request.symbol);
    if (!request.closePosition) checkQuantity(listing, request.quantity, request.price.isZero());
    checkPrice(listing, request.triggerPrice);
    if (!request.price.isZero()) checkPrice(listing, request.price);
    checkNotional(listing, request.triggerPrice.times(request.quantity), request.reduceOnly);
    if (this.#isReached(request)) refuse(-2021, 'Order would immediately trigger.');
    if (request.closePosition && this.#hasOneThatCloses(request))
      refuse(-4130, 'An open stop or take profit order with GTE and closePosition in the direction is existing.');
    const algo: AlgoOrder = {
      ...request,
      algoId: this.#books.nextId(),
      createTime: now(),
      algoStatus: 'NEW',
      updateTime: now(),
      triggerTime: 0,
      actualOrderId: null,
      rejectReason: '',
    };
    algos.add(algo);
    this.#books.tell((listener) => listener.algoChanged(algo));
    return algo;
  }

  cancel(algo: AlgoOrder): void {
    if (algo.algoStatus !== 'NEW') refuse(-2011, 'Unknown order sent.');
    this.#become(algo, 'CANCELED');
  }

  /** Triggers what a price has reached: those it came to first are first. */
  moved(symbol: string): void {
    const reached = this.#books.algos.open(symbol).filter((algo) => algo.algoStatus === 'NEW' && this.#isReached(algo));
    const price = this.#books.market.quote(symbol)?.last ?? ZERO;
    const passedBy = ({ triggerPrice }: AlgoOrder): Decimal => price.minus(triggerPrice).abs();
    for (const algo of reached.sort((a, b) => passedBy(b).cmp(passedBy(a))))
      if (algo.algoStatus === 'NEW') this.#trigger(algo);
  }

  /** Triggered, and no order comes of it: seen at Binance's demo exchange (nautilus_trader, discussion 5378). */
  stick(algo: AlgoOrder): void {
    algo.triggerTime = this.#books.now();
    this.#become(algo, 'TRIGGERING');
  }

  /** A triggered one is finished when its order is. */
  orderEnded(orderId: number): void {
    const algo = this.#books.algos.all.findLast(({ actualOrderId }) => actualOrderId === orderId);
    if (algo?.algoStatus === 'TRIGGERED') this.#become(algo, 'FINISHED');
  }

  #trigger(algo: AlgoOrder): void {
    const { account, orders } = this.#books;
    algo.triggerTime = this.#books.now();
    this.#become(algo, 'TRIGGERING');
    const quantity = algo.closePosition ? account.position(algo.symbol).closable(algo.side) : algo.quantity;
    const isMarket = algo.price.isZero();
    const accepted = ({ orderId }: Order): void => {
      algo.actualOrderId = orderId;
      if (this.toldFirst === 'stop') this.#become(algo, 'TRIGGERED');
    };
    try {
      const order = this.#matching.place(
        {
          symbol: algo.symbol,
          side: algo.side,
          type: isMarket ? 'MARKET' : 'LIMIT',
          quantity,
          price: algo.price,
          timeInForce: algo.timeInForce,
          reduceOnly: algo.reduceOnly,
          clientOrderId: orders.isClientIdTaken(algo.clientAlgoId) ? `algo-${algo.algoId}` : algo.clientAlgoId,
        },
        { origType: algo.orderType, stopPrice: algo.triggerPrice, closePosition: algo.closePosition, accepted },
      );
      if (this.toldFirst === 'stop') return;
      this.#become(algo, 'TRIGGERED');
      if (!isOpen(order)) this.#become(algo, 'FINISHED');
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      algo.rejectReason = error.code === -2022 || quantity.isZero() ? 'Reduce Only reject' : error.message;
      this.#become(algo, 'REJECTED');
    }
  }

  #become(algo: AlgoOrder, status: AlgoStatus): void {
    algo.algoStatus = status;
    algo.updateTime = this.#books.now();
    this.#books.tell((listener) => listener.algoChanged(algo));
  }

  #isReached(condition: Condition): boolean {
    const quote = this.#books.market.quote(condition.symbol);
    if (!quote) return false;
    const price = condition.workingType === 'MARK_PRICE' ? quote.mark : quote.last;
    const downwards = (condition.side === 'SELL') === isStop(condition);
    return downwards ? price.lte(condition.triggerPrice) : price.gte(condition.triggerPrice);
  }

  #hasOneThatCloses(request: AlgoRequest): boolean {
    return this.#books.algos
      .open(request.symbol)
      .some((algo) => algo.closePosition && algo.side === request.side && isStop(algo) === isStop(request));
  }
}

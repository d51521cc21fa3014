import { type AlgoOrder, isOpen, type Order } from './order.ts';

const DAY = 86_400_000;
/** Binance forgets orders that never filled after three days, and all after ninety. */
const FORGETS_UNFILLED_AFTER = 3 * DAY;
const FORGETS_AFTER = 90 * DAY;

/** All orders of one kind, with Binance's rules of what can be found: by id, or the latest of a client id. */
class Book<O extends { readonly symbol: string }> {
  readonly #all: O[] = [];
  readonly #idOf: (order: O) => number;
  readonly #clientIdOf: (order: O) => string;
  readonly #isOpen: (order: O) => boolean;
  readonly #isForgotten: (order: O, now: number) => boolean;
  /** Only open ones, so that a price move need not look at every order there ever was. */
  readonly #open = new Set<O>();

  constructor(rules: {
    idOf: (order: O) => number;
    clientIdOf: (order: O) => string;
    isOpen: (order: O) => boolean;
    isForgotten: (order: O, now: number) => boolean;
  }) {
    this.#idOf = rules.idOf;
    this.#clientIdOf = rules.clientIdOf;
    this.#isOpen = rules.isOpen;
    this.#isForgotten = rules.isForgotten;
  }

  add(order: O): void {
    this.#all.push(order);
    this.#open.add(order);
  }

  /** Every one ever accepted, oldest first. */
  get all(): readonly O[] {
    return this.#all;
  }

  open(symbol?: string): readonly O[] {
    for (const order of this.#open) if (!this.#isOpen(order)) this.#open.delete(order);
    return [...this.#open].filter((order) => symbol === undefined || order.symbol === symbol);
  }

  isClientIdTaken(clientId: string): boolean {
    return this.open().some((order) => this.#clientIdOf(order) === clientId);
  }

  find(
    by: { id?: number | undefined; clientId?: string | undefined; symbol?: string | undefined },
    now: number,
  ): O | null {
    const found = this.#all.findLast(
      (order) =>
        (by.symbol === undefined || order.symbol === by.symbol) &&
        (by.id !== undefined ? this.#idOf(order) === by.id : this.#clientIdOf(order) === by.clientId),
    );
    return found && !this.#isForgotten(found, now) ? found : null;
  }

  known(symbol: string, now: number): readonly O[] {
    return this.#all.filter((order) => order.symbol === symbol && !this.#isForgotten(order, now));
  }
}

export type Orders = Book<Order>;
export type AlgoOrders = Book<AlgoOrder>;

export const newOrders = (): Orders =>
  new Book<Order>({
    idOf: ({ orderId }) => orderId,
    clientIdOf: ({ clientOrderId }) => clientOrderId,
    isOpen,
    isForgotten: (order, now) =>
      order.time + FORGETS_AFTER < now ||
      (!isOpen(order) && order.executedQty.isZero() && order.time + FORGETS_UNFILLED_AFTER < now),
  });

export const newAlgoOrders = (): AlgoOrders =>
  new Book<AlgoOrder>({
    idOf: ({ algoId }) => algoId,
    clientIdOf: ({ clientAlgoId }) => clientAlgoId,
    isOpen: ({ algoStatus }) => algoStatus === 'NEW' || algoStatus === 'TRIGGERING',
    isForgotten: (order, now) =>
      order.createTime + FORGETS_AFTER < now ||
      (['CANCELED', 'EXPIRED'].includes(order.algoStatus) && order.createTime + FORGETS_UNFILLED_AFTER < now),
  });

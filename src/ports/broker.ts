import type { Fill, FundingPayment, Intent } from '../machines/messages.ts';

/** What the exchange knows of a symbol. Steps are exact decimal numbers. */
export interface Instrument {
  readonly symbol: string;
  /** Smallest price step. */
  readonly tick: number;
  /** Smallest size step, base units. */
  readonly lot: number;
  readonly minNotionalUsd: number;
  readonly maxLeverage: number;
  /** Fraction of notional that must stay as margin (isolated). */
  readonly maintenanceMargin: number;
  /** Fraction of notional charged for a market order. */
  readonly takerFee: number;
}

/**
 * Net holding at the broker: `qty` > 0 is long, < 0 is short. Flat symbols are not listed. Prices are `null` where the
 * exchange does not tell them.
 */
export interface BrokerPosition {
  readonly symbol: string;
  readonly qty: number;
  readonly entryPrice: number | null;
  readonly liquidationPrice: number | null;
  /** At what the exchange values it now: its equity has it at that, and not at the last bar's close. */
  readonly markPrice: number | null;
}

/** How an order is asked for: exchanges keep stops apart from other orders, and every symbol by itself. */
export type OrderName = Pick<Intent, 'clientOrderId' | 'symbol' | 'purpose'>;

/** An order that rests at the exchange, ours or anybody's. `qty` is what is left of it. */
export interface RestingOrder extends OrderName {
  readonly orderId: string;
  readonly side: Fill['side'];
  readonly qty: number;
  readonly reduceOnly: boolean;
  readonly stopPrice: number | null;
}

/** The fate of an order, asked by client order id. `unknown` is not `never heard of`: it means we could not find out. */
export type OrderFate =
  | { readonly status: 'open' | 'filled' | 'cancelled'; readonly fills: readonly Fill[] }
  | { readonly status: 'rejected'; readonly reason: string }
  | { readonly status: 'never-received' };

/** The exchange refused the order; it is certain that nothing of it will ever fill. */
export class OrderRejected extends Error {
  constructor(clientOrderId: string, reason: string) {
    super(`order ${clientOrderId} was rejected: ${reason}`);
    this.name = 'OrderRejected';
  }
}

/** The exchange takes nothing from us for now (too many requests, a ban): the order was certainly not taken, and another one will be. */
export class OrderTurnedAway extends OrderRejected {
  constructor(clientOrderId: string, reason: string) {
    super(clientOrderId, reason);
    this.name = 'OrderTurnedAway';
  }
}

/** A stop whose price has been reached already: it protects nothing, and the position is to be left at the market. */
export class StopWouldTrigger extends OrderRejected {
  constructor(clientOrderId: string, reason: string) {
    super(clientOrderId, reason);
    this.name = 'StopWouldTrigger';
  }
}

/**
 * Where orders go. The exchange is the truth about what is held. Any rejection of `submit` other than
 * {@link OrderRejected} leaves the order's fate unknown: ask `fate`, never resend.
 */
export interface Broker {
  instrument(symbol: string): Instrument;
  /**
   * Resolves when the exchange has taken the order. A client order id may be unique among open orders only, so that nothing is
   * sent twice on a guess; that an id is taken is no {@link OrderRejected}: `fate` tells of its order.
   */
  submit(intent: Intent): Promise<{ readonly orderId: string }>;
  fate(order: OrderName): Promise<OrderFate>;
  /**
   * Asks for the end of a resting order. Resolves when the exchange has taken the request, or has no such order any more;
   * what became of the order (cancelled, or filled before that) is told by `fate`.
   */
  cancel(order: OrderName): Promise<void>;
  /** Everything that rests on our symbols, stops too. Rejects when only a part could be read. */
  resting(): Promise<readonly RestingOrder[]>;
  /** Fills of a symbol from a moment on, oldest first, as far back as the exchange remembers; ours with their client order id. */
  fillsSince(symbol: string, since: number): Promise<readonly Fill[]>;
  positions(): Promise<readonly BrokerPosition[]>;
  /** Account equity in the quote currency: cash and unrealised profit. */
  equityUsd(): Promise<number>;
  /** Calls back for every fill, once, in order; fills made while nobody listened are found by `fate`. */
  onFill(listener: (fill: Fill) => void): () => void;
  /** Calls back for every funding payment; those made while nobody listened are found by `fundingSince`. */
  onFunding(listener: (payment: FundingPayment) => void): () => void;
  /** Funding payments from a moment on, oldest first, as far back as the exchange remembers. */
  fundingSince(since: number): Promise<readonly FundingPayment[]>;
  /**
   * Calls back with the client order id of an order that the exchange says it has ended without filling it (cancelled, expired,
   * refused when it was triggered). What became of it is told by `fate`; that nothing is told says nothing.
   */
  onEnded(listener: (clientOrderId: string) => void): () => void;
  /** Calls back when news may have been missed (a lost connection, a clock that was off): the books are to be compared. */
  onDoubt(listener: (why: string) => void): () => void;
}

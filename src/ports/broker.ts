import type { Fill, Intent } from '../machines/messages.ts';

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

/** Net holding at the broker: `qty` > 0 is long, < 0 is short. Flat symbols are not listed. */
export interface BrokerPosition {
  readonly symbol: string;
  readonly qty: number;
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

/**
 * Where orders go. The exchange is the truth about what is held. Any rejection of `submit` other than
 * {@link OrderRejected} leaves the order's fate unknown: ask `fate`, never resend.
 */
export interface Broker {
  instrument(symbol: string): Instrument;
  /** Resolves when the exchange has taken the order. The same client order id is taken once; a second is the first. */
  submit(intent: Intent): Promise<{ readonly orderId: string }>;
  fate(clientOrderId: string): Promise<OrderFate>;
  positions(): Promise<readonly BrokerPosition[]>;
  /** Account equity in the quote currency: cash and unrealised profit. */
  equityUsd(): Promise<number>;
  /** Calls back for every fill, once, in order; fills made while nobody listened are found by `fate`. */
  onFill(listener: (fill: Fill) => void): () => void;
}

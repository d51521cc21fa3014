import type { Decimal } from './decimal.ts';

export type Side = 'BUY' | 'SELL';
export type OrderType = 'LIMIT' | 'MARKET' | 'LIQUIDATION';
export type TimeInForce = 'GTC' | 'IOC' | 'FOK' | 'GTX';
export type OrderStatus = 'NEW' | 'PARTIALLY_FILLED' | 'FILLED' | 'CANCELED' | 'EXPIRED';

/** An order in the book, or one that was. */
export interface Order {
  readonly orderId: number;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  /** What it was before it was triggered: STOP_MARKET for an order that a stop gave birth to. */
  readonly origType: string;
  readonly stopPrice: Decimal;
  readonly timeInForce: TimeInForce;
  readonly reduceOnly: boolean;
  readonly closePosition: boolean;
  readonly time: number;
  price: Decimal;
  origQty: Decimal;
  executedQty: Decimal;
  cumQuote: Decimal;
  status: OrderStatus;
  updateTime: number;
}

export type AlgoType = 'STOP_MARKET' | 'TAKE_PROFIT_MARKET' | 'STOP' | 'TAKE_PROFIT';
export type AlgoStatus = 'NEW' | 'TRIGGERING' | 'TRIGGERED' | 'FINISHED' | 'CANCELED' | 'REJECTED' | 'EXPIRED';
export type WorkingType = 'MARK_PRICE' | 'CONTRACT_PRICE';

/** A conditional order: it waits outside the book, and an ordinary order carries its fill once it is triggered. */
export interface AlgoOrder {
  readonly algoId: number;
  readonly clientAlgoId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly orderType: AlgoType;
  readonly quantity: Decimal;
  readonly triggerPrice: Decimal;
  /** Of the order it becomes, where that is a limit order; else 0. */
  readonly price: Decimal;
  readonly timeInForce: TimeInForce;
  readonly workingType: WorkingType;
  readonly reduceOnly: boolean;
  readonly closePosition: boolean;
  readonly createTime: number;
  algoStatus: AlgoStatus;
  updateTime: number;
  triggerTime: number;
  actualOrderId: number | null;
  rejectReason: string;
}

/** One execution. `id` is unique for ever. */
export interface Trade {
  readonly id: number;
  readonly orderId: number;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly price: Decimal;
  readonly qty: Decimal;
  readonly quoteQty: Decimal;
  readonly realizedPnl: Decimal;
  readonly commission: Decimal;
  readonly commissionAsset: 'USDT' | 'BNB';
  readonly maker: boolean;
  readonly time: number;
}

export const opposite = (side: Side): Side => (side === 'BUY' ? 'SELL' : 'BUY');
export const isOpen = ({ status }: Order): boolean => status === 'NEW' || status === 'PARTIALLY_FILLED';
export const remaining = ({ origQty, executedQty }: Order): Decimal => origQty.minus(executedQty);

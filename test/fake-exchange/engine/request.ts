import { refuse } from './api-error.ts';
import { type Decimal, dec, ZERO } from './decimal.ts';
import type { AlgoType, OrderType, Side, TimeInForce, WorkingType } from './order.ts';

/** Query or form parameters as they came. */
export type Params = Readonly<Record<string, string | undefined>>;

export interface OrderRequest {
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly quantity: Decimal;
  /** 0 for a market order. */
  readonly price: Decimal;
  readonly timeInForce: TimeInForce;
  readonly reduceOnly: boolean;
  readonly clientOrderId: string;
}

export interface AlgoRequest extends Omit<OrderRequest, 'type' | 'clientOrderId'> {
  readonly orderType: AlgoType;
  readonly triggerPrice: Decimal;
  readonly workingType: WorkingType;
  readonly closePosition: boolean;
  readonly clientAlgoId: string;
}

export function mandatory(params: Params, name: string): string {
  const value = params[name];
  if (value === undefined || value === '')
    return refuse(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
  return value;
}

/** A number in plain notation, else Binance's word for characters that do not belong. */
export function amountOf(params: Params, name: string): Decimal {
  const text = mandatory(params, name);
  if (!/^\d+(\.\d+)?$/.test(text)) return refuse(-1100, `Illegal characters found in parameter '${name}'.`);
  return dec(text);
}

export const wholeOf = (params: Params, name: string): number | null => {
  const text = params[name];
  if (text === undefined) return null;
  if (!/^\d+$/.test(text)) return refuse(-1100, `Illegal characters found in parameter '${name}'.`);
  return Number(text);
};

const oneOf = <T extends string>(value: string, allowed: readonly T[], code: number, message: string): T =>
  allowed.find((one) => one === value) ?? refuse(code, message);

const SIDES = ['BUY', 'SELL'] as const;
const TIMES = ['GTC', 'IOC', 'FOK', 'GTX'] as const;
const ALGO_TYPES = ['STOP_MARKET', 'TAKE_PROFIT_MARKET', 'STOP', 'TAKE_PROFIT'] as const;
const WORKING = ['MARK_PRICE', 'CONTRACT_PRICE'] as const;

function clientIdOf(params: Params, name: string, otherwise: () => string): string {
  const id = params[name];
  if (id === undefined) return otherwise();
  return /^[.A-Z:/a-z0-9_-]{1,36}$/.test(id) ? id : refuse(-4015, 'Client order id is not valid.');
}

const sideOf = (params: Params): Side => oneOf(mandatory(params, 'side'), SIDES, -1117, 'Invalid side.');
const timeOf = (params: Params): TimeInForce =>
  oneOf(params.timeInForce ?? 'GTC', TIMES, -1115, 'Invalid timeInForce.');

function oneWay(params: Params): void {
  if ((params.positionSide ?? 'BOTH') !== 'BOTH') refuse(-4061, "Order's position side does not match user's setting.");
}

/** @param otherwise the id Binance makes for an order that brings none */
export function orderRequest(params: Params, otherwise: () => string): OrderRequest {
  oneWay(params);
  const type = mandatory(params, 'type');
  if (type === 'TRAILING_STOP_MARKET' || ALGO_TYPES.some((algo) => algo === type))
    refuse(-4120, 'Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.');
  const kind = oneOf(type, ['LIMIT', 'MARKET'] as const, -1116, 'Invalid orderType.');
  if (kind === 'LIMIT') mandatory(params, 'timeInForce');
  return {
    symbol: mandatory(params, 'symbol'),
    side: sideOf(params),
    type: kind,
    quantity: amountOf(params, 'quantity'),
    price: kind === 'LIMIT' ? amountOf(params, 'price') : ZERO,
    timeInForce: timeOf(params),
    reduceOnly: params.reduceOnly === 'true',
    clientOrderId: clientIdOf(params, 'newClientOrderId', otherwise),
  };
}

export function algoRequest(params: Params, otherwise: () => string): AlgoRequest {
  oneWay(params);
  const orderType = oneOf(mandatory(params, 'type'), ALGO_TYPES, -1116, 'Invalid orderType.');
  const closePosition = params.closePosition === 'true';
  const isLimit = orderType === 'STOP' || orderType === 'TAKE_PROFIT';
  if (closePosition && params.quantity !== undefined)
    refuse(-4137, 'Quantity must be zero with closePosition equals true.');
  if (closePosition && params.reduceOnly === 'true')
    refuse(-4138, 'Reduce only must be true with closePosition equals true.');
  return {
    symbol: mandatory(params, 'symbol'),
    side: sideOf(params),
    orderType,
    quantity: closePosition ? ZERO : amountOf(params, 'quantity'),
    triggerPrice: amountOf(params, 'triggerPrice'),
    price: isLimit ? amountOf(params, 'price') : ZERO,
    timeInForce: timeOf(params),
    workingType: oneOf(params.workingType ?? 'CONTRACT_PRICE', WORKING, -4006, 'Invalid working type.'),
    reduceOnly: params.reduceOnly === 'true' || closePosition,
    closePosition,
    clientAlgoId: clientIdOf(params, 'clientAlgoId', otherwise),
  };
}

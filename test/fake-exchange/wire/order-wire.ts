import { ZERO } from '../engine/decimal.ts';
import type { AlgoOrder, Order, Trade } from '../engine/order.ts';

/** Average price on the wire; `0.00` while nothing has filled. */
export const averageOf = ({ executedQty, cumQuote }: Order): string =>
  executedQty.isZero() ? '0.00' : cumQuote.dividedBy(executedQty).toDecimalPlaces(8).toString();

/** An order as `POST`, `GET` and `DELETE /fapi/v1/order` answer it. */
export const orderWire = (order: Order) => ({
  orderId: order.orderId,
  symbol: order.symbol,
  status: order.status,
  clientOrderId: order.clientOrderId,
  price: order.price.toString(),
  avgPrice: averageOf(order),
  origQty: order.origQty.toString(),
  executedQty: order.executedQty.toString(),
  cumQty: order.executedQty.toString(),
  cumQuote: order.cumQuote.toString(),
  timeInForce: order.timeInForce,
  type: order.type,
  reduceOnly: order.reduceOnly,
  closePosition: order.closePosition,
  side: order.side,
  positionSide: 'BOTH',
  stopPrice: order.stopPrice.toString(),
  workingType: 'CONTRACT_PRICE',
  priceProtect: false,
  origType: order.origType,
  priceMatch: 'NONE',
  selfTradePreventionMode: 'NONE',
  goodTillDate: 0,
  time: order.time,
  updateTime: order.updateTime,
});

/** What `newOrderRespType=ACK`, the default, tells of an order: that it was taken, and nothing of its fills. */
export const acknowledged = (order: Order) => ({
  ...orderWire(order),
  status: 'NEW',
  avgPrice: '0.00',
  executedQty: ZERO.toString(),
  cumQty: ZERO.toString(),
  cumQuote: ZERO.toString(),
});

/** @param order the one it became, if it was triggered */
export const algoWire = (algo: AlgoOrder, order: Order | null) => ({
  algoId: algo.algoId,
  clientAlgoId: algo.clientAlgoId,
  algoType: 'CONDITIONAL',
  orderType: algo.orderType,
  symbol: algo.symbol,
  side: algo.side,
  positionSide: 'BOTH',
  timeInForce: algo.timeInForce,
  // Those that have none may leave it out: so nautilus_trader reads them.
  ...(algo.closePosition ? {} : { quantity: algo.quantity.toString() }),
  algoStatus: algo.algoStatus,
  actualOrderId: algo.actualOrderId === null ? '' : String(algo.actualOrderId),
  actualPrice: order ? averageOf(order) : '0.00000',
  triggerPrice: algo.triggerPrice.toString(),
  price: algo.price.toString(),
  icebergQuantity: null,
  selfTradePreventionMode: 'EXPIRE_MAKER',
  workingType: algo.workingType,
  priceMatch: 'NONE',
  closePosition: algo.closePosition,
  priceProtect: false,
  reduceOnly: algo.reduceOnly,
  createTime: algo.createTime,
  updateTime: algo.updateTime,
  triggerTime: algo.triggerTime,
  goodTillDate: 0,
});

/** An execution as `GET /fapi/v1/userTrades` lists it. */
export const tradeWire = (trade: Trade) => ({
  symbol: trade.symbol,
  id: trade.id,
  orderId: trade.orderId,
  side: trade.side,
  price: trade.price.toString(),
  qty: trade.qty.toString(),
  realizedPnl: trade.realizedPnl.toString(),
  quoteQty: trade.quoteQty.toString(),
  commission: trade.commission.toString(),
  commissionAsset: trade.commissionAsset,
  time: trade.time,
  positionSide: 'BOTH',
  buyer: trade.side === 'BUY',
  maker: trade.maker,
});

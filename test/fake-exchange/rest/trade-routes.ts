import { refuse } from '../engine/api-error.ts';
import type { Engine } from '../engine/engine.ts';
import type { AlgoOrder, Order } from '../engine/order.ts';
import { algoRequest, amountOf, mandatory, orderRequest, type Params, wholeOf } from '../engine/request.ts';
import { acknowledged, algoWire, orderWire } from '../wire/order-wire.ts';
import { within } from './lookback.ts';
import { bySymbol, type Routes } from './route.ts';

const DONE = { code: 200, msg: 'The operation of cancel all open order is done.' };

/** Orders and stops. */
export function tradeRoutes(engine: Engine): Routes {
  const { books, matching, conditionals, deadMan, market } = engine;
  const { orders, algos, now } = books;
  const ownId = (): string => `own-${books.nextId()}`;
  const listed = (params: Params): string => market.listing(mandatory(params, 'symbol')).symbol;
  const filter = (params: Params): string | undefined => (params.symbol === undefined ? undefined : listed(params));

  const orderOf = (params: Params, code: -2013 | -2011): Order => {
    const symbol = listed(params);
    const id = wholeOf(params, 'orderId');
    const clientId = params.origClientOrderId;
    if (id === null && clientId === undefined)
      return refuse(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!");
    const found = orders.find(id === null ? { symbol, clientId } : { symbol, id }, now());
    return found ?? refuse(code, code === -2013 ? 'Order does not exist.' : 'Unknown order sent.');
  };
  const algoOf = (params: Params, code: -2013 | -2011): AlgoOrder => {
    const id = wholeOf(params, 'algoId');
    const clientId = params.clientAlgoId;
    if (id === null && clientId === undefined)
      return refuse(-1102, "Param 'algoid' or 'clientalgoid' must be sent, but both were empty/null!");
    const found = algos.find(id === null ? { clientId } : { id }, now());
    return found ?? refuse(code, code === -2013 ? 'Order does not exist.' : 'Unknown order sent.');
  };
  const wired = (algo: AlgoOrder) =>
    algoWire(algo, algo.actualOrderId === null ? null : orders.find({ id: algo.actualOrderId }, now()));
  const signed = (
    weight: number | ((params: Params) => number),
    answer: (params: Params) => unknown,
    isOrder = false,
  ) => ({
    security: 'signed' as const,
    weight,
    isOrder,
    answer,
  });

  return {
    'POST /fapi/v1/order': signed(
      1,
      (params) => {
        const order = matching.place(orderRequest(params, ownId));
        return params.newOrderRespType === 'RESULT' ? orderWire(order) : acknowledged(order);
      },
      true,
    ),
    'GET /fapi/v1/order': signed(1, (params) => orderWire(orderOf(params, -2013))),
    'PUT /fapi/v1/order': signed(
      1,
      (params) => {
        const order = orderOf(params, -2013);
        if (order.type !== 'LIMIT') refuse(-5025, 'Only limit order is supported.');
        if (!orders.open().includes(order)) refuse(-2013, 'Order does not exist.');
        matching.amend(order, amountOf(params, 'price'), amountOf(params, 'quantity'));
        return orderWire(order);
      },
      true,
    ),
    'DELETE /fapi/v1/order': signed(1, (params) => {
      const order = orderOf(params, -2011);
      matching.cancel(order);
      return orderWire(order);
    }),
    'DELETE /fapi/v1/allOpenOrders': signed(1, (params) => {
      deadMan.cancelAll(listed(params));
      return DONE;
    }),
    'GET /fapi/v1/openOrders': signed(bySymbol(40), (params) => orders.open(filter(params)).map(orderWire)),
    'GET /fapi/v1/openOrder': signed(1, (params) => {
      const order = orderOf(params, -2013);
      return orders.open().includes(order) ? orderWire(order) : refuse(-2013, 'Order does not exist.');
    }),
    'GET /fapi/v1/allOrders': signed(5, (params) => {
      const from = wholeOf(params, 'orderId');
      const known = orders.known(listed(params), now());
      if (from !== null)
        return known
          .filter(({ orderId }) => orderId >= from)
          .slice(0, wholeOf(params, 'limit') ?? 500)
          .map(orderWire);
      return within(known, ({ time }) => time, params, now(), 500).map(orderWire);
    }),
    'POST /fapi/v1/algoOrder': signed(1, (params) => wired(conditionals.place(algoRequest(params, ownId))), true),
    'GET /fapi/v1/algoOrder': signed(1, (params) => wired(algoOf(params, -2013))),
    'DELETE /fapi/v1/algoOrder': signed(1, (params) => {
      const algo = algoOf(params, -2011);
      conditionals.cancel(algo);
      return { algoId: algo.algoId, clientAlgoId: algo.clientAlgoId, code: '200', msg: 'success' };
    }),
    'DELETE /fapi/v1/algoOpenOrders': signed(1, (params) => {
      deadMan.cancelStops(listed(params));
      return DONE;
    }),
    'GET /fapi/v1/openAlgoOrders': signed(bySymbol(40), (params) => algos.open(filter(params)).map(wired)),
    'GET /fapi/v1/allAlgoOrders': signed(5, (params) =>
      within(algos.known(listed(params), now()), ({ createTime }) => createTime, params, now(), 500).map(wired),
    ),
    'POST /fapi/v1/countdownCancelAll': signed(10, (params) => {
      const symbol = listed(params);
      const countdownTime =
        wholeOf(params, 'countdownTime') ?? refuse(-1102, "Mandatory parameter 'countdownTime' was not sent.");
      deadMan.arm(symbol, countdownTime);
      return { symbol, countdownTime: String(countdownTime) };
    }),
  };
}

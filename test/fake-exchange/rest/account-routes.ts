import { refuse } from '../engine/api-error.ts';
import type { Engine } from '../engine/engine.ts';
import { mandatory, type Params, wholeOf } from '../engine/request.ts';
import type { ListenKeys } from '../streams/listen-keys.ts';
import { accountWire, balanceWire, incomeWire, positionRiskWire } from '../wire/account-wire.ts';
import { bracketWire } from '../wire/listing-wire.ts';
import { tradeWire } from '../wire/order-wire.ts';
import { within } from './lookback.ts';
import type { Permissions } from './permissions.ts';
import type { Routes } from './route.ts';

/** The account, its settings and its history. */
export function accountRoutes(engine: Engine, listenKeys: ListenKeys, permissions: () => Permissions): Routes {
  const { account, books, market } = engine;
  const { orders, now, trades } = books;
  const listed = (params: Params): string => market.listing(mandatory(params, 'symbol')).symbol;
  const signed = (weight: number, answer: (params: Params) => unknown) => ({
    security: 'signed' as const,
    weight,
    answer,
  });
  const keyed = (answer: () => unknown) => ({ security: 'key' as const, weight: 1, answer });
  const symbols = (params: Params): readonly string[] =>
    params.symbol === undefined ? [...market.listings.keys()] : [listed(params)];
  const risk = (v2: boolean) => (params: Params) =>
    account.open
      .filter(({ symbol }) => symbols(params).includes(symbol))
      .map((position) => positionRiskWire(account, position, v2));
  const whole = () => accountWire(account, orders.open(), now());
  const balance = () => balanceWire(account, orders.open(), now());

  return {
    'GET /fapi/v2/account': signed(5, whole),
    'GET /fapi/v3/account': signed(5, whole),
    'GET /fapi/v2/balance': signed(5, balance),
    'GET /fapi/v3/balance': signed(5, balance),
    'GET /fapi/v2/positionRisk': signed(5, risk(true)),
    'GET /fapi/v3/positionRisk': signed(5, risk(false)),
    'GET /fapi/v1/leverageBracket': signed(1, (params) =>
      symbols(params).map((symbol) => ({
        symbol,
        notionalCoef: 1,
        brackets: market.listing(symbol).brackets.map(bracketWire),
      })),
    ),
    'POST /fapi/v1/leverage': signed(1, (params) => {
      const symbol = listed(params);
      const leverage = wholeOf(params, 'leverage') ?? refuse(-1102, "Mandatory parameter 'leverage' was not sent.");
      engine.setLeverage(symbol, leverage);
      return { symbol, leverage, maxNotionalValue: account.maxNotional(symbol).toString() };
    }),
    'POST /fapi/v1/marginType': signed(1, (params) => {
      const type = mandatory(params, 'marginType');
      if (type !== 'ISOLATED' && type !== 'CROSSED') return refuse(-4049, 'Invalid margin type.');
      engine.setMarginType(listed(params), type);
      return { code: 200, msg: 'success' };
    }),
    'GET /fapi/v1/symbolConfig': signed(5, (params) =>
      symbols(params).map((symbol) => ({
        symbol,
        marginType: account.setting(symbol).marginType,
        isAutoAddMargin: false,
        leverage: account.setting(symbol).leverage,
        maxNotionalValue: account.maxNotional(symbol).toString(),
      })),
    ),
    'GET /fapi/v1/accountConfig': signed(5, () => ({
      feeTier: 0,
      canTrade: permissions().enableFutures,
      canDeposit: true,
      canWithdraw: permissions().enableWithdrawals,
      dualSidePosition: false,
      updateTime: 0,
      multiAssetsMargin: false,
      tradeGroupId: -1,
    })),
    'GET /fapi/v1/positionSide/dual': signed(30, () => ({ dualSidePosition: false })),
    'POST /fapi/v1/positionSide/dual': signed(1, (params) =>
      mandatory(params, 'dualSidePosition') === 'false'
        ? refuse(-4059, 'No need to change position side.')
        : refuse(-4067, 'Position side cannot be changed if there exists open orders.'),
    ),
    'GET /fapi/v1/commissionRate': signed(20, (params) => ({
      symbol: listed(params),
      makerCommissionRate: account.fees.maker.toString(),
      takerCommissionRate: account.fees.taker.toString(),
    })),
    'GET /fapi/v1/userTrades': signed(5, (params) => {
      const symbol = listed(params);
      const orderId = wholeOf(params, 'orderId');
      const fromId = wholeOf(params, 'fromId');
      const own = trades.filter((trade) => trade.symbol === symbol && (orderId === null || trade.orderId === orderId));
      if (fromId !== null)
        return own
          .filter(({ id }) => id >= fromId)
          .slice(0, wholeOf(params, 'limit') ?? 500)
          .map(tradeWire);
      return within(own, ({ time }) => time, params, now(), 500).map(tradeWire);
    }),
    'GET /fapi/v1/income': signed(30, (params) => {
      const own = account.income
        .filter(({ symbol }) => params.symbol === undefined || symbol === params.symbol)
        .filter(({ incomeType }) => params.incomeType === undefined || incomeType === params.incomeType);
      return within(own, ({ time }) => time, params, now(), 100).map(incomeWire);
    }),
    'POST /fapi/v1/listenKey': keyed(() => ({ listenKey: listenKeys.create() })),
    'PUT /fapi/v1/listenKey': keyed(() => ({ listenKey: listenKeys.renew() })),
    'DELETE /fapi/v1/listenKey': keyed(() => {
      listenKeys.close();
      return {};
    }),
    'GET /sapi/v1/account/apiRestrictions': signed(1, permissions),
  };
}

import { refuse } from '../engine/api-error.ts';
import type { Engine } from '../engine/engine.ts';
import { INTERVALS } from '../engine/klines.ts';
import { mandatory, type Params, wholeOf } from '../engine/request.ts';
import { listingWire } from '../wire/listing-wire.ts';
import { bookOf, klineRow, premiumWire, tickerWire } from '../wire/market-wire.ts';
import { bySymbol, type Routes } from './route.ts';

const klineWeight = (params: Params): number => {
  const limit = Number(params.limit ?? 500);
  return limit < 100 ? 1 : limit < 500 ? 2 : limit <= 1_000 ? 5 : 10;
};

/** What anybody may ask. */
export function marketRoutes(engine: Engine, now: () => number): Routes {
  const { market, funding } = engine;
  /** One symbol's answer, or all of them. */
  const each = (params: Params, answer: (symbol: string) => unknown): unknown =>
    params.symbol === undefined ? market.traded.map(answer) : answer(market.listing(params.symbol).symbol);
  const open = (weight: number | ((params: Params) => number), answer: (params: Params) => unknown) => ({
    security: 'none' as const,
    weight,
    answer,
  });
  const lastPrice = (params: Params): unknown =>
    each(params, (symbol) => ({ symbol, price: market.quote(symbol)?.last.toString() ?? '0', time: now() }));
  return {
    'GET /fapi/v1/ping': open(1, () => ({})),
    'GET /fapi/v1/time': open(1, () => ({ serverTime: now() })),
    'GET /fapi/v1/exchangeInfo': open(1, () => ({
      timezone: 'UTC',
      serverTime: now(),
      futuresType: 'U_MARGINED',
      rateLimits: [
        { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 2_400 },
        { rateLimitType: 'ORDERS', interval: 'MINUTE', intervalNum: 1, limit: 1_200 },
        { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 300 },
      ],
      exchangeFilters: [],
      assets: [{ asset: 'USDT', marginAvailable: true, autoAssetExchange: '-10000' }],
      symbols: [...market.listings.values()].map(listingWire),
    })),
    'GET /fapi/v1/klines': open(klineWeight, (params) => {
      const { symbol } = market.listing(mandatory(params, 'symbol'));
      const ms = INTERVALS[mandatory(params, 'interval')] ?? refuse(-1120, 'Invalid interval.');
      const limit = Math.min(wholeOf(params, 'limit') ?? 500, 1_500);
      const [start, end] = [wholeOf(params, 'startTime'), wholeOf(params, 'endTime')];
      return market.klines.list(symbol, ms, start, end, limit).map((bar) => klineRow(bar, ms));
    }),
    'GET /fapi/v1/ticker/24hr': open(bySymbol(40), (params) =>
      each(params, (symbol) => tickerWire(market, symbol, now())),
    ),
    'GET /fapi/v1/ticker/price': open(bySymbol(2), lastPrice),
    'GET /fapi/v2/ticker/price': open(bySymbol(2), lastPrice),
    'GET /fapi/v1/ticker/bookTicker': open(bySymbol(5, 2), (params) =>
      each(params, (symbol) => {
        const { bid, ask, qty } = bookOf(market, symbol);
        return { symbol, bidPrice: bid, bidQty: qty, askPrice: ask, askQty: qty, time: now(), lastUpdateId: now() };
      }),
    ),
    'GET /fapi/v1/depth': open(2, (params) => {
      const { bid, ask, qty } = bookOf(market, market.listing(mandatory(params, 'symbol')).symbol);
      return { lastUpdateId: now(), E: now(), T: now(), bids: [[bid, qty]], asks: [[ask, qty]] };
    }),
    'GET /fapi/v1/premiumIndex': open(bySymbol(10), (params) =>
      each(params, (symbol) => premiumWire(market, funding, symbol, now())),
    ),
    'GET /fapi/v1/fundingRate': open(1, (params) => {
      const [start, end] = [wholeOf(params, 'startTime'), wholeOf(params, 'endTime')];
      const limit = wholeOf(params, 'limit') ?? 100;
      const settled = funding.settled
        .filter(({ symbol }) => params.symbol === undefined || symbol === params.symbol)
        .filter(({ ts }) => (start === null || ts >= start) && (end === null || ts <= end));
      const picked = start === null ? settled.slice(-limit) : settled.slice(0, limit);
      return picked.map(({ symbol, ts, rate, mark }) => ({
        symbol,
        fundingTime: ts,
        fundingRate: rate.toFixed(8),
        markPrice: mark.toFixed(8),
      }));
    }),
    'GET /fapi/v1/fundingInfo': open(1, () => []),
  };
}

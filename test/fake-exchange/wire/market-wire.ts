import { Decimal, ZERO } from '../engine/decimal.ts';
import type { Funding } from '../engine/funding.ts';
import type { Bar } from '../engine/klines.ts';
import type { Market } from '../engine/market.ts';

/** A row of `GET /fapi/v1/klines`. */
export const klineRow = (bar: Bar, ms: number) => [
  bar.t,
  bar.o.toString(),
  bar.h.toString(),
  bar.l.toString(),
  bar.c.toString(),
  bar.v.toString(),
  bar.t + ms - 1,
  bar.q.toString(),
  bar.n,
  bar.v.dividedBy(2).toString(),
  bar.q.dividedBy(2).toString(),
  '0',
];

/** A message of `<symbol>@kline_<interval>`. */
export const klineEvent = (symbol: string, interval: string, ms: number, bar: Bar, now: number) => ({
  e: 'kline',
  E: now,
  s: symbol,
  k: {
    t: bar.t,
    T: bar.t + ms - 1,
    s: symbol,
    i: interval,
    f: 100,
    L: 100 + bar.n,
    o: bar.o.toString(),
    c: bar.c.toString(),
    h: bar.h.toString(),
    l: bar.l.toString(),
    v: bar.v.toString(),
    n: bar.n,
    x: bar.closed,
    q: bar.q.toString(),
    V: bar.v.dividedBy(2).toString(),
    Q: bar.q.dividedBy(2).toString(),
    B: '0',
  },
});

/** The last day's figures. */
function dayOf(market: Market, symbol: string) {
  const bars = market.klines.minutes(symbol).slice(-1_440);
  const last = market.quote(symbol)?.last ?? ZERO;
  const open = bars[0]?.o ?? last;
  const volume = bars.reduce((total, { v }) => total.plus(v), ZERO);
  const quote = bars.reduce((total, { q }) => total.plus(q), ZERO);
  return {
    last,
    open,
    high: bars.length ? Decimal.max(...bars.map(({ h }) => h)) : last,
    low: bars.length ? Decimal.min(...bars.map(({ l }) => l)) : last,
    volume,
    quote,
    change: last.minus(open),
    changePercent: open.isZero() ? ZERO : last.minus(open).dividedBy(open).times(100),
    average: volume.isZero() ? last : quote.dividedBy(volume),
    openTime: bars[0]?.t ?? 0,
    count: bars.reduce((total, { n }) => total + n, 0),
  };
}

/** `GET /fapi/v1/ticker/24hr` for one symbol. */
export function tickerWire(market: Market, symbol: string, now: number) {
  const day = dayOf(market, symbol);
  return {
    symbol,
    priceChange: day.change.toString(),
    priceChangePercent: day.changePercent.toFixed(3),
    weightedAvgPrice: day.average.toDecimalPlaces(4).toString(),
    lastPrice: day.last.toString(),
    lastQty: '0.010',
    openPrice: day.open.toString(),
    highPrice: day.high.toString(),
    lowPrice: day.low.toString(),
    volume: day.volume.toString(),
    quoteVolume: day.quote.toString(),
    openTime: day.openTime,
    closeTime: now,
    firstId: 100,
    lastId: 100 + day.count,
    count: day.count,
  };
}

/** A message of `<symbol>@ticker`. */
export function tickerEvent(market: Market, symbol: string, now: number) {
  const day = tickerWire(market, symbol, now);
  return {
    e: '24hrTicker',
    E: now,
    s: symbol,
    p: day.priceChange,
    P: day.priceChangePercent,
    w: day.weightedAvgPrice,
    c: day.lastPrice,
    Q: day.lastQty,
    o: day.openPrice,
    h: day.highPrice,
    l: day.lowPrice,
    v: day.volume,
    q: day.quoteVolume,
    O: day.openTime,
    C: now,
    F: day.firstId,
    L: day.lastId,
    n: day.count,
  };
}

/** A message of `<symbol>@miniTicker`, which ccxt's `watchTicker` asks for. */
export function miniTickerEvent(market: Market, symbol: string, now: number) {
  const { c, o, h, l, v, q } = tickerEvent(market, symbol, now);
  return { e: '24hrMiniTicker', E: now, s: symbol, c, o, h, l, v, q };
}

/** `GET /fapi/v1/premiumIndex` for one symbol. */
export const premiumWire = (market: Market, funding: Funding, symbol: string, now: number) => ({
  symbol,
  markPrice: (market.quote(symbol)?.mark ?? ZERO).toFixed(8),
  indexPrice: (market.quote(symbol)?.mark ?? ZERO).toFixed(8),
  estimatedSettlePrice: (market.quote(symbol)?.mark ?? ZERO).toFixed(8),
  lastFundingRate: funding.rate(symbol).toFixed(8),
  interestRate: '0.00010000',
  nextFundingTime: funding.nextTime(symbol),
  time: now,
});

/** A message of `<symbol>@markPrice` and `@markPrice@1s`. */
export const markEvent = (market: Market, funding: Funding, symbol: string, now: number) => {
  const { markPrice, indexPrice, estimatedSettlePrice, lastFundingRate, nextFundingTime } = premiumWire(
    market,
    funding,
    symbol,
    now,
  );
  return {
    e: 'markPriceUpdate',
    E: now,
    s: symbol,
    p: markPrice,
    i: indexPrice,
    P: estimatedSettlePrice,
    r: lastFundingRate,
    T: nextFundingTime,
  };
};

/** Best bid and ask, ten base units each. */
export const bookOf = (market: Market, symbol: string) => ({
  bid: market.touch(symbol, 'SELL').toString(),
  ask: market.touch(symbol, 'BUY').toString(),
  qty: '10.000',
});

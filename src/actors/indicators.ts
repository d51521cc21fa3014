/**
 * What is known of one symbol after each bar: averages, oscillators, channel, volatility and regime, streaming.
 *
 * The state inside cannot be saved (the library keeps it private), so a restart rebuilds it by replaying the last
 * {@link WARM_UP_BARS} bars. All windows here are recomputed whole from their ring, never by a running sum, so they forget
 * exactly; the recursive averages (EMA, Wilder) forget geometrically, and after the warm-up are equal to those of a bot
 * that never stopped within {@link WARM_UP_TOLERANCE}.
 */
import { ATR, EMA, RSI } from 'trading-signals';
import type { Candle, Features, Regime } from '../machines/messages.ts';
import { ring } from './ring.ts';

/** Bars to replay after a restart. The slowest, EMA 26, has forgotten its seed to (25/27)^600 = 9e-21 of it. */
export const WARM_UP_BARS = 600;
/** Largest relative difference between replayed and continuous features (measured: none, 330 of 330 equal bit for bit). */
export const WARM_UP_TOLERANCE = 1e-12;

export interface IndicatorOptions {
  /** Length of a bar, ms. */
  readonly barMs: number;
  readonly emaFast: number;
  readonly emaSlow: number;
  readonly rsi: number;
  readonly atr: number;
  readonly donchian: number;
  /** Bars of returns kept, shown, and measured for volatility. */
  readonly returns: number;
  /** Bars over which the efficiency of the move is measured; at most `returns`. */
  readonly efficiency: number;
  /** Bars over which volatility is averaged, to tell whether it is high now. */
  readonly calm: number;
  /** Volatile: volatility above this many times its average. */
  readonly volatileAbove: number;
  /** Trending: efficiency ratio above this. */
  readonly trendingAbove: number;
  /** Candles carry no quotes, so the spread is a constant of the model, as in the Python bot. */
  readonly spreadBps: number;
  /** Funding per settlement, a fraction; the exchanges' usual base rate. */
  readonly fundingRate: number;
}

export const INDICATOR_DEFAULTS: IndicatorOptions = {
  barMs: 60_000,
  emaFast: 12,
  emaSlow: 26,
  rsi: 14,
  atr: 14,
  donchian: 20,
  returns: 60,
  efficiency: 30,
  calm: 120,
  volatileAbove: 1.5,
  trendingAbove: 0.25,
  spreadBps: 0.5,
  fundingRate: 0.0001,
};

export interface Indicators {
  /**
   * Takes the next closed bar. A bar that is not later than the last one changes nothing and gives the last features
   * again, so that a replay may overlap the live feed. Throws RangeError on a bar of another symbol.
   */
  add(candle: Candle): Features;
  /** The features after the last bar; `null` before the first. */
  readonly latest: Features | null;
}

/** A fresh set of indicators for one symbol: that of the first bar it gets. */
export function indicators(options: Partial<IndicatorOptions> = {}): Indicators {
  const o = { ...INDICATOR_DEFAULTS, ...options };
  const emaFast = new EMA(o.emaFast);
  const emaSlow = new EMA(o.emaSlow);
  const rsi = new RSI(o.rsi);
  const atr = new ATR(o.atr);
  const highs = ring(o.donchian);
  const lows = ring(o.donchian);
  const returns = ring(o.returns);
  const volatilities = ring(o.calm);
  let latest: Features | null = null;
  let lastTs = Number.NEGATIVE_INFINITY;

  const add = (candle: Candle): Features => {
    if (latest && latest.symbol !== candle.symbol)
      throw new RangeError(
        `indicators of ${latest.symbol} were given a bar of ${candle.symbol}; make one set per symbol`,
      );
    if (latest && candle.ts <= lastTs) return latest;

    // The channel is that of the bars before this one: a bar that is part of it could never break out of it.
    const donchianHigh = highs.full ? highs.max() : null;
    const donchianLow = lows.full ? lows.min() : null;
    highs.push(candle.high);
    lows.push(candle.low);

    emaFast.add(candle.close);
    emaSlow.add(candle.close);
    rsi.add(candle.close);
    atr.add(candle);
    if (latest) returns.push(candle.close / latest.price - 1);
    const volatility = returns.full ? returns.deviation() : null;
    if (volatility !== null) volatilities.push(volatility);
    // `isStable` of an EMA throws and catches while it is not; the slow one is asked only until the windows are full.
    const stable = volatilities.full && emaSlow.isStable && emaFast.isStable && rsi.isStable && atr.isStable;

    lastTs = candle.ts;
    latest = {
      symbol: candle.symbol,
      at: candle.ts + o.barMs,
      bars: (latest?.bars ?? 0) + 1,
      price: candle.close,
      stable,
      emaFast: emaFast.isStable ? emaFast.getResultOrThrow() : null,
      emaSlow: emaSlow.isStable ? emaSlow.getResultOrThrow() : null,
      rsi: rsi.isStable ? rsi.getResultOrThrow() : null,
      atr: atr.isStable ? atr.getResultOrThrow() : null,
      donchianHigh,
      donchianLow,
      volatility,
      regime:
        stable && volatility !== null
          ? regimeOf(volatility, volatilities.mean(), returns.efficiency(o.efficiency), o)
          : 'unknown',
      spreadBps: o.spreadBps,
      fundingRate: o.fundingRate,
      returns: returns.toArray(),
    };
    return latest;
  };

  return {
    add,
    get latest() {
      return latest;
    },
  };
}

/**
 * `volatile` when returns vary much more than they used to; else `trending` when price gets somewhere; else `ranging`.
 * Getting somewhere is Kaufman's efficiency ratio: 1 is a straight line, a random walk of 30 steps has 0.18 on average.
 * The distance of the EMAs would not do: it is small by definition at the moment when they cross.
 */
function regimeOf(volatility: number, usual: number, efficient: number, o: IndicatorOptions): Regime {
  if (volatility > o.volatileAbove * usual) return 'volatile';
  return efficient > o.trendingAbove ? 'trending' : 'ranging';
}

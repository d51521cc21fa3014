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
  /** As {@link add}, one after the other; only the features after the last are made, and `null` where there is none. */
  replay(candles: readonly Candle[]): Features | null;
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
  /** Makes the features after the last bar: of a bar that another follows nobody wants them. */
  let latest: (() => Features) | null = null;
  let symbol: string | null = null;
  let lastTs = Number.NEGATIVE_INFINITY;
  let price = 0;
  let bars = 0;

  const take = (candle: Candle): (() => Features) => {
    if (symbol !== null && symbol !== candle.symbol)
      throw new RangeError(`indicators of ${symbol} were given a bar of ${candle.symbol}; make one set per symbol`);
    if (latest !== null && candle.ts <= lastTs) return latest;

    // The channel is that of the bars before this one: a bar that is part of it could never break out of it.
    const donchianHigh = highs.full ? highs.max() : null;
    const donchianLow = lows.full ? lows.min() : null;
    highs.push(candle.high);
    lows.push(candle.low);

    emaFast.add(candle.close);
    emaSlow.add(candle.close);
    rsi.add(candle.close);
    atr.add(candle);
    if (bars > 0) returns.push(candle.close / price - 1);
    const volatility = returns.full ? returns.deviation() : null;
    if (volatility !== null) volatilities.push(volatility);
    symbol = candle.symbol;
    lastTs = candle.ts;
    price = candle.close;
    bars++;

    let made: Features | null = null;
    latest = () => {
      if (made !== null) return made;
      // `isStable` of an EMA throws and catches while it is not; it is as soon as it has seen its number of bars.
      const [isFastStable, isSlowStable] = [bars >= o.emaFast, bars >= o.emaSlow];
      const stable = volatilities.full && isSlowStable && isFastStable && rsi.isStable && atr.isStable;
      made = {
        symbol: candle.symbol,
        at: candle.ts + o.barMs,
        bars,
        price,
        stable,
        emaFast: isFastStable ? emaFast.getResultOrThrow() : null,
        emaSlow: isSlowStable ? emaSlow.getResultOrThrow() : null,
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
      return made;
    };
    return latest;
  };

  return {
    add: (candle) => take(candle)(),
    replay: (candles) => {
      for (const candle of candles) take(candle);
      return latest?.() ?? null;
    },
    get latest() {
      return latest?.() ?? null;
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

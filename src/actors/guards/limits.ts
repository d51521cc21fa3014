/** The guards' limits, with the reasons for their defaults. Shares of signals are of recorded minutes (May 2025, 5 symbols). */
import type { Regime } from '../../machines/messages.ts';
import { SIZING_DEFAULTS, type SizingRules } from '../sizing.ts';
import { STRATEGIES } from '../strategies/catalogue.ts';
import type { StrategyKind } from '../strategies/strategy.ts';

export interface GuardLimits {
  /** Length of a bar, ms. */
  readonly barMs: number;
  /** Deviation of the returns of one bar, fractions, and the widest spread. */
  readonly volatility: { readonly min: number; readonly max: number; readonly maxSpreadBps: number };
  readonly risk: {
    readonly maxOpenPositions: number;
    readonly maxPerSymbolAndDirection: number;
    /** Notional of everything held, as a multiple of equity. */
    readonly maxExposure: number;
    /** Loss at the stop, fees included, as a fraction of equity. */
    readonly maxRiskPerTrade: number;
    /** Loss since midnight UTC, as a fraction of the equity at midnight. */
    readonly maxDailyLoss: number;
  };
  readonly fees: {
    /** Bars over which a move is expected: the time stop, 4 h. */
    readonly horizonBars: number;
    /** Slippage expected of one market order. */
    readonly slippageBps: number;
    /** The expected move must be this many times the cost of the round trip. */
    readonly minMultiple: number;
  };
  readonly correlation: {
    readonly max: number;
    /** Correlated positions in the same direction that are tolerated. */
    readonly tolerated: number;
    /** Common returns below which correlation is not known. */
    readonly minBars: number;
  };
  readonly hourly: { readonly overall: number; readonly perSymbol: number };
  readonly regime: {
    /** Which kind a strategy is, by its name. */
    readonly kinds: Readonly<Record<string, StrategyKind>>;
    readonly allowed: Readonly<Record<StrategyKind, readonly Regime[]>>;
  };
  readonly sizing: SizingRules;
}

export const GUARD_LIMITS: GuardLimits = {
  barMs: 60_000,
  // Below 0.025 % a minute is the calmest 7 % of BTC; above 0.2 % the wildest 3 % of ETH, where stops slip.
  volatility: { min: 0.00025, max: 0.002, maxSpreadBps: 5 },
  // Phase 2 of the Python bot allowed 1.5 % a day with 0.25 % a trade; ours risks twice as much a trade.
  risk: {
    maxOpenPositions: 4,
    maxPerSymbolAndDirection: 1,
    maxExposure: 1.5,
    maxRiskPerTrade: 0.0075,
    maxDailyLoss: 0.03,
  },
  // 4 x 0.145 % is a move of 0.58 % in 4 h: BTC offers less in its calmer third.
  fees: { horizonBars: 240, slippageBps: 2, minMultiple: 4 },
  // Majors correlate at 0.7 to 0.9 by the minute: one correlated position is one bet, three are the same bet thrice.
  correlation: { max: 0.8, tolerated: 1, minBars: 30 },
  hourly: { overall: 4, perSymbol: 1 },
  regime: {
    kinds: Object.fromEntries(STRATEGIES.map(({ name, kind }) => [name, kind])),
    allowed: { trend: ['trending', 'volatile'], reversion: ['ranging', 'volatile'] },
  },
  sizing: SIZING_DEFAULTS,
};

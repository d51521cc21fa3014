import { z } from 'zod';
import { GUARD_LIMITS } from '../../actors/guards/limits.ts';
import { INDICATOR_DEFAULTS } from '../../actors/indicators.ts';
import { MAX_OPEN_POSITIONS } from '../../actors/veto.ts';
import type { Regime } from '../../machines/messages.ts';
import { count, fraction, section, setting } from './setting.ts';

const REGIMES = ['trending', 'ranging', 'volatile', 'unknown'] as const satisfies readonly Regime[];
const regimes = z.array(z.enum(REGIMES));
const { volatility, risk, fees, correlation, hourly, regime, sizing } = GUARD_LIMITS;

/** The limits of the guards; the reasons for the defaults stand in `actors/guards/limits.ts`. */
export const guardsSection = section('What the guards allow. A signal that breaks a limit is blocked, and recorded.', {
  volatility: section('How restless the market may be.', {
    min: setting(fraction, volatility.min, 'Least deviation of the returns of one bar, a fraction: below it is noise.'),
    max: setting(
      fraction,
      volatility.max,
      'Largest deviation of the returns of one bar, a fraction: above it stops slip.',
    ),
    maxSpreadBps: setting(
      z.number().positive(),
      volatility.maxSpreadBps,
      'Widest spread, in hundredths of a per cent.',
    ),
  }),
  risk: section('What the account may bear.', {
    maxOpenPositions: setting(
      count.max(MAX_OPEN_POSITIONS),
      risk.maxOpenPositions,
      'Positions open at once, entries under way included.',
    ),
    maxPerSymbolAndDirection: setting(
      count.max(1),
      risk.maxPerSymbolAndDirection,
      'Positions on one symbol in one direction: an exchange nets what is more.',
    ),
    maxExposure: setting(
      z.number().positive(),
      risk.maxExposure,
      'Notional of everything held, as a multiple of equity.',
    ),
    maxRiskPerTrade: setting(
      fraction,
      risk.maxRiskPerTrade,
      'Loss of one trade at its stop, fees included, as a fraction of equity.',
    ),
    maxDailyLoss: setting(
      fraction,
      risk.maxDailyLoss,
      'Loss since midnight UTC after which no entry is made, as a fraction of the equity at midnight.',
    ),
  }),
  fees: section('Whether a trade can earn what it costs.', {
    horizonBars: setting(z.int().positive(), fees.horizonBars, 'Bars over which a move is expected.'),
    slippageBps: setting(
      z.number().min(0),
      fees.slippageBps,
      'Slippage expected of one market order, in hundredths of a per cent.',
    ),
    minMultiple: setting(
      z.number().min(0),
      fees.minMultiple,
      'The expected move is at least this many times the cost of going in and out.',
    ),
  }),
  correlation: section('Bets that are the same bet.', {
    max: setting(fraction, correlation.max, 'Correlation of returns above which two symbols are one bet.'),
    tolerated: setting(count, correlation.tolerated, 'Correlated positions in the same direction that are tolerated.'),
    minBars: setting(
      z.int().min(2).max(INDICATOR_DEFAULTS.returns),
      correlation.minBars,
      `Common bars below which a correlation is not known, and counts as too high; ${INDICATOR_DEFAULTS.returns} are remembered.`,
    ),
  }),
  hourly: section('How often it may enter.', {
    overall: setting(count, hourly.overall, 'Entries in an hour, of all symbols.'),
    perSymbol: setting(count, hourly.perSymbol, 'Entries in an hour, of one symbol.'),
  }),
  regime: section('In which regimes of the market strategies of a kind may trade.', {
    trend: setting(regimes, [...regime.allowed.trend], 'Regimes for strategies that follow a trend.'),
    reversion: setting(regimes, [...regime.allowed.reversion], 'Regimes for strategies that expect a return.'),
  }),
  sizing: section('How large an entry is. It is sized by the distance of the stop, exits.stopFraction.', {
    riskFraction: setting(
      z.number().positive().max(0.1),
      sizing.riskFraction,
      'Fraction of equity lost when the stop is hit, before fees.',
    ),
    maxNotional: setting(
      z.number().positive(),
      sizing.maxNotional,
      'Largest notional of one position, as a multiple of equity.',
    ),
    liquidationDistance: setting(
      z.number().min(1),
      sizing.liquidationDistance,
      'Liquidation is at least this many times as far away as the stop; leverage is lowered for it.',
    ),
  }),
});

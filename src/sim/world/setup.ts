import { EXIT_DEFAULTS, type ExitSettings } from '../../actors/exits/exit-rules.ts';
import { GUARD_LIMITS } from '../../actors/guards/limits.ts';
import type { Settings } from '../../actors/settings.ts';
import { STRATEGIES } from '../../actors/strategies/catalogue.ts';
import { paceFor } from '../../cli/pace.ts';
import type { Pace } from '../../ports/world.ts';
import type { Setting } from '../script.ts';
import { BAR_MS } from './market.ts';
import { RESTLESS } from './restless.ts';

/** At every speed. */
export const SWEEP_MS = 60_000;

export const paceOf = ({ speed }: Setting): Pace => ({ ...paceFor(speed), sweepMs: SWEEP_MS });

/** Looser guards, so that the bot trades a lot. */
const GUARDS = {
  ...GUARD_LIMITS,
  barMs: BAR_MS,
  volatility: { min: 0.000001, max: 1, maxSpreadBps: 100 },
  hourly: { overall: 10_000, perSymbol: 10_000 },
  fees: { ...GUARD_LIMITS.fees, minMultiple: 0.001 },
  correlation: { ...GUARD_LIMITS.correlation, tolerated: 100 },
  regime: {
    ...GUARD_LIMITS.regime,
    kinds: { ...GUARD_LIMITS.regime.kinds, ...Object.fromEntries(RESTLESS.map(({ name, kind }) => [name, kind])) },
    allowed: { trend: ['trending', 'ranging', 'volatile'], reversion: ['trending', 'ranging', 'volatile'] },
  },
} as const satisfies typeof GUARD_LIMITS;

/** Leaves within minutes, by every gate there is. */
const HASTY: ExitSettings = {
  ...EXIT_DEFAULTS,
  stopFraction: 0.004,
  tp1: { at: 0.0015, fraction: 0.4 },
  tp2: { at: 0.003, fraction: 0.4 },
  // Nearer than the first rung: from there on the stop is at break-even, and there is nothing to trail.
  trailing: { activation: 0.0008, distance: 0.001 },
  timeStopMs: 480_000,
};

/** The bot's settings, as a script wants them. */
export const settingsOf = ({ stops, restless, minds = 1 }: Setting): Settings => ({
  guards: GUARDS,
  leverage: 3,
  exits: restless ? HASTY : EXIT_DEFAULTS,
  protection: { enabled: stops, beyondStop: 0.002 },
  ...(restless ? { strategies: [...STRATEGIES, ...RESTLESS.slice(0, minds)] } : {}),
});

import { EXIT_DEFAULTS } from '../../actors/exits/exit-rules.ts';
import { GUARD_LIMITS } from '../../actors/guards/limits.ts';
import type { Settings } from '../../actors/settings.ts';
import type { Pace } from '../../ports/world.ts';
import type { Setting } from '../script.ts';
import { BAR_MS } from './market.ts';

export const PACE: Pace = { lookMs: 30_000, changeMs: 1_000, checkMs: 20_000, saveMs: 30_000, sweepMs: 60_000 };

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
    allowed: { trend: ['trending', 'ranging', 'volatile'], reversion: ['trending', 'ranging', 'volatile'] },
  },
} as const satisfies typeof GUARD_LIMITS;

/** The bot's settings, as a script wants them. */
export const settingsOf = ({ stops }: Setting): Settings => ({
  guards: GUARDS,
  leverage: 3,
  exits: EXIT_DEFAULTS,
  protection: { enabled: stops, beyondStop: 0.002 },
});

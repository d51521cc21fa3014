import { EXIT_DEFAULTS } from '../../actors/exits/exit-rules.ts';
import { GUARD_LIMITS } from '../../actors/guards/limits.ts';
import type { Settings } from '../../actors/settings.ts';
import type { Summary } from '../../cli/bot.ts';
import type { World } from '../../ports/world.ts';

/** An order that left is at the exchange by then, or never will be, ms: beyond its receive window. */
const PROVEN_AFTER_MS = 1_500;

export const CLERK_SETTINGS: Settings = {
  guards: GUARD_LIMITS,
  leverage: 3,
  exits: EXIT_DEFAULTS,
  provenAfterMs: PROVEN_AFTER_MS,
};

/** What a bot has and this one has no use for: nobody hears it. */
export const SILENT = {
  log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  alerts: {
    raise: async () => undefined,
    resolve: async () => undefined,
    firing: () => [],
    toldSince: () => 0,
  },
} satisfies Pick<World, 'log' | 'alerts'>;

/** A bot of the simulator is counted by its observer. */
export const NOTHING_TO_SUM_UP: Summary = {
  signals_by_state: {},
  decisions_by_guard: {},
  trades: { closed: 0, open: 0, won: 0 },
  exits: { total: 0, ambiguous: 0 },
  pnl_usd: { realised: 0, fees: 0, funding: 0, equity: null },
  incidents: { total: 0, healed: 0, failed: 0, open: 0 },
  ticks: 0,
  from: null,
  to: null,
};

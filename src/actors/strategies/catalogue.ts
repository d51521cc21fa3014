import { donchianBreakout } from './donchian-breakout.ts';
import { emaCross } from './ema-cross.ts';
import { rsiReversion } from './rsi-reversion.ts';
import type { Strategy } from './strategy.ts';

/** The strategies the bot runs, in the order in which they are asked. Add yours here (how: `strategy.ts`). */
export const STRATEGIES: readonly Strategy[] = [emaCross, rsiReversion, donchianBreakout];

import type { Guard } from './guards/guard.ts';
import type { GuardLimits } from './guards/limits.ts';
import type { Strategy } from './strategies/strategy.ts';

/** What the owner of the bot has decided about trading. Everything else is a constant of the code. */
export interface Settings {
  readonly guards: GuardLimits;
  /** Leverage of entries, at most the instrument's. */
  readonly leverage: number;
  /** Asked in this order; those of `strategies/catalogue.ts` when left out. */
  readonly strategies?: readonly Strategy[];
  /** A block is attributed to the first that blocks; those of `guards/catalogue.ts` when left out. */
  readonly guardsAsked?: readonly Guard[];
}

import type { ExitSettings } from './exits/exit-rules.ts';
import type { Guard } from './guards/guard.ts';
import type { GuardLimits } from './guards/limits.ts';
import type { SizingRules } from './sizing.ts';
import type { Strategy } from './strategies/strategy.ts';

/** What the owner of the bot has decided about trading. Everything else is a constant of the code. */
export interface Settings {
  readonly guards: GuardLimits;
  /** Leverage of entries, at most the instrument's. */
  readonly leverage: number;
  /** When positions are left; the distance of the first stop is what entries are sized by. */
  readonly exits: ExitSettings;
  /** Asked in this order; those of `strategies/catalogue.ts` when left out. */
  readonly strategies?: readonly Strategy[];
  /** A block is attributed to the first that blocks; those of `guards/catalogue.ts` when left out. */
  readonly guardsAsked?: readonly Guard[];
}

/** What entries are sized by. The leverage and the stop have one source each, which is not the guards. */
export const sizingRules = ({ guards, leverage, exits }: Settings): SizingRules => ({
  ...guards.sizing,
  leverage,
  stopFraction: exits.stopFraction,
});

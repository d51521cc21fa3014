import type { ExitSettings } from './exits/exit-rules.ts';
import type { Guard } from './guards/guard.ts';
import type { GuardLimits } from './guards/limits.ts';
import type { SizingRules } from './sizing.ts';
import type { Strategy } from './strategies/strategy.ts';

/** The stop that rests at the exchange behind every position, for when we cannot leave it ourselves. */
export interface ProtectionSettings {
  /** Off where orders are on paper: a stop at an exchange that lives in our process protects nothing. */
  readonly enabled: boolean;
  /** How much further away it is than our own stop, as a fraction of the price: ours is to go off first. */
  readonly beyondStop: number;
}

export const PROTECTION_OFF: ProtectionSettings = { enabled: false, beyondStop: 0.002 };

/** What the owner of the bot has decided about trading. Everything else is a constant of the code. */
export interface Settings {
  readonly guards: GuardLimits;
  /** Leverage of entries, at most the instrument's. */
  readonly leverage: number;
  /** When positions are left; the distance of the first stop is what entries are sized by. */
  readonly exits: ExitSettings;
  /** {@link PROTECTION_OFF} when left out. */
  readonly protection?: ProtectionSettings;
  /**
   * An order nobody has found at the exchange cannot be on its way any more after this long, ms: the exchange's receive window
   * and a margin. `PROVEN_AFTER_MS` of the router when left out.
   */
  readonly provenAfterMs?: number;
  /** Others trade the same account: what they earn and lose is in its money, which is then not held against what this bot's fills explain. */
  readonly sharesAccount?: boolean;
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

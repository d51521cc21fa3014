import type { GuardLimits } from './guards/limits.ts';

/** What the owner of the bot has decided about trading. Everything else is a constant of the code. */
export interface Settings {
  readonly guards: GuardLimits;
  /** Leverage of entries, at most the instrument's. */
  readonly leverage: number;
}

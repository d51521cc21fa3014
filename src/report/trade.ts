/** What the report is made of. Times are ms on the bot's clock. */

/** A signal that was decided, and what it would have come to with the bot's own exits and costs. */
export interface Trade {
  readonly id: string;
  readonly symbol: string;
  readonly strategy: string;
  readonly regime: string;
  /** 0 to 1. */
  readonly confidence: number;
  readonly approved: boolean;
  /** Guards that blocked it. */
  readonly blockedBy: readonly string[];
  /** Those that let it pass. A guard in neither list was not asked. */
  readonly passedBy: readonly string[];
  /** Others that would have blocked it, had they been asked. */
  readonly foretoldBy: readonly string[];
  readonly openedAt: number;
  readonly endedAt: number;
  /** Net of fees, slippage and funding: multiple of what was at risk, USD, fraction of the notional in hundredths of a per cent. */
  readonly r: number;
  readonly usd: number;
  readonly bp: number;
  readonly notionalUsd: number;
  /** An exit hung on the order of the prices within a bar; bars were missing. */
  readonly isAmbiguous: boolean;
  readonly hasGaps: boolean;
  /** Its signal could not be sized: the reference size was taken. */
  readonly isReference: boolean;
  /** Nobody knew the rates: holding cost nothing. */
  readonly isUnfunded: boolean;
}

/** What the account made of the same signal. */
export interface RealTrade {
  readonly id: string;
  readonly endedAt: number;
  readonly bp: number;
}

/** How often something was asked and answered, whatever became of the shadow trade. */
export interface GuardCount {
  readonly guard: string;
  readonly asked: number;
  readonly blocked: number;
}

/** Everything that was read. */
export interface Records {
  readonly trades: readonly Trade[];
  readonly real: readonly RealTrade[];
  /** In the order in which they are asked. */
  readonly guards: readonly GuardCount[];
  readonly decisions: { readonly approved: number; readonly blocked: number; readonly expired: number };
  /** Decided, and no outcome yet. */
  readonly open: number;
  /** Ended without one: prices were missing. */
  readonly unresolved: number;
  /** Decided without saying who said what, by an older version or another bot. */
  readonly withoutVerdicts: number;
  /** The last moment in the records, ms; `null` where there is none. */
  readonly lastAt: number | null;
}

/** Rounded as the report shows it: what nobody measures is not printed. */
export const cents = (usd: number): number => round(usd, 2);
export function round(value: number, digits: number): number {
  const rounded = Number(value.toFixed(digits));
  return rounded === 0 ? 0 : rounded;
}

export const sumOf = <One>(all: readonly One[], value: (one: One) => number): number =>
  all.reduce((sum, one) => sum + value(one), 0);
export const meanOf = <One>(all: readonly One[], value: (one: One) => number): number | null =>
  all.length === 0 ? null : sumOf(all, value) / all.length;

/** What became of the signals, and of the money. */

export interface SignalView {
  readonly id: string;
  readonly symbol: string;
  readonly direction: 'LONG' | 'SHORT';
  readonly strategy: string;
  readonly state: string;
  readonly at: number;
  readonly changed_at: number;
  /** 0 to 1. */
  readonly confidence: number | null;
  readonly price: number | null;
  /** Which guard, or other component, kept it from being traded; `null` where it was traded, or is under way. */
  readonly blocked_by: string | null;
  readonly reason: string | null;
}
export interface SignalPage {
  readonly signals: readonly SignalView[];
  /** Of all that match. */
  readonly total: number;
  /** Signals that ended so long ago that only their number is kept (the last 50,000 are kept in detail); missing: none. */
  readonly older?: number;
}
export interface SignalDetail extends SignalView {
  readonly steps: readonly {
    readonly at: number;
    readonly from: string | null;
    readonly to: string;
    readonly reason: string | null;
  }[];
  /** What every guard said. */
  readonly verdicts: readonly { readonly guard: string; readonly passed: boolean; readonly says: string }[];
  /** "Why not traded?" in one sentence; `null` where it was. */
  readonly why_not: string | null;
  readonly shadow: ShadowView | null;
}
export interface ShadowView {
  readonly entry: number;
  readonly exit: number;
  readonly exit_at: number;
  /** As a fraction. */
  readonly pnl_pct: number;
  readonly pnl_usd: number | null;
  readonly exit_reason: string;
}

export interface TradingView {
  /** The moment it was made from the records, ms on the bot's clock. */
  readonly at: number;
  readonly window_ms: number;
  readonly funnel: readonly {
    readonly stage: string;
    readonly count: number;
    /** What became of those that did not get further, in words. */
    readonly lost: string | null;
  }[];
  readonly by_state: Readonly<Record<string, number>>;
  /** Unfinished signals by age. */
  readonly ages: readonly { readonly up_to_ms: number | null; readonly by_state: Readonly<Record<string, number>> }[];
  readonly oldest_unfinished_ms: number | null;
  readonly signal_to_order_ms: number | null;
  readonly stuck: number;
  readonly stuck_after_ms: number;
  /** Where it is not known what the account began with, what it made so far: then there is no drawdown. */
  readonly equity: Series;
  /** Below the highest so far, as a fraction ≥ 0. */
  readonly drawdown: Series;
  /** Realised, cumulative. */
  readonly real: Series;
  /** What all signals would have made, cumulative, a trade of the same size each. */
  readonly shadow: Series;
  /** `null`: not known what the account began with. */
  readonly max_drawdown: number | null;
  readonly positions: readonly {
    readonly symbol: string;
    readonly side: 'LONG' | 'SHORT';
    readonly strategy: string;
    readonly qty: number;
    readonly entry: number;
    readonly mark: number | null;
    /** Of the price alone. */
    readonly pnl_usd: number | null;
    /** Got for holding it so far; below 0 paid. */
    readonly funding_usd: number;
    readonly leverage: number;
    readonly liquidation: number | null;
    readonly opened_at: string;
  }[];
  readonly trades: {
    readonly closed: number;
    readonly won: number;
    /** After fees and funding. */
    readonly realised_usd: number;
    readonly fees_usd: number;
    /** Got for holding them; below 0 paid. */
    readonly funding_usd: number;
  };
  readonly guards: readonly {
    readonly guard: string;
    readonly blocked: number;
    /** Shadow trades of them that have ended. */
    readonly shadows: number;
    /** What blocking saved (negative: cost), USD, with a 95 % interval; `null` where too few shadows have ended. */
    readonly saved_usd: number | null;
    readonly interval: readonly [low: number, high: number] | null;
    /** That of `kintsugi report`, over all records and not this window: skill, not what was saved. */
    readonly verdict: 'saves' | 'costs' | 'no evidence' | 'not enough data';
  }[];
  /** In sum: why signals were not traded, the most frequent first. */
  readonly why_not: readonly {
    readonly by: string;
    readonly reason: string;
    readonly count: number;
    readonly example: string;
  }[];
}
/** Thinned to at most 1,000 points, the extremes kept. */
export type Series = readonly (readonly [at: number, value: number])[];

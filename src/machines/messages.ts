/**
 * The vocabulary of the actors: the plain values they send each other.
 *
 * Units: `at` and `…At` are milliseconds since the epoch on the bot's clock; prices are in the quote currency, sizes in
 * base units, `…Usd` in the quote currency; fractions are fractions (0.02 is 2 %) unless a name says `Pct` or `Bps`.
 * Numbers that are money are already rounded by `ports/money.ts` when they get here.
 */

/** Component names as they stand in records, in status and on the command line. */
export const COMPONENTS = [
  'signal_engine',
  'decision_engine',
  'safety_layer',
  'exit_gates',
  'trade_execution',
  'heartbeat',
  'feature_store',
  'file_integrity',
  'signal_bus',
  'state_machine',
  'shadow_engine',
  'decision_tracker',
  'pipeline_monitor',
] as const;
export type Component = (typeof COMPONENTS)[number];

/** systemIds of the actors: the thirteen components, the feed, and the healers. */
export type ActorId =
  | 'signalEngine'
  | 'decisionEngine'
  | 'safetyLayer'
  | 'exitGates'
  | 'tradeExecution'
  | 'heartbeat'
  | 'featureStore'
  | 'fileIntegrity'
  | 'signalBus'
  | 'stateMachine'
  | 'shadowEngine'
  | 'decisionTracker'
  | 'pipelineMonitor'
  | 'marketFeed'
  | 'healingOperator'
  | 'architectureHealing';

/** `signal_bus` is the actor `signalBus`. */
export const actorOf = (component: Component): ActorId =>
  component.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()) as ActorId;

export type Direction = 'LONG' | 'SHORT';
export type Regime = 'trending' | 'ranging' | 'volatile' | 'unknown';

/** One closed bar. `ts` is the opening time of the bar, ms. */
export interface Candle {
  readonly symbol: string;
  readonly ts: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** All bars that closed at the same moment, one per symbol, in symbol order. `at` is their closing time. */
export interface Tick {
  readonly at: number;
  readonly candles: readonly Candle[];
}

/** A price between two bars, as live markets tell it. */
export interface Quote {
  readonly symbol: string;
  readonly price: number;
  readonly at: number;
}

/** What the bot knows of one symbol after a bar. `null` while there are too few bars. */
export interface Features {
  readonly symbol: string;
  readonly at: number;
  readonly bars: number;
  readonly price: number;
  readonly stable: boolean;
  readonly emaFast: number | null;
  readonly emaSlow: number | null;
  readonly rsi: number | null;
  readonly atr: number | null;
  /** Highest high and lowest low of the bars before this one. */
  readonly donchianHigh: number | null;
  readonly donchianLow: number | null;
  /** Standard deviation of the returns of one bar, as a fraction. */
  readonly volatility: number | null;
  readonly regime: Regime;
  readonly spreadBps: number;
  readonly fundingRate: number;
  /** Returns of the last bars, oldest first (at most 60). */
  readonly returns: readonly number[];
}

/** An idea of a strategy, before it has an id. */
export interface Idea {
  readonly symbol: string;
  readonly direction: Direction;
  readonly strategy: string;
  /** 0 to 1. */
  readonly confidence: number;
  readonly reason: string;
}

/** An idea with a name: what the bus carries as `signal`. */
export interface Signal extends Idea {
  readonly signalId: string;
  readonly at: number;
  readonly price: number;
  readonly features: Features;
}

export const SIGNAL_STATES = [
  'generated',
  'evaluating',
  'approved',
  'executing',
  'executed',
  'blocked',
  'expired',
  'learned',
] as const;
export type SignalState = (typeof SIGNAL_STATES)[number];

/** What a guard, or the safety layer, said of a signal. `figures` are the numbers behind `reason`. */
export interface Verdict {
  readonly guard: string;
  readonly passes: boolean;
  readonly reason: string;
  readonly figures: Readonly<Record<string, number | string>>;
}

/** An order we mean to send. Written to the bus before it leaves. */
export interface Intent {
  readonly clientOrderId: string;
  readonly signalId: string;
  readonly symbol: string;
  readonly side: 'BUY' | 'SELL';
  /** `stop` rests at the exchange and closes what it can when the price reaches `stopPrice`, whether or not we live. */
  readonly purpose: 'entry' | 'exit' | 'stop';
  readonly qty: number;
  readonly leverage: number;
  readonly reduceOnly: boolean;
  /** Why, for an exit: the gate that fired. */
  readonly gate: ExitGate | null;
  /** Of a stop: where it goes off. `null` of every other order, which is one at the market. */
  readonly stopPrice: number | null;
  readonly at: number;
}

/** What the broker did of an intent. `fillId` is unique at the broker. */
export interface Fill {
  readonly fillId: string;
  readonly clientOrderId: string;
  readonly orderId: string;
  readonly symbol: string;
  readonly side: 'BUY' | 'SELL';
  readonly qty: number;
  readonly price: number;
  readonly feeUsd: number;
  /** The coin that the fee was paid in, where that is another than the account's money: `feeUsd` is its worth, and never left the equity. */
  readonly feeAsset?: string;
  /** Nothing is left of the order after this fill. */
  readonly complete: boolean;
  readonly at: number;
}

/** What a holding was paid for being held, or had to pay, at one funding time. `fundingId` is unique at the broker. */
export interface FundingPayment {
  readonly fundingId: string;
  readonly symbol: string;
  /** Below 0: it was paid by us. */
  readonly amountUsd: number;
  /** Fraction of the notional; above 0 longs pay shorts. `null` where the exchange does not tell it. */
  readonly rate: number | null;
  /** The funding time. */
  readonly at: number;
}

export type ExitGate = 'liquidation' | 'stop' | 'trailing' | 'time_stop' | 'tp1' | 'tp2' | 'closed';

/** A position as the bot knows it. One per signal; the broker nets them per symbol. */
export interface Position {
  readonly signalId: string;
  readonly symbol: string;
  readonly direction: Direction;
  readonly strategy: string;
  readonly entryPrice: number;
  /** Base units held now, and held at first (exits are fractions of the first). */
  readonly qty: number;
  readonly initialQty: number;
  readonly leverage: number;
  readonly marginUsd: number;
  readonly liquidationPrice: number;
  readonly stopPrice: number;
  readonly peakPrice: number;
  readonly troughPrice: number;
  readonly rungsTaken: readonly ExitGate[];
  readonly openedAt: number;
  readonly orderId: string;
  readonly feesUsd: number;
  /** Profit already taken by partial exits, before fees. */
  readonly realisedUsd: number;
  /** What holding it has brought in funding so far; below 0 where it has cost. */
  readonly fundingUsd: number;
  /** What is held now has cost so much. Profit is counted against this: the entry price is its rounded image. */
  readonly costUsd: number;
}

export interface ClosedPosition extends Position {
  readonly exitPrice: number;
  readonly closedAt: number;
  readonly closeReason: ExitGate;
  readonly grossPnlUsd: number;
  /** After fees and funding. */
  readonly netPnlUsd: number;
  readonly roiPct: number;
}

/** Evidence about one file, taken by its owner. Only facts that change when something is wrong. */
export interface FileEvidence {
  readonly exists: boolean;
  readonly writable: boolean;
  /** Lines (or whole documents) that do not verify. */
  readonly badLines: number;
  /** Numbers that are missing in a log, and in no mended place of it either. */
  readonly gaps?: number;
  /** Bytes that its owner wrote and somebody has cut off a log: its owner puts them back. */
  readonly cutOff?: number;
  /** Why it is bad, in words; empty when it is sound. */
  readonly says: string;
  readonly checkedAt: number;
}

/** Evidence in words and numbers. */
export interface Evidence {
  readonly says: string;
  readonly figures: Readonly<Record<string, number | string | boolean | null>>;
}

/**
 * A shadow trade as the bot itself would have made it: opened at the next price that can be had after the decision, of the size
 * the signal would have had, left by the same gates as a position (`exits/exit-rules.ts`), with fees, slippage and funding. Pure.
 *
 * | step | rule |
 * | --- | --- |
 * | entry | decided in the first tenth of a bar: that bar's open; later in it: its close, the first price known afterwards |
 * | exit | once a bar, where `decideExit` says, as far as the bar went; the worst is taken where a bar leaves the order open |
 * | costs | every fill is a market order: worse by the slippage, on the tick, and charged the taker fee |
 * | gaps | bars that are missing are counted; after an hour without a price nobody can say what the trade made: unresolved |
 */
import type { Candle, Direction, ExitGate, Fill, Position } from '../machines/messages.ts';
import type { Instrument } from '../ports/broker.ts';
import type { FundingRates } from '../ports/funding.ts';
import { feeUsd, floorToLot, fundingUsd, minus, plus, roundToTick, times, toUsd } from '../ports/money.ts';
import type { SignalSize } from './decision-evidence.ts';
import { decideExit, type ExitRules, exitQty } from './exits/exit-rules.ts';
import { stepFunding, stepIn, stepOut } from './position-steps.ts';

/** Longer without a price, and what happened meanwhile is not known, ms. */
export const UNKNOWN_AFTER_MS = 3_600_000;
/** A bar's open is the next price for a decision made in this part of the bar; live decisions take milliseconds. */
const AT_THE_OPEN = 0.1;
/** What a trade is worth whose signal could not be sized, USD. */
export const REFERENCE_NOTIONAL_USD = 1_000;

/** A decided signal, and all that the report tells it apart by. */
export interface RealPlan {
  readonly signalId: string;
  readonly symbol: string;
  readonly direction: Direction;
  readonly strategy: string;
  readonly confidence: number;
  readonly regime: string;
  readonly decision: 'APPROVED' | 'BLOCKED';
  readonly blocker: string | null;
  readonly blockedBy: readonly string[];
  readonly passedBy: readonly string[];
  readonly foretoldBy: readonly string[];
  readonly decidedAt: number;
  /** `null`: none could be told, and the reference is taken. */
  readonly size: SignalSize | null;
}

export interface RealExit {
  readonly gate: ExitGate;
  readonly qty: number;
  readonly price: number;
  readonly at: number;
}

/** One trade under way. A plain value: it is kept on disk as it is. */
export interface RealShadow {
  readonly plan: RealPlan;
  /** `null` until the first price. */
  readonly position: Position | null;
  /** The stop it began with: what was at risk. */
  readonly firstStop: number | null;
  readonly exits: readonly RealExit[];
  /** Opening time of the last bar that was looked at, ms. */
  readonly lastBarTs: number | null;
  /** Exits that hang on the order of the prices within a bar: the worst was taken. */
  readonly ambiguousBars: number;
  readonly missingBars: number;
  readonly slippageUsd: number;
}

/** What a trade is made with. */
export interface RealTerms {
  readonly rules: ExitRules;
  readonly instrument: Instrument;
  /** Fraction of the price by which a market order is worse. */
  readonly slippage: number;
  readonly intervalMs: number;
  /** When funding is due, and at what rate; `null` where nobody knows. */
  readonly funding: FundingRates | null;
}

export interface RealStep {
  readonly shadow: RealShadow;
  /** Whether it is over: by its exits, or because prices are missing. */
  readonly over: null | 'closed' | 'missing_prices';
}

export const plannedShadow = (plan: RealPlan): RealShadow => ({
  plan,
  position: null,
  firstStop: null,
  exits: [],
  lastBarTs: null,
  ambiguousBars: 0,
  missingBars: 0,
  slippageUsd: 0,
});

/** What one closed bar makes of a trade. Bars that were looked at, or were over before the decision, change nothing. */
export function stepReal(shadow: RealShadow, candle: Candle, terms: RealTerms): RealStep {
  const { plan, lastBarTs } = shadow;
  const { intervalMs } = terms;
  const closesAt = candle.ts + intervalMs;
  if (closesAt <= plan.decidedAt || (lastBarTs !== null && candle.ts <= lastBarTs)) return { shadow, over: null };
  const since = lastBarTs === null ? plan.decidedAt : lastBarTs + intervalMs;
  const silence = candle.ts - since;
  if (silence > UNKNOWN_AFTER_MS) return { shadow, over: 'missing_prices' };
  const missingBars = shadow.missingBars + Math.max(0, Math.ceil(silence / intervalMs));
  const seen: RealShadow = { ...shadow, lastBarTs: candle.ts, missingBars };
  if (seen.position !== null) return lookAt(charged(seen, seen.position, since, candle, terms), candle, terms);

  const isAtOpen = plan.decidedAt - candle.ts <= intervalMs * AT_THE_OPEN;
  const opened = isAtOpen ? openAt(seen, candle.open, candle.ts, terms) : openAt(seen, candle.close, closesAt, terms);
  if (!isAtOpen || opened.position === null) return { shadow: opened, over: null };
  return lookAt(charged(opened, opened.position, candle.ts, candle, terms), candle, terms);
}

/** A fill of a market order at a price that is worse by the slippage. */
function fillOf(
  { plan: { signalId, symbol }, exits }: RealShadow,
  side: Fill['side'],
  qty: number,
  price: number,
  at: number,
  { instrument, slippage }: RealTerms,
): Fill {
  const slip = times(price, slippage);
  const worse = side === 'BUY' ? plus(price, slip) : minus(price, slip);
  const reached = Math.max(instrument.tick, roundToTick(worse, instrument.tick, side === 'BUY' ? 'up' : 'down'));
  return {
    fillId: `shadow-${signalId}-${exits.length}`,
    clientOrderId: `shadow-${signalId}`,
    orderId: `shadow-${signalId}`,
    symbol,
    side,
    qty,
    price: reached,
    feeUsd: feeUsd(reached, qty, instrument.takerFee),
    complete: true,
    at,
  };
}

const slippedUsd = (price: number, fill: Fill): number => toUsd(times(Math.abs(minus(price, fill.price)), fill.qty));

function openAt(shadow: RealShadow, price: number, at: number, terms: RealTerms): RealShadow {
  const { signalId, strategy, direction, size } = shadow.plan;
  const { instrument, rules } = terms;
  const qty = size?.qty ?? Math.max(instrument.lot, floorToLot(REFERENCE_NOTIONAL_USD / price, instrument.lot));
  const fill = fillOf(shadow, direction === 'LONG' ? 'BUY' : 'SELL', qty, price, at, terms);
  const owner = { signalId, strategy, direction, leverage: size?.leverage ?? 1 };
  const { position } = stepIn(null, fill, owner, instrument, rules.stopFraction);
  return { ...shadow, position, firstStop: position.stopPrice, slippageUsd: slippedUsd(price, fill) };
}

/** Funding that came due from the end of the last bar to before the end of this one, on what is held, at this bar's open. */
function charged(
  shadow: RealShadow,
  position: Position,
  since: number,
  candle: Candle,
  { funding, intervalMs, instrument }: RealTerms,
): RealShadow {
  if (funding === null) return shadow;
  const { symbol, openedAt, direction, qty } = position;
  const until = candle.ts + intervalMs;
  let funded = position;
  for (
    let due = funding.after(symbol, Math.max(openedAt, since - 1));
    due.at < until;
    due = funding.after(symbol, due.at)
  )
    funded = stepFunding(funded, fundingUsd(direction === 'LONG' ? qty : -qty, candle.open, due.rate), instrument);
  return funded === position ? shadow : { ...shadow, position: funded };
}

function lookAt(shadow: RealShadow, candle: Candle, terms: RealTerms): RealStep {
  const { position: before } = shadow;
  if (before === null) return { shadow, over: null };
  const at = candle.ts + terms.intervalMs;
  const { updated, exit } = decideExit(before, candle, at, terms.rules);
  if (exit === null) return { shadow: updated === before ? shadow : { ...shadow, position: updated }, over: null };
  const qty = exitQty(updated, exit, terms.instrument.lot);
  const fill = fillOf(shadow, updated.direction === 'LONG' ? 'SELL' : 'BUY', qty, exit.price, at, terms);
  const { position } = stepOut(updated, fill, exit.gate);
  const left: RealShadow = {
    ...shadow,
    position,
    ambiguousBars: shadow.ambiguousBars + (exit.ambiguous ? 1 : 0),
    slippageUsd: toUsd(plus(shadow.slippageUsd, slippedUsd(exit.price, fill))),
    exits: [...shadow.exits, { gate: exit.gate, qty, price: fill.price, at }],
  };
  return { shadow: left, over: position.qty === 0 ? 'closed' : null };
}

/**
 * What one fill makes of a position. Pure, in decimal arithmetic: profit is counted against the average entry, which is kept
 * to 8 decimals and not to the tick (an average is no price that trades, and rounding it would lose money from the books).
 */
import type { ClosedPosition, Direction, ExitGate, Fill, Position } from '../machines/messages.ts';
import type { Instrument } from '../ports/broker.ts';
import {
  averagePrice,
  dividedBy,
  liquidationPrice,
  minus,
  plus,
  pnlUsd,
  roundToTick,
  times,
  toUsd,
} from '../ports/money.ts';
import { levelAt } from './level.ts';

export type Change = 'opened' | 'increased' | 'reduced' | 'closed' | 'adopted';

/** `position` is what is held afterwards: `qty` 0 when it was closed. */
export interface PositionStep {
  readonly change: Change;
  readonly position: Position;
  readonly closed: ClosedPosition | null;
}

/** Whose position it is, and on what terms. */
export interface Owner {
  readonly signalId: string;
  readonly strategy: string;
  readonly direction: Direction;
  readonly leverage: number;
}

/** Strategy of a position that was found at the broker and that no signal of ours has opened. */
export const ADOPTED = 'adopted';

const AVERAGES_TO = 1e-8;

/** Average price, margin, liquidation and first stop of `qty` held at `entryPrice`; `stopFraction` is of that price. */
const terms = (
  { direction, leverage }: Owner,
  entryPrice: number,
  qty: number,
  { tick, maintenanceMargin }: Instrument,
  stopFraction: number,
) => {
  const marginUsd = toUsd(dividedBy(times(entryPrice, qty), leverage));
  const stop = levelAt(entryPrice, direction === 'LONG' ? -stopFraction : stopFraction);
  return {
    entryPrice,
    marginUsd,
    liquidationPrice: liquidationPrice(direction, entryPrice, qty, marginUsd, maintenanceMargin),
    stopPrice: roundToTick(stop, tick, direction === 'LONG' ? 'up' : 'down'),
  };
};

/**
 * An entry's fill: opens a position, or adds to it at the average price.
 * @param stopFraction distance of the first stop, as a fraction of the average entry
 */
export function stepIn(
  before: Position | null,
  fill: Fill,
  owner: Owner,
  instrument: Instrument,
  stopFraction: number,
): PositionStep {
  if (before === null) {
    const position: Position = {
      signalId: owner.signalId,
      symbol: fill.symbol,
      direction: owner.direction,
      strategy: owner.strategy,
      qty: fill.qty,
      initialQty: fill.qty,
      leverage: owner.leverage,
      ...terms(owner, fill.price, fill.qty, instrument, stopFraction),
      peakPrice: fill.price,
      troughPrice: fill.price,
      rungsTaken: [],
      openedAt: fill.at,
      orderId: fill.orderId,
      feesUsd: fill.feeUsd,
      realisedUsd: 0,
    };
    return { change: owner.strategy === ADOPTED ? 'adopted' : 'opened', position, closed: null };
  }
  const qty = plus(before.qty, fill.qty);
  const entryPrice = averagePrice([{ price: before.entryPrice, qty: before.qty }, fill], AVERAGES_TO);
  const position: Position = {
    ...before,
    qty,
    initialQty: plus(before.initialQty, fill.qty),
    ...terms(before, entryPrice, qty, instrument, stopFraction),
    peakPrice: Math.max(before.peakPrice, fill.price),
    troughPrice: Math.min(before.troughPrice, fill.price),
    feesUsd: toUsd(plus(before.feesUsd, fill.feeUsd)),
  };
  return { change: 'increased', position, closed: null };
}

/** An exit's fill (or a liquidation's): takes profit or loss on its part. A rung counts as taken from its first fill on. */
export function stepOut(before: Position, fill: Fill, gate: ExitGate): PositionStep {
  const taken = Math.min(fill.qty, before.qty);
  const left = minus(before.qty, taken);
  const isRung = (gate === 'tp1' || gate === 'tp2') && !before.rungsTaken.includes(gate);
  const position: Position = {
    ...before,
    qty: left,
    marginUsd: toUsd(dividedBy(times(before.marginUsd, left), before.qty)),
    rungsTaken: isRung ? [...before.rungsTaken, gate] : before.rungsTaken,
    feesUsd: toUsd(plus(before.feesUsd, fill.feeUsd)),
    realisedUsd: toUsd(plus(before.realisedUsd, pnlUsd(before.direction, before.entryPrice, fill.price, taken))),
  };
  return left === 0
    ? { change: 'closed', position, closed: closedOf(position, gate, fill.at) }
    : { change: 'reduced', position, closed: null };
}

/**
 * The result of a position of which nothing is held any more. `exitPrice` is the average of all its exits; `roiPct` is net
 * profit per cent of the margin it began with.
 */
export function closedOf(position: Position, closeReason: ExitGate, closedAt: number): ClosedPosition {
  const { direction, entryPrice, initialQty, leverage, realisedUsd, feesUsd } = position;
  const perUnit = dividedBy(realisedUsd, initialQty);
  const netPnlUsd = toUsd(minus(realisedUsd, feesUsd));
  const margin = dividedBy(times(entryPrice, initialQty), leverage);
  return {
    ...position,
    exitPrice: toUsd(direction === 'LONG' ? plus(entryPrice, perUnit) : minus(entryPrice, perUnit)),
    closedAt,
    closeReason,
    grossPnlUsd: realisedUsd,
    netPnlUsd,
    roiPct: toUsd(times(dividedBy(netPnlUsd, margin), 100)),
  };
}

/**
 * `changed` with the marks of `known` where they went further: peaks only grow and stops only move in favour, and whoever
 * books fills does not know how far they have come.
 */
export function keepMarks(known: Position | undefined, changed: Position): Position {
  if (!known) return changed;
  return {
    ...changed,
    peakPrice: Math.max(known.peakPrice, changed.peakPrice),
    troughPrice: Math.min(known.troughPrice, changed.troughPrice),
    stopPrice:
      changed.direction === 'LONG'
        ? Math.max(known.stopPrice, changed.stopPrice)
        : Math.min(known.stopPrice, changed.stopPrice),
  };
}

/**
 * What one fill, or one funding payment, makes of a position. Pure, in decimal arithmetic. Profit is counted against what was
 * paid (`costUsd`), of which each exit takes its share and the last one the rest: an average price, rounded however finely,
 * would make or lose money with its size.
 */
import type { ClosedPosition, Direction, ExitGate, Fill, Position } from '../machines/messages.ts';
import type { Instrument } from '../ports/broker.ts';
import {
  dividedBy,
  liquidationPrice,
  minus,
  notionalUsd,
  plus,
  realisedUsd,
  roundToTick,
  shareOf,
  times,
  toUsd,
} from '../ports/money.ts';
import { levelAt } from './level.ts';

export type Change = 'opened' | 'increased' | 'reduced' | 'closed' | 'adopted' | 'funding';

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

/** A part of a fill, and the position it closes; `null` where it opens or adds to one. */
export interface Piece {
  readonly fill: Fill;
  readonly closes: Position | null;
}

/**
 * A fill that may add, as the exchange books it: it nets what is held of a symbol, so that a fill closes first what stands against
 * it. Each piece has an id of its own, and the fee is booked with the first.
 */
export function piecesOf(fill: Fill, open: readonly Position[]): readonly Piece[] {
  const direction = fill.side === 'BUY' ? 'LONG' : 'SHORT';
  const against = open.filter((held) => held.symbol === fill.symbol && held.direction !== direction);
  const pieces: Piece[] = [];
  let left = fill.qty;
  const cut = (qty: number, closes: Position | null): void => {
    const isFirst = pieces.length === 0;
    const fillId = isFirst ? fill.fillId : `${fill.fillId}:${pieces.length + 1}`;
    pieces.push({ fill: { ...fill, fillId, qty, feeUsd: isFirst ? fill.feeUsd : 0 }, closes });
    left = minus(left, qty);
  };
  for (const position of against) if (left > 0) cut(Math.min(left, position.qty), position);
  if (left > 0) cut(left, null);
  return pieces;
}

/** Strategy of a position that was found at the broker and that no signal of ours has opened. */
export const ADOPTED = 'adopted';

/** Average price, liquidation and first stop of `qty` that has cost `costUsd`; `stopFraction` is of that price. */
const terms = (
  { direction }: Owner,
  costUsd: number,
  marginUsd: number,
  qty: number,
  { tick, maintenanceMargin }: Instrument,
  stopFraction: number,
) => {
  const entryPrice = toUsd(dividedBy(costUsd, qty));
  const stop = levelAt(entryPrice, direction === 'LONG' ? -stopFraction : stopFraction);
  return {
    entryPrice,
    costUsd,
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
  const notional = notionalUsd(fill.price, fill.qty);
  const margin = toUsd(dividedBy(notional, before?.leverage ?? owner.leverage));
  if (before === null) {
    const position: Position = {
      signalId: owner.signalId,
      symbol: fill.symbol,
      direction: owner.direction,
      strategy: owner.strategy,
      qty: fill.qty,
      initialQty: fill.qty,
      leverage: owner.leverage,
      ...terms(owner, notional, margin, fill.qty, instrument, stopFraction),
      peakPrice: fill.price,
      troughPrice: fill.price,
      rungsTaken: [],
      openedAt: fill.at,
      orderId: fill.orderId,
      feesUsd: fill.feeUsd,
      realisedUsd: 0,
      fundingUsd: 0,
    };
    return { change: owner.strategy === ADOPTED ? 'adopted' : 'opened', position, closed: null };
  }
  const qty = plus(before.qty, fill.qty);
  const position: Position = {
    ...before,
    qty,
    initialQty: plus(before.initialQty, fill.qty),
    ...terms(
      before,
      plus(before.costUsd, notional),
      toUsd(plus(before.marginUsd, margin)),
      qty,
      instrument,
      stopFraction,
    ),
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
  const cost = shareOf(before.costUsd, taken, before.qty);
  const gained = realisedUsd(before.direction, cost, notionalUsd(fill.price, taken));
  const isRung = (gate === 'tp1' || gate === 'tp2') && !before.rungsTaken.includes(gate);
  const position: Position = {
    ...before,
    qty: left,
    marginUsd: shareOf(before.marginUsd, left, before.qty),
    costUsd: minus(before.costUsd, cost),
    rungsTaken: isRung ? [...before.rungsTaken, gate] : before.rungsTaken,
    feesUsd: toUsd(plus(before.feesUsd, fill.feeUsd)),
    realisedUsd: toUsd(plus(before.realisedUsd, gained)),
  };
  return left === 0
    ? { change: 'closed', position, closed: closedOf(position, gate, fill.at) }
    : { change: 'reduced', position, closed: null };
}

/**
 * Funding of an isolated position goes into its margin, or out of it, and so moves the price at which it is liquidated. One
 * that was closed meanwhile has neither.
 */
export function stepFunding(before: Position, amountUsd: number, { maintenanceMargin }: Instrument): Position {
  const position: Position = { ...before, fundingUsd: toUsd(plus(before.fundingUsd, amountUsd)) };
  if (before.qty === 0) return position;
  const { direction, entryPrice, qty } = before;
  const marginUsd = Math.max(0, toUsd(plus(before.marginUsd, amountUsd)));
  const liquidation = liquidationPrice(direction, entryPrice, qty, marginUsd, maintenanceMargin);
  return { ...position, marginUsd, liquidationPrice: liquidation };
}

/**
 * The result of a position of which nothing is held any more. `exitPrice` is the average of all its exits; `roiPct` is net
 * profit per cent of the margin it began with.
 */
export function closedOf(position: Position, closeReason: ExitGate, closedAt: number): ClosedPosition {
  const { direction, entryPrice, initialQty, leverage, realisedUsd: gross, feesUsd, fundingUsd } = position;
  const perUnit = dividedBy(gross, initialQty);
  const netPnlUsd = toUsd(plus(minus(gross, feesUsd), fundingUsd));
  const margin = dividedBy(times(entryPrice, initialQty), leverage);
  return {
    ...position,
    exitPrice: toUsd(direction === 'LONG' ? plus(entryPrice, perUnit) : minus(entryPrice, perUnit)),
    closedAt,
    closeReason,
    grossPnlUsd: gross,
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

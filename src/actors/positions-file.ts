/** `logs/positions_futures.json`: names and units of the Python bot (DESIGN §4), written whole. */
import { z } from 'zod';
import type { ClosedPosition, Position } from '../machines/messages.ts';
import { dividedBy, minus, notionalUsd, times, toUsd } from '../ports/money.ts';
import { says } from '../ports/says.ts';
import type { World } from '../ports/world.ts';
import type { OwnedFile } from './effects.ts';
import type { PositionBook } from './position-book.ts';
import { isoTime, POSITIONS_FILE, seconds } from './records.ts';

const positive = z.number().positive();
const openRecord = z.looseObject({
  signal_id: z.string(),
  symbol: z.string(),
  direction: z.enum(['LONG', 'SHORT']),
  strategy: z.string(),
  entry_price: positive,
  /** Notional at the entry price, in the quote currency. */
  size: positive,
  /** Base units held now, and held at first. */
  qty: positive,
  initial_qty: positive,
  leverage: positive,
  margin_collateral: z.number().nonnegative(),
  liquidation_price: z.number().nonnegative(),
  stop_price: z.number().nonnegative(),
  peak_price: positive,
  trough_price: positive,
  rungs_taken: z.array(z.enum(['liquidation', 'stop', 'trailing', 'time_stop', 'tp1', 'tp2', 'closed'])),
  opened_at: z.iso.datetime(),
  order_id: z.string(),
  trading_fees: z.number(),
  realised_pnl: z.number(),
  /** Funding paid so far; below 0 where it was got. */
  funding_fees: z.number().default(0),
  /** What is held now has cost so much; the entry price is its rounded image. */
  cost_basis: z.number().optional(),
});
type OpenRecord = z.infer<typeof openRecord>;

/** Equity when the UTC day began that `day` names; `money_usd` is what of it no position has brought or lost. */
const dayBegun = z.object({ day: z.string(), usd: z.number(), money_usd: z.number().exactOptional() }).readonly();
export type DayBegun = z.infer<typeof dayBegun>;

export const positionsDocument = z.looseObject({
  open_positions: z.array(openRecord),
  closed_positions: z.array(z.looseObject({ symbol: z.string() })),
  /** Changes of the log this document is the fold of; missing in a file of another bot. */
  changes: z.number().int().nonnegative().optional(),
  equity_at_midnight: dayBegun.nullish(),
});
export type PositionsDocument = z.infer<typeof positionsDocument>;

const recordOf = (position: Position): OpenRecord => ({
  signal_id: position.signalId,
  symbol: position.symbol,
  direction: position.direction,
  strategy: position.strategy,
  entry_price: position.entryPrice,
  size: notionalUsd(position.entryPrice, position.qty),
  qty: position.qty,
  initial_qty: position.initialQty,
  leverage: position.leverage,
  margin_collateral: position.marginUsd,
  liquidation_price: position.liquidationPrice,
  stop_price: position.stopPrice,
  peak_price: position.peakPrice,
  trough_price: position.troughPrice,
  rungs_taken: [...position.rungsTaken],
  opened_at: isoTime(position.openedAt),
  execution_timestamp: seconds(position.openedAt),
  venue: 'futures',
  order_id: position.orderId,
  trading_fees: position.feesUsd,
  realised_pnl: position.realisedUsd,
  funding_fees: minus(0, position.fundingUsd),
  cost_basis: position.costUsd,
});

const closedRecords = new WeakMap<ClosedPosition, ReturnType<typeof makeClosedRecord>>();

/** What is closed never changes, and is written again with every save. */
const closedRecordOf = (position: ClosedPosition) => {
  const record = closedRecords.get(position) ?? makeClosedRecord(position);
  closedRecords.set(position, record);
  return record;
};

const makeClosedRecord = (position: ClosedPosition) => {
  const { direction, entryPrice, exitPrice, initialQty, leverage, netPnlUsd } = position;
  const move = dividedBy(
    direction === 'LONG' ? minus(exitPrice, entryPrice) : minus(entryPrice, exitPrice),
    entryPrice,
  );
  const notional = notionalUsd(entryPrice, initialQty);
  return {
    ...recordOf(position),
    size: notional,
    margin_collateral: toUsd(dividedBy(notional, leverage)),
    exit_price: exitPrice,
    closed_at: isoTime(position.closedAt),
    close_reason: position.closeReason,
    price_roi: toUsd(move),
    leveraged_roi: toUsd(times(move, leverage)),
    final_roi: toUsd(dividedBy(position.roiPct, 100)),
    net_roi: toUsd(dividedBy(position.roiPct, 100)),
    gross_pnl: position.grossPnlUsd,
    pnl: netPnlUsd,
    net_pnl: netPnlUsd,
    pnl_pct: position.roiPct,
  };
};

/** The document of a book. */
export const documentOf = (
  book: PositionBook,
  equityAtMidnight: PositionsDocument['equity_at_midnight'],
): PositionsDocument => ({
  open_positions: book.open().map(recordOf),
  closed_positions: book.closed.map(closedRecordOf),
  changes: book.changes,
  equity_at_midnight: equityAtMidnight ?? null,
});

/** An open position as the file has it. */
export const positionOf = (record: OpenRecord): Position => ({
  signalId: record.signal_id,
  symbol: record.symbol,
  direction: record.direction,
  strategy: record.strategy,
  entryPrice: record.entry_price,
  qty: record.qty,
  initialQty: record.initial_qty,
  leverage: record.leverage,
  marginUsd: record.margin_collateral,
  liquidationPrice: record.liquidation_price,
  stopPrice: record.stop_price,
  peakPrice: record.peak_price,
  troughPrice: record.trough_price,
  rungsTaken: record.rungs_taken,
  openedAt: Date.parse(record.opened_at),
  orderId: record.order_id,
  feesUsd: record.trading_fees,
  realisedUsd: record.realised_pnl,
  fundingUsd: minus(0, record.funding_fees),
  costUsd: record.cost_basis ?? times(record.entry_price, record.qty),
});

/** What is held, in a form that can be compared: marks (peaks, stops) move without the log and do not count. */
export const holdingsOf = (positions: readonly Position[]): string =>
  positions
    .map(
      ({ signalId, symbol, direction, qty, entryPrice }) =>
        `${signalId} ${direction} ${qty} ${symbol} at ${entryPrice}`,
    )
    .sort()
    .join('; ') || 'nothing';

/** The UTC day of a moment, as `2026-01-31`. */
export const dayOf = (at: number): string => isoTime(at).slice(0, 10);

/**
 * What a document says of the day it is now; `null`: nothing. Where it is the fold of more changes than the log has, what no
 * position has brought or lost cannot be told any more.
 */
export function beganToday(read: PositionsDocument | null, changes: number, now: number): DayBegun | null {
  const began = read?.equity_at_midnight;
  if (!began || began.day !== dayOf(now)) return null;
  return (read?.changes ?? 0) > changes ? { day: began.day, usd: began.usd } : began;
}

/** Reads bytes of the file; a string says what is wrong with them. */
export function readPositions(bytes: Uint8Array): PositionsDocument | string {
  try {
    const parsed = positionsDocument.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
    return parsed.success ? parsed.data : z.prettifyError(parsed.error).replace(/\n/g, '; ');
  } catch (error) {
    return says(error);
  }
}

/**
 * Whether the file can be written, for the component whose positions it holds without owning it. What is in it, and whether
 * it is there at all, is its owner's to see.
 */
export const positionsFileMode = (world: World): OwnedFile => ({
  path: POSITIONS_FILE,
  check: async () => {
    const checkedAt = world.clock.now();
    try {
      const stat = await world.files.stat(POSITIONS_FILE);
      const writable = stat === null || (await world.files.writable(POSITIONS_FILE));
      const words = writable ? '' : `${POSITIONS_FILE} is not writable`;
      return { exists: true, writable, badLines: 0, says: words, checkedAt };
    } catch (error) {
      return { exists: false, writable: false, badLines: 0, says: says(error), checkedAt };
    }
  },
});

/** `exit_runtime_events.jsonl`: what each exit came to, in the names and units of the Python bot (DESIGN §4). */
import type { ExitGate, Fill, Position } from '../../machines/messages.ts';
import { averagePrice, dividedBy, minus, plus, times, toUsd } from '../../ports/money.ts';
import { seconds } from '../records.ts';

/** What of the position's fees at entry, and of its funding, falls to the part that an exit closes. */
export interface Borne {
  readonly entryFeesUsd: number;
  readonly fundingUsd: number;
}

/** The fills of one exit so far, and the position as it was before them. */
export interface ExitUnderWay {
  readonly before: Position;
  readonly fills: readonly Fill[];
  readonly gate: ExitGate;
  readonly reason: string;
  /** It hung on the order of the prices within one bar, and the worst was taken. */
  readonly ambiguous: boolean;
}

/** `exit_type` of the records: a liquidation is `closed`, and its reason says so. */
const typeOf = (gate: ExitGate): string => (gate === 'liquidation' ? 'closed' : gate);
const percent = (fraction: number): number => toUsd(times(fraction, 100));
const AVERAGES_TO = 1e-8;

/**
 * One exit, whole or a part: `roi` (%) is net profit over the margin of that part, with both fees and its funding; `mfe_roi`
 * (%) what the price alone would have made of it at its best; `capture_rate_pct` the one over the other.
 */
export function exitRecord(
  { before, fills, gate, reason, ambiguous }: ExitUnderWay,
  { entryFeesUsd, fundingUsd }: Borne,
  after: Position,
  at: number,
) {
  const { direction, entryPrice, leverage } = before;
  const qty = minus(before.qty, after.qty);
  const gross = minus(after.realisedUsd, before.realisedUsd);
  const exitFees = minus(after.feesUsd, before.feesUsd);
  const pnl = toUsd(plus(minus(gross, plus(exitFees, entryFeesUsd)), fundingUsd));
  const margin = dividedBy(times(entryPrice, qty), leverage);
  const roi = percent(dividedBy(pnl, margin));
  const best = direction === 'LONG' ? after.peakPrice : after.troughPrice;
  const bestMove = direction === 'LONG' ? minus(best, entryPrice) : minus(entryPrice, best);
  const mfe = percent(times(dividedBy(bestMove, entryPrice), leverage));
  return {
    symbol: before.symbol,
    exit_type: typeOf(gate),
    roi,
    pnl_usd: pnl,
    minutes_open: Math.round((at - before.openedAt) / 600) / 100,
    reason,
    was_profitable: pnl > 0,
    strategy: before.strategy,
    direction,
    entry_price: entryPrice,
    exit_price: averagePrice(fills, AVERAGES_TO),
    peak_price: after.peakPrice,
    trough_price: after.troughPrice,
    mfe_roi: mfe,
    capture_rate_pct: mfe > 0 ? percent(dividedBy(roi, mfe)) : null,
    leverage,
    signal_id: before.signalId,
    qty,
    funding_usd: fundingUsd,
    ambiguous,
    ts: seconds(at),
  };
}

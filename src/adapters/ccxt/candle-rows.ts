import type { Candle } from '../../machines/messages.ts';
import type { Row } from './client.ts';

/** A bar of ccxt's as ours; `null` for a row that cannot be one. */
export function candleOf(symbol: string, row: Row): Candle | null {
  const [ts, open, high, low, close, volume = 0] = row;
  if (ts === undefined || open === undefined || high === undefined || low === undefined || close === undefined)
    return null;
  const isBar =
    Number.isSafeInteger(ts) &&
    [open, high, low, close, volume].every(Number.isFinite) &&
    low > 0 &&
    low <= Math.min(open, close) &&
    high >= Math.max(open, close) &&
    volume >= 0;
  return isBar ? { symbol, ts, open, high, low, close, volume } : null;
}

/** Those rows that are bars, oldest first, one a time: the last of several is the newest. */
export function candlesOf(symbol: string, rows: ArrayLike<Row>): readonly Candle[] {
  const byTime = new Map<number, Candle>();
  for (const row of Array.from(rows)) {
    const candle = candleOf(symbol, row);
    if (candle) byTime.set(candle.ts, candle);
  }
  return [...byTime.values()].sort((a, b) => a.ts - b.ts);
}

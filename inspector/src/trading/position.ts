/** What can be said of an open position from its figures. */
import type { TradingView } from '../../../src/inspector/contract.ts';
import { known } from './known.ts';

type Position = TradingView['positions'][number];

/** How far the price may still go against it, as a part of the price; 0 where it went past. `null` where a figure is missing. */
export function roomOf({ side, mark, liquidation }: Position): number | null {
  const price = known(mark);
  const end = known(liquidation);
  if (price === null || end === null || price <= 0) return null;
  return Math.max(0, (side === 'LONG' ? price - end : end - price) / price);
}

/** How far the price went for it (or, negative, against it) since the entry, as a part of the entry. */
export function moveOf({ side, mark, entry }: Position): number | null {
  const price = known(mark);
  const start = known(entry);
  if (price === null || start === null || start <= 0) return null;
  return ((price - start) / start) * (side === 'LONG' ? 1 : -1);
}

/** ms since it was opened; `null` where that is not known. */
export function ageOf({ opened_at }: Position, now: number): number | null {
  const opened = known(Date.parse(opened_at));
  const at = known(now);
  return opened === null || at === null ? null : Math.max(0, at - opened);
}

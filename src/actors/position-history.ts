/** Positions by the log alone, and which approved entries have not come to an end in it. */
import type { Past } from './bus-history.ts';
import { changeOf, PositionBook } from './position-book.ts';
import { holdingsOf } from './positions-file.ts';
import { busRecord } from './records.ts';
import { bookedBeforeIn } from './retention.ts';

export interface PositionHistory {
  readonly book: PositionBook;
  /** Approved and neither a position nor ended: by signal id. `at` is when it was approved, ms. */
  readonly underWay: ReadonlyMap<string, { readonly symbol: string; readonly at: number }>;
  /** What was held after as many changes as were asked for; `null` when the log has fewer. */
  readonly heldThen: string | null;
}

/** @param changes how many changes the positions file is the fold of, to tell a file that is behind from one that is wrong */
export async function positionHistory(past: Past, changes: number | null): Promise<PositionHistory> {
  const book = new PositionBook();
  const symbols = new Map<string, string>();
  const underWay = new Map<string, { symbol: string; at: number }>();
  let heldThen: string | null = changes === 0 ? holdingsOf([]) : null;
  for await (const raw of past.replay()) {
    const before = bookedBeforeIn(raw);
    if (before) {
      book.remember(before);
      if (book.changes === changes) heldThen = holdingsOf(book.open());
    }
    const parsed = busRecord.safeParse(raw);
    if (!parsed.success) continue;
    const record = parsed.data;
    const id = record.signal_id;
    if (record.event_type === 'signal_generated') symbols.set(id, record.signal.symbol);
    else if (record.event_type === 'position_change' || record.event_type === 'funding_payment') {
      book.take(changeOf(record));
      if (record.event_type === 'position_change') underWay.delete(id);
      if (book.changes === changes) heldThen = holdingsOf(book.open());
    } else if (record.event_type === 'order_intent') {
      const held = book.get(id);
      if (held && record.own_stop !== undefined) book.mark([{ ...held, stopPrice: record.own_stop }]);
    } else if (record.event_type === 'state_change') {
      if (record.new_state === 'approved') underWay.set(id, { symbol: symbols.get(id) ?? '', at: record.ts * 1000 });
      else if (record.new_state !== 'executing') {
        underWay.delete(id);
        symbols.delete(id);
      }
    }
  }
  return { book, underWay, heldThen };
}

import { type BookedChange, changeOf, PositionBook } from '../../actors/position-book.ts';
import { fundingPayment, positionChange } from '../../actors/records.ts';
import type { LogRecord } from '../../ports/event-log.ts';

/** What a record of the log says of a position: one change, or none. */
export function changesOf(record: LogRecord): readonly BookedChange[] {
  const { event_type: type } = record;
  if (type !== 'funding_payment' && type !== 'position_change') return [];
  const { data } = (type === 'funding_payment' ? fundingPayment : positionChange).safeParse(record);
  return data ? [changeOf(data)] : [];
}

/** The positions that a log comes to. */
export function bookOf(bus: readonly LogRecord[]): PositionBook {
  const book = new PositionBook();
  for (const change of bus.flatMap(changesOf)) book.take(change);
  return book;
}

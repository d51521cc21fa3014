import { type BookedChange, changeOf, PositionBook } from '../../actors/position-book.ts';
import { fundingPayment, positionChange } from '../../actors/records.ts';
import type { LogRecord } from '../../ports/event-log.ts';

/** What records of the log say of positions, in their order. */
export const changesIn = (bus: readonly LogRecord[]): readonly BookedChange[] =>
  bus.flatMap((record) => {
    const { event_type: type } = record;
    if (type !== 'funding_payment' && type !== 'position_change') return [];
    const { data } = (type === 'funding_payment' ? fundingPayment : positionChange).safeParse(record);
    return data ? [changeOf(data)] : [];
  });

/** The positions that changes come to. */
export function bookOf(changes: readonly BookedChange[]): PositionBook {
  const book = new PositionBook();
  for (const change of changes) book.take(change);
  return book;
}

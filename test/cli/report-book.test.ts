import { expect, it } from 'vitest';
import { ReportBook } from '../../src/cli/report/report-book.ts';

it('what a trade came to is with the funding that was heard of only when it was over', () => {
  const book = new ReportBook();
  const closed = { entryPrice: 100, initialQty: 2, netPnlUsd: 3 };
  const ts = 1_780_000_000;
  book.bus({ event_type: 'position_change', signal_id: 'one', ts, closed });
  expect(book.records.real).toEqual([{ id: 'one', endedAt: ts * 1000, bp: 150 }]);
  // A payment for what is held changes no result yet.
  book.bus({ event_type: 'funding_payment', signal_id: 'two', ts: ts + 1, closed: null });
  book.bus({ event_type: 'funding_payment', signal_id: 'one', ts: ts + 300, closed: { ...closed, netPnlUsd: 2 } });
  expect(book.records.real).toEqual([{ id: 'one', endedAt: ts * 1000, bp: 100 }]);
});

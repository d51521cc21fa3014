import { describe, expect, it } from 'vitest';
import type { FundingPayment, Intent } from '../../../src/machines/messages.ts';
import type { LogRecord } from '../../../src/ports/event-log.ts';
import { position } from '../../actors/samples.ts';
import { watched } from './watched.ts';

const ORDER = { clientOrderId: 'k-1-X1', purpose: 'exit', symbol: 'BTCUSDT' } as Intent;

describe('an-order-is-sent-once', () => {
  it('finds an order that reaches the exchange a second time', () => {
    const law = watched('an-order-is-sent-once');
    law.told.sent({ intent: ORDER, arrives: true });
    law.told.sent({ intent: ORDER, arrives: true });
    expect(law.found).toEqual(['order k-1-X1 reached the exchange 2 times']);
  });

  it('finds nothing where the first was lost on the way, or was refused', () => {
    const law = watched('an-order-is-sent-once');
    law.told.sent({ intent: ORDER, arrives: false });
    law.told.sent({ intent: ORDER, arrives: true });
    law.told.refused(ORDER);
    law.told.sent({ intent: ORDER, arrives: true });
    expect(law.found).toEqual([]);
    law.told.sent({ intent: ORDER, arrives: true });
    expect(law.found).toHaveLength(1);
  });
});

describe('payments-are-booked', () => {
  const HOUR = 3_600_000;
  const payment = (at: number) => ({
    fundingId: `FUND-BTCUSDT-${at}`,
    symbol: 'BTCUSDT',
    amountUsd: -1,
    rate: 0.0001,
    at,
  });
  const held = position({ openedAt: 0 });
  const times = { event_id: 'e', signal_id: held.signalId, ts: 0, timestamp: '1970-01-01T00:00:00.000Z' };
  const opened: LogRecord = {
    ...{
      event_type: 'position_change',
      ...times,
      change: 'opened',
      fill_id: 'F1',
      gate: null,
      position: held,
      closed: null,
    },
    fill: { fillId: 'F1', symbol: 'BTCUSDT', side: 'BUY', qty: held.qty, price: 100_000, at: 0 },
  };
  const booked = (at: number): LogRecord => ({
    ...{ event_type: 'funding_payment', ...times, payment: payment(at), position: held, closed: null },
  });
  const found = (bus: readonly LogRecord[], payments: readonly FundingPayment[]) => {
    const law = watched('payments-are-booked');
    law.told.ended({ bus, payments, verdict: {} as never, held: [], resting: [] });
    return law.found;
  };

  it('finds a payment that is nowhere in the log an hour later, or twice in it', () => {
    expect(found([opened, booked(3 * HOUR)], [payment(HOUR), payment(3 * HOUR)])).toEqual([
      `FUND-BTCUSDT-${HOUR} is not booked`,
    ]);
    expect(found([opened, booked(HOUR), booked(HOUR)], [payment(HOUR)])).toEqual([
      `funding FUND-BTCUSDT-${HOUR} is booked twice`,
    ]);
  });

  it('finds nothing where it is booked once, was made a moment ago, or nothing of ours was held', () => {
    expect(found([opened, booked(HOUR)], [payment(HOUR), payment(HOUR + 1)])).toEqual([]);
    expect(found([], [payment(HOUR), payment(3 * HOUR)])).toEqual([]);
  });
});

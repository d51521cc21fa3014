/** What the log says of orders and positions: start-up and recovery are the same fold. */
import type { Direction, Fill, Intent } from '../machines/messages.ts';
import type { Booking, Meant, Past } from './bus-history.ts';
import { entryId } from './order-ids.ts';
import { FOUND, type Order, OrderDesk } from './orders.ts';
import { changeOf, PositionBook } from './position-book.ts';
import { busRecord, type PositionChange, type SignalGenerated, type StateChange, wholeIntent } from './records.ts';
import { bookedBeforeIn, replacedIn } from './retention.ts';

/** What the trade of one signal has come to. */
export interface Trade {
  readonly strategy: string;
  readonly symbol: string;
  readonly direction: Direction;
  /** The signal is in state `executing`, or has left it for `executed`. */
  state: 'idea' | 'executing' | 'executed';
  entry: Order | null;
}

export interface TradeHistory {
  readonly book: PositionBook;
  readonly desk: OrderDesk;
  /** By signal id, without those that have ended. */
  readonly trades: Map<string, Trade>;
}

export const emptyHistory = (): TradeHistory => ({
  book: new PositionBook(),
  desk: new OrderDesk(),
  trades: new Map(),
});

const sawIdea = ({ trades }: TradeHistory, { signal_id, signal }: SignalGenerated): void => {
  const { strategy, symbol, direction } = signal;
  trades.set(signal_id, { strategy, symbol, direction, state: 'idea', entry: null });
};

/** The intent of an entry: in the record's metadata, or, where another wrote it without, under the id it must have. */
export function intentIn({ signal_id, metadata, ts }: StateChange, trade: Trade | undefined): Intent {
  const written = metadata.intent;
  if (typeof written === 'object' && written !== null && 'clientOrderId' in written)
    return wholeIntent(written as Intent);
  return {
    clientOrderId: entryId(signal_id),
    signalId: signal_id,
    symbol: trade?.symbol ?? '',
    side: trade?.direction === 'SHORT' ? 'SELL' : 'BUY',
    purpose: 'entry',
    qty: 0,
    leverage: 1,
    reduceOnly: false,
    gate: null,
    stopPrice: null,
    at: ts * 1000,
  };
}

function sawChange({ trades, desk, book }: TradeHistory, record: StateChange): void {
  const { signal_id, new_state } = record;
  const trade = trades.get(signal_id);
  if (new_state === 'executing') {
    const intent = intentIn(record, trade);
    const order = desk.add(intent, 'unknown', intent.at, book.changes);
    if (!trade) return;
    trade.state = 'executing';
    trade.entry = order;
  } else if (new_state === 'executed') {
    if (trade) trade.state = 'executed';
    endAll(desk, signal_id, 'entry');
  } else if (new_state === 'learned' || new_state === 'expired' || new_state === 'blocked') {
    trades.delete(signal_id);
    endAll(desk, signal_id, 'entry');
    endAll(desk, signal_id, 'exit');
    endAll(desk, signal_id, 'stop');
    desk.forget(signal_id);
  }
}

const endAll = (desk: OrderDesk, signalId: string, purpose: Intent['purpose']): void => {
  for (const order of desk.openOf(signalId, purpose)) desk.end(order);
};

/** An exit or a stop says which of its kind had not ended before it. */
function sawIntent({ desk, book }: TradeHistory, { intent, beside, reason }: Meant): void {
  for (const order of desk.openOf(intent.signalId, intent.purpose))
    if (!beside.includes(order.intent.clientOrderId)) desk.end(order);
  desk.add(intent, 'unknown', intent.at, reason === FOUND ? null : book.changes);
}

/** A booking that is in the log. */
const sawBooking = (history: TradeHistory, record: PositionChange): void =>
  sawStep(history, { ...changeOf(record), fill: record.fill as unknown as Fill });

function sawStep({ book, desk }: TradeHistory, { fill, ...step }: Booking): void {
  if (book.take(step) === 'known' || fill === null) return;
  desk.filled(fill);
  // What still rests of a position that is closed is found at the exchange.
  if (step.position.qty === 0) endAll(desk, step.position.signalId, 'stop');
}

/**
 * What one before us booked, and the log has taken only now: it could not open, or its disk refused.
 * @returns whether it was news
 */
export function heedBooking(history: TradeHistory, raw: Readonly<Record<string, unknown>>): boolean {
  if (raw.event_type !== 'position_change' && raw.event_type !== 'funding_payment') return false;
  const { data } = busRecord.safeParse(raw);
  if (data?.event_type === 'funding_payment') return history.book.take(changeOf(data)) !== 'known';
  if (data?.event_type !== 'position_change' || history.book.knows(data.fill_id)) return false;
  sawBooking(history, data);
  return true;
}

/**
 * Replays the log. Orders whose end it does not tell come back as `unknown`: the exchange is to be asked. (That an exit was
 * refused is not in the log; a later exit of the same signal says that it has ended.)
 */
export async function tradeHistory(past: Past): Promise<TradeHistory> {
  const history = emptyHistory();
  const { book } = history;
  // One that gets into the log while that is read may be in neither: the reading had gone past its end.
  const waiting = [...(past.unlogged ?? [])];
  for await (const raw of past.replay()) {
    for (const name of replacedIn(raw)?.names ?? []) history.desk.note(String(raw.signal_id), name);
    const before = bookedBeforeIn(raw);
    if (before) book.remember(before);
    const parsed = busRecord.safeParse(raw);
    if (!parsed.success) continue;
    const record = parsed.data;
    switch (record.event_type) {
      case 'signal_generated':
        sawIdea(history, record);
        break;
      case 'state_change':
        sawChange(history, record);
        break;
      case 'order_intent':
        sawIntent(history, record);
        break;
      case 'position_change':
        sawBooking(history, record);
        break;
      case 'funding_payment':
        book.take(changeOf(record));
        break;
    }
  }
  for (const [id, one] of waiting) {
    if ('booking' in one) sawStep(history, one.booking);
    else if ('meant' in one && !past.unlogged?.has(id) && !history.desk.knows(one.meant.intent))
      sawIntent(history, one.meant);
  }
  return history;
}

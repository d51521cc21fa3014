/** From an approved signal to an order that leaves: sized, written down, and sent when the log has it. */
import type { Intent, Signal } from '../machines/messages.ts';
import { minus } from '../ports/money.ts';
import { says } from '../ports/says.ts';
import type { Habitat } from './effects.ts';
import { entryId } from './order-ids.ts';
import type { Order } from './orders.ts';
import { busRecord, type StateChange } from './records.ts';
import { sizingRules } from './settings.ts';
import { sizeEntry } from './sizing.ts';
import type { TradeDesk } from './trade-desk.ts';
import { intentIn, type TradeHistory } from './trade-history.ts';

/** An entry is not made on an older signal, and an intent that did not get into the log by then is given up, ms. */
export const TOO_OLD_MS = 600_000;
const TOO_OLD = 'the signal is too old for an entry';

export interface Entries {
  /** An approved signal becomes an intent. The order leaves when the intent is in the log. */
  begin(signal: Signal): Promise<void>;
  /** A record is in the log: the intent of an entry, or one that somebody before us wrote. */
  heed(record: Readonly<Record<string, unknown>>, entries: { readonly open: boolean; readonly why: string }): void;
  /** An order that has not left never will. */
  forgo(order: Order, reason: string): void;
}

export interface EntriesOffice {
  readonly alive: () => boolean;
  readonly send: (order: Order) => void;
  readonly tell: (what: string) => void;
}

export function entries(
  { world, settings }: Habitat,
  { book, desk, trades }: TradeHistory,
  trade: TradeDesk,
  { alive, send, tell }: EntriesOffice,
): Entries {
  const { broker, clock, log, pending } = world;
  const entering = new Set<string>();
  /** When the signals were made whose intents are being written, by id. */
  const signalAt = new Map<string, number>();
  const isTooOld = (at: number): boolean => clock.now() - at > TOO_OLD_MS;

  const equity = async (): Promise<number | null> => {
    try {
      return await pending.track(broker.equityUsd());
    } catch (error) {
      log.warn(`the equity could not be asked for: ${says(error)}`);
      return null;
    }
  };

  const forgo = (order: Order, reason: string): void => {
    signalAt.delete(order.intent.signalId);
    trade.ended(order, 'cancelled', reason);
    tell(`${order.intent.clientOrderId}: ${reason}`);
  };

  const size = async ({ signalId, at, symbol, strategy, direction, price }: Signal): Promise<void> => {
    const equityUsd = await equity();
    if (!alive()) return;
    // Between the question and its answer a machine may have slept.
    if (isTooOld(at)) return trade.giveUp(signalId, TOO_OLD);
    if (equityUsd === null) return trade.giveUp(signalId, 'the equity could not be asked for');
    const instrument = broker.instrument(symbol);
    const bound = book.open().reduce((sum, position) => sum + position.marginUsd, 0);
    const rules = sizingRules(settings);
    const freeMarginUsd = minus(equityUsd, bound);
    const sized = sizeEntry({ direction, price, equityUsd, freeMarginUsd, instrument, rules });
    if ('refused' in sized) return trade.giveUp(signalId, sized.refused);
    const intent: Intent = {
      clientOrderId: entryId(signalId),
      signalId,
      symbol,
      side: direction === 'LONG' ? 'BUY' : 'SELL',
      purpose: 'entry',
      qty: sized.qty,
      leverage: sized.leverage,
      reduceOnly: false,
      gate: null,
      stopPrice: null,
      at: clock.now(),
    };
    const order = desk.add(intent, 'writing', intent.at, book.changes);
    signalAt.set(signalId, at);
    trades.set(signalId, { strategy, symbol, direction, state: 'executing', entry: order });
    trade.transition(signalId, 'executing', `${intent.side} ${intent.qty} ${symbol}`, { intent });
    trade.intent(order, 'open');
    tell(`writing the intent ${intent.clientOrderId}`);
  };

  const executing = (record: StateChange, { open, why }: { open: boolean; why: string }): void => {
    const known = trades.get(record.signal_id);
    const intent = intentIn(record, known);
    const order = desk.get(intent.clientOrderId);
    if (!order) {
      // Somebody before us wrote it: whether it left is for the exchange to say.
      const adopted = desk.add(intent, 'unknown', clock.now(), null);
      if (known) Object.assign(known, { state: 'executing', entry: adopted });
      tell(`found the intent ${intent.clientOrderId}`);
    } else if (order.phase === 'writing') {
      const stale = isTooOld(signalAt.get(record.signal_id) ?? intent.at);
      signalAt.delete(record.signal_id);
      if (open && !stale) send(order);
      else forgo(order, stale ? 'its intent was written too late' : `entries are closed: ${why}`);
    }
  };

  return {
    begin: async (signal) => {
      const { signalId } = signal;
      if (entering.has(signalId) || trades.get(signalId)?.entry) return;
      if (isTooOld(signal.at)) return trade.giveUp(signalId, TOO_OLD);
      entering.add(signalId);
      try {
        await size(signal);
      } finally {
        entering.delete(signalId);
      }
    },
    heed: (raw, open) => {
      const parsed = busRecord.safeParse(raw);
      if (!parsed.success) return;
      const record = parsed.data;
      if (record.event_type === 'state_change' && record.new_state === 'executing') executing(record, open);
      // An exit or a stop that left under the one before us, and got into the log only now.
      if (record.event_type !== 'order_intent' || desk.get(record.intent.clientOrderId)) return;
      desk.add(record.intent, 'unknown', record.intent.at, null);
      tell(`found the intent ${record.intent.clientOrderId}`);
    },
    forgo,
  };
}

import { type Broker, OrderTurnedAway } from '../ports/broker.ts';
import type { ExpiringLease } from '../ports/ownership.ts';

/** An order is on its way for so long at most, before the exchange has it or refuses it for being late, ms. */
const ON_ITS_WAY_MS = 250;

/**
 * The account as one partition sees it: its own symbols, and nothing of those that are somebody else's. What its books ask the fills of is its own,
 * too, whatever it was told to trade: that it is held must not be kept from them, or it would be booked as closed. And nothing is sent for somebody
 * who may not own the partition any more, looked at in the moment of sending: a process that was stopped and goes on has waited for hours without
 * knowing it (Kleppmann, How to do distributed locking, 2016).
 */
export function fencedBroker(broker: Broker, lease: ExpiringLease, symbols: readonly string[]): Broker {
  const mine = new Set(symbols);
  const isMine = ({ symbol }: { readonly symbol: string }): boolean => mine.has(symbol);
  const require = (clientOrderId: string): void => {
    const left = lease.remainingMs();
    if (left < ON_ITS_WAY_MS)
      throw new OrderTurnedAway(
        clientOrderId,
        `partition ${lease.partition} is ours for ${Math.round(left)} ms more, too short for an order; it was not sent`,
      );
  };
  return {
    instrument: (symbol) => broker.instrument(symbol),
    submit: async (intent) => {
      require(intent.clientOrderId);
      return broker.submit(intent);
    },
    cancel: async (order) => {
      require(order.clientOrderId);
      return broker.cancel(order);
    },
    fate: (order) => broker.fate(order),
    resting: async () => (await broker.resting()).filter(isMine),
    fillsSince: (symbol, since) => {
      mine.add(symbol);
      return broker.fillsSince(symbol, since);
    },
    positions: async () => (await broker.positions()).filter(isMine),
    equityUsd: () => broker.equityUsd(),
    onFill: (listener) => broker.onFill((fill) => isMine(fill) && listener(fill)),
    onFunding: (listener) => broker.onFunding((payment) => isMine(payment) && listener(payment)),
    fundingSince: async (since) => (await broker.fundingSince(since)).filter(isMine),
    onEnded: (listener) => broker.onEnded(listener),
    onDoubt: (listener) => broker.onDoubt(listener),
  };
}

import type { Fill, Intent } from '../../machines/messages.ts';
import {
  type Broker,
  type BrokerPosition,
  type OrderName,
  OrderRejected,
  type RestingOrder,
} from '../../ports/broker.ts';
import type { Clock, TimerId } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { Countdown, type SetCountdown } from './countdown.ts';
import { shouldArm } from './dead-man-rule.ts';

/** An entry that is not done after this long rests, ms. One at the market is done before, and costs no countdown. */
const RESTS_AFTER_MS = 2_000;
/** A stop waits no longer for the countdown to be stopped: a position without one is the greater danger, ms. */
const STOP_WAITS_MS = 1_000;

export interface DeadManOptions {
  readonly broker: Broker;
  readonly symbols: readonly string[];
  readonly set: SetCountdown;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface DeadMan {
  /** The same broker; it sees what passes through, and keeps the exchange's countdown as it has to be. */
  readonly broker: Broker;
  /** Stops every countdown an earlier life may have left; resolves when the exchange has answered for all. */
  begin(): Promise<void>;
  close(): void;
}

/** What is known of one symbol, by order. */
interface Seen {
  readonly entries: Set<string>;
  readonly protections: Set<string>;
  position: 'none' | 'held' | 'unknown';
  readonly countdown: Countdown;
}

/** Arms the exchange's dead-man switch by {@link shouldArm}, from what passes through a broker. */
export function deadMan({ broker, symbols, set, clock, log }: DeadManOptions): DeadMan {
  const doubts = new Set<(why: string) => void>();
  const doubt = (why: string): void => {
    for (const tell of doubts) tell(why);
  };
  const seenOf = (symbol: string): Seen => ({
    entries: new Set(),
    protections: new Set(),
    position: 'unknown',
    countdown: new Countdown({
      symbol,
      set,
      clock,
      log,
      ranOut: () => doubt(`the exchange's countdown of ${symbol} may have run out: orders may be gone`),
    }),
  });
  const all = new Map(symbols.map((symbol) => [symbol, seenOf(symbol)]));
  /** Entries that were sent just now. */
  const young = new Map<string, TimerId>();

  const judge = ({ entries, protections, position, countdown }: Seen): Promise<void> =>
    countdown.want(shouldArm({ entries: entries.size, position, protections: protections.size }));
  const on = (symbol: string, change: (seen: Seen) => void): Promise<void> => {
    const seen = all.get(symbol);
    if (!seen) return Promise.resolve();
    change(seen);
    return judge(seen);
  };
  const grown = (clientOrderId: string): void => {
    const timer = young.get(clientOrderId);
    if (timer !== undefined) clock.clearTimeout(timer);
    young.delete(clientOrderId);
  };
  const ended = ({ symbol, clientOrderId }: OrderName): void =>
    void on(symbol, ({ entries, protections }) => {
      grown(clientOrderId);
      entries.delete(clientOrderId);
      protections.delete(clientOrderId);
    });
  const filled = ({ symbol, clientOrderId, complete }: Fill): void =>
    void on(symbol, (seen) => {
      if (complete) {
        grown(clientOrderId);
        seen.entries.delete(clientOrderId);
      }
      // Of a reduction the exchange will say what is left.
      if (!seen.protections.has(clientOrderId)) seen.position = 'held';
    });
  const heldNow = (held: readonly BrokerPosition[]): void => {
    for (const symbol of all.keys())
      void on(symbol, (seen) => {
        seen.position = held.some((one) => one.symbol === symbol && one.qty !== 0) ? 'held' : 'none';
      });
  };
  const restingNow = (orders: readonly RestingOrder[]): void => {
    for (const symbol of all.keys())
      void on(symbol, (seen) => {
        const own = orders.filter((order) => order.symbol === symbol);
        const ids = (protects: boolean): string[] =>
          own.filter((o) => (o.reduceOnly || o.purpose !== 'entry') === protects).map((o) => o.clientOrderId);
        seen.entries.clear();
        seen.protections.clear();
        for (const id of ids(false)) seen.entries.add(id);
        for (const id of ids(true)) seen.protections.add(id);
      });
  };

  const beforeStop = async (intent: Intent): Promise<void> => {
    const stopped = on(intent.symbol, ({ protections }) => protections.add(intent.clientOrderId));
    if (!all.get(intent.symbol)?.countdown.mayFire) return;
    let timer = 0;
    const patience = new Promise<void>((resolve) => {
      timer = clock.setTimeout(resolve, STOP_WAITS_MS);
    });
    await Promise.race([stopped, patience]);
    clock.clearTimeout(timer);
  };
  const watchEntry = ({ symbol, clientOrderId }: Intent): void => {
    const timer = clock.setTimeout(() => {
      young.delete(clientOrderId);
      void on(symbol, ({ entries }) => entries.add(clientOrderId));
    }, RESTS_AFTER_MS);
    young.set(clientOrderId, timer);
  };

  const watched: Broker = {
    instrument: (symbol) => broker.instrument(symbol),
    equityUsd: () => broker.equityUsd(),
    fillsSince: (symbol, since) => broker.fillsSince(symbol, since),
    cancel: (order) => broker.cancel(order),
    onFill: (listener) => broker.onFill(listener),
    onEnded: (listener) => broker.onEnded(listener),
    onFunding: (listener) => broker.onFunding(listener),
    fundingSince: (since) => broker.fundingSince(since),
    submit: async (intent) => {
      if (intent.purpose === 'stop') await beforeStop(intent);
      if (intent.purpose === 'entry') watchEntry(intent);
      try {
        return await broker.submit(intent);
      } catch (error) {
        // Whatever else went wrong, the order may rest.
        if (error instanceof OrderRejected) ended(intent);
        throw error;
      }
    },
    fate: async (order) => {
      const fate = await broker.fate(order);
      if (fate.status !== 'open') ended(order);
      return fate;
    },
    resting: async () => {
      const orders = await broker.resting();
      restingNow(orders);
      return orders;
    },
    positions: async () => {
      const held = await broker.positions();
      heldNow(held);
      return held;
    },
    onDoubt: (listener) => {
      doubts.add(listener);
      const off = broker.onDoubt(listener);
      return () => {
        doubts.delete(listener);
        off();
      };
    },
  };
  const stopWatching = broker.onFill(filled);
  return {
    broker: watched,
    begin: async () => {
      await Promise.all([...all.values()].map((seen) => judge(seen)));
    },
    close: () => {
      stopWatching();
      for (const id of [...young.keys()]) grown(id);
      for (const { countdown } of all.values()) countdown.close();
    },
  };
}

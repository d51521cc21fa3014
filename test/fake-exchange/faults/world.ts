import { ApiError } from '../engine/api-error.ts';
import { dec } from '../engine/decimal.ts';
import type { Engine } from '../engine/engine.ts';
import type { Side } from '../engine/order.ts';
import type { Connections } from '../streams/connections.ts';
import type { ListenKeys } from '../streams/listen-keys.ts';
import type { WorldFault } from './fault.ts';

/** What a fault that happens at once is done to. */
export interface World {
  readonly engine: Engine;
  readonly connections: Connections;
  readonly listenKeys: ListenKeys;
  /** Nothing can be reached for `ms` of real time. */
  readonly closeFor: (ms: number) => void;
  readonly skew: (ms: number) => void;
}

/** Does it, and says what it met; null if there was nothing to meet. */
export function happen(fault: WorldFault, world: World): string | null {
  const { engine, connections, listenKeys } = world;
  const { books, matching, conditionals, liquidation } = engine;
  switch (fault.kind) {
    case 'silent-socket': {
      const sockets = connections.of(fault.sockets);
      for (const socket of sockets) socket.silence(fault.deaf === true);
      return counted(sockets.length, 'socket');
    }
    case 'cut-socket': {
      const sockets = connections.of(fault.sockets);
      for (const socket of sockets) socket.cut();
      return counted(sockets.length, 'socket');
    }
    case 'outage': {
      const sockets = connections.of('all');
      for (const socket of sockets) socket.cut();
      world.closeFor(fault.ms);
      return `${fault.ms} ms, ${sockets.length} sockets cut`;
    }
    case 'clock-skew':
      world.skew(fault.ms);
      return `${fault.ms} ms`;
    case 'liquidation': {
      const { amt } = books.account.position(fault.symbol);
      if (amt.isZero()) return null;
      liquidation.liquidate(fault.symbol);
      return `${amt} ${fault.symbol}`;
    }
    case 'traded-by-hand':
      return tradeByHand(engine, fault.symbol, fault.qty);
    case 'closed-by-hand': {
      const { amt } = books.account.position(fault.symbol);
      return amt.isZero() ? null : tradeByHand(engine, fault.symbol, amt.negated().toString());
    }
    case 'order-cancelled': {
      const order = books.orders.open(fault.symbol)[0];
      if (!order) return null;
      matching.cancel(order);
      return order.clientOrderId;
    }
    case 'stop-cancelled': {
      const stop = books.algos.open(fault.symbol)[0];
      if (!stop) return null;
      conditionals.cancel(stop);
      return stop.clientAlgoId;
    }
    case 'listen-key-expired': {
      const key = listenKeys.expire();
      return key === '' ? null : key.slice(0, 8);
    }
  }
}

const counted = (count: number, what: string): string | null =>
  count === 0 ? null : `${count} ${what}${count === 1 ? '' : 's'}`;

/** An order like one from the exchange's own website. Null if the exchange would not have it. */
function tradeByHand(engine: Engine, symbol: string, signedQty: string): string | null {
  const qty = dec(signedQty);
  const side: Side = qty.isNegative() ? 'SELL' : 'BUY';
  try {
    const order = engine.matching.place({
      symbol,
      side,
      type: 'MARKET',
      quantity: qty.abs(),
      price: dec(0),
      timeInForce: 'GTC',
      reduceOnly: engine.account.position(symbol).closable(side).gte(qty.abs()),
      clientOrderId: `web_${engine.books.nextId()}`,
    });
    return `${order.clientOrderId} ${side} ${qty.abs()} ${symbol}`;
  } catch (error) {
    if (error instanceof ApiError) return null;
    throw error;
  }
}

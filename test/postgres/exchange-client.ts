/** A worker's way to the fleet's exchange. */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { instrumentOf } from '../../src/adapters/instruments.ts';
import type { OpenedBroker } from '../../src/cli/open-broker.ts';
import type { Fill } from '../../src/machines/messages.ts';
import { OrderRejected } from '../../src/ports/broker.ts';
import type { Asked } from './exchange-server.ts';

interface Said {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly name: string; readonly says: string };
  readonly fill?: Fill;
}

export function exchangeAt(port: number, worker: string): OpenedBroker {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => process.exit(1));
  const waiting = new Map<
    number,
    { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void }
  >();
  const listeners = new Set<(fill: Fill) => void>();
  let lastId = 0;
  const lines = createInterface({ input: socket });
  lines.on('error', () => process.exit(1));
  lines.on('line', (line) => {
    const { id, result, error, fill } = JSON.parse(line) as Said;
    if (fill) for (const listener of listeners) listener(fill);
    const one = id === undefined ? undefined : waiting.get(id);
    if (id === undefined || one === undefined) return;
    waiting.delete(id);
    if (error === undefined) one.resolve(result);
    else one.reject(error.name === 'OrderRejected' ? new OrderRejected('', error.says) : new Error(error.says));
  });
  const ask = <T>(method: Asked['method'], ...args: readonly unknown[]): Promise<T> =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
      socket.write(`${JSON.stringify({ id, worker, method, args } satisfies Asked)}\n`);
    });
  return {
    isPaper: true,
    mark: (tick) => void ask('mark', tick),
    quote: () => undefined,
    opens: () => undefined,
    close: async () => undefined,
    broker: {
      instrument: (symbol) => instrumentOf(symbol),
      submit: (intent) => ask('submit', intent),
      fate: (order) => ask('fate', order),
      cancel: (order) => ask('cancel', order),
      resting: () => ask('resting'),
      fillsSince: (symbol, since) => ask('fillsSince', symbol, since),
      positions: () => ask('positions'),
      equityUsd: () => ask('equityUsd'),
      onFill: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      onFunding: () => () => undefined,
      fundingSince: async () => [],
      onEnded: () => () => undefined,
      onDoubt: () => () => undefined,
    },
  };
}

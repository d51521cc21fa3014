/** One exchange on paper for a whole fleet, which outlives every worker, and counts what reaches it. */

import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { PaperBroker } from '../../src/adapters/paper-broker.ts';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import { wallClock } from '../../src/adapters/wall-clock.ts';
import type { Tick } from '../../src/machines/messages.ts';

/** What a worker asks: a method of the broker, or a price it has seen. */
export interface Asked {
  readonly id: number;
  readonly worker: string;
  readonly method: 'submit' | 'fate' | 'cancel' | 'resting' | 'fillsSince' | 'positions' | 'equityUsd' | 'mark';
  readonly args: readonly unknown[];
}

/** An order, or the wish to take one back, as it reached the exchange. */
export interface Arrival {
  readonly worker: string;
  readonly method: 'submit' | 'cancel';
  readonly id: string;
  readonly symbol: string;
  readonly at: number;
  /** It was taken as an order. */
  readonly taken: boolean;
}

export async function startExchange() {
  const clock = wallClock({ speed: 1, origin: null, follows: true });
  let state: unknown = null;
  const broker = await PaperBroker.open({
    clock,
    chance: seededChance(1),
    startEquityUsd: 100_000_000,
    store: {
      load: async () => state,
      save: async (saved) => {
        state = saved;
      },
    },
  });
  const arrivals: Arrival[] = [];
  const sockets = new Set<Socket>();
  broker.onFill((fill) => {
    for (const socket of sockets) socket.write(`${JSON.stringify({ fill })}\n`);
  });
  const answer = async ({ method, args, worker }: Asked): Promise<unknown> => {
    if (method === 'mark') return broker.mark(args[0] as Tick);
    if (method !== 'submit' && method !== 'cancel')
      return (broker[method] as (...args: unknown[]) => Promise<unknown>).apply(broker, [...args]);
    const [{ clientOrderId: id, symbol }] = args as [{ readonly clientOrderId: string; readonly symbol: string }];
    const arrival = { worker, method, id, symbol, at: Date.now() };
    try {
      const said = await broker[method](args[0] as never);
      arrivals.push({ ...arrival, taken: method === 'submit' });
      return said;
    } catch (error) {
      arrivals.push({ ...arrival, taken: false });
      throw error;
    }
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    const lines = createInterface({ input: socket });
    // It hands on what breaks of the socket, which is closed by then.
    lines.on('error', () => undefined);
    lines.on('line', (line) => {
      const asked = JSON.parse(line) as Asked;
      void answer(asked).then(
        (result) => socket.write(`${JSON.stringify({ id: asked.id, result: result ?? null })}\n`),
        (error: Error) =>
          socket.write(`${JSON.stringify({ id: asked.id, error: { name: error.name, says: error.message } })}\n`),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    broker,
    arrivals,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

import { expect, it } from 'vitest';
import { fencedBroker } from '../../src/adapters/fenced-broker.ts';
import type { Broker } from '../../src/ports/broker.ts';

const held = (symbol: string) => ({ symbol, qty: 1, entryPrice: null, liquidationPrice: null, markPrice: null });

it('keeps what is another’s from a partition, and nothing that its books ask about', async () => {
  const account = {
    positions: async () => ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'].map(held),
    fillsSince: async () => [],
  } as Partial<Broker> as Broker;
  const lease = { partition: 'default/0of2', epoch: 1, remainingMs: () => 60_000, release: async () => undefined };
  const broker = fencedBroker(account, lease, ['BTCUSDT']);
  expect(await broker.positions()).toEqual([held('BTCUSDT')]);
  // A record that was damaged when the bot began, and is back: the books hold what this worker was not told of.
  await broker.fillsSince('SOLUSDT', 0);
  expect(await broker.positions()).toEqual([held('BTCUSDT'), held('SOLUSDT')]);
});

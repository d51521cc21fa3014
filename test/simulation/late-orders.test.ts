/** The wire to the simulated exchange: an order can be under way when nobody waits for its answer any more. */
import { expect, it } from 'vitest';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import type { Intent } from '../../src/machines/messages.ts';
import type { CancelSent } from '../../src/sim/observer.ts';
import { Exchange } from '../../src/sim/world/exchange.ts';
import { bar } from '../actors/habitat.ts';

const SYMBOL = 'BTCUSDT';
const intent: Intent = {
  clientOrderId: 'k-1-E',
  signalId: 'BTCUSDT_1_00000001',
  symbol: SYMBOL,
  side: 'BUY',
  purpose: 'entry',
  qty: 0.01,
  leverage: 3,
  reduceOnly: false,
  gate: null,
  stopPrice: null,
  at: 0,
};

it('an order that is late arrives once, though its process is dead, and whatever is to become of the next one', async () => {
  const clock = new VirtualClock(Date.UTC(2026, 0, 5));
  const sent: string[] = [];
  const exchange = await Exchange.open(clock, seededChance(1), {
    sent: ({ intent: { clientOrderId }, arrives }) => void sent.push(`${clientOrderId} ${arrives}`),
  });
  exchange.broker.mark({ at: clock.now(), candles: [bar(SYMBOL, 100_000, clock.now() - 60_000)] });
  let isAlive = true;
  const broker = exchange.connect(clock, () => isAlive);
  exchange.wire.underWayMs = 5_000;
  await expect(broker.submit(intent)).rejects.toThrow('no answer');
  await expect(broker.fate(intent)).resolves.toEqual({ status: 'never-received' });
  isAlive = false;
  exchange.wire.order = 'reject';
  await clock.advanceAsync(10_000, () => new Promise((go) => setImmediate(go)));
  expect(exchange.held()).toEqual(new Map([[SYMBOL, 0.01]]));
  expect(exchange.wire).toMatchObject({ order: 'reject', underWayMs: null });
  expect(sent).toEqual(['k-1-E true']);
});

it('an order that is refused has not arrived: to send it again is to be refused again', async () => {
  const clock = new VirtualClock(Date.UTC(2026, 0, 5));
  const sent: boolean[] = [];
  const exchange = await Exchange.open(clock, seededChance(1), { sent: ({ arrives }) => void sent.push(arrives) });
  exchange.broker.mark({ at: clock.now(), candles: [bar(SYMBOL, 100_000, clock.now() - 60_000)] });
  const broker = exchange.connect(clock, () => true);
  exchange.wire.order = 'reject';
  await expect(broker.submit(intent)).rejects.toThrow('refused');
  await expect(broker.submit(intent)).rejects.toThrow('refused');
  await clock.advanceAsync(10_000, () => new Promise((go) => setImmediate(go)));
  expect(exchange.held()).toEqual(new Map());
  expect(sent).toEqual([false, true]);
});

it('what rests and what is held when a stop is taken back are of one moment, before a fill is told, too', async () => {
  const clock = new VirtualClock(Date.UTC(2026, 0, 5));
  const seen: CancelSent[] = [];
  const exchange = await Exchange.open(clock, seededChance(1), { cancelled: (cancel) => void seen.push(cancel) });
  exchange.broker.mark({ at: clock.now(), candles: [bar(SYMBOL, 100_000, clock.now() - 60_000)] });
  const broker = exchange.connect(clock, () => true);
  const stop = (n: number, stopPrice: number): Intent => ({
    ...intent,
    ...{ clientOrderId: `k-1-S${n}`, side: 'SELL', purpose: 'stop', reduceOnly: true, gate: 'stop', stopPrice },
  });
  await broker.submit(intent);
  await clock.advanceAsync(10_000, () => new Promise((go) => setImmediate(go)));
  await broker.submit(stop(1, 98_000));
  await broker.submit(stop(2, 99_000));
  exchange.broker.quote({ symbol: SYMBOL, price: 98_900, at: clock.now() });
  const isTakenBack = broker.cancel(stop(1, 98_000));
  expect(exchange.held()).toEqual(new Map([[SYMBOL, 0.01]]));
  await isTakenBack;
  expect(seen.map(({ resting }) => resting.map(({ clientOrderId }) => clientOrderId))).toEqual([['k-1-S1']]);
  expect(await seen[0]?.held).toEqual([]);
});

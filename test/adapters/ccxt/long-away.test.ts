/** What the exchange forgets, and what it shows only to those who name a time: Binance after three days, and of seven. */
import { expect, test } from 'vitest';
import { steppedClock } from '../../fake-exchange/engine/exchange-clock.ts';
import { BrokerRig } from './broker-rig.ts';

const DAY = 86_400_000;
const ENTRY = 'k-one-E';
const STOP = 'k-one-S1';
const FORGOTTEN = { kind: 'status-before', status: 400, code: -2013, msg: 'Order does not exist.' } as const;

/** A position behind a stop, both placed `days` ago by a bot that runs on. */
async function placed(days: number) {
  const clock = steppedClock(Date.now() - days * DAY, 1);
  const rig = await BrokerRig.open({ clock });
  await rig.broker.submit(rig.intent(ENTRY));
  await rig.until('the entry is told', () => rig.fills.length === 1);
  const stop = rig.stop(STOP, 58_000);
  await rig.broker.submit(stop);
  /** The clock has moved: the first request is turned away, and the time measured anew. */
  const moveToNow = async (): Promise<void> => {
    clock.moveTo(Date.now());
    await rig.broker.equityUsd();
  };
  return { rig, stop, moveToNow };
}

test('a stop that was cancelled is forgotten three days after it was placed: then it is one that the exchange does not have', async () => {
  const { rig, stop, moveToNow } = await placed(4);
  await using _ = rig;
  await moveToNow();
  expect(await rig.broker.fate(stop)).toEqual({ status: 'open', fills: [] });
  await rig.broker.cancel(stop);
  expect(await rig.broker.fate(stop)).toEqual({ status: 'never-received' });
});

test('a younger one cannot have been forgotten: that the exchange does not find it is no answer', async () => {
  const { rig, stop, moveToNow } = await placed(2);
  await using _ = rig;
  await moveToNow();
  rig.exchange.inject({ ...FORGOTTEN, on: { method: 'GET', path: '/algoOrder' } });
  rig.exchange.inject({ ...FORGOTTEN, on: { method: 'GET', path: '/order' } });
  await expect(rig.broker.fate(stop)).rejects.toThrow(/took order k-one-S1, and says now that it has none/);
  expect(await rig.broker.fate(stop)).toEqual({ status: 'open', fills: [] });
});

test('a stop that went off more than a week ago is found with its fill by a bot that comes back', async () => {
  const { rig, stop, moveToNow } = await placed(10);
  await using _ = rig;
  rig.exchange.price('BTCUSDT', '57990');
  await rig.until('the stop is told', () => rig.fills.length === 2);
  await moveToNow();
  await rig.connect();
  expect(await rig.broker.fate(stop)).toEqual({ status: 'filled', fills: [rig.fills[1]] });
});

test.each([
  [5, { status: 'cancelled', fills: [] }],
  [2, null],
] as const)(
  'a stop that went off %i days ago and filled nothing: its order is forgotten after three',
  async (days, fate) => {
    const { rig, stop, moveToNow } = await placed(days);
    await using _ = rig;
    rig.exchange.liquidity('BTCUSDT', '0');
    rig.exchange.price('BTCUSDT', '57990');
    await rig.until('the end is told', () => rig.ends.includes(STOP));
    await moveToNow();
    await rig.connect();
    if (fate === null) rig.exchange.inject({ ...FORGOTTEN, on: { method: 'GET', path: '/order' } });
    const asked = rig.broker.fate(stop);
    if (fate === null) await expect(asked).rejects.toThrow(/of which the exchange knows nothing/);
    else expect(await asked).toEqual(fate);
  },
);

test('an order of more trades than one answer holds is found whole', async () => {
  await using rig = await BrokerRig.open();
  rig.exchange.breakFills(2_100);
  const entry = rig.intent(ENTRY, { qty: 2.1, leverage: 20 });
  await rig.broker.submit(entry);
  const fate = await rig.broker.fate(entry);
  if (fate.status !== 'filled') throw new Error(`it is ${fate.status}`);
  expect(fate.fills).toHaveLength(2_100);
  expect(fate.fills.filter(({ complete }) => complete)).toEqual([fate.fills.at(-1)]);
});

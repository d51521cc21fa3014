import { afterEach, expect, it } from 'vitest';
import { type ProtectedBot, protectedBot } from './protected-bot.ts';

let bot: ProtectedBot | null = null;
afterEach(async () => {
  await bot?.end();
  bot = null;
});

it('stops of before stay while an entry may have filled without our knowing it, and go with the end of that', async () => {
  const t = await protectedBot();
  bot = t;
  t.exchange.script.parts = ({ purpose }) => (purpose === 'entry' ? 'stuck' : 1);
  await t.decide('BTCUSDT', 'LONG', 100_000);
  await t.advance(1_000);
  await t.move(102_500);
  await t.advance(500);
  await t.move(104_500);
  await t.advance(500);
  const [entry] = t.sentOf('entry');
  const better = t.exchange.openStops().at(-1);
  // Half of the entry is held, as far as anybody has heard, and all of it is behind stops.
  expect(t.exchange.net().get('BTCUSDT')).toBeLessThan(entry?.qty ?? 0);
  expect(t.exchange.openStops().reduce((sum, { qty }) => sum + qty, 0)).toBeGreaterThanOrEqual(entry?.qty ?? 1);
  await t.exchange.cancel({ clientOrderId: entry?.clientOrderId ?? '', symbol: 'BTCUSDT', purpose: 'entry' });
  await t.advance(60_000);
  expect(t.exchange.openStops()).toEqual([better]);
  expect(t.work()).toMatchObject({ protection: 'protected', orders: 'idle' });
});

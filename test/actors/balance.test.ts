import { expect, it } from 'vitest';
import { balanceWatch } from '../../src/actors/balance.ts';
import { PositionBook } from '../../src/actors/position-book.ts';

const flat = new PositionBook();
const unasked = (): null => null;

it('what the account has too much is told when it was seen twice, some time apart', () => {
  const watch = balanceWatch();
  expect(watch.look(0, 10_000, flat, unasked)).toBe(null);
  expect(watch.look(1_000, 10_100, flat, unasked)).toBe(null);
  expect(watch.look(5_000, 10_100, flat, unasked)).toBe(null);
  expect(watch.accept()).toBe(null);
  expect(watch.look(11_000, 10_100, flat, unasked)).toMatch(/100\.00 USD more/);
  expect(watch.accept()).toMatchObject({ usd: 100 });
  expect(watch.look(30_000, 10_100, flat, unasked)).toBe(null);
});

it('what goes to and fro is not told', () => {
  const watch = balanceWatch(10_000);
  for (let at = 0; at < 120_000; at += 20_000)
    expect(watch.look(at, at % 40_000 === 0 ? 10_100 : 9_900, flat, unasked)).toBe(null);
});

it('what was known before is what the account is held against', () => {
  const watch = balanceWatch(10_000);
  expect(watch.look(0, 9_600, flat, unasked)).toBe(null);
  expect(watch.look(60_000, 9_600, flat, unasked)).toMatch(/400\.00 USD less/);
});

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { PositionBook } from '../../src/actors/position-book.ts';
import { stepIn, stepOut } from '../../src/actors/position-steps.ts';
import { POSITIONS_FILE } from '../../src/actors/records.ts';
import { resultOfDay, tradingDay } from '../../src/actors/trading-day.ts';
import { type ProtectedBot, protectedBot } from './protected-bot.ts';
import { instrument } from './samples.ts';
import { MAKERS } from './trading.ts';

let bot: ProtectedBot | null = null;
afterEach(async () => {
  await bot?.end();
  bot = null;
});
const begin = async (): Promise<ProtectedBot> => {
  bot = await protectedBot();
  return bot;
};
const NAMES = ['signalBus', 'safetyLayer', 'stateMachine', 'tradeExecution', 'exitGates'] as const;
const stopAll = async (t: ProtectedBot) => {
  for (const name of NAMES.toReversed()) await t.stop(name);
};
const startAll = async (t: ProtectedBot) => {
  t.reborn();
  for (const name of NAMES) await t.start(name, MAKERS[name]);
  await t.advance(3_000);
};
const pnlToday = (t: ProtectedBot): number => t.snapshot('safetyLayer').context.pnlTodayUsd;
const lost = async (t: ProtectedBot): Promise<number> => {
  await t.enter();
  await t.move(98_400);
  await t.advance(5_000);
  expect(t.exchange.net().size).toBe(0);
  expect(pnlToday(t)).toBeLessThan(-50);
  return pnlToday(t);
};

describe('a loss of today is not forgotten over a restart', () => {
  it.each([
    ['is missing', null],
    ['cannot be read', '{"open_pos'],
    ['is of something else', '{"open_positions":[],"closed_positions":[],"changes":99}'],
  ])('when the positions file %s', async (_, content) => {
    const t = await begin();
    const before = await lost(t);
    await stopAll(t);
    if (content === null) await rm(join(t.dir, POSITIONS_FILE));
    else await t.world.files.writeWhole(POSITIONS_FILE, new TextEncoder().encode(content));
    await startAll(t);
    expect(pnlToday(t)).toBeCloseTo(before, 6);
  });

  it('when a stop went off while nobody ran, and the positions file is gone', async () => {
    const t = await begin();
    await t.enter();
    await stopAll(t);
    t.exchange.price('BTCUSDT', 98_000);
    await rm(join(t.dir, POSITIONS_FILE));
    await startAll(t);
    expect(t.exchange.net().size).toBe(0);
    expect(pnlToday(t)).toBeCloseTo((await t.exchange.equityUsd()) - 10_000, 6);
    expect(pnlToday(t)).toBeLessThan(-50);
  });

  it('when the log is gone, and the positions file tells of it', async () => {
    const t = await begin();
    const before = await lost(t);
    await stopAll(t);
    await rm(join(t.dir, 'logs/signal_bus.jsonl'));
    await rm(join(t.dir, 'state'), { recursive: true, force: true });
    await startAll(t);
    expect(pnlToday(t)).toBeCloseTo(before, 6);
  });
});

it('money that is paid out while nobody runs is told, and is no loss of the day', async () => {
  const t = await begin();
  await t.enter();
  await t.advance(2_000);
  const before = pnlToday(t);
  await stopAll(t);
  t.exchange.deposit(-400);
  await startAll(t);
  await t.advance(125_000);
  expect(t.context().differences).toEqual([expect.stringMatching(/400\.00 USD less than fills and fees explain/)]);
  const order = { incident: 'i-1', reason: 'r', from: 'healingOperator', evidence: { says: '', figures: {} } };
  await t.post('tradeExecution', { type: 'REPAIR', target: 'reconcile', ...order });
  await t.advance(3_000);
  expect(t.context().differences).toEqual([]);
  expect(pnlToday(t)).toBeCloseTo(before, 6);
});

describe('the result of a day by the log', () => {
  const DAY = '2026-01-05';
  const MIDNIGHT = Date.parse(DAY);
  const HOUR = 3_600_000;
  const owner = { signalId: 'S', strategy: 'ema_cross', direction: 'LONG', leverage: 3 } as const;
  /** Bought at 100 at `from`, and sold at `price` at `to` if that is said: 10 of it. */
  const trade = (id: string, from: number, to: number | null, price: number): PositionBook => {
    const book = new PositionBook();
    const of = { clientOrderId: id, orderId: id, symbol: 'BTCUSDT', qty: 10, feeUsd: 1, complete: true } as const;
    const bought = { ...of, fillId: `${id}1`, side: 'BUY', price: 100, at: from } as const;
    const { position, change } = stepIn(null, bought, { ...owner, signalId: id }, instrument(), 0.015);
    book.take({ change, fillId: bought.fillId, position, gate: null, at: from });
    if (to === null) return book;
    const sold = { ...of, fillId: `${id}2`, side: 'SELL', price, at: to } as const;
    const out = stepOut(position, sold, 'stop');
    book.take({ change: out.change, fillId: sold.fillId, position: out.position, gate: 'stop', at: to });
    return book;
  };

  it.each([
    ['was opened and closed on it', HOUR, 2 * HOUR, 95, -52],
    ['was opened and closed on it with a profit', HOUR, 2 * HOUR, 105, 48],
    ['was open at midnight, and lost', -HOUR, HOUR, 95, -52],
    ['was open at midnight, and won: when it did, the log does not know', -HOUR, HOUR, 105, 0],
    ['ended the day before', -2 * HOUR, -HOUR, 95, 0],
    ['is held, and loses', HOUR, null, 95, -51],
    ['was open at midnight, is held, and wins', -HOUR, null, 105, 0],
  ])('of what %s', (_, from, to, price, usd) => {
    const book = trade('A', MIDNIGHT + from, to === null ? null : MIDNIGHT + to, price);
    expect(resultOfDay(DAY, book, () => price)).toBeCloseTo(usd, 6);
  });

  it('is worked out until the books agree, and then stands', () => {
    let book = new PositionBook();
    const day = tradingDay(
      () => book,
      () => 100,
    );
    day.reckon(MIDNIGHT + 3 * HOUR, 9_948);
    expect(day.pnlUsd).toBe(0);
    book = trade('A', MIDNIGHT + HOUR, MIDNIGHT + 2 * HOUR, 95);
    day.settle(MIDNIGHT + 3 * HOUR);
    expect(day.pnlUsd).toBeCloseTo(-52, 6);
    day.reckon(MIDNIGHT + 4 * HOUR, 9_900);
    expect(day.pnlUsd).toBeCloseTo(-100, 6);
  });

  it('begins with the loss that a doubtful file tells of', () => {
    const day = tradingDay(
      () => new PositionBook(),
      () => 100,
    );
    day.recall({ known: null, doubted: { day: DAY, usd: 10_000 } });
    day.reckon(MIDNIGHT + HOUR, 9_700);
    expect(day.pnlUsd).toBe(-300);
    day.recall({ known: null, doubted: { day: DAY, usd: 5_000 } });
    day.reckon(MIDNIGHT + HOUR, 9_700);
    expect(day.pnlUsd).toBe(0);
  });
});

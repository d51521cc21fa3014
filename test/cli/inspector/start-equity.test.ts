import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type PositionChange, positionChange } from '../../../src/actors/records.ts';
import { startEquity } from '../../../src/cli/inspector/records/account.ts';
import { MoneyBook } from '../../../src/cli/inspector/records/money-book.ts';
import { freshFolder } from '../cli.ts';

const DAY_MS = 86_400_000;
const MIDNIGHT = Date.UTC(2026, 0, 2);

/** A long position in ten coins, opened at 100 USD, and what was made of it. */
const change = (at: number, realisedUsd: number, qty: number, price: number): PositionChange =>
  positionChange.parse({
    event_type: 'position_change',
    event_id: `e${at}`,
    signal_id: 'BTCUSDT_1_00000000',
    ts: at / 1000,
    timestamp: new Date(at).toISOString(),
    change: qty > 0 ? 'opened' : 'closed',
    fill_id: `f${at}`,
    fill: { price },
    position: {
      signalId: 'BTCUSDT_1_00000000',
      symbol: 'BTCUSDT',
      direction: 'LONG',
      qty,
      entryPrice: 100,
      realisedUsd,
      feesUsd: 0,
    },
  });

/** A bot at an exchange that wrote what it had at midnight. */
const wrote = (document: object): string => {
  const dir = freshFolder();
  mkdirSync(join(dir, 'logs'));
  writeFileSync(
    join(dir, 'logs/positions_futures.json'),
    JSON.stringify({ open_positions: [], closed_positions: [], ...document }),
  );
  return dir;
};
const atMidnight = (usd: number): string => wrote({ equity_at_midnight: { day: '2026-01-02', usd } });

describe('what an account of an exchange began with', () => {
  it('is what it had at midnight, less what had been made by then, held or not; what was made since takes nothing from it', () => {
    const money = new MoneyBook(DAY_MS);
    expect(startEquity(atMidnight(10_000), money)).toBe(10_000);
    money.take(change(MIDNIGHT - 7_200_000, 0, 10, 100));
    money.take(change(MIDNIGHT - 3_600_000, 50, 5, 110));
    expect(startEquity(atMidnight(10_100), money)).toBe(10_000);
    money.take(change(MIDNIGHT + 3_600_000, -200, 0, 60));
    expect(startEquity(atMidnight(10_100), money)).toBe(10_000);
    expect(money.madeBefore(MIDNIGHT + DAY_MS)).toBe(-200);
  });

  it.each([{}, { equity_at_midnight: null }, { equity_at_midnight: { day: 'Friday', usd: 1 } }])(
    'is not known where that was not written down: %j',
    (document) => {
      expect(startEquity(wrote(document), new MoneyBook(DAY_MS))).toBeNull();
      expect(startEquity(freshFolder(), new MoneyBook(DAY_MS))).toBeNull();
    },
  );
});

import { describe, expect, it } from 'vitest';
import { type BookedChange, PositionBook } from '../../src/actors/position-book.ts';
import { type Owner, stepIn, stepOut } from '../../src/actors/position-steps.ts';
import { documentOf, holdingsOf, positionOf, readPositions } from '../../src/actors/positions-file.ts';
import type { ExitGate, Fill } from '../../src/machines/messages.ts';
import { minus, plus, times } from '../../src/ports/money.ts';
import { fc } from '../fast-check.ts';
import { instrument, NOW } from './samples.ts';

const BTC = instrument();
const long: Owner = {
  signalId: 'BTCUSDT_1746403200000_00000001',
  strategy: 'ema_cross',
  direction: 'LONG',
  leverage: 3,
};
const short: Owner = { ...long, direction: 'SHORT' };

const fill = (change: Partial<Fill> = {}): Fill => ({
  fillId: 'F1',
  clientOrderId: 'k-1-E',
  orderId: 'P1',
  symbol: 'BTCUSDT',
  side: 'BUY',
  qty: 0.03,
  price: 100_000,
  feeUsd: 1.5,
  complete: true,
  at: NOW,
  ...change,
});

interface Part {
  readonly lots: number;
  readonly ticks: number;
}
/** A whole life in parts: some entries, some exits, and a last exit of what is left, at the price of the one before. */
function life(owner: Owner, entries: readonly Part[], exits: readonly Part[]): BookedChange[] {
  const changes: BookedChange[] = [];
  const side = owner.direction === 'LONG' ? 'BUY' : 'SELL';
  let position = null as BookedChange['position'] | null;
  let n = 0;
  const made = (part: Part, qty: number, direction: Fill['side']) =>
    fill({ fillId: `F${++n}`, side: direction, qty, price: part.ticks / 10, feeUsd: 0.1 * n, at: NOW + n });
  for (const part of entries) {
    const one = made(part, times(part.lots, 0.001), side);
    const step = stepIn(position, one, owner, BTC, 0.015);
    position = step.position;
    changes.push({ change: step.change, fillId: one.fillId, position, gate: null, at: one.at });
  }
  const last = exits.at(-1) ?? { lots: 1, ticks: 1_000_000 };
  for (const part of [...exits, { ...last, lots: Number.POSITIVE_INFINITY }]) {
    if (!position || position.qty === 0) break;
    const qty = part.lots === Number.POSITIVE_INFINITY ? position.qty : Math.min(times(part.lots, 0.001), position.qty);
    const one = made(part, qty, side === 'BUY' ? 'SELL' : 'BUY');
    const step = stepOut(position, one, 'stop');
    position = step.position;
    changes.push({ change: step.change, fillId: one.fillId, position, gate: 'stop', at: one.at });
  }
  return changes;
}
const bookOf = (changes: readonly BookedChange[]): PositionBook => {
  const book = new PositionBook();
  for (const change of changes) book.take(change);
  return book;
};
const parts = fc.array(
  fc.record({ lots: fc.integer({ min: 1, max: 500 }), ticks: fc.integer({ min: 900_000, max: 1_100_000 }) }),
  {
    minLength: 1,
    maxLength: 5,
  },
);

describe('the position book', () => {
  it('gives the same book however often a fill is told', () => {
    fc.assert(
      fc.property(parts, parts, fc.array(fc.nat(20), { maxLength: 20 }), (entries, exits, again) => {
        const changes = life(long, entries, exits);
        const repeated = changes.flatMap((change, index) => [
          change,
          ...again.flatMap((nth) => changes.slice(nth % (index + 1), (nth % (index + 1)) + 1)),
        ]);
        expect(documentOf(bookOf(repeated), null)).toEqual(documentOf(bookOf(changes), null));
      }),
    );
  });

  it('holds exactly what was bought and not yet sold, to the last lot', () => {
    fc.assert(
      fc.property(parts, parts, (entries, exits) => {
        const bought = entries.reduce((sum, { lots }) => plus(sum, times(lots, 0.001)), 0);
        let held = 0;
        const book = new PositionBook();
        for (const change of life(long, entries, exits)) {
          book.take(change);
          held = change.position.qty;
          expect(book.net().get('BTCUSDT') ?? 0).toBe(held);
          expect(change.position.initialQty).toBeLessThanOrEqual(bought);
        }
      }),
    );
  });

  it('counts a profit that is the cash that came in less the cash that went out and the fees', () => {
    fc.assert(
      fc.property(parts, parts, fc.constantFrom(long, short), (entries, exits, owner) => {
        const changes = life(owner, entries, exits);
        const book = bookOf(changes);
        expect(book.openCount).toBe(0);
        let cash = 0;
        let before = 0;
        let fees = 0;
        changes.forEach((change, index) => {
          const part = index < entries.length ? entries[index] : (exits[index - entries.length] ?? exits.at(-1));
          const qty = Math.abs(minus(change.position.qty, before));
          before = change.position.qty;
          const money = times(qty, (part?.ticks ?? 0) / 10);
          const isBuy = index < entries.length === (owner.direction === 'LONG');
          cash = isBuy ? minus(cash, money) : plus(cash, money);
          fees = plus(fees, 0.1 * (index + 1));
        });
        expect(book.totals.netPnlUsd).toBeCloseTo(minus(cash, fees), 4);
        expect(book.totals.closed).toBe(1);
      }),
    );
  });

  it('sets the first stop at the distance that is asked for, on either side', () => {
    expect(stepIn(null, fill(), long, BTC, 0.003).position.stopPrice).toBe(99_700);
    const short: Owner = { ...long, direction: 'SHORT' };
    expect(stepIn(null, fill({ side: 'SELL' }), short, BTC, 0.003).position.stopPrice).toBe(100_300);
  });

  it('closes a position with its result in numbers', () => {
    const opened = stepIn(null, fill(), long, BTC, 0.015).position;
    expect(opened).toMatchObject({ marginUsd: 1_000, stopPrice: 98_500, entryPrice: 100_000, qty: 0.03 });
    const half = stepOut(opened, fill({ side: 'SELL', qty: 0.012, price: 101_000, feeUsd: 0.606 }), 'tp1');
    expect(half).toMatchObject({
      change: 'reduced',
      position: { qty: 0.018, rungsTaken: ['tp1'], realisedUsd: 12, marginUsd: 600 },
    });
    const rest = stepOut(
      half.position,
      fill({ side: 'SELL', qty: 0.018, price: 100_150, feeUsd: 0.90135, at: NOW + 60_000 }),
      'stop',
    );
    expect(rest.closed).toMatchObject({
      exitPrice: 100_490,
      grossPnlUsd: 14.7,
      netPnlUsd: 11.69265,
      roiPct: 1.169265,
      closeReason: 'stop',
      closedAt: NOW + 60_000,
    });
  });

  it('never lets a stop move back when a fill is booked by somebody who does not know how far it has come', () => {
    const opened = stepIn(null, fill(), long, BTC, 0.015).position;
    const book = bookOf([{ change: 'opened', fillId: 'F1', position: opened, gate: null, at: NOW }]);
    book.mark([{ ...opened, stopPrice: 100_150, peakPrice: 101_200 }]);
    const { position, change } = stepOut(opened, fill({ fillId: 'F2', side: 'SELL', qty: 0.01 }), 'tp1');
    book.take({ change, fillId: 'F2', position, gate: 'tp1', at: NOW });
    expect(book.get(long.signalId)).toMatchObject({ stopPrice: 100_150, peakPrice: 101_200, qty: 0.02 });
  });
});

describe('the positions file', () => {
  it('gives back exactly the positions it was written from', () => {
    fc.assert(
      fc.property(
        parts,
        fc.constantFrom(long, short),
        fc.constantFrom<ExitGate>('tp1', 'tp2'),
        (entries, owner, gate) => {
          const changes = life(owner, entries, []).slice(0, entries.length);
          const held = changes.at(-1);
          if (!held) return;
          const out = stepOut(held.position, fill({ fillId: 'X', qty: 0.001, price: 100_000, side: 'SELL' }), gate);
          const book = bookOf([...changes, { change: out.change, fillId: 'X', position: out.position, gate, at: NOW }]);
          const bytes = new TextEncoder().encode(JSON.stringify(documentOf(book, { day: '2025-05-05', usd: 1 })));
          const read = readPositions(bytes);
          if (typeof read === 'string') throw new Error(read);
          expect(read.open_positions.map(positionOf)).toEqual(book.open());
          expect(holdingsOf(read.open_positions.map(positionOf))).toBe(holdingsOf(book.open()));
        },
      ),
    );
  });

  it('has the names and units of the records: size in the quote currency, ROI as fractions', () => {
    const opened = stepIn(null, fill(), long, BTC, 0.015).position;
    const out = stepOut(opened, fill({ fillId: 'F2', side: 'SELL', price: 101_000, feeUsd: 1.5 }), 'trailing');
    const book = bookOf([
      { change: 'opened', fillId: 'F1', position: opened, gate: null, at: NOW },
      { change: 'closed', fillId: 'F2', position: out.position, gate: 'trailing', at: NOW },
    ]);
    expect(documentOf(book, null).closed_positions[0]).toMatchObject({
      symbol: 'BTCUSDT',
      size: 3_000,
      margin_collateral: 1_000,
      price_roi: 0.01,
      leveraged_roi: 0.03,
      net_roi: 0.027,
      pnl: 27,
      pnl_pct: 2.7,
      gross_pnl: 30,
      trading_fees: 3,
      close_reason: 'trailing',
    });
  });

  it('has counted what is told late in a booking of all that was held, but nothing that was meant after it', () => {
    const opened = stepIn(null, fill(), long, BTC, 0.015).position;
    const book = bookOf([{ change: 'opened', fillId: 'F1', position: opened, gate: null, at: NOW }]);
    const before = { meantAfter: book.changes };
    const out = fill({ fillId: 'reconciled-BTCUSDT-2', side: 'SELL', qty: 0.01, at: NOW + 5_000 });
    const { position } = stepOut(opened, out, 'closed');
    book.take({ change: 'reduced', fillId: out.fillId, position, gate: 'closed', at: out.at });
    const late = fill({ fillId: 'F3', at: NOW + 4_000 });
    for (const order of [undefined, { meantAfter: null }, before]) expect(book.hasCounted(late, order)).toBe(true);
    expect(book.hasCounted(late, { meantAfter: book.changes })).toBe(false);
    expect(book.hasCounted({ ...late, symbol: 'ETHUSDT' }, undefined)).toBe(false);
    expect(book.hasCounted({ ...late, at: NOW + 6_000 }, undefined)).toBe(false);
  });

  it('says what is wrong with bytes that are no positions', () => {
    expect(readPositions(new TextEncoder().encode('{"open_positions": ['))).toMatch(/JSON/);
    expect(readPositions(new TextEncoder().encode('[]'))).toMatch(/object/);
    expect(
      readPositions(new TextEncoder().encode('{"open_positions":[{"symbol":"BTCUSDT"}],"closed_positions":[]}')),
    ).toMatch(/signal_id/);
  });
});

import { describe, expect, it } from 'vitest';
import { filterOf, pathOf, queryOf } from '../../inspector/src/trading/filter.ts';
import { ageOf, moveOf, roomOf } from '../../inspector/src/trading/position.ts';
import { sane } from '../../inspector/src/trading/sane.ts';
import { limitAt, sharesOf, totalOf } from '../../inspector/src/trading/states.ts';
import { cash, counted, inSentence, span } from '../../inspector/src/trading/words.ts';
import type { TradingView } from '../../src/inspector/contract.ts';
import { fc } from '../fast-check.ts';

const position = (over: Partial<TradingView['positions'][number]>): TradingView['positions'][number] => ({
  symbol: 'BTCUSDT',
  side: 'LONG',
  strategy: 'breakout',
  qty: 1,
  entry: 100,
  mark: 100,
  pnl_usd: 0,
  funding_usd: 0,
  leverage: 3,
  liquidation: 70,
  opened_at: '2026-11-28T14:00:00.000Z',
  ...over,
});

describe('a position', () => {
  it('says how far the price may go against it, long or short, and never less than nothing', () => {
    expect(roomOf(position({}))).toBeCloseTo(0.3);
    expect(roomOf(position({ side: 'SHORT', liquidation: 130 }))).toBeCloseTo(0.3);
    expect(roomOf(position({ mark: 60 }))).toBe(0);
    expect(roomOf(position({ mark: null }))).toBeNull();
    expect(roomOf(position({ liquidation: null }))).toBeNull();
  });

  it('says what moved for it as a gain', () => {
    expect(moveOf(position({ mark: 110 }))).toBeCloseTo(0.1);
    expect(moveOf(position({ mark: 110, side: 'SHORT' }))).toBeCloseTo(-0.1);
    expect(moveOf(position({ entry: 0 }))).toBeNull();
  });

  it('has an age where it is known when it was opened', () => {
    const opened = Date.parse('2026-11-28T14:00:00.000Z');
    expect(ageOf(position({}), opened + 5_000)).toBe(5_000);
    expect(ageOf(position({ opened_at: 'yesterday' }), opened)).toBeNull();
  });
});

describe('signals by state', () => {
  it('are in the order of their life, substates with their state, and none is lost', () => {
    const name = fc.constantFrom('learned', 'executing.ordered', 'executing.reconciling', 'generated', 'odd');
    fc.assert(
      fc.property(fc.dictionary(name, fc.nat(1e6)), (byState) => {
        const shares = sharesOf(byState);
        expect(totalOf(shares)).toBe(Object.values(byState).reduce((sum, one) => sum + one, 0));
        expect(shares.slice(0, 8).map(({ state }) => state)).toEqual([
          'generated',
          'evaluating',
          'approved',
          'executing',
          'executed',
          'blocked',
          'expired',
          'learned',
        ]);
      }),
    );
  });

  it('by age have the stuck limit where it belongs', () => {
    const ages = [1_000, 60_000, 3_600_000, null].map((up_to_ms) => ({ up_to_ms, by_state: {} }));
    expect(limitAt(ages, 3_600_000)).toEqual({ before: 3, within: false });
    expect(limitAt(ages, 1_800_000)).toEqual({ before: 2, within: true });
    expect(limitAt(ages.slice(0, 2), 3_600_000)).toBeNull();
    expect(limitAt(ages, Number.NaN)).toBeNull();
  });
});

describe('figures', () => {
  it('fit where they stand, however huge, and a broken one is a dash', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(cash(value, true).length).toBeLessThanOrEqual(16);
        expect(counted(value).length).toBeLessThanOrEqual(16);
        expect(cash(value) + counted(value)).not.toMatch(/NaN|Infinity/);
      }),
    );
    expect([cash(-6.88), cash(412.7, true), cash(1.23e12, true), cash(-0.001, true), cash(null)]).toEqual([
      '−$6.88',
      '+$412.70',
      '+$1.23T',
      '$0.00',
      '–',
    ]);
    expect(counted(12_345_678)).toBe('12.3M');
  });

  it('name a guard as a person would', () => {
    expect(inSentence('fee_gate')).toBe('fee gate');
  });
});

describe('a window of time', () => {
  it('is named as one speaks of it', () => {
    expect([86_400_000, 3_600_000, 1_000, 60_000, 5_400_000, Number.NaN].map(span)).toEqual([
      '24 h',
      '1 h',
      '1 s',
      '1 m',
      '1 h 30 m',
      '–',
    ]);
  });
});

describe('a filter', () => {
  it('comes back from the address as it went in, and is asked of the server whole', () => {
    const part = fc.string({ maxLength: 20 });
    fc.assert(
      fc.property(part, part, part, fc.option(fc.nat(), { nil: null }), (state, symbol, search, before) => {
        const filter = { state, symbol, search };
        expect(filterOf(new URLSearchParams(queryOf(filter)))).toEqual(filter);
        const asked = new URL(pathOf(filter, 500, before), 'http://localhost/').searchParams;
        expect(filterOf(asked)).toEqual(filter);
        expect(asked.get('limit')).toBe('500');
        expect(asked.get('before')).toBe(before === null ? null : String(before));
      }),
    );
  });
});

describe('an answer that is broken', () => {
  it('still has its lists, its names and its points', () => {
    const view = sane({
      at: 1,
      guards: [null, { guard: null }],
      why_not: 'none',
      equity: [[1, null]],
      by_state: null,
    } as unknown as TradingView);
    expect(view.guards.map(({ guard }) => guard)).toEqual(['unnamed']);
    expect([view.why_not, view.funnel, view.ages, view.positions, view.equity, view.shadow]).toEqual([
      [],
      [],
      [],
      [],
      [],
      [],
    ]);
    expect(sharesOf(view.by_state).every(({ count }) => count === 0)).toBe(true);
    expect(view.trades.closed).toBeNaN();
  });
});

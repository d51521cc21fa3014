import { describe, expect, it } from 'vitest';
import { EXIT_DEFAULTS } from '../../src/actors/exits/exit-rules.ts';
import {
  plannedShadow,
  type RealPlan,
  type RealShadow,
  type RealTerms,
  stepReal,
} from '../../src/actors/real-shadow.ts';
import { RealShadowBook } from '../../src/actors/real-shadow-book.ts';
import { realExitRecord } from '../../src/actors/real-shadow-record.ts';
import { instrumentOf } from '../../src/adapters/instruments.ts';
import type { Candle } from '../../src/machines/messages.ts';
import { fc } from '../fast-check.ts';
import { generated } from './recorded.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 5);
const instrument = instrumentOf('BTCUSDT');
const terms: RealTerms = {
  rules: { ...EXIT_DEFAULTS, tick: instrument.tick },
  instrument,
  slippage: 0.0002,
  intervalMs: MINUTE,
  funding: null,
};
const plan = (change: Partial<RealPlan> = {}): RealPlan => ({
  signalId: 'a',
  symbol: 'BTCUSDT',
  direction: 'LONG',
  strategy: 'ema_cross',
  confidence: 0.6,
  regime: 'trending',
  decision: 'BLOCKED',
  blocker: 'FeeGate',
  blockedBy: ['FeeGate'],
  passedBy: ['RiskGuard'],
  foretoldBy: [],
  decidedAt: START,
  size: { qty: 0.1, leverage: 3 },
  ...change,
});
/** The bar that opens `minute` minutes after the start; flat at its open where nothing else is said. */
const bar = (minute: number, open: number, change: Partial<Candle> = {}): Candle => ({
  symbol: 'BTCUSDT',
  ts: START + minute * MINUTE,
  open,
  high: open,
  low: open,
  close: open,
  volume: 1_000,
  ...change,
});

/** Runs a trade over bars to its end. */
function run(planned: RealPlan, bars: readonly Candle[], given: RealTerms = terms) {
  let shadow = plannedShadow(planned);
  for (const candle of bars) {
    const step = stepReal(shadow, candle, given);
    shadow = step.shadow;
    if (step.over !== null)
      return {
        shadow,
        over: step.over,
        record: realExitRecord(shadow, step.over, candle.ts + MINUTE, given.funding !== null),
      };
  }
  return { shadow, over: null, record: null };
}

describe('a shadow trade with the bot’s own exits', () => {
  it('opens at the next open, worse by the slippage, and is left by its stop with fees and slippage taken off', () => {
    const { record } = run(plan(), [bar(0, 100_000), bar(1, 99_000, { low: 98_000 })]);
    // 100,000 and 2 bp up; the stop is 1.5 % below on the tick, and filled 2 bp worse.
    const [entry, stop] = [100_020, 98_519.7];
    const out = 98_499.9;
    expect(record).toMatchObject({
      event_type: 'shadow_real_exit',
      resolved: true,
      entry_price: entry,
      exit_price: out,
      exit_reason: 'stop',
      qty: 0.1,
      hold_time_seconds: 120,
      notional_usd: 10_002,
      risk_usd: 150.03,
      funding_usd: 0,
      sized: 'signal',
    });
    const gross = (out - entry) * 0.1;
    const fees = (entry + out) * 0.1 * 0.0005;
    expect(record?.net_usd).toBeCloseTo(gross - fees, 8);
    expect(record?.fees_usd).toBeCloseTo(fees, 8);
    expect(record?.slippage_usd).toBeCloseTo((20 + (stop - out)) * 0.1, 8);
    expect(record?.net_r).toBeCloseTo((gross - fees) / ((entry - stop) * 0.1), 7);
  });

  it('takes the rungs as a position does, and trails with the rest', () => {
    const { record } = run(plan(), [
      bar(0, 100_000),
      bar(1, 100_500, { high: 101_100 }),
      bar(2, 101_200, { high: 102_100 }),
      bar(3, 102_000, { high: 103_000, low: 101_500 }),
    ]);
    expect(record).toMatchObject({ resolved: true, exit_reason: 'trailing', ambiguous_bars: 1 });
    expect(record?.exits).toMatchObject([{ gate: 'tp1', qty: 0.04 }, { gate: 'tp2', qty: 0.04 }, { gate: 'trailing' }]);
    expect(record?.was_profitable).toBe(true);
  });

  it('counts a bar that held both the stop and a rung, and takes the stop', () => {
    const { record } = run(plan(), [bar(0, 100_000), bar(1, 100_000, { high: 101_500, low: 98_000 })]);
    expect(record).toMatchObject({ exit_reason: 'stop', ambiguous_bars: 1 });
  });

  it('that was decided later in a bar takes its close, the first price known afterwards', () => {
    const { shadow } = run(plan({ decidedAt: START + 30_000 }), [
      bar(0, 100_000, { close: 100_400, high: 110_000, low: 90_000 }),
    ]);
    expect(shadow.position).toMatchObject({ entryPrice: 100_420.1, openedAt: START + MINUTE });
    const live = run(plan({ decidedAt: START + 40 }), [bar(0, 100_000, { close: 100_400 })]);
    expect(live.shadow.position).toMatchObject({ entryPrice: 100_020, openedAt: START });
  });

  it('ignores bars that were over before it was decided, and bars it has seen', () => {
    const planned = plannedShadow(plan());
    expect(stepReal(planned, bar(-1, 1), terms)).toEqual({ shadow: planned, over: null });
    const { shadow } = stepReal(planned, bar(0, 100_000), terms);
    expect(stepReal(shadow, bar(0, 1), terms)).toEqual({ shadow, over: null });
  });

  it('is unresolved, not worth 0, when no price came for more than an hour; shorter gaps are counted', () => {
    const short = run(plan(), [bar(0, 100_000), bar(31, 100_000), bar(32, 90_000)]);
    expect(short.record).toMatchObject({ resolved: true, missing_bars: 30 });
    const long = run(plan(), [bar(0, 100_000), bar(62, 100_000)]);
    expect(long.over).toBe('missing_prices');
    expect(long.record).toMatchObject({ resolved: false, exit_reason: 'missing_prices' });
    expect(long.record).not.toHaveProperty('net_usd');
    expect(run(plan(), [bar(61, 100_000)]).over).toBe('missing_prices');
  });

  it('pays funding while it is held: longs what shorts get, each time once, also over a gap', () => {
    const dues = [0, 2, 60, 500].map((minute) => ({ at: START + minute * MINUTE, rate: 0.001 }));
    const charged: RealTerms = {
      ...terms,
      funding: { after: (_, at) => dues.find((due) => due.at > at) ?? { at: Number.POSITIVE_INFINITY, rate: 0 } },
    };
    const minutes = [0, 1, 2, 3, ...Array.from({ length: 200 }, (_, i) => 58 + i)].filter((minute) => minute !== 60);
    const bars = minutes.map((minute) => bar(minute, 100_000));
    const long = run(plan(), bars, charged).record;
    const short = run(plan({ direction: 'SHORT' }), bars, charged).record;
    // The one at 0 was due when it was opened, and the last comes after the time stop.
    expect(long).toMatchObject({ exit_reason: 'time_stop', funding_usd: -20, funding_known: true });
    expect(short).toMatchObject({ exit_reason: 'time_stop', funding_usd: 20 });
    const without = run(plan(), bars).record;
    expect(without).toMatchObject({ funding_usd: 0, funding_known: false });
    expect(long?.net_usd).toBeCloseTo(Number(without?.net_usd) - 20, 8);
  });

  it('of a signal that could not be sized has the reference size, and says so', () => {
    const { record } = run(plan({ size: null }), [bar(0, 100_000), bar(1, 90_000)]);
    expect(record).toMatchObject({ sized: 'reference', qty: 0.01, leverage: 1 });
  });

  it('comes to the same in whatever portions and however often its bars are told, also from its kept state', () => {
    const candles = generated('BTCUSDT', 2_000);
    const first = candles[0]?.ts ?? 0;
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000 }),
        fc.constantFrom('LONG' as const, 'SHORT' as const),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 40 }),
        (from, direction, portions) => {
          const planned = plan({ direction, decidedAt: first + from * MINUTE, size: { qty: 0.013, leverage: 3 } });
          const whole = run(planned, candles);
          let shadow: RealShadow = plannedShadow(planned);
          let at = from;
          let over: 'closed' | 'missing_prices' | null = null;
          for (let i = 0; over === null && at < candles.length; i++) {
            // As kept on disk, and told again from a few bars before.
            shadow = JSON.parse(JSON.stringify(shadow)) as RealShadow;
            const until = at + (portions[i % portions.length] ?? 1);
            for (const candle of candles.slice(Math.max(0, at - 5), until)) {
              if (over !== null) break;
              ({ shadow, over } = stepReal(shadow, candle, terms));
            }
            at = until;
          }
          expect({ shadow, over }).toEqual({ shadow: whole.shadow, over: whole.over });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('sells what it bought, and its money adds up', () => {
    const candles = generated('ETHUSDT', 3_000);
    const first = candles[0]?.ts ?? 0;
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2_000 }),
        fc.constantFrom('LONG' as const, 'SHORT' as const),
        fc.integer({ min: 1, max: 500 }),
        (from, direction, lots) => {
          const qty = lots / 1_000;
          const { record } = run(
            plan({ direction, decidedAt: first + from * MINUTE, size: { qty, leverage: 3 } }),
            candles,
          );
          if (record === null) return;
          const exits = record.exits as { qty: number; price: number }[];
          expect(exits.reduce((sum, one) => sum + one.qty, 0)).toBeCloseTo(qty, 9);
          const side = direction === 'LONG' ? 1 : -1;
          const gross = exits.reduce((sum, one) => sum + side * (one.price - Number(record.entry_price)) * one.qty, 0);
          expect(record.gross_usd).toBeCloseTo(gross, 6);
          expect(record.net_usd).toBeCloseTo(gross - Number(record.fees_usd) + Number(record.funding_usd), 6);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('the book of them', () => {
  it('has one a signal, ever, and keeps an ended one as it was until its record is on disk', () => {
    const book = new RealShadowBook();
    expect(book.plan(plan())).not.toBeNull();
    expect(book.plan(plan())).toBeNull();
    expect(book.onCandle(bar(0, 100_000), terms)).toEqual([]);
    const before = book.open;
    const ends = book.onCandle(bar(1, 90_000), terms);
    expect(ends).toMatchObject([{ over: 'closed' }]);
    expect(book.open).toEqual(before);
    expect(book.onCandle(bar(2, 90_000), terms)).toEqual([]);
    book.recorded('BTCUSDT', 'a');
    expect(book.size).toBe(0);
    expect(book.plan(plan())).toBeNull();
  });

  it('makes of every trade what its bars make of it one by one, though it passes over those that leave it alone', () => {
    const candles = generated('BTCUSDT', 2_500);
    const first = candles[0]?.ts ?? 0;
    const funding: RealTerms['funding'] = {
      after: (_, at) => ({ at: (Math.floor(at / (47 * MINUTE)) + 1) * 47 * MINUTE, rate: 0.0003 }),
    };
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            decidedAt: fc.integer({ min: 0, max: 2_000 * MINUTE }),
            direction: fc.constantFrom('LONG' as const, 'SHORT' as const),
            leverage: fc.integer({ min: 1, max: 60 }),
          }),
          { minLength: 1, maxLength: 8 },
        ),
        fc.record({
          timeStopMs: fc.integer({ min: 0, max: 500 }).map((minutes) => minutes * MINUTE),
          timeStopSparesRungs: fc.boolean(),
          trailing: fc.record({
            activation: fc.double({ min: 0, max: 0.01, noNaN: true }),
            distance: fc.double({ min: 0.0005, max: 0.01, noNaN: true }),
          }),
        }),
        fc.boolean(),
        fc.uniqueArray(fc.integer({ min: 0, max: candles.length - 1 }), { maxLength: 30 }),
        (wanted, rules, isFunded, gaps) => {
          const given = { ...terms, rules: { ...terms.rules, ...rules }, funding: isFunded ? funding : null };
          const book = new RealShadowBook();
          const plain = new Map<string, RealShadow>();
          for (const [i, { decidedAt, direction, leverage }] of wanted.entries()) {
            const trade = plan({
              signalId: `s${i}`,
              direction,
              decidedAt: first + decidedAt,
              size: { qty: 0.7, leverage },
            });
            book.plan(trade);
            plain.set(trade.signalId, plannedShadow(trade));
          }
          for (const [i, candle] of candles.entries()) {
            if (gaps.includes(i)) continue;
            const ends = book.onCandle(candle, given);
            const expected: (typeof ends)[number][] = [];
            for (const [id, before] of plain) {
              const { shadow, over } = stepReal(before, candle, given);
              if (over === null) plain.set(id, shadow);
              else {
                plain.delete(id);
                expected.push({ shadow, over, at: candle.ts + MINUTE });
              }
            }
            expect(ends).toEqual(expected);
            for (const { shadow } of ends) book.recorded(shadow.plan.symbol, shadow.plan.signalId);
            if (i % 50 === 0) expect(book.open).toEqual([...plain.values()]);
          }
          expect(book.open).toEqual([...plain.values()]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('remembers no more than it should, the latest of them', () => {
    const book = new RealShadowBook(2);
    for (const id of ['a', 'b', 'c']) book.remember(id);
    expect(book.plan(plan({ signalId: 'a' }))).not.toBeNull();
    expect(book.plan(plan({ signalId: 'c' }))).toBeNull();
  });
});

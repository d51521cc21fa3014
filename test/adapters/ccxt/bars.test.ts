import { describe, expect, test } from 'vitest';
import { ABSENT_AFTER_MS, BarKeeper, GRACE_MS } from '../../../src/adapters/ccxt/bar-keeper.ts';
import { candleOf, candlesOf } from '../../../src/adapters/ccxt/candle-rows.ts';
import { TickAssembly } from '../../../src/adapters/ccxt/tick-assembly.ts';
import type { Candle, Tick } from '../../../src/machines/messages.ts';
import { fc } from '../../fast-check.ts';

const MINUTE = 60_000;
const bar = (ts: number, close = 10, volume = 5, symbol = 'BTCUSDT'): Candle => ({
  symbol,
  ts,
  open: 10,
  high: Math.max(10, close),
  low: Math.min(10, close),
  close,
  volume,
});

describe('a bar', () => {
  test('is what the exchange answers, and not before it has closed', () => {
    const keeper = new BarKeeper('BTCUSDT', MINUTE, 0);
    keeper.streamed([bar(0, 11, 4)], 1, 1_000);
    expect(keeper.due(MINUTE - 1)).toEqual({ is: 'waiting' });
    expect(keeper.isDue(MINUTE + GRACE_MS - 1)).toBe(false);
    expect(keeper.isDue(MINUTE + GRACE_MS)).toBe(true);
    keeper.answered([bar(0, 12, 5)], MINUTE - 1);
    expect(keeper.due(MINUTE + GRACE_MS)).toEqual({ is: 'waiting' });
    keeper.answered([bar(0, 12, 5), bar(MINUTE)], MINUTE + GRACE_MS);
    expect(keeper.due(MINUTE + GRACE_MS)).toEqual({ is: 'ready', candle: bar(0, 12, 5) });
    keeper.advance();
    expect(keeper.next).toBe(MINUTE);
  });

  test('of which the answer knows less than the stream is asked for again', () => {
    const keeper = new BarKeeper('BTCUSDT', MINUTE, 0);
    keeper.streamed([bar(0, 11, 9)], 1, 59_000);
    keeper.answered([bar(0, 10, 8)], MINUTE + 100);
    expect(keeper.due(MINUTE + 200)).toEqual({ is: 'waiting' });
    keeper.answered([bar(0, 10, 8)], MINUTE + ABSENT_AFTER_MS);
    expect(keeper.due(MINUTE + ABSENT_AFTER_MS)).toMatchObject({ is: 'ready' });
  });

  test('is asked for as soon as its successor is seen', () => {
    const keeper = new BarKeeper('BTCUSDT', MINUTE, 0);
    keeper.streamed([bar(0), bar(MINUTE)], 1, MINUTE + 50);
    expect(keeper.isDue(MINUTE + 250)).toBe(true);
  });

  test('that the exchange cannot be asked for is the stream’s, if one connection brought it and its successor', () => {
    const whole = new BarKeeper('BTCUSDT', MINUTE, 0);
    whole.streamed([bar(0, 11), bar(MINUTE)], 1, MINUTE);
    expect(whole.due(MINUTE + 6_000)).toEqual({ is: 'ready', candle: bar(0, 11) });
    const cut = new BarKeeper('BTCUSDT', MINUTE, 0);
    cut.streamed([bar(0, 11)], 1, 30_000);
    // ccxt's cache has the old row still.
    cut.streamed([bar(0, 11), bar(MINUTE)], 2, MINUTE + 500);
    expect(cut.due(MINUTE + 60_000)).toEqual({ is: 'waiting' });
  });

  test('that the exchange does not have is absent: at once when it has a later one, else after a while where it has later ones of others', () => {
    const keeper = new BarKeeper('BTCUSDT', MINUTE, 0);
    keeper.answered([], MINUTE + 1_000);
    expect(keeper.due(MINUTE + 60_000)).toEqual({ is: 'waiting' });
    keeper.answered([], MINUTE + ABSENT_AFTER_MS);
    expect(keeper.due(MINUTE + 60_000, MINUTE)).toEqual({ is: 'absent' });
    // A clock alone proves nothing: an exchange whose time runs ahead of its bars would have them all passed over.
    expect(keeper.due(MINUTE + 60_000, 0)).toEqual({ is: 'waiting' });
    expect(keeper.due(MINUTE + 60_000)).toEqual({ is: 'waiting' });
    const later = new BarKeeper('BTCUSDT', MINUTE, 0);
    later.answered([bar(MINUTE)], MINUTE + 1_000);
    expect(later.due(MINUTE + 1_000)).toEqual({ is: 'absent' });
  });
});

describe('ticks', () => {
  test('hold the bars of one moment; a symbol that cannot be asked after is waited for, and then not', () => {
    const one = new BarKeeper('AUSDT', MINUTE, 0);
    const two = new BarKeeper('BUSDT', MINUTE, 0);
    const assembly = new TickAssembly([two, one]);
    const at = MINUTE + 1_000;
    one.answered([bar(0, 10, 5, 'AUSDT'), bar(MINUTE, 10, 5, 'AUSDT')], at);
    expect(assembly.next(at)).toBeNull();
    expect(assembly.next(at + 9_999)).toBeNull();
    expect(assembly.next(at + 10_000)?.tick).toEqual({ at: MINUTE, candles: [bar(0, 10, 5, 'AUSDT')] });
    // What comes too late is said to be missing, when the next comes.
    const later = 2 * MINUTE + 1_000;
    one.answered([bar(MINUTE, 10, 5, 'AUSDT')], later);
    two.answered([bar(0, 10, 5, 'BUSDT'), bar(MINUTE, 10, 5, 'BUSDT')], later);
    const next = assembly.next(later);
    expect(next?.tick.candles.map(({ symbol }) => symbol)).toEqual(['AUSDT', 'BUSDT']);
    expect(next?.gaps).toEqual([{ type: 'gap', symbol: 'BUSDT', from: 0, to: MINUTE, missing: 1 }]);
  });

  test('are not told while nothing is known of any symbol, however long', () => {
    const keepers = ['AUSDT', 'BUSDT'].map((symbol) => new BarKeeper(symbol, MINUTE, 0));
    const assembly = new TickAssembly(keepers);
    expect(assembly.next(90 * MINUTE)).toBeNull();
    for (const keeper of keepers)
      keeper.answered(
        Array.from({ length: 90 }, (_, i) => bar(i * MINUTE, 10, 5, keeper.symbol)),
        90 * MINUTE,
      );
    const ticks: Tick[] = [];
    for (let next = assembly.next(90 * MINUTE); next; next = assembly.next(90 * MINUTE)) ticks.push(next.tick);
    expect(ticks.map(({ at }) => at)).toEqual(Array.from({ length: 90 }, (_, i) => (i + 1) * MINUTE));
    expect(ticks.every(({ candles }) => candles.length === 2)).toBe(true);
  });

  test('are told of every bar where the exchange says a time that is minutes ahead of its bars', () => {
    const AHEAD = 10 * MINUTE;
    const keepers = ['AUSDT', 'BUSDT'].map((symbol) => new BarKeeper(symbol, MINUTE, 0));
    const assembly = new TickAssembly(keepers);
    const ats: number[] = [];
    for (let now = 0; now < 30 * MINUTE; now += 1_000) {
      const said = now + AHEAD;
      for (const keeper of keepers) {
        if (!keeper.isDue(said)) continue;
        const bars = Array.from({ length: Math.floor(now / MINUTE) + 1 }, (_, i) =>
          bar(i * MINUTE, 10, 5, keeper.symbol),
        );
        keeper.answered(
          bars.filter(({ ts }) => ts >= keeper.next),
          said,
        );
      }
      for (let next = assembly.next(said); next; next = assembly.next(said)) ats.push(next.tick.at);
    }
    expect(ats).toEqual(Array.from({ length: 30 }, (_, i) => (i + 1) * MINUTE));
  });

  test('in whatever order answers and updates come: none twice, none missing that could be had within the patience, none invented', () => {
    const event = fc.record({
      symbol: fc.constantFrom('AUSDT', 'BUSDT', 'CUSDT'),
      after: fc.integer({ min: 100, max: 3_000 }),
      kind: fc.constantFrom('answer', 'answer', 'stream', 'fail'),
    });
    fc.assert(
      fc.property(fc.array(event, { minLength: 40, maxLength: 200 }), (events) => {
        const truth = (symbol: string, from: number, to: number): Candle[] =>
          Array.from({ length: Math.max(0, Math.floor(to / MINUTE) - from / MINUTE + 1) }, (_, i) =>
            bar(from + i * MINUTE, 10, 5, symbol),
          );
        const keepers = ['AUSDT', 'BUSDT', 'CUSDT'].map((symbol) => new BarKeeper(symbol, MINUTE, 0));
        const assembly = new TickAssembly(keepers);
        const told: Tick[] = [];
        let gaps = 0;
        let now = 0;
        const take = (): void => {
          for (let next = assembly.next(now); next; next = assembly.next(now)) {
            told.push(next.tick);
            gaps += next.gaps.reduce((sum, gap) => sum + (gap.type === 'gap' ? gap.missing : 0), 0);
          }
        };
        for (const { symbol, after, kind } of events) {
          now += after;
          const keeper = keepers.find((one) => one.symbol === symbol);
          if (kind === 'answer') keeper?.answered(truth(symbol, keeper.next, now), now);
          if (kind === 'stream') keeper?.streamed(truth(symbol, Math.floor(now / MINUTE) * MINUTE, now), 1, now);
          take();
        }
        now += MINUTE;
        for (const keeper of keepers) keeper.answered(truth(keeper.symbol, keeper.next, now), now);
        take();
        const ats = told.map(({ at }) => at);
        expect(ats).toEqual([...new Set(ats)].sort((a, b) => a - b));
        for (const { symbol } of keepers) {
          const own = told.flatMap(({ candles }) => candles.filter((candle) => candle.symbol === symbol));
          const opens = own.map(({ ts }) => ts);
          expect(opens).toEqual([...new Set(opens)].sort((a, b) => a - b));
          expect(own).toEqual(opens.map((ts) => bar(ts, 10, 5, symbol)));
        }
        // Every bar up to the last was told, or was said to be missing.
        const bars = told.reduce((sum, { candles }) => sum + candles.length, 0);
        expect(bars + gaps).toBe(3 * Math.floor(now / MINUTE));
      }),
      { numRuns: 200 },
    );
  });
});

test('a row that cannot be a bar is none', () => {
  expect(candleOf('A', [0, 1, 2, 0.5, 1.5, 3])).toEqual({
    symbol: 'A',
    ts: 0,
    open: 1,
    high: 2,
    low: 0.5,
    close: 1.5,
    volume: 3,
  });
  for (const row of [
    [],
    [0, 1, 2, 0.5],
    [0, 1, 2, 3, 4, 5],
    [0, 1, 2, -1, 1, 1],
    [0.5, 1, 2, 1, 1, 1],
    [0, Number.NaN, 2, 1, 1, 1],
    [0, 1, 2, 1, 1, -1],
  ])
    expect(candleOf('A', row)).toBeNull();
  expect(
    candlesOf('A', [
      [60_000, 1, 1, 1, 1, 1],
      [0, 1, 1, 1, 1, 1],
      [0, 2, 2, 2, 2, 2],
    ]).map(({ ts, open }) => [ts, open]),
  ).toEqual([
    [0, 2],
    [60_000, 1],
  ]);
});

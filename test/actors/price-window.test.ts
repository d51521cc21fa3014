import { describe, expect, it } from 'vitest';
import { extremesOf, PRICES_EVERY_MS, priceWindow } from '../../src/actors/price-window.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import type { Quote } from '../../src/machines/messages.ts';
import { fc } from '../fast-check.ts';

const START = 1_000_000;
interface Told {
  readonly at: number;
  readonly quotes: readonly Quote[];
}

/** Plays quotes of some symbols at their times; `gapMs` is the time to the one before. */
async function play(steps: readonly { readonly gapMs: number; readonly price: number; readonly symbol: string }[]) {
  const clock = new VirtualClock(START);
  const told: Told[] = [];
  const window = priceWindow(clock, (quotes) => told.push({ at: clock.now(), quotes }));
  const taken: Told[] = [];
  for (const { gapMs, price, symbol } of steps) {
    await clock.advanceAsync(gapMs);
    const quote = { symbol, price, at: clock.now() };
    taken.push({ at: clock.now(), quotes: [quote] });
    window.take(quote);
  }
  await clock.advanceAsync(PRICES_EVERY_MS);
  return { told, taken: taken.flatMap(({ quotes }) => quotes), clock, window };
}
const prices = (quotes: readonly Quote[]) => quotes.map(({ price }) => price);

const step = fc.record({
  gapMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 400 })),
  price: fc.integer({ min: 90, max: 110 }),
  symbol: fc.constantFrom('BTCUSDT', 'ETHUSDT'),
});

describe('prices between bars', () => {
  it('are told at once where they come singly', async () => {
    const { told } = await play([100, 101, 102].map((price) => ({ gapMs: 150, price, symbol: 'BTCUSDT' })));
    expect(told.map(({ at, quotes }) => [at - START, prices(quotes)])).toEqual([
      [150, [100]],
      [300, [101]],
      [450, [102]],
    ]);
  });

  it('in a flood are looked at once in 100 ms; the lowest, the highest and the newest are there, in their order', async () => {
    const flood = [100, 104, 97, 103, 98, 101].map((price, index) => ({ gapMs: index, price, symbol: 'BTCUSDT' }));
    const { told } = await play(flood);
    expect(told.map(({ at, quotes }) => [at - START, prices(quotes)])).toEqual([
      [0, [100]],
      [100, [104, 97, 101]],
    ]);
  });

  it('never lose the worst, the best or the newest, and are never told more often, whatever comes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { told, taken } = await play(steps);
        for (const symbol of ['BTCUSDT', 'ETHUSDT']) {
          const ours = told.filter(({ quotes }) => quotes[0]?.symbol === symbol);
          const came = taken.filter((quote) => quote.symbol === symbol);
          let next = 0;
          ours.forEach(({ at, quotes }, index) => {
            const before = ours[index - 1];
            if (before) expect(at - before.at).toBeGreaterThanOrEqual(PRICES_EVERY_MS);
            expect(quotes.length).toBeLessThanOrEqual(3);
            // What was told stands for all that came since it was told last.
            const newest = quotes.at(-1);
            const end = (newest ? came.indexOf(newest) : -1) + 1;
            const covered = came.slice(next, end);
            expect(Math.min(...prices(quotes))).toBe(Math.min(...prices(covered)));
            expect(Math.max(...prices(quotes))).toBe(Math.max(...prices(covered)));
            expect(covered.filter((quote) => quotes.includes(quote))).toEqual(quotes);
            next = end;
          });
          expect(next).toBe(came.length);
        }
      }),
    );
  });

  it('that wait are told before their bar, and after the end nothing is', async () => {
    const clock = new VirtualClock(START);
    const told: number[][] = [];
    const window = priceWindow(clock, (quotes) => told.push(prices(quotes)));
    for (const price of [100, 99]) window.take({ symbol: 'BTCUSDT', price, at: START });
    window.take({ symbol: 'ETHUSDT', price: 5, at: START });
    window.take({ symbol: 'ETHUSDT', price: 6, at: START });
    window.flush(['BTCUSDT']);
    expect(told).toEqual([[100], [5], [99]]);
    window.stop();
    await clock.advanceAsync(1_000);
    expect(told).toHaveLength(3);
    expect(clock.pending).toBe(0);
  });

  it('have extremes that are found piece by piece as well as all at once', () => {
    const quotes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(quotes, (values) => {
        const all = values.map((price, at) => ({ symbol: 'BTCUSDT', price, at }));
        let piecewise: readonly Quote[] = [];
        for (const quote of all) piecewise = extremesOf([...piecewise, quote]);
        expect(piecewise).toEqual(extremesOf(all));
      }),
    );
  });
});

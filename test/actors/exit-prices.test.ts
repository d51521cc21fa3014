/** The exit gates on prices between bars, and on bars in any chunking: the actor alone, with a broker the test plays. */

import { afterEach, describe, expect, it } from 'vitest';
import { exitGatesActor } from '../../src/actors/exit-gates.ts';
import { signalBusActor } from '../../src/actors/signal-bus.ts';
import type { Candle, ExitGate, Fill, Position } from '../../src/machines/messages.ts';
import { minus } from '../../src/ports/money.ts';
import { fc } from '../fast-check.ts';
import { bar, START, type TestHabitat, testHabitat } from './habitat.ts';
import { position as aPosition } from './samples.ts';

const MINUTE = 60_000;
const GATES: readonly ExitGate[] = ['liquidation', 'stop', 'trailing', 'time_stop', 'tp1', 'tp2', 'closed'];

let open: TestHabitat[] = [];
afterEach(async () => {
  for (const one of open) await one.end();
  open = [];
});

type Exit = { readonly signalId: string; readonly gate: ExitGate; readonly qty: number; readonly price: number };

async function gates(symbols: readonly string[] = ['BTCUSDT']) {
  const h = await testHabitat({ symbols, pace: { checkMs: 30_000, lookMs: 600_000, saveMs: 60_000 } });
  open.push(h);
  await h.start('signalBus', signalBusActor);
  await h.start('exitGates', exitGatesActor);
  const held = new Map<string, Position>();
  let fills = 0;
  const change = async (position: Position, gate: ExitGate | null, qty: number, price: number): Promise<void> => {
    held.set(position.signalId, position);
    const id = `F${++fills}`;
    const names = { fillId: id, clientOrderId: id, orderId: id, symbol: position.symbol };
    const fill: Fill = { ...names, side: 'SELL', qty, price, feeUsd: 0, complete: true, at: h.clock.now() };
    const what = gate === null ? 'opened' : position.qty === 0 ? 'closed' : 'reduced';
    await h.post('exitGates', { type: 'POSITION.CHANGED', change: what, position, closed: null, fill, gate });
  };
  const enter = async (symbol: string, price: number, more: Partial<Position> = {}): Promise<Position> => {
    const at = h.clock.now();
    const marks = { entryPrice: price, peakPrice: price, troughPrice: price, stopPrice: price * 0.985 };
    const sizes = { liquidationPrice: price * 0.67, costUsd: price * 0.03 };
    const made = aPosition({ signalId: `${symbol}_${at}_0000000a`, symbol, openedAt: at, ...marks, ...sizes, ...more });
    await change(made, null, made.qty, price);
    return made;
  };
  const exits = () => h.sent('tradeExecution', 'EXIT') as unknown as Exit[];
  let answered = 0;
  /** Fills every exit that was ordered and has not been. */
  const answer = async (): Promise<void> => {
    for (; answered < exits().length; answered++) {
      const { signalId, gate, qty, price } = exits()[answered] as Exit;
      const before = held.get(signalId);
      if (!before) continue;
      await change(
        { ...before, qty: minus(before.qty, qty), rungsTaken: [...before.rungsTaken, gate] },
        gate,
        qty,
        price,
      );
      const ended = { type: 'EXIT.ENDED', signalId, gate, outcome: 'filled', reason: '' };
      await h.post('exitGates', ended);
    }
  };
  const quote = (price: number, symbol = 'BTCUSDT') =>
    h.post('exitGates', { type: 'PRICE', quotes: [{ symbol, price, at: h.clock.now() }] });
  const tick = (...candles: readonly Candle[]) =>
    h.post('exitGates', { type: 'TICK', tick: { at: (candles[0]?.ts ?? 0) + MINUTE, candles } });
  const context = () => h.snapshot('exitGates').context;
  return { ...h, enter, exits, answer, quote, tick, context, held };
}

describe('a price between bars', () => {
  it('sets off the stop at once: no bar has to close first', async () => {
    const t = await gates();
    await t.enter('BTCUSDT', 100_000);
    await t.advance(10_000);
    await t.quote(98_600);
    expect(t.exits()).toEqual([]);
    await t.quote(98_490);
    expect(t.exits()).toMatchObject([{ gate: 'stop', price: 98_490, qty: 0.03 }]);
    expect(t.context()).toMatchObject({ lastPriceAt: t.clock.now(), watch: { exiting: 1, lastLookAt: t.clock.now() } });
  });

  it('does not order again at once what was refused: as many prices as come, the exchange is asked ever more seldom', async () => {
    const t = await gates();
    const { signalId } = await t.enter('BTCUSDT', 100_000);
    const refuse = (outcome: string) =>
      t.post('exitGates', { type: 'EXIT.ENDED', signalId, gate: 'stop', outcome, reason: 'a test' });
    for (let i = 0; i < 100; i++) {
      const before = t.exits().length;
      await t.quote(98_490);
      if (t.exits().length > before) await refuse('rejected');
      await t.advance(100);
    }
    // At 0, 1, 3 and 7 s.
    expect(t.exits()).toHaveLength(4);
    await t.advance(10_000);
    await t.quote(98_490);
    expect(t.exits()).toHaveLength(5);
  });

  it('takes rungs and arms the trailing stop, which a later price meets', async () => {
    const t = await gates();
    await t.enter('BTCUSDT', 100_000);
    for (const price of [101_050, 102_100, 102_000, 101_000]) {
      await t.advance(1_000);
      await t.quote(price);
      await t.answer();
    }
    expect(t.exits().map(({ gate }) => gate)).toEqual(['tp1', 'tp2', 'trailing']);
  });

  it('never fires what needs a closed bar: the time stop waits for it', async () => {
    const t = await gates();
    const { openedAt } = await t.enter('BTCUSDT', 100_000);
    await t.advance(4 * 3_600_000 - 30_000);
    for (let i = 0; i < 6; i++) {
      await t.advance(10_000);
      await t.quote(100_010);
    }
    expect(t.clock.now() - openedAt).toBeGreaterThan(4 * 3_600_000);
    expect(t.exits()).toEqual([]);
    await t.tick(bar('BTCUSDT', 100_010, t.clock.now()));
    expect(t.exits()).toMatchObject([{ gate: 'time_stop' }]);
  });

  it('from before the position says nothing about it', async () => {
    const t = await gates();
    const { openedAt } = await t.enter('BTCUSDT', 100_000);
    await t.post('exitGates', { type: 'PRICE', quotes: [{ symbol: 'BTCUSDT', price: 90_000, at: openedAt - 1 }] });
    expect(t.exits()).toEqual([]);
  });

  it('settles what its bar could only guess: a low from before the rise does not meet the stop raised after it', async () => {
    const rising = { open: 100_300, low: 100_200, high: 103_000 };
    const heard = await gates();
    await heard.enter('BTCUSDT', 100_000, { rungsTaken: ['tp1', 'tp2'] });
    const begins = heard.clock.now();
    for (const price of [100_200, 101_500, 103_000]) {
      await heard.advance(10_000);
      await heard.quote(price);
    }
    await heard.advance(begins + MINUTE - heard.clock.now());
    await heard.tick(bar('BTCUSDT', 103_000, begins + MINUTE, rising));
    expect(heard.exits()).toEqual([]);
    expect(heard.context().watch).toMatchObject({ open: 1, exiting: 0 });
    // Where nobody heard a price within it, the worst is taken, and said to be that.
    const deaf = await gates();
    await deaf.enter('BTCUSDT', 100_000, { rungsTaken: ['tp1', 'tp2'] });
    await deaf.advance(MINUTE);
    await deaf.tick(bar('BTCUSDT', 103_000, begins + MINUTE, rising));
    expect(deaf.exits()).toMatchObject([{ gate: 'trailing' }]);
  });

  it('that nobody told of is still found in the bar, where it met a stop that stood since before', async () => {
    const t = await gates();
    await t.enter('BTCUSDT', 100_000);
    await t.advance(30_000);
    await t.quote(100_100);
    await t.advance(30_000);
    await t.tick(bar('BTCUSDT', 100_050, t.clock.now(), { open: 100_000, low: 98_400, high: 100_200 }));
    expect(t.exits()).toMatchObject([{ gate: 'stop', price: 98_500 }]);
  });
});

describe('exits', () => {
  const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];
  const thousandths = (min: number, max: number) => fc.integer({ min, max }).map((n) => n / 1_000);
  const moves = fc.array(
    fc.array(
      fc.record({
        move: thousandths(-12, 12),
        up: thousandths(0, 6),
        down: thousandths(0, 6),
      }),
      { minLength: SYMBOLS.length, maxLength: SYMBOLS.length },
    ),
    { minLength: 10, maxLength: 25 },
  );
  type Moves = typeof moves extends fc.Arbitrary<infer T> ? T : never;
  const barsOf = (steps: Moves): Candle[][] => {
    const prices = SYMBOLS.map(() => 100);
    return steps.map((minute, index) =>
      minute.map(({ move, up, down }, which) => {
        const opened = prices[which] ?? 100;
        const close = opened * (1 + move);
        prices[which] = close;
        const high = Math.max(opened, close) * (1 + up);
        const low = Math.min(opened, close) * (1 - down);
        const symbol = SYMBOLS[which] ?? '';
        return { symbol, ts: START + index * MINUTE, open: opened, high, low, close, volume: 1 };
      }),
    );
  };

  it('are the same for the same bars, however these are put together', async () => {
    const played = async (market: Candle[][], how: 'together' | 'apart' | 'late'): Promise<unknown[]> => {
      const t = await gates(SYMBOLS);
      for (const symbol of SYMBOLS) await t.enter(symbol, 100, { openedAt: START });
      for (const candles of market) {
        if (how !== 'late') await t.later(START + (market.indexOf(candles) + 1) * MINUTE - t.clock.now());
        if (how === 'together') await t.tick(...candles);
        else for (const one of candles.toReversed()) await t.tick(one);
        await t.answer();
      }
      return t
        .exits()
        .map(({ signalId, gate, qty, price }) => [signalId.slice(0, 3), gate, qty, price])
        .sort();
    };
    let found = 0;
    await fc.assert(
      fc.asyncProperty(moves, async (steps) => {
        const market = barsOf(steps);
        const together = await played(market, 'together');
        found += together.length;
        expect(await played(market, 'apart')).toEqual(together);
        // All at once, as after a gap that was filled.
        expect(await played(market, 'late')).toEqual(together);
      }),
      { numRuns: 12 },
    );
    expect(found).toBeGreaterThan(10);
  });

  it('of a position are never two at once, are all of it together, and have a gate that records know', async () => {
    const prices = fc.array(
      fc.record({
        price: fc.integer({ min: 970, max: 1_050 }),
        waitMs: fc.constantFrom(100, 1_000, 20_000),
        closes: fc.boolean(),
        answers: fc.boolean(),
      }),
      { minLength: 5, maxLength: 60 },
    );
    const gatesSeen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(prices, async (steps) => {
        const t = await gates();
        const { signalId, qty } = await t.enter('BTCUSDT', 1_000);
        let stop = 0;
        let unanswered = 0;
        for (const { price, waitMs, closes, answers } of steps) {
          await t.later(waitMs);
          const before = t.exits().length;
          if (closes) await t.tick({ ...bar('BTCUSDT', price, t.clock.now()), ts: t.clock.now() - 100 });
          else await t.quote(price);
          if (unanswered > 0) expect(t.exits().length).toBe(before);
          unanswered = t.exits().length > before ? 1 : unanswered;
          if (answers) {
            await t.answer();
            unanswered = 0;
          }
          // An order that was not heard of for a minute may be ordered again: tradeExecution knows whether it is one.
          else if (unanswered > 0) await t.answer().then(() => (unanswered = 0));
          const now = t.held.get(signalId)?.stopPrice ?? stop;
          expect(now).toBeGreaterThanOrEqual(stop);
          stop = now;
        }
        const closed = t.exits().reduce((sum, exit) => sum + exit.qty, 0);
        expect(closed + (t.held.get(signalId)?.qty ?? 0)).toBeCloseTo(qty, 9);
        for (const { gate } of t.exits()) gatesSeen.add(gate);
      }),
      { numRuns: 25 },
    );
    expect(gatesSeen.size).toBeGreaterThan(1);
    for (const gate of gatesSeen) expect(GATES).toContain(gate);
  });
});

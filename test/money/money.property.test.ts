/**
 * No sequence of fills, partial exits, fees, funding, flips, liquidations and restarts makes or loses money: the paper exchange
 * and the bot's books against an account in exact fractions.
 */

import { describe, expect, it } from 'vitest';
import { PositionBook } from '../../src/actors/position-book.ts';
import { type Owner, stepFunding, stepIn, stepOut } from '../../src/actors/position-steps.ts';
import { constantFunding } from '../../src/adapters/funding-rates.ts';
import { instrumentOf } from '../../src/adapters/instruments.ts';
import { PaperBroker } from '../../src/adapters/paper-broker.ts';
import { emptyState, type PaperState } from '../../src/adapters/paper-state.ts';
import { PendingWork } from '../../src/adapters/pending-work.ts';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import type { Fill, FundingPayment, Intent, Position } from '../../src/machines/messages.ts';
import { times } from '../../src/ports/money.ts';
import { fc } from '../fast-check.ts';
import { add, divide, ExactAccount, exact, isAtMost, multiply, negative, say, size, subtract, sum } from './exact.ts';

const START = Date.UTC(2026, 0, 5);
const START_USD = 250_000;
/** Prices and sizes of these have few enough digits that a fill's notional is exact to 8 decimals. */
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'XRPUSDT'] as const;
const BASE = { BTCUSDT: 96_000, ETHUSDT: 1_850, XRPUSDT: 2.2 } as const;
type Listed = (typeof SYMBOLS)[number];

/** What one run has cost the exchange's rounding at most: half of 1e-8 for every share of a cost. */
const HALF = { n: 1n, d: 200_000_000n };

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('order' as const),
      symbol: fc.constantFrom(...SYMBOLS),
      side: fc.constantFrom('BUY' as const, 'SELL' as const),
      lots: fc.integer({ min: 1, max: 400 }),
      leverage: fc.constantFrom(1, 3, 20),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('close' as const),
      symbol: fc.constantFrom(...SYMBOLS),
      percent: fc.oneof(fc.constant(100), fc.integer({ min: 1, max: 99 })),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('bar' as const),
      symbol: fc.constantFrom(...SYMBOLS),
      moveBps: fc.integer({ min: -150, max: 150 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('jump' as const),
      symbol: fc.constantFrom(...SYMBOLS),
      moveBps: fc.constantFrom(-900, 900, -3_000, 3_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('quote' as const),
      symbol: fc.constantFrom(...SYMBOLS),
      moveBps: fc.integer({ min: -80, max: 80 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 30 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
);
const scenario = fc.record({ seed: fc.integer(), steps: fc.array(step, { minLength: 25, maxLength: 80 }) });
type Step = ReturnType<typeof step.generate> extends fc.Value<infer T> ? T : never;

interface Listener {
  fill(fill: Fill): void;
  funding(payment: FundingPayment): void;
}

/** Plays steps on the real paper exchange; whoever listens hears what it tells. `onlyOneWay`: never an order against a holding. */
async function play(seed: number, steps: readonly Step[], listener: Listener, onlyOneWay: boolean) {
  const clock = new VirtualClock(START);
  const pending = new PendingWork();
  let text: string | null = null;
  const chance = seededChance(seed);
  const prices: Record<Listed, number> = { ...BASE };
  const heard = new Set<string>();
  const hear = (payment: FundingPayment): void => {
    if (heard.has(payment.fundingId)) return;
    heard.add(payment.fundingId);
    listener.funding(payment);
  };
  const open = async () => {
    const broker = await PaperBroker.open({
      clock,
      chance: chance.fork(`broker ${clock.now()}`),
      startEquityUsd: START_USD,
      funding: constantFunding(0.00137, 13 * 60_000),
      store: {
        load: async () => (text === null ? null : JSON.parse(text)),
        save: (state) =>
          pending.track(
            Promise.resolve().then(() => {
              text = JSON.stringify(state);
            }),
          ),
      },
    });
    broker.onFill((fill) => listener.fill(fill));
    broker.onFunding(hear);
    // What it paid when it opened, nobody could hear.
    for (const payment of await broker.fundingSince(0)) hear(payment);
    return broker;
  };
  let broker = await open();
  const pass = async (ms: number): Promise<void> => {
    const end = clock.now() + ms;
    clock.setTimeout(() => undefined, ms);
    await clock.run({ until: () => clock.now() >= end, idle: () => pending.idle() });
  };
  const moved = (symbol: Listed, bps: number): number => {
    const { tick } = instrumentOf(symbol);
    prices[symbol] = Math.max(tick * 50, times(Math.round((prices[symbol] * (1 + bps / 10_000)) / tick), tick));
    return prices[symbol];
  };
  const bar = (symbol: Listed, bps: number): void => {
    const before = prices[symbol];
    const close = moved(symbol, bps);
    const candle = { symbol, ts: clock.now() - 60_000, open: before, close, volume: 500 };
    const range = { high: Math.max(before, close), low: Math.min(before, close) };
    broker.mark({ at: clock.now(), candles: [{ ...candle, ...range }] });
  };
  let orders = 0;
  const order = async (symbol: Listed, side: 'BUY' | 'SELL', qty: number, leverage: number, reduceOnly: boolean) => {
    const names = { clientOrderId: `o-${++orders}`, signalId: 's', symbol };
    const terms = { leverage, reduceOnly, gate: null, stopPrice: null, at: clock.now() };
    const intent: Intent = { ...names, ...terms, side, qty, purpose: reduceOnly ? 'exit' : 'entry' };
    // What is refused changes nothing: that is checked with all the rest.
    await broker.submit(intent).catch(() => undefined);
    await pass(1_000);
  };
  for (const symbol of SYMBOLS) bar(symbol, 0);
  for (const one of steps) {
    const held = new Map((await broker.positions()).map(({ symbol, qty }) => [symbol, qty]));
    if (one.do === 'order') {
      const has = held.get(one.symbol) ?? 0;
      if (onlyOneWay && has !== 0 && has > 0 !== (one.side === 'BUY')) continue;
      await order(one.symbol, one.side, times(one.lots, instrumentOf(one.symbol).lot), one.leverage, false);
    } else if (one.do === 'close') {
      const has = held.get(one.symbol) ?? 0;
      const { lot } = instrumentOf(one.symbol);
      const qty = times(Math.max(1, Math.floor((Math.abs(has) / lot) * (one.percent / 100))), lot);
      if (has !== 0) await order(one.symbol, has > 0 ? 'SELL' : 'BUY', Math.min(qty, Math.abs(has)), 1, true);
    } else if (one.do === 'bar' || one.do === 'jump') {
      await pass(60_000);
      bar(one.symbol, one.moveBps);
      await pass(1_000);
    } else if (one.do === 'quote') {
      broker.quote({ symbol: one.symbol, price: moved(one.symbol, one.moveBps), at: clock.now() });
      await pass(500);
    } else if (one.do === 'wait') {
      await pass(one.minutes * 60_000);
      for (const symbol of SYMBOLS) bar(symbol, 0);
      await pass(1_000);
    } else broker = await open();
  }
  await pass(5_000);
  const state = (): PaperState => (text === null ? emptyState(START_USD) : (JSON.parse(text) as PaperState));
  return { broker, state };
}

describe('the cash of the paper exchange', () => {
  it('is to the last digit what came in and went out, less what is held; and flat, what the exact account has', async () => {
    let flips = 0;
    let liquidations = 0;
    let payments = 0;
    await fc.assert(
      fc.asyncProperty(scenario, async ({ seed, steps }) => {
        const account = new ExactAccount(START_USD);
        let shares = 0;
        const signs = new Map<string, bigint>();
        const { state } = await play(
          seed,
          steps,
          {
            fill: (fill) => {
              if (fill.clientOrderId.startsWith('liquidation')) liquidations++;
              account.fill(fill);
              shares++;
              const sign = account.held.get(fill.symbol)?.qty.n ?? 0n;
              if (sign * (signs.get(fill.symbol) ?? 0n) < 0n) flips++;
              signs.set(fill.symbol, sign);
            },
            funding: ({ amountUsd }) => {
              payments++;
              account.funding(amountUsd);
            },
          },
          false,
        );
        const { cashUsd, positions } = state();
        const invested = sum(
          Object.values(positions).map(({ qty, costUsd }) => (qty > 0 ? exact(costUsd) : negative(exact(costUsd)))),
        );
        const expected = add(exact(START_USD), account.flow);
        expect(say(subtract(exact(cashUsd), invested))).toBe(say(expected));
        expect(subtract(exact(cashUsd), invested)).toEqual(expected);
        // What is still held may have given each exit a share that is rounded.
        const drift = size(subtract(exact(cashUsd), account.cash));
        expect(isAtMost(drift, multiply(HALF, exact(account.isFlat ? 0 : shares)))).toBe(true);
        for (const [symbol, { qty, cost }] of account.held) {
          expect(exact(positions[symbol]?.qty ?? 0)).toEqual(qty);
          const off = size(subtract(size(cost), exact(positions[symbol]?.costUsd ?? 0)));
          expect(isAtMost(off, multiply(HALF, exact(shares)))).toBe(true);
        }
        expect(Object.keys(positions).sort()).toEqual([...account.held.keys()].sort());
      }),
      { numRuns: 120 },
    );
    // The runs were about what they are meant to be about.
    expect([flips > 0, liquidations > 0, payments > 50]).toEqual([true, true, true]);
  }, 240_000);
});

describe("the bot's books", () => {
  it('have made what the exchange has, to the last digit, whatever is still held', async () => {
    let closed = 0;
    await fc.assert(
      fc.asyncProperty(scenario, async ({ seed, steps }) => {
        const account = new ExactAccount(START_USD);
        const book = new PositionBook();
        const averages: { readonly position: Position; readonly average: ReturnType<typeof exact> }[] = [];
        let opened = 0;
        const { state } = await play(
          seed,
          steps,
          {
            fill: (fill) => {
              account.fill(fill);
              const before = book.on(fill.symbol);
              const direction = fill.side === 'BUY' ? 'LONG' : 'SHORT';
              const instrument = instrumentOf(fill.symbol);
              const owner: Owner = {
                signalId: before?.signalId ?? `s-${++opened}`,
                strategy: 'x',
                direction,
                leverage: 3,
              };
              const isExit = before !== null && before.direction !== direction;
              const { change, position } = isExit
                ? stepOut(before, fill, 'stop')
                : stepIn(before, fill, owner, instrument, 0.015);
              book.take({ change, fillId: fill.fillId, position, gate: isExit ? 'stop' : null, at: fill.at });
              const held = account.held.get(fill.symbol);
              if (held) averages.push({ position, average: size(divide(held.cost, held.qty)) });
            },
            funding: ({ fundingId, symbol, amountUsd, at }) => {
              account.funding(amountUsd);
              const before = book.on(symbol);
              if (!before) throw new Error(`funding of ${symbol}, which nobody holds`);
              const position = stepFunding(before, amountUsd, instrumentOf(symbol));
              book.take({ change: 'funding', fillId: fundingId, position, gate: null, at });
            },
          },
          true,
        );
        const soFar = book
          .open()
          .map((one) => sum([exact(one.realisedUsd), negative(exact(one.feesUsd)), exact(one.fundingUsd)]));
        const made = add(exact(book.totals.netPnlUsd), sum(soFar));
        expect(add(exact(START_USD), made)).toEqual(exact(state().cashUsd));
        closed += book.totals.closed;
        // The entry that is shown is the average, rounded; what shares of the cost were rounded by is not more than they are.
        averages.forEach(({ position, average }, fills) => {
          const off = multiply(size(subtract(exact(position.entryPrice), average)), exact(position.qty));
          expect(isAtMost(off, multiply(HALF, add(exact(fills + 1), exact(position.qty))))).toBe(true);
        });
      }),
      { numRuns: 120 },
    );
    expect(closed).toBeGreaterThan(10);
  }, 240_000);
});

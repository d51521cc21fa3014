/** What an order meets on the paper exchange: the opening price of the recorded bar that runs, or the newest price of a market. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCandleReplay } from '../../src/adapters/candle-replay.ts';
import { PaperBroker } from '../../src/adapters/paper-broker.ts';
import type { Opening } from '../../src/adapters/paper-prices.ts';
import { PendingWork } from '../../src/adapters/pending-work.ts';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import type { Fill, Intent, Tick } from '../../src/machines/messages.ts';
import { freshFolder } from '../cli/cli.ts';
import { Heard } from './feed-listener.ts';

const MINUTE = 60_000;
const START = 1_746_372_780_000;
type Row = readonly [minute: number, open: number, high: number, low: number, close: number];

/** An exchange in a market: recorded rows, or one that the test tells of. */
async function exchange(clock: VirtualClock, recorded: boolean) {
  const pending = new PendingWork();
  const broker = await PaperBroker.open({
    clock,
    chance: seededChance(1),
    startEquityUsd: 100_000,
    recorded,
    store: { load: async () => null, save: () => pending.track(Promise.resolve()) },
  });
  const fills: Fill[] = [];
  broker.onFill((fill) => fills.push(fill));
  let orders = 0;
  const order = (more: Partial<Intent> = {}) => {
    const names = { clientOrderId: `o-${++orders}`, signalId: 's', symbol: 'BTCUSDT' };
    const terms = { leverage: 3, gate: null, stopPrice: null, reduceOnly: false, at: clock.now() };
    return broker.submit({ ...names, ...terms, side: 'BUY', purpose: 'entry', qty: 0.01, ...more });
  };
  const until = async (end: number): Promise<void> => {
    clock.setTimeout(() => undefined, Math.max(0, end - clock.now()));
    await clock.run({ until: () => clock.now() >= end, idle: () => pending.idle() });
  };
  return { broker, fills, order, until };
}

async function replayed(rows: readonly Row[], acting: (tick: Tick, order: (more?: Partial<Intent>) => void) => void) {
  const file = join(freshFolder(), 'BTCUSDT.csv');
  const lines = rows.map(([minute, ...prices]) => [START + minute * MINUTE, ...prices, 100].join(','));
  writeFileSync(file, `timestamp,open,high,low,close,volume\n${lines.join('\n')}\n`);
  const replay = await openCandleReplay({ path: file });
  const clock = new VirtualClock(START);
  const t = await exchange(clock, true);
  const openings: (Opening & { readonly toldAt: number })[] = [];
  const feed = replay.on(clock, (opening) => {
    openings.push({ ...opening, toldAt: clock.now() });
    t.broker.opens(opening);
  });
  const heard = new Heard();
  const stop = feed.start({
    tick: (tick) => {
      t.broker.mark(tick);
      heard.tick(tick);
      acting(tick, (more) => void t.order(more));
    },
    price: () => undefined,
    notice: (notice) => heard.notice(notice),
    failed: (error) => heard.failed(error),
  });
  await t.until(START + ((rows.at(-1)?.[0] ?? 0) + 3) * MINUTE);
  stop();
  return { ...t, openings, heard };
}
const ROWS: readonly Row[] = [
  [0, 100_000, 100_100, 99_900, 100_000],
  [1, 100_500, 100_600, 100_400, 100_450],
  [2, 99_000, 99_500, 98_900, 99_400],
  [3, 99_300, 99_400, 99_200, 99_350],
];

describe('an order on recorded candles', () => {
  it('fills at the open of the bar that runs when it gets there, and worse, never at the close it was made on', async () => {
    for (const [side, worse] of [
      ['BUY', 1],
      ['SELL', -1],
    ] as const) {
      const { fills } = await replayed(ROWS, ({ at }, order) => {
        if (at <= START + 2 * MINUTE) order({ side });
      });
      const next = [100_500, 99_000];
      const opens = fills.map(({ at }) => next[Math.floor((at - START) / MINUTE) - 1] ?? Number.NaN);
      expect(new Set(opens).size).toBe(2);
      fills.forEach(({ price }, index) => {
        const slip = ((price - (opens[index] ?? 0)) / (opens[index] ?? 1)) * worse;
        expect(slip).toBeGreaterThan(0);
        expect(slip).toBeLessThan(0.001);
      });
    }
  });

  it('waits where bars are missing, and fills at the open of the first that comes', async () => {
    const gap = ROWS.map(([minute, ...prices]) => [minute < 2 ? minute : minute + 7, ...prices] as Row);
    const { fills, openings } = await replayed(gap, ({ at }, order) => {
      if (at === START + 2 * MINUTE) order();
    });
    expect(fills).not.toEqual([]);
    for (const { at, price } of fills) {
      expect(at).toBeGreaterThan(START + 9 * MINUTE);
      expect(at).toBeLessThan(START + 10 * MINUTE);
      expect(price).toBeGreaterThan(99_000);
      expect(price).toBeLessThan(99_100);
    }
    // Each opening is told when its bar begins, and not before.
    expect(openings.map(({ ts, toldAt }) => toldAt - ts)).toEqual([0, 0, 0, 0]);
  });

  it('that waits where bars are missing can be given up', async () => {
    const clock = new VirtualClock(START);
    const t = await exchange(clock, true);
    const flat = { symbol: 'BTCUSDT', open: 100_000, high: 100_000, low: 100_000, close: 100_000, volume: 100 };
    t.broker.mark({ at: START, candles: [{ ...flat, ts: START - MINUTE }] });
    await t.order();
    await t.until(START + 1_000);
    expect(await t.broker.resting()).toHaveLength(1);
    await t.broker.cancel({ clientOrderId: 'o-1', symbol: 'BTCUSDT', purpose: 'entry' });
    t.broker.opens({ symbol: 'BTCUSDT', ts: START + MINUTE, open: 100_000 });
    await t.until(START + 2_000);
    expect(t.fills).toEqual([]);
    expect(await t.broker.resting()).toEqual([]);
  });

  it('that comes after the last bar fills no more: there is no price for it', async () => {
    const { fills, broker } = await replayed(ROWS, ({ at }, order) => {
      if (at === START + 4 * MINUTE) order();
    });
    expect(fills).toEqual([]);
    expect(await broker.resting()).toMatchObject([{ clientOrderId: 'o-1' }]);
  });

  it('shows nothing of the bar that runs to whoever asks: equity and refusals are of the last close', async () => {
    const clock = new VirtualClock(START);
    const t = await exchange(clock, true);
    const price = 100_000;
    const range = { open: price, high: price, low: price, close: price, volume: 100 };
    const flat = { symbol: 'BTCUSDT', ts: START - 2 * MINUTE, ...range };
    t.broker.mark({ at: START - MINUTE, candles: [flat] });
    t.broker.opens({ symbol: 'BTCUSDT', ts: START - MINUTE, open: 100_000 });
    await t.order();
    await t.until(START + 1_000);
    t.broker.mark({ at: START, candles: [{ ...flat, ts: START - MINUTE }] });
    const before = await t.broker.equityUsd();
    t.broker.opens({ symbol: 'BTCUSDT', ts: START, open: 90_000 });
    expect(await t.broker.equityUsd()).toBe(before);
    // Below the last close, though above the price of the bar that runs.
    await t.order({ side: 'SELL', purpose: 'stop', reduceOnly: true, stopPrice: 95_000 });
    expect((await t.broker.resting()).map(({ stopPrice }) => stopPrice)).toEqual([95_000]);
  });

  it('tells whoever listens to the feed nothing of a bar before it closed', async () => {
    const { heard } = await replayed(ROWS, () => undefined);
    expect(heard.ticks.map(({ at, candles }) => [at, candles.map(({ ts }) => at - ts)])).toEqual(
      ROWS.map(([minute]) => [START + (minute + 1) * MINUTE, [MINUTE]]),
    );
    expect(heard.quotes).toEqual([]);
  });
});

describe('an order in a market that is told of between bars', () => {
  const begin = async () => {
    const clock = new VirtualClock(START);
    const t = await exchange(clock, false);
    const bar = (close: number, more: object = {}) => {
      const flat = { open: close, high: close, low: close, close, volume: 100 };
      const candle = { symbol: 'BTCUSDT', ts: clock.now() - MINUTE, ...flat, ...more };
      t.broker.mark({ at: clock.now(), candles: [candle] });
    };
    const quote = (price: number) => t.broker.quote({ symbol: 'BTCUSDT', price, at: clock.now() });
    bar(100_000);
    return { ...t, clock, bar, quote };
  };

  it('fills at the newest price, and equity is of the newest price too', async () => {
    const t = await begin();
    await t.order();
    await t.until(START + 50);
    t.quote(101_000);
    await t.until(START + 1_000);
    for (const { price } of t.fills) expect(price).toBeGreaterThan(101_000);
    const before = await t.broker.equityUsd();
    t.quote(102_000);
    expect((await t.broker.equityUsd()) - before).toBeCloseTo(10, 6);
    t.broker.quote({ symbol: 'BTCUSDT', price: 90_000, at: t.clock.now() - 500 });
    expect((await t.broker.equityUsd()) - before).toBeCloseTo(10, 6);
  });

  it('has stops set off, and positions liquidated, by a price between bars', async () => {
    const t = await begin();
    await t.order({ leverage: 20 });
    await t.until(START + 1_000);
    await t.order({ side: 'SELL', purpose: 'stop', reduceOnly: true, stopPrice: 99_000 });
    t.quote(99_100);
    t.quote(98_900);
    await t.until(START + 2_000);
    expect(t.fills.at(-1)).toMatchObject({ side: 'SELL', clientOrderId: 'o-2' });
    expect(t.fills.at(-1)?.price).toBeLessThanOrEqual(98_900);
    await t.order({ leverage: 20 });
    await t.until(START + 3_000);
    t.quote(90_000);
    await t.until(START + 4_000);
    expect(t.fills.at(-1)?.clientOrderId).toMatch(/^liquidation-/);
  });

  it('has a stop that was placed within a bar not set off by a price from before it', async () => {
    const t = await begin();
    await t.order();
    await t.until(START + 10_000);
    t.quote(98_000);
    await t.until(START + 20_000);
    t.quote(99_500);
    await t.order({ side: 'SELL', purpose: 'stop', reduceOnly: true, stopPrice: 98_500 });
    await t.until(START + MINUTE);
    const before = t.fills.length;
    t.bar(99_400, { low: 98_000, open: 100_000, high: 100_000 });
    await t.until(START + MINUTE + 1_000);
    expect(t.fills.length).toBe(before);
    // In the next bar it stood all the time.
    await t.until(START + 2 * MINUTE);
    t.bar(99_400, { low: 98_400, ts: START + MINUTE });
    await t.until(START + 2 * MINUTE + 1_000);
    expect(t.fills.at(-1)).toMatchObject({ clientOrderId: 'o-2' });
  });
});

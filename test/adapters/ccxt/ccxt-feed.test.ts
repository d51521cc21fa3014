import { describe, expect, test } from 'vitest';
import type { Fault } from '../../fake-exchange/faults/fault.ts';
import { FeedRig, MINUTE, START } from './feed-rig.ts';

const BTC = 'BTCUSDT';
const ETH = 'ETHUSDT';
const BOTH = [BTC, ETH];

/** Closing times of the bars that were told of a symbol. */
const closes = (rig: FeedRig, symbol: string): number[] => rig.heard.candles(symbol).map(({ ts }) => ts + MINUTE);
const minutes = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => START + (from + i) * MINUTE);

let price = 2_000;

/** Trades in every minute up to `to`, each heard before time goes on. */
async function pass(rig: FeedRig, to: number, symbols = BOTH): Promise<void> {
  while (rig.clock.now() < to) {
    for (const symbol of symbols) await rig.trade(symbol, ++price);
    await rig.advance(Math.min(8_000, to - rig.clock.now()));
  }
}

/** The same while nobody can hear it. */
async function passUnheard(rig: FeedRig, to: number): Promise<void> {
  while (rig.clock.now() < to) {
    for (const symbol of BOTH) rig.unheard(symbol, ++price);
    await rig.advance(Math.min(8_000, to - rig.clock.now()));
  }
}

/** What was told is what the exchange has, to the last digit: no hole, nothing twice, nothing invented. */
async function expectWhole(rig: FeedRig, symbol: string, count: number): Promise<void> {
  expect(closes(rig, symbol)).toEqual(minutes(1, count));
  const truth = rig.exchange.market.klines.minutes(symbol).filter(({ t }) => t >= START);
  for (const [i, candle] of rig.heard.candles(symbol).entries()) {
    const bar = truth[i];
    expect({ ...candle }, `${symbol}, bar ${i}`).toMatchObject({
      ts: bar?.t,
      open: bar?.o.toNumber(),
      high: bar?.h.toNumber(),
      low: bar?.l.toNumber(),
      close: bar?.c.toNumber(),
      volume: bar?.v.toNumber(),
    });
  }
  expect(rig.feed.recent(symbol, count).map(({ ts }) => ts + MINUTE)).toEqual(minutes(1, count));
}

test('the past is read, and each minute is told as the exchange has it', async () => {
  await using rig = await FeedRig.open();
  await rig.listen();
  expect(rig.feed.symbols).toEqual(BOTH);
  expect(rig.feed.recent(BTC, 1_000)).toHaveLength(30);
  expect(rig.feed.recent(BTC, 1)[0]).toMatchObject({ ts: START - MINUTE, close: 1_029 });

  await rig.trade(BTC, 2_000, 3);
  await rig.trade(ETH, 3_000, 4);
  await rig.advance(30_000);
  await rig.trade(BTC, 2_010, 1);
  expect(rig.heard.ticks).toEqual([]);
  await rig.advanceTo(START + MINUTE + 2_000);
  expect(rig.heard.ticks).toHaveLength(1);
  expect(rig.heard.ticks[0]).toMatchObject({
    at: START + MINUTE,
    candles: [
      { symbol: BTC, close: 2_010 },
      { symbol: ETH, close: 3_000 },
    ],
  });
  await expect(rig.feed.newest(BTC)).resolves.toBe(START + MINUTE);
  expect(rig.opened.instrument(BTC)).toMatchObject({ symbol: BTC, tick: 0.1, lot: 0.001, minNotionalUsd: 100 });
  expect(rig.heard.failures).toEqual([]);
  expect(rig.lines).toEqual([]);
});

test('no price is told of a bar that was told', async () => {
  await using rig = await FeedRig.open();
  await rig.listen();
  await rig.trade(BTC, 2_000);
  await rig.trade(ETH, 3_000);
  await rig.advanceTo(START + MINUTE + 3_000);
  expect(rig.heard.ticks).toHaveLength(1);
  const before = rig.heard.quotes.length;
  await rig.advance(20_000);
  expect(rig.heard.quotes.slice(before)).toEqual([]);
  await rig.trade(BTC, 2_100);
  expect(rig.heard.quotes.at(-1)?.at).toBeGreaterThan(START + MINUTE);
});

describe('a bar is the exchange’s own, also when its stream', () => {
  test.each<[string, Fault]>([
    ['never ends it', { kind: 'missing-kline', symbol: BTC }],
    ['ends it after the next has begun', { kind: 'late-kline', symbol: BTC }],
  ])('%s', async (_, fault) => {
    await using rig = await FeedRig.open();
    await rig.listen();
    rig.exchange.inject(fault);
    await pass(rig, START + 3 * MINUTE + 2_000);
    await expectWhole(rig, BTC, 3);
    await expectWhole(rig, ETH, 3);
    expect(rig.exchange.audit.faultsFired).toHaveLength(1);
  });
});

test('a minute in which nothing was traded is said to be missing, and holds nobody up', async () => {
  await using rig = await FeedRig.open();
  await rig.listen();
  await pass(rig, START + MINUTE);
  await pass(rig, START + 2 * MINUTE, [BTC]);
  await pass(rig, START + 3 * MINUTE + 8_000);
  await expectWhole(rig, BTC, 3);
  expect(closes(rig, ETH)).toEqual([START + MINUTE, START + 3 * MINUTE]);
  expect(rig.heard.gaps()).toEqual([
    { type: 'gap', symbol: ETH, from: START + MINUTE, to: START + 2 * MINUTE, missing: 1 },
  ]);
  expect(rig.heard.order.filter((what) => what.startsWith('tick'))).toHaveLength(3);
});

describe('a socket that is open and silent', () => {
  test('is noticed within ten seconds of trading, made anew, and no bar is lost or told twice', async () => {
    await using rig = await FeedRig.open();
    await rig.listen();
    await pass(rig, START + MINUTE);
    rig.exchange.inject({ kind: 'silent-socket', sockets: 'market' });
    const silentAt = rig.clock.now();
    while (!rig.lines.some((line) => line.includes('was silent'))) {
      for (const symbol of BOTH) rig.unheard(symbol, ++price, 2);
      await rig.advance(1_000);
      expect(rig.clock.now() - silentAt).toBeLessThan(15_000);
    }
    await rig.subscribed(BOTH);
    await pass(rig, START + 4 * MINUTE + 2_000);
    await expectWhole(rig, BTC, 4);
    await expectWhole(rig, ETH, 4);
    expect(rig.exchange.audit.report().sockets.market).toBe(2);
    expect(rig.heard.failures).toEqual([]);
  });

  test('is not mistaken for a market in which nothing happens', async () => {
    await using rig = await FeedRig.open();
    await rig.listen();
    await rig.trade(BTC, 2_000);
    await rig.trade(ETH, 3_000);
    await rig.advance(5 * MINUTE);
    expect(rig.exchange.audit.report().sockets.market).toBe(1);
    expect(rig.lines).toEqual([]);
    await rig.trade(BTC, 2_100);
  });
});

test('after a cut the bars that were missed are told, in their order', async () => {
  await using rig = await FeedRig.open();
  await rig.listen();
  await pass(rig, START + MINUTE + 30_000);
  rig.exchange.inject({ kind: 'cut-socket', sockets: 'market' });
  await passUnheard(rig, START + 3 * MINUTE);
  await rig.subscribed(BOTH);
  await pass(rig, START + 5 * MINUTE + 2_000);
  await expectWhole(rig, BTC, 5);
  await expectWhole(rig, ETH, 5);
  expect(rig.lines.join()).toMatch(/a stream of binanceusdm broke/);
});

test('in an outage it says that it has failed, goes on trying, and afterwards tells all that it missed', async () => {
  await using rig = await FeedRig.open();
  await rig.listen();
  await pass(rig, START + MINUTE + 2_000);
  rig.exchange.inject({ kind: 'outage', ms: 3_000 });
  const until = performance.now() + 3_000;
  while (performance.now() < until) await passUnheard(rig, rig.clock.now() + 8_000);
  expect(rig.heard.failures.join()).toMatch(/nothing has come from binanceusdm for \d+ s/);
  await rig.subscribed(BOTH);
  const end = Math.ceil(rig.clock.now() / MINUTE) * MINUTE;
  await pass(rig, end + 3_000);
  const count = (end - START) / MINUTE;
  expect(count).toBeGreaterThan(2);
  await expectWhole(rig, BTC, count);
  await expectWhole(rig, ETH, count);
});

test('a listener that begins again is told what closed while nobody listened', async () => {
  await using rig = await FeedRig.open();
  await rig.listen();
  await pass(rig, START + MINUTE + 2_000);
  rig.stop();
  await passUnheard(rig, START + 4 * MINUTE + 5_000);
  expect(closes(rig, BTC)).toEqual(minutes(1, 1));
  rig.start();
  await rig.subscribed(BOTH);
  await pass(rig, START + 5 * MINUTE + 2_000);
  await expectWhole(rig, BTC, 5);
  await expectWhole(rig, ETH, 5);
});

test('a feed that is started anew at once, as a healer does, is heard again', async () => {
  await using rig = await FeedRig.open();
  await rig.listen();
  await pass(rig, START + 30_000);
  for (let i = 0; i < 3; i++) {
    rig.stop();
    rig.start();
  }
  await rig.subscribed(BOTH);
  await pass(rig, START + 2 * MINUTE + 2_000);
  await expectWhole(rig, BTC, 2);
  await expectWhole(rig, ETH, 2);
});

test('429 makes it wait, and costs no bar', async () => {
  await using rig = await FeedRig.open();
  await rig.listen();
  await pass(rig, START + 50_000);
  rig.exchange.inject({ kind: 'too-many-requests', retryAfterSec: 20 });
  await pass(rig, START + 3 * MINUTE + 2_000);
  await expectWhole(rig, BTC, 3);
  await expectWhole(rig, ETH, 3);
  expect(rig.lines.join()).toMatch(/nothing is asked for 20 s/);
});

test('a clock that is off is told, and bars are told by the exchange’s', async () => {
  await using rig = await FeedRig.open();
  rig.exchange.inject({ kind: 'clock-skew', ms: 3_000 });
  await rig.listen();
  expect(rig.lines.join()).toMatch(/this machine's clock is 3000 ms behind the clock of binanceusdm/);
  await rig.trade(BTC, 2_000);
  await rig.trade(ETH, 3_000);
  await rig.advanceTo(START + MINUTE - 2_500);
  expect(rig.heard.ticks).toEqual([]);
  // A second and a half past the minute, at the exchange.
  await rig.advanceTo(START + MINUTE - 1_500);
  expect(rig.heard.ticks).toHaveLength(1);
});

test('without a stream of bars it asks, and tells the same', async () => {
  await using rig = await FeedRig.open();
  await rig.listen(BOTH, true);
  await passUnheard(rig, START + 3 * MINUTE + 6_000);
  await expectWhole(rig, BTC, 3);
  await expectWhole(rig, ETH, 3);
  expect(rig.exchange.audit.report().sockets.market).toBe(0);
  expect(rig.heard.quotes.length).toBeGreaterThan(20);
  rig.exchange.inject({ kind: 'drop-before' }, 40);
  await passUnheard(rig, START + 5 * MINUTE);
  expect(rig.heard.failures.join()).toMatch(/nothing has come/);
  rig.exchange.faults.disarm();
  await passUnheard(rig, START + 6 * MINUTE + 6_000);
  await expectWhole(rig, BTC, 6);
  await expectWhole(rig, ETH, 6);
});

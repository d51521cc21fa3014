/**
 * Nothing a bot does up to a moment depends on prices after it, the next bar's open not excepted: with another future,
 * everything it wrote until then is the same, byte for byte. That a strategy which peeks is caught shows that it would be noticed.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { idea, type Strategy } from '../../src/actors/strategies/strategy.ts';
import { DEFAULT_CONFIG } from '../../src/cli/config.ts';
import { startBot } from '../../src/cli/start-bot.ts';
import type { Candle } from '../../src/machines/messages.ts';
import { recorded } from '../actors/recorded.ts';
import { freshFolder } from '../cli/cli.ts';

const MINUTE = 60_000;
const BARS = 640;
/** Of these the future is another. */
const SHUFFLED = 90;
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];

type Market = ReadonlyMap<string, readonly Candle[]>;
const TRUE: Market = new Map(SYMBOLS.map((symbol) => [symbol, recorded(symbol, BARS).candles]));
const starts = [...TRUE.values()].map((candles) => candles[0]?.ts ?? 0);
const QUARTER = 15 * MINUTE;
/** The moment at which the futures part: the opening of a bar, and one at which ideas are had. */
const PARTS_AT = Math.ceil((Math.max(...starts) + (BARS - SHUFFLED) * MINUTE) / QUARTER) * QUARTER;

/** The bars from a moment on in the opposite order, upside down, and after a jump: another market with the same past. */
function anotherFuture(candles: readonly Candle[]): Candle[] {
  const past = candles.filter(({ ts }) => ts < PARTS_AT);
  const future = candles.filter(({ ts }) => ts >= PARTS_AT);
  let price = (past.at(-1)?.close ?? 1) * 1.01;
  const turned = future.toReversed().map(({ open, high, low, close }, index) => {
    const [opened, ratio] = [price, open / close];
    price = Number((opened * ratio).toFixed(2));
    const ts = future[index]?.ts ?? 0;
    const most = Math.max(opened, price) * (open / low);
    const least = Math.min(opened, price) * (open / high);
    return { ...(future[index] as Candle), ts, open: opened, high: most, low: least, close: price };
  });
  return [...past, ...turned];
}
const OTHER: Market = new Map([...TRUE].map(([symbol, candles]) => [symbol, anotherFuture(candles)]));

/** Trades often, on nothing but what it is given. */
const honest: Strategy = {
  name: 'every_quarter',
  kind: 'trend',
  think(features) {
    if (features.at % QUARTER !== 0) return null;
    const up = (features.emaFast ?? 0) > (features.emaSlow ?? 0);
    return idea(this.name, features, up ? 'LONG' : 'SHORT', 0.6, 'a quarter of an hour has passed');
  },
};
/** Knows the price half an hour from now. */
const peeking = (market: Market): Strategy => ({
  ...honest,
  name: 'peeking',
  think(features) {
    if (features.at % QUARTER !== 0) return null;
    const later = market.get(features.symbol)?.find(({ ts }) => ts >= features.at + 30 * MINUTE);
    if (!later) return null;
    return idea(this.name, features, later.close > features.price ? 'LONG' : 'SHORT', 0.6, 'it will be so');
  },
});

/** Runs the bot on a market, beyond the moment at which they part. @returns what it wrote up to that moment, by file */
async function writtenBefore(market: Market, strategy: Strategy): Promise<ReadonlyMap<string, readonly string[]>> {
  const folder = freshFolder();
  for (const [symbol, candles] of market) {
    const rows = candles.map(({ ts, open, high, low, close, volume }) =>
      [ts, open, high, low, close, volume].join(','),
    );
    writeFileSync(join(folder, `${symbol}.csv`), `timestamp,open,high,low,close,volume\n${rows.join('\n')}\n`);
  }
  const dir = freshFolder();
  const bot = await startBot({
    dir,
    feed: { kind: 'replay', path: folder },
    symbols: null,
    speed: 'max',
    forMs: null,
    seed: 1,
    config: DEFAULT_CONFIG,
    strategies: [strategy],
    guards: [],
    onLine: () => undefined,
    onProgress: () => undefined,
  });
  const summary = await bot.finished;
  expect(summary.incidents.total).toBe(0);
  const files = readdirSync(join(dir, 'logs')).filter((name) => name.endsWith('.jsonl'));
  const linesOf = (name: string): string[] =>
    readFileSync(join(dir, 'logs', name), 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '' && (JSON.parse(line) as { ts: number }).ts * 1000 <= PARTS_AT);
  return new Map(files.sort().map((name) => [name, linesOf(name)]));
}
const fillsIn = (lines: ReadonlyMap<string, readonly string[]>): number =>
  (lines.get('signal_bus.jsonl') ?? []).filter((line) => line.includes('"position_change"')).length;

describe('what the bot wrote before a moment', () => {
  it('is the same, byte for byte, whatever the prices were after it', async () => {
    const [one, two] = [await writtenBefore(TRUE, honest), await writtenBefore(OTHER, honest)];
    expect(fillsIn(one)).toBeGreaterThan(5);
    expect([...two.keys()]).toEqual([...one.keys()]);
    for (const [name, lines] of one) expect({ name, lines: two.get(name) }).toEqual({ name, lines });
  });

  it('is not the same for a strategy that peeks: it would be caught', async () => {
    const [one, two] = [await writtenBefore(TRUE, peeking(TRUE)), await writtenBefore(OTHER, peeking(OTHER))];
    expect(fillsIn(one)).toBeGreaterThan(5);
    expect(two.get('signal_bus.jsonl')).not.toEqual(one.get('signal_bus.jsonl'));
  });
});

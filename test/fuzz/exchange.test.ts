/** An exchange whose sockets say anything: the feed tells nothing that is no price, and goes on by itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { FeedRig, MINUTE } from '../adapters/ccxt/feed-rig.ts';
import { fc } from '../fast-check.ts';
import { FUZZ_TIMEOUT_MS, fuzz } from './fuzzing.ts';
import { mutated } from './mutated.ts';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];

function expectSane(rig: FeedRig): void {
  for (const { symbol, price, at } of rig.heard.quotes) {
    expect(SYMBOLS).toContain(symbol);
    expect(price > 0 && Number.isFinite(price) && Number.isFinite(at)).toBe(true);
  }
  for (const { candles } of rig.heard.ticks)
    for (const { open, high, low, close, volume } of candles) {
      expect([open, high, low, close].every((price) => price > 0 && Number.isFinite(price)) && volume >= 0).toBe(true);
      expect(low <= Math.min(open, close) && high >= Math.max(open, close)).toBe(true);
    }
}

it(
  'a market stream of any bytes, and of huge messages, gives no price that is none, and is heard again after it',
  async () => {
    const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    onTestFinished(() => printed.mockRestore());
    await using rig = await FeedRig.open(SYMBOLS);
    await rig.listen(SYMBOLS);
    const corpus = rig.exchange.said('all').map((text) => Buffer.from(text));
    expect(corpus.length).toBeGreaterThan(2);
    const frame = fc.tuple(mutated(corpus), fc.boolean()).map(([bytes, isText]) => (isText ? bytes.toString() : bytes));
    await fuzz(fc.array(frame, { minLength: 1, maxLength: 5 }), 60, async (frames) => {
      for (const one of frames) rig.exchange.babble('all', one);
      await sleep(1);
      expectSane(rig);
    });
    const depth = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    for (const huge of [
      depth,
      JSON.stringify({ stream: 'x'.repeat(8 * 1024 * 1024) }),
      Buffer.alloc(8 * 1024 * 1024),
    ]) {
      rig.exchange.babble('all', huge);
      await sleep(50);
    }
    await rig.advance(2 * MINUTE);
    // stdout is for the bot's own data.
    expect(printed).not.toHaveBeenCalled();
    expect(rig.lines.join()).toContain('ccxt says: onMessage JSON.parse');
    expect(rig.lines.filter((line) => line.startsWith('ccxt says')).length).toBeLessThan(10);
    await rig.subscribed(SYMBOLS);
    expectSane(rig);
  },
  FUZZ_TIMEOUT_MS,
);

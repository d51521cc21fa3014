import { expect, it } from 'vitest';
import { clientWords } from '../../../src/adapters/ccxt/client-words.ts';
import { VirtualClock } from '../../../src/adapters/virtual-clock.ts';

it('what ccxt says is passed on once a minute, cut to what a person reads, and the rest is counted', () => {
  const lines: string[] = [];
  const clock = new VirtualClock(0);
  const say = clientWords({ warn: (line) => void lines.push(line) }, clock);
  for (let i = 0; i < 1_000; i++) say(new Date(), 'onMessage JSON.parse', new SyntaxError(`at ${i}`), '|', 'ws://x');
  clock.advance(60_000);
  say('y'.repeat(100_000));
  expect(lines).toEqual([
    'ccxt says: onMessage JSON.parse at 0 | ws://x',
    `ccxt says: ${'y'.repeat(500)} (and 999 more since it was last passed on)`,
  ]);
});

it('the key of the account’s news, which is in the address that ccxt names, is in no line', () => {
  const lines: string[] = [];
  const say = clientWords({ warn: (line) => void lines.push(line) }, new VirtualClock(0));
  const url = 'wss://fstream.binance.com/private/ws?listenKey=pqia91ma19a5s61cv6a81va65sdf19v8a65a1';
  say(new Date(), 'onMessage JSON.parse', new SyntaxError(`of ${url}: bad`), '|', url);
  const place = 'wss://fstream.binance.com/private/ws';
  expect(lines).toEqual([`ccxt says: onMessage JSON.parse of ${place} bad | ${place}`]);
});

/** The exchange in a process of its own: it lives on while bots come and go. */

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ask } from './admin/admin-client.ts';
import { spawnExchange } from './admin/spawn-exchange.ts';
import { loadClass } from './ccxt-client.ts';
import { pointAt } from './point-at.ts';
import { BTC } from './rig.ts';

const START = Date.UTC(2025, 4, 5);

/** `count` minutes of a price that climbs by a dollar a minute. */
function candleFile(count: number): string {
  const rows = Array.from({ length: count }, (_, minute) => {
    const open = 60_000 + minute;
    return `${START + minute * 60_000},${open},${open + 2},${open - 2},${open + 1},10`;
  });
  const file = join(mkdtempSync(join(tmpdir(), 'kintsugi-fake-')), 'BTCUSDT.csv.gz');
  writeFileSync(file, gzipSync(`timestamp,open,high,low,close,volume\n${rows.join('\n')}\n`));
  return file;
}

describe('the fake exchange as a process', () => {
  it('takes prices, faults and questions from its admin, and orders from any client', async () => {
    await using own = await spawnExchange();
    await ask(own.admin, 'price', 'BTCUSDT', '60000');
    const Binance = await loadClass('binanceusdm');
    const client = new Binance({ apiKey: own.apiKey, secret: own.secret, enableRateLimit: false });
    pointAt(client, own.url);
    await ask(own.admin, 'inject', { kind: 'drop-after', on: { method: 'POST', path: '/order' } });
    await expect(client.createOrder(BTC, 'market', 'buy', 0.01, undefined, { clientOrderId: 'a-1' })).rejects.toThrow(
      'fetch failed',
    );
    const audit = await ask(own.admin, 'audit');
    expect(audit).toMatchObject({
      positions: { BTCUSDT: '0.01' },
      wallet: '9999.7',
      hosts: ['127.0.0.1'],
      executedTwice: {},
    });
    expect(audit.received).toMatchObject([{ clientId: 'a-1', refused: null }]);
    expect(audit.faultsFired).toMatchObject([{ fault: { kind: 'drop-after' } }]);
    await client.close();
  });

  it('plays a file by itself, faster than time, and a client on that clock is in its time', async () => {
    await using own = await spawnExchange([
      '--play',
      candleFile(40),
      '--history',
      '10',
      '--bars',
      '20',
      '--speed',
      '600',
    ]);
    const began = performance.now();
    const { now, timeScale } = await ask(own.admin, 'clock');
    expect(timeScale).toBe(600);
    const Binance = await loadClass('binanceusdm');
    const client = new Binance({ apiKey: own.apiKey, secret: own.secret, enableRateLimit: false });
    pointAt(client, own.url, { now: () => Math.round(now + (performance.now() - began) * timeScale) });
    await expect.poll(async () => (await ask(own.admin, 'clock')).playing).toBe(false);
    const bars = await client.fetchOHLCV(BTC, '1m', START, 100);
    const climbing = (minute: number) => [
      START + minute * 60_000,
      ...[60_000, 60_002, 59_998, 60_001].map((one) => one + minute),
      10,
    ];
    expect(bars).toEqual(Array.from({ length: 30 }, (_, minute) => climbing(minute)));
    expect((await client.fetchBalance()).USDT?.total).toBe(10_000);
    await client.close();
  });

  it('injects faults by a seed while it plays', async () => {
    const args = ['--play', candleFile(20), '--history', '10', '--speed', '1200', '--faults', '27', '--seed', '3'];
    await using own = await spawnExchange(args);
    await expect.poll(async () => (await ask(own.admin, 'clock')).playing).toBe(false);
    const { faultsFired, faultsWaiting } = await ask(own.admin, 'audit');
    // Every kind once: those of REST wait, a trade by hand and a wrong clock have happened.
    expect(faultsWaiting.map(({ kind }) => kind)).toContain('drop-after');
    expect(faultsFired.map(({ fault }) => fault.kind)).toEqual(
      expect.arrayContaining(['traded-by-hand', 'clock-skew']),
    );
  });

  it('refuses who does not know its token', async () => {
    await using own = await spawnExchange();
    const stranger = own.admin.replace(/[0-9a-f]{32}$/, 'f'.repeat(32));
    await expect(ask(stranger, 'price', 'BTCUSDT', '1')).rejects.toThrow('there is no command');
    await expect(
      ask(own.admin, 'bar', { symbol: 'NONE', ts: START, open: 1, high: 1, low: 1, close: 1, volume: 1 }),
    ).rejects.toThrow('Invalid symbol');
  });
});

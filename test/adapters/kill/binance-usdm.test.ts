/** The kill path against an exchange that speaks the real protocol; what it leaves is asked of the exchange's own books. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { type Account, accountIn, connect, flatten, selfTest } from '../../../src/adapters/kill/binance-usdm.ts';
import { NODE, ROOT } from '../../cli/cli.ts';
import { FakeExchange } from '../../fake-exchange/fake-exchange.ts';
import type { Fault } from '../../fake-exchange/faults/fault.ts';

const SCRIPT = join(ROOT, 'src/adapters/kill/binance-usdm.ts');
const KEYS = { KINTSUGI_API_KEY: 'fake-key', KINTSUGI_API_SECRET: 'fake-secret' };

/** An exchange of one test's own: they wait for answers side by side. */
async function rig(wallet?: string) {
  const exchange = await FakeExchange.start(wallet === undefined ? {} : { wallet });
  exchange.price('BTCUSDT', '60000');
  exchange.price('ETHUSDT', '3000');
  const account: Account = accountIn(KEYS, false, exchange.url);
  const order = async (params: Record<string, string>): Promise<void> => {
    const { signed } = await connect(account);
    await signed('POST', params.triggerPrice ? '/fapi/v1/algoOrder' : '/fapi/v1/order', params);
  };
  const market = (symbol: string, side: string, quantity: string) => order({ symbol, side, type: 'MARKET', quantity });
  const stop = (symbol: string, side: string, quantity: string, triggerPrice: string) =>
    order({
      ...{ algoType: 'CONDITIONAL', symbol, side, type: 'STOP_MARKET', quantity, triggerPrice },
      reduceOnly: 'true',
    });
  const limit = (symbol: string, side: string, quantity: string, price: string, more: Record<string, string> = {}) =>
    order({ symbol, side, type: 'LIMIT', timeInForce: 'GTC', quantity, price, ...more });
  return {
    exchange,
    account,
    market,
    /** A long with its stop and a take profit, a short with its stop, and an entry that rests. */
    inTheMarket: async (): Promise<void> => {
      await market('BTCUSDT', 'BUY', '0.05');
      await stop('BTCUSDT', 'SELL', '0.05', '58000');
      await limit('BTCUSDT', 'SELL', '0.02', '62000', { reduceOnly: 'true' });
      await market('ETHUSDT', 'SELL', '1.5');
      await stop('ETHUSDT', 'BUY', '1.5', '3100');
      await limit('BTCUSDT', 'BUY', '0.03', '55000');
    },
    left: () => ({
      positions: exchange.audit.positions,
      orders: exchange.engine.books.orders.open().length,
      stops: exchange.engine.books.algos.open().length,
    }),
    [Symbol.asyncDispose]: () => exchange.close(),
  };
}
const NOTHING = { positions: {}, orders: 0, stops: 0 };

describe.concurrent('the kill path', () => {
  it('leaves nothing held and nothing resting, and takes stops away last', async ({ expect }) => {
    await using own = await rig();
    const { account, inTheMarket, left } = own;
    await inTheMarket();
    expect(left()).toMatchObject({ orders: 2, stops: 2 });
    const said: string[] = [];
    expect(await flatten(account, (line) => said.push(line))).toEqual({ held: [], resting: [] });
    expect(left()).toEqual(NOTHING);
    const firstStop = said.findIndex((line) => line.startsWith('cancel SELL BTCUSDT'));
    const exit = said.findIndex((line) => line.startsWith('SELL 0.05 BTCUSDT'));
    const entry = said.findIndex((line) => line.startsWith('cancel BUY BTCUSDT'));
    expect(entry).toBeGreaterThanOrEqual(0);
    expect(exit).toBeGreaterThan(entry);
    expect(firstStop).toBeGreaterThan(exit);
  });

  const onOrder = { method: 'POST', path: '/order' } as const;
  for (const [name, fault, times] of [
    ['answers are lost after the exchange took the order', { kind: 'drop-after', on: onOrder }, 3],
    ['it says 503 and did it nevertheless', { kind: 'status-after', status: 503, on: onOrder }, 3],
    ['it says 503 and did nothing', { kind: 'status-before', status: 503 }, 6],
    ['it answers with a page for people', { kind: 'html-page', status: 502 }, 4],
    ['it has had too many requests', { kind: 'too-many-requests', retryAfterSec: 1 }, 3],
    ['it cannot be reached for a second', { kind: 'outage', ms: 1_000 }, 1],
    ['its clock is half a minute ahead', { kind: 'clock-skew', ms: 30_000 }, 1],
    ['a reduction of a position is refused', { kind: 'status-before', status: 400, code: -2022, on: onOrder }, 2],
  ] as const satisfies readonly (readonly [string, Fault, number])[]) {
    it(`ends flat, and at no moment on the other side, when ${name}`, async ({ expect }) => {
      await using own = await rig();
      const { exchange, account, inTheMarket, left } = own;
      await inTheMarket();
      expect(exchange.inject(fault, times)).toBe(true);
      await flatten(account, () => undefined);
      expect(left()).toEqual(NOTHING);
      const sold = exchange.audit.fills.filter(({ symbol, side }) => symbol === 'BTCUSDT' && side === 'SELL');
      expect(sold.reduce((sum, { qty }) => sum + Number(qty), 0)).toBeCloseTo(0.05, 9);
    });
  }

  it('asks nothing while it is banned, which would make the ban longer, and goes on when that is over', async ({
    expect,
  }) => {
    await using own = await rig();
    const { exchange, account, inTheMarket, left } = own;
    await inTheMarket();
    exchange.inject({ kind: 'banned', retryAfterSec: 3 });
    await flatten(account, () => undefined);
    expect(left()).toEqual(NOTHING);
    expect(exchange.audit.report().refusals[-1003] ?? 0).toBeLessThanOrEqual(1);
  });

  for (const [path, status] of [
    ['/openAlgoOrders', 400],
    ['/openOrders', 503],
  ] as const) {
    it(`leaves what is held also where ${path} cannot be read, and calls it flat when it has read all`, async ({
      expect,
    }) => {
      await using own = await rig();
      const { exchange, account, inTheMarket, left } = own;
      await inTheMarket();
      exchange.inject({ kind: 'status-before', status, on: { method: 'GET', path } }, 1_000);
      const said: string[] = [];
      const done = flatten(account, (line) => said.push(line));
      await expect.poll(() => left().positions, { timeout: 10_000 }).toEqual({});
      expect(said.join('\n')).toContain(`${path}: -1000`);
      exchange.faults.disarm();
      expect(await done).toEqual({ held: [], resting: [] });
      expect(left()).toEqual(NOTHING);
    });
  }

  it('takes no stop away while it cannot read what is held, and entries all the same', async ({ expect }) => {
    await using own = await rig();
    const { exchange, account, inTheMarket, left } = own;
    await inTheMarket();
    exchange.inject({ kind: 'status-before', status: 503, on: { method: 'GET', path: '/positionRisk' } }, 1_000);
    const done = flatten(account, () => undefined);
    await expect.poll(() => left(), { timeout: 10_000 }).toMatchObject({ orders: 1, stops: 2 });
    exchange.faults.disarm();
    await done;
    expect(left()).toEqual(NOTHING);
  });

  it('leaves a position that is more than one market order may be', async ({ expect }) => {
    await using own = await rig('500000000');
    const { account, market, left } = own;
    await (await connect(account)).signed('POST', '/fapi/v1/leverage', { symbol: 'ETHUSDT', leverage: '5' });
    for (let i = 0; i < 3; i++) await market('ETHUSDT', 'BUY', '1900');
    expect(left().positions).toEqual({ ETHUSDT: '5700' });
    await flatten(account, () => undefined);
    expect(left()).toEqual(NOTHING);
  });

  it('tests itself: it signs and reads, changes nothing, and says what it could not do', async ({ expect }) => {
    await using own = await rig();
    const { account, inTheMarket, left } = own;
    await inTheMarket();
    const before = left();
    expect(await selfTest(account)).toBe('it signed, and read 2 positions and 4 orders');
    expect(left()).toEqual(before);
    await expect(selfTest({ ...account, secret: 'wrong' })).rejects.toThrow(/-1022/);
    await expect(selfTest({ ...account, apiKey: 'wrong' })).rejects.toThrow(/-20(14|15)/);
  });

  it('sends keys to Binance or to this machine, and to nobody else', ({ expect }) => {
    for (const url of [
      'http://example.org',
      'https://fapi.binance.com.evil.example',
      'http://127.0.0.1.evil.example:80',
    ])
      expect(() => accountIn(KEYS, false, url), url).toThrow(/keys are sent to Binance/);
    expect(accountIn(KEYS, false).url).toBe('https://fapi.binance.com');
    expect(accountIn(KEYS, true).url).not.toBe('https://fapi.binance.com');
    expect(() => accountIn({}, false)).toThrow(/must be set/);
  });

  it('needs nothing but Node, and stays short enough to be read before it is needed', ({ expect }) => {
    const text = readFileSync(SCRIPT, 'utf8');
    const imports = [...text.matchAll(/from '([^']+)'/g)].map(([, name]) => name);
    expect(imports.filter((name) => !name?.startsWith('node:'))).toEqual([]);
    expect(text).not.toMatch(/\b(import|require)\(/);
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(200);
  });

  it('works as a script by itself, and does nothing without --yes', async ({ expect }) => {
    await using own = await rig();
    const { exchange, inTheMarket, left } = own;
    await inTheMarket();
    const before = left();
    const run = (...args: string[]) =>
      new Promise<{ code: number | null; err: string }>((resolve) => {
        let err = '';
        const child = spawn(NODE, [SCRIPT, ...args], {
          env: { ...KEYS, KINTSUGI_EXCHANGE_URL: exchange.url },
          cwd: '/',
        });
        child.stderr.on('data', (part: Buffer) => {
          err += part.toString();
        });
        child.on('close', (code) => resolve({ code, err }));
      });
    expect(await run()).toMatchObject({ code: 1, err: expect.stringContaining('say --yes') });
    expect(left()).toEqual(before);
    expect(await run('--yes')).toMatchObject({ code: 0, err: expect.stringContaining('flat: nothing is held') });
    expect(left()).toEqual(NOTHING);
  });
});

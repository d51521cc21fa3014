import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { kernelLock } from '../../src/adapters/kernel-lock.ts';
import { accountIn, connect } from '../../src/adapters/kill/binance-usdm.ts';
import { noteLive } from '../../src/adapters/live-note.ts';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import type { StatusReport } from '../../src/healing/status.ts';
import { FakeExchange } from '../fake-exchange/fake-exchange.ts';
import { freshFolder, kintsugi, startForTest } from './cli.ts';

const EXCHANGE = 'state/paper_exchange.json';

describe('kintsugi flatten, on paper', () => {
  it('touches nothing where no bot runs, and says how; asks the one that runs, which is paused then', async () => {
    const dir = freshFolder();
    const made = await kintsugi(['run', '--speed', 'max', '--for', '40m', '--seed', '7', '--dir', dir]);
    expect(made.code).toBe(0);
    expect(existsSync(join(dir, EXCHANGE))).toBe(true);
    const before = readFileSync(join(dir, EXCHANGE), 'utf8');
    const atRest = await kintsugi(['flatten', '--dir', dir, '--yes']);
    expect(atRest).toMatchObject({ code: 1, err: expect.stringContaining('kintsugi run --dir') });
    expect(readFileSync(join(dir, EXCHANGE), 'utf8')).toBe(before);

    const bot = startForTest(['run', '--dir', dir, '--no-http', '--no-guardian']);
    await bot.said('runs in');
    const status = async () => JSON.parse((await kintsugi(['status', '--dir', dir, '--json'])).out) as StatusReport;
    const healer = async () => (await status()).invariants.find(({ id }) => id === 'healingOperator/alive')?.holds;
    await expect.poll(healer, { timeout: 30_000, interval: 500 }).toBe(true);
    const unasked = await kintsugi(['flatten', '--dir', dir]);
    expect(unasked).toMatchObject({ code: 64, err: expect.stringContaining('--yes') });
    expect((await status()).kill_switch.active).toBe(false);
    const { code, out } = await kintsugi(['flatten', '--dir', dir, '--yes', '--json', '--reason', 'a test']);
    expect({ code, ...JSON.parse(out) }).toMatchObject({ code: 0, flat: true, live: false });
    expect((await status()).kill_switch).toMatchObject({ active: true, reason: expect.stringContaining('a test') });
    bot.kill('SIGINT');
    expect((await bot.outcome).code).toBe(0);
    expect((await kintsugi(['verify', '--dir', dir])).code).toBe(0);
  });

  it('is not told of play money where the directory says whose money it is', async () => {
    const dir = freshFolder();
    noteLive(dir, { exchange: 'binanceusdm', testnet: false, account: 'a', confirmed_to: null });
    const { code, err } = await kintsugi(['flatten', '--dir', dir, '--yes', '--testnet'], {
      KINTSUGI_API_KEY: 'fake-key',
      KINTSUGI_API_SECRET: 'fake-secret',
      KINTSUGI_EXCHANGE_URL: 'http://127.0.0.1:1',
    });
    expect({ code, err }).toEqual({ code: 64, err: expect.stringContaining('--testnet goes with --live') });
  });

  it('needs a directory, or the word that a real account is meant', async () => {
    expect(await kintsugi(['flatten', '--dir', '/nowhere/at/all'])).toMatchObject({ code: 1 });
    const keyless = await kintsugi(['flatten', '--dir', '/nowhere/at/all', '--live', '--yes']);
    expect(keyless).toMatchObject({ code: 78, err: expect.stringMatching(/needs keys.*KINTSUGI_API_KEY/) });
    const env = { KINTSUGI_EXCHANGE_URL: 'http://example.com' };
    const elsewhere = await kintsugi(['flatten', '--dir', '/nowhere/at/all', '--live', '--yes'], env);
    expect(elsewhere).toMatchObject({ code: 78, err: expect.stringContaining('KINTSUGI_EXCHANGE_URL: ') });
  });
});

const TESTNET = { exchange: 'binanceusdm', testnet: true };
const OKX = { exchange: 'okx', testnet: false };
const keysOf = (exchange: FakeExchange) => ({
  KINTSUGI_API_KEY: 'fake-key',
  KINTSUGI_API_SECRET: 'fake-secret',
  KINTSUGI_EXCHANGE_URL: exchange.url,
});

/** The door of a bot that trades for real. @returns what it was asked to do */
async function bot(dir: string, live: typeof OKX, flat: boolean): Promise<readonly unknown[]> {
  const asked: unknown[] = [];
  const files = nodeFiles(dir, { durability: 'written' });
  const act = async ({ token: _, ...request }: Readonly<Record<string, unknown>>) => {
    asked.push(request);
    return { flat, says: flat ? 'nothing is held any more' : '1 BTCUSDT is held' };
  };
  const lease = await kernelLock(dir, { files, answer: () => ({ components: {}, live }), act }).acquire('default');
  onTestFinished(() => lease.release());
  return asked;
}

async function exchangeWithLong(): Promise<FakeExchange> {
  const exchange = await FakeExchange.start();
  onTestFinished(() => exchange.close());
  exchange.price('BTCUSDT', '60000');
  const { signed } = await connect(accountIn(keysOf(exchange), false, exchange.url));
  await signed('POST', '/fapi/v1/order', { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.05' });
  return exchange;
}

describe('kintsugi flatten, of a real account', () => {
  it.each([true, false])(
    'asks the bot where the terminal has no keys, and repeats its word (flat: %s)',
    async (flat) => {
      for (const live of [TESTNET, OKX]) {
        const dir = freshFolder();
        const asked = await bot(dir, live, flat);
        const { code, out, err } = await kintsugi(['flatten', '--dir', dir, '--yes', '--json']);
        expect({ code, ...JSON.parse(out) }).toMatchObject({ code: flat ? 0 : 1, live: true, flat });
        expect(err).toContain(`the bot says ${flat ? 'flat' : 'NOT flat'}; to have the exchange's own word, `);
        expect(err).not.toContain('not foreseen');
        expect(asked).toMatchObject([{ request: 'flatten', reason: 'kintsugi flatten' }]);
      }
    },
  );

  it('needs keys where no bot does it, and the exchange that it can reach', async () => {
    const dir = freshFolder();
    noteLive(dir, { ...TESTNET, account: 'a', confirmed_to: null });
    const keyless = await kintsugi(['flatten', '--dir', dir, '--yes']);
    expect(keyless).toMatchObject({ code: 78, err: expect.stringMatching(/test network.*KINTSUGI_API_KEY/) });
    noteLive(dir, { ...OKX, account: 'a', confirmed_to: null });
    expect(await kintsugi(['flatten', '--dir', dir, '--yes'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('this is one of okx'),
    });
  });

  it.each([
    [TESTNET, [], 'binanceusdm', 'binanceusdm (test network)'],
    [{ ...TESTNET, testnet: false }, ['--testnet'], 'binanceusdm (test network)', 'binanceusdm'],
    [OKX, [], 'binanceusdm', 'okx'],
  ] as const)('--live is that of the keys, whatever the directory says: %j %j', async (noted, more, means, is) => {
    const exchange = await exchangeWithLong();
    const dir = freshFolder();
    noteLive(dir, { ...noted, account: 'a', confirmed_to: null });
    const args = ['flatten', '--dir', dir, '--yes', '--live', ...more];
    const atRest = await kintsugi(args, keysOf(exchange));
    expect(atRest.err).toContain(`--live means ${means}; the directory is of ${is}, and that account is not touched`);
    expect(atRest.code).toBe(0);
    expect(exchange.audit.positions).toEqual({});

    const asked = await bot(dir, noted, true);
    const running = await kintsugi(args, keysOf(exchange));
    expect(running).toMatchObject({ code: 0, err: expect.stringContaining('that account is not touched') });
    expect(asked).toEqual([]);
    expect(await kintsugi(args)).toMatchObject({ code: 78, err: expect.stringContaining('KINTSUGI_API_KEY') });
    expect(asked).toEqual([]);
  });

  it('--live says nothing more where the directory says the same, and the bot there is asked', async () => {
    const exchange = await exchangeWithLong();
    const dir = freshFolder();
    const asked = await bot(dir, TESTNET, true);
    const { code, err } = await kintsugi(['flatten', '--dir', dir, '--yes', '--live', '--testnet'], keysOf(exchange));
    expect({ code, asked: asked.length }).toEqual({ code: 0, asked: 1 });
    expect(err).not.toContain('--live means');
    expect(exchange.audit.positions).toEqual({});
  });

  it('leaves no other account than that of the directory: not with its keys, unless --live says so, and not by its bot', async () => {
    const exchange = await exchangeWithLong();
    const dir = freshFolder();
    const others = { ...TESTNET, account: 'of-other-keys' };
    noteLive(dir, { ...others, confirmed_to: null });
    const args = ['flatten', '--dir', dir, '--yes'];
    const atRest = await kintsugi(args, keysOf(exchange));
    expect(atRest).toMatchObject({ code: 77, err: expect.stringContaining('may be of another account') });
    expect(exchange.audit.positions).toEqual({ BTCUSDT: '0.05' });

    const asked = await bot(dir, others, true);
    const running = await kintsugi(args, keysOf(exchange));
    expect(running).toMatchObject({ code: 0, err: expect.stringContaining('with them the exchange is not asked') });
    expect(exchange.audit.positions).toEqual({ BTCUSDT: '0.05' });
    expect(asked).toHaveLength(1);

    const { code, err } = await kintsugi([...args, '--live', '--testnet'], keysOf(exchange));
    expect(code).toBe(0);
    expect(err).toContain('entries are NOT blocked in it');
    expect(exchange.audit.positions).toEqual({});
    expect(asked).toHaveLength(1);
  });
});

/** The real command trades for real, as far as it can tell: a process, the real ccxt, and an exchange on loopback. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freshFolder, kintsugi, type Started, start, statusOf } from '../cli.ts';
import { KEY, type LiveMarket, liveMarket, SECRET } from './a-market.ts';

const NOTHING = { positions: {}, orders: 0, stops: 0 };

const market = async (): Promise<LiveMarket> => {
  const made = await liveMarket({ BTCUSDT: 60_000, ETHUSDT: 3_000 });
  onTestFinished(() => made[Symbol.asyncDispose]());
  return made;
};
const run = (
  made: LiveMarket,
  dir: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Started => {
  const bot = start(
    ['run', '--dir', dir, '--feed', 'ccxt:binanceusdm', '--symbols', 'BTCUSDT,ETHUSDT', '--live', '--no-http', ...args],
    { ...made.environment(freshFolder()), ...env },
  );
  onTestFinished(() => bot.kill('SIGKILL'));
  return bot;
};

/** Every file below a directory, as text. */
function everythingIn(dir: string): string {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => join(dir, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
}

describe('kintsugi run --live', () => {
  it('adopts what is held; when it is killed, kintsugi flatten leaves nothing held and nothing resting; no key is written', async () => {
    const made = await market();
    await made.order({ symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.05' });
    await made.order({
      symbol: 'ETHUSDT',
      side: 'BUY',
      type: 'LIMIT',
      quantity: '0.5',
      price: '2000',
      timeInForce: 'GTC',
    });
    const dir = freshFolder();
    const bot = run(made, dir, ['--no-guardian']);
    await bot.said('runs in');
    await expect
      .poll(async () => (await statusOf(dir))?.live, { timeout: 30_000, interval: 500 })
      .toMatchObject({
        exchange: 'binanceusdm',
        testnet: false,
        kill_path: { ok: true, says: expect.stringContaining('1 positions') },
        keys: expect.stringContaining('may not withdraw'),
        entries_held: expect.stringContaining('start-up is not green yet'),
      });
    expect((await kintsugi(['status', '--dir', dir])).out).toContain('REAL MONEY: binanceusdm');
    await expect.poll(() => made.left().stops, { timeout: 30_000, interval: 250 }).toBeGreaterThan(0);

    bot.kill('SIGKILL');
    await bot.outcome;
    expect(made.left().positions).toEqual({ BTCUSDT: '0.05' });
    const refused = await kintsugi(['flatten', '--dir', dir], made.environment(freshFolder()));
    expect({ code: refused.code, err: refused.err }).toMatchObject({ code: 64, err: expect.stringContaining('--yes') });
    expect(made.left().positions).toEqual({ BTCUSDT: '0.05' });

    const { code, out } = await kintsugi(['flatten', '--dir', dir, '--yes', '--json'], made.environment(freshFolder()));
    expect({ code, out: JSON.parse(out) }).toMatchObject({ code: 0, out: { live: true, flat: true, left: [] } });
    expect(made.left()).toEqual(NOTHING);
    const told = everythingIn(dir) + out + (await bot.outcome).err + (await bot.outcome).out;
    expect(told).toContain('kill path works');
    expect(told).not.toContain(KEY);
    expect(told).not.toContain(SECRET);
  });

  it('is left flat by the bot itself while it lives, which is paused then', async () => {
    const made = await market();
    await made.order({ symbol: 'ETHUSDT', side: 'SELL', type: 'MARKET', quantity: '1' });
    const dir = freshFolder();
    const bot = run(made, dir, ['--no-guardian']);
    await bot.said('runs in');
    await expect.poll(() => made.left().stops, { timeout: 30_000, interval: 250 }).toBeGreaterThan(0);
    const keyless = await kintsugi(['flatten', '--dir', dir, '--yes']);
    expect(keyless).toMatchObject({ code: 0, err: expect.stringContaining('the bot says flat; to have the exchange') });
    expect(made.left().positions).toEqual({});
    const { code, err } = await kintsugi(['flatten', '--dir', dir, '--yes'], made.environment(freshFolder()));
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringMatching(/the bot: nothing (is|was) held/) });
    expect(made.left()).toEqual(NOTHING);
    expect((await statusOf(dir))?.kill_switch).toMatchObject({ active: true });
    bot.kill('SIGINT');
    expect((await bot.outcome).code).toBe(0);
  });

  it('works beside a bot that hangs, and says that it must be ended', async () => {
    const made = await market();
    await made.order({ symbol: 'BTCUSDT', side: 'SELL', type: 'MARKET', quantity: '0.02' });
    const dir = freshFolder();
    const bot = run(made, dir, ['--no-guardian']);
    await bot.said('runs in');
    await expect.poll(() => made.left().stops, { timeout: 30_000, interval: 250 }).toBeGreaterThan(0);
    bot.kill('SIGSTOP');
    const { code, err } = await kintsugi(['flatten', '--dir', dir, '--yes'], made.environment(freshFolder()));
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining('kill -9') });
    expect(made.left()).toEqual(NOTHING);
  });

  it('is asked for once: a bot that its guardian starts again goes on without it', async () => {
    const made = await market();
    const dir = freshFolder();
    const guardian = run(made, dir);
    await guardian.said('runs in');
    await expect.poll(async () => (await statusOf(dir))?.pid, { timeout: 30_000, interval: 500 }).toBeGreaterThan(0);
    const pid = (await statusOf(dir))?.pid;
    process.kill(pid ?? 0, 'SIGKILL');
    await expect
      .poll(async () => (await statusOf(dir))?.pid, { timeout: 60_000, interval: 500 })
      .not.toSatisfy((now?: number | null) => (now ?? null) === null || now === pid);
    guardian.kill('SIGINT');
    expect((await guardian.outcome).code).toBe(0);
    expect((await guardian.outcome).err.split('REAL MONEY')).toHaveLength(2);
  });
});

describe('kintsugi run --live is refused', () => {
  const refused = async (args: readonly string[], env: Record<string, string> = {}) => {
    const { code, err } = await kintsugi(['run', '--dir', freshFolder(), '--no-http', ...args], env);
    return { code, err };
  };

  it('on prices that are simulated or of the past, and at any speed but that of the world', async () => {
    expect(await refused(['--live'])).toMatchObject({ code: 64, err: expect.stringContaining('ccxt:binanceusdm') });
    expect(await refused(['--live', '--feed', 'replay:x.csv'])).toMatchObject({ code: 64 });
    expect(await refused(['--live', '--feed', 'ccxt:binanceusdm', '--speed', '2'])).toMatchObject({
      code: 64,
      err: expect.stringContaining('real time only'),
    });
  });

  it('without keys, and to keys that are typed, without repeating them', async () => {
    const feed = ['--live', '--feed', 'ccxt:binanceusdm', '--no-guardian'];
    expect(await refused(feed)).toMatchObject({ code: 78, err: expect.stringContaining('KINTSUGI_API_KEY') });
    for (const typed of [['--api-key', KEY], [`--apiKey=${KEY}`], ['--set', `exchange.apiKey=${KEY}`]]) {
      const { code, err } = await refused([...feed, ...typed]);
      expect({ code, err }).toMatchObject({
        code: 64,
        err: expect.stringContaining('never taken from the command line'),
      });
      expect(err).not.toContain(KEY);
    }
  });
});

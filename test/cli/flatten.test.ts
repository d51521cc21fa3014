import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StatusReport } from '../../src/healing/status.ts';
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

  it('needs a directory, or the word that a real account is meant', async () => {
    expect(await kintsugi(['flatten', '--dir', '/nowhere/at/all'])).toMatchObject({ code: 1 });
    const keyless = await kintsugi(['flatten', '--dir', '/nowhere/at/all', '--live', '--yes']);
    expect(keyless).toMatchObject({ code: 1, err: expect.stringContaining('KINTSUGI_API_KEY') });
  });
});

import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { freshFolder, kintsugi, startForTest } from './cli.ts';

const botIn = async (dir: string): Promise<number> => {
  const { pid } = JSON.parse((await kintsugi(['status', '--dir', dir, '--json'])).out) as { pid: number };
  return pid;
};

describe('kintsugi run, which is a guardian and a bot', () => {
  it('starts a bot that was killed again, for what is left of its time, and status tells of it', async () => {
    const dir = freshFolder();
    const guardian = startForTest(['run', '--for', '10m', '--dir', dir]);
    await guardian.said('kintsugi runs in');
    const first = await botIn(dir);
    expect(first).not.toBe(guardian.pid);
    process.kill(first, 'SIGKILL');
    await guardian.said('[GUARDIAN] restart 1');
    const second = await botIn(dir);
    const args = execFileSync('ps', ['-o', 'args=', '-p', String(second)], { encoding: 'utf8' });
    const left = Number(/--for=(\d+)ms/.exec(args)?.[1]);
    expect(left).toBeGreaterThan(500_000);
    expect(left).toBeLessThan(600_000);
    const says = `restarted once by the guardian in 24 hours; last at`;
    expect((await kintsugi(['status', '--dir', dir])).out).toContain(says);
    const { guardian: told } = JSON.parse((await kintsugi(['status', '--dir', dir, '--json'])).out);
    expect(told).toMatchObject({ restarts_in_24_hours: 1, last: { event: 'restart', pid: first, signal: 'SIGKILL' } });
    guardian.kill('SIGTERM');
    expect(await guardian.outcome).toMatchObject({ code: 0, out: expect.stringContaining('What this run came to') });
    expect((await kintsugi(['status', '--dir', dir])).out).toContain(says);
  });

  it('--no-guardian is one process, which ends when it is stopped and not when its time would have been over', async () => {
    const dir = freshFolder();
    const bot = startForTest(['run', '--no-guardian', '--for', '1h', '--dir', dir]);
    await bot.said('kintsugi runs in');
    expect(await botIn(dir)).toBe(bot.pid);
    bot.kill('SIGINT');
    expect(await bot.outcome).toMatchObject({ code: 0 });
  });
});

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { freshFolder, kintsugi, NODE, PATIENT, ROOT, startForTest } from './cli.ts';

const botIn = async (dir: string): Promise<number | null> => {
  const { pid } = JSON.parse((await kintsugi(['status', '--dir', dir, '--json'])).out) as { pid: number | null };
  return pid;
};

describe('kintsugi run, which is a guardian and a bot', () => {
  it('starts a bot that was killed again, for what is left of its time, and status tells of it', async () => {
    const dir = freshFolder();
    const guardian = startForTest(['run', '--for', '10m', '--dir', dir]);
    await guardian.said('kintsugi runs in');
    const first = await botIn(dir);
    expect(first).not.toBe(guardian.pid);
    process.kill(first ?? 0, 'SIGKILL');
    await guardian.said('[GUARDIAN] restart 1');
    const second = await vi.waitFor(async () => {
      const pid = await botIn(dir);
      expect([null, first]).not.toContain(pid);
      return pid;
    }, PATIENT);
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

  it('that is over ends, and is not started again, also where what it came to cannot be told', async () => {
    const dir = freshFolder();
    // What nobody can read as a file, whoever asks.
    mkdirSync(join(dir, 'logs/signal_decisions.jsonl'), { recursive: true });
    const { code, err } = await kintsugi(['run', '--for', '4s', '--no-http', '--dir', dir]);
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('stopping: its time is over') });
    expect(err).not.toContain('starts again');
    expect(existsSync(join(dir, 'logs/guardian.jsonl'))).toBe(false);
  });

  it('that finds no exchange at its first start ends with 68 alone, and below a guardian is started again', async () => {
    // Nobody listens on port 1.
    const env = { KINTSUGI_EXCHANGE_URL: 'http://127.0.0.1:1' };
    const args = ['run', '--feed', 'ccxt:binanceusdm', '--no-http', '--dir', freshFolder()];
    const alone = await kintsugi([...args, '--no-guardian'], env);
    expect(alone).toMatchObject({ code: 68, err: expect.stringContaining('does not answer') });
    const guardian = startForTest(args, env);
    await guardian.said('could not reach the exchange (exit code 68)');
    await guardian.said('(restart 2; as often as it takes)');
    guardian.kill('SIGTERM');
    expect((await guardian.outcome).code).toBe(0);
  });

  it('that is told of an exchange nobody knows ends at once, below a guardian, too', async () => {
    const { code, err } = await kintsugi(['run', '--feed', 'ccxt:binanceusdn', '--dir', freshFolder()]);
    expect({ code, err }).toEqual({ code: 64, err: expect.not.stringContaining('starts again') });
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

/** Runs a command in a terminal of its own, closes the terminal when the command has said a word, and prints its exit code. */
const CLOSING = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0: os.execv(sys.argv[2], sys.argv[2:])
said = b''
while sys.argv[1].encode() not in said: said += os.read(terminal, 65536)
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

const python = spawnSync('python3', ['-c', 'import pty'], { stdio: 'ignore' }).status === 0;

describe.skipIf(!python)('kintsugi run in a terminal (needs python3)', () => {
  it.each([[[]], [['--no-guardian']]])('%j stops cleanly when the terminal is closed', async (flags) => {
    const dir = freshFolder();
    const { NO_COLOR: _, FORCE_COLOR: __, ...env } = process.env;
    const command = [NODE, join(ROOT, 'src/cli/kintsugi.ts'), 'run', ...flags, '--dir', dir];
    const child = spawn('python3', ['-c', CLOSING, 'kintsugi runs in', ...command], { env: { ...env, TERM: 'xterm' } });
    let code = '';
    child.stdout.on('data', (chunk: Buffer) => {
      code += chunk.toString();
    });
    await new Promise((resolved) => child.on('close', resolved));
    expect(code.trim()).toBe('0');
    expect(await botIn(dir)).toBeNull();
    expect(await kintsugi(['doctor', '--dir', dir])).toMatchObject({ code: 0 });
  });
});

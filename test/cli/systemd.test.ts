import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { lockAccount } from '../../src/cli/live/account-lock.ts';
import { botFolder, guardedBot } from '../faults/guarded-bot.ts';
import { freshFolder, kintsugi } from './cli.ts';

const has = (program: string): boolean => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;

const parsed = (unit: string): Record<string, string> =>
  Object.fromEntries(
    unit.split('\n').flatMap((line) => {
      const [, name, value] = /^([A-Z]\w+)=(.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    }),
  );

const REAL = ['--feed', 'ccxt:binanceusdm', '--live'];

describe('kintsugi systemd', () => {
  it('prints a unit with absolute paths, where a folder may have any name', async () => {
    const cwd = freshFolder();
    writeFileSync(join(cwd, 'c.json'), JSON.stringify({ mirror: join(cwd, 'second disk') }));
    const args = ['systemd', '--dir', 'my "bot" 100%$', '--symbols', 'BTCUSDT,ETHUSDT', '-c', 'c.json', '--for', '1d'];
    const { code, out, err } = await kintsugi(args, {}, cwd);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const { ExecStart, ReadWritePaths, ...unit } = parsed(out);
    expect(ExecStart).toContain(` run "--dir=${cwd}/my \\"bot\\" 100%%$$" --symbols=BTCUSDT,ETHUSDT --for=1d`);
    expect(ExecStart).toContain(` --config=${cwd}/c.json`);
    expect(ExecStart).toMatch(/^\/\S+node \/\S+\/kintsugi\.ts /);
    expect(ReadWritePaths).toBe(`"${cwd}/my \\"bot\\" 100%%$" "${cwd}/second disk"`);
    expect(unit).toMatchObject({
      Type: 'notify',
      NotifyAccess: 'all',
      Restart: 'on-failure',
      RestartPreventExitStatus: '64 69 70 75 77 78 130 143',
      WatchdogSec: '90',
      NoNewPrivileges: 'yes',
      ProtectSystem: 'strict',
    });
    expect(existsSync(join(cwd, 'my "bot" 100%$'))).toBe(false);
  });

  it('keeps the lock of a real account where the unit may write, as the bot looks for it', async () => {
    const { code, out } = await kintsugi(['systemd', '--dir', freshFolder(), ...REAL]);
    expect(code).toBe(0);
    const { Environment = '', StateDirectory, ExecStart } = parsed(out);
    expect(ExecStart).toContain(' --live');
    // What systemd makes of %S for a service of the system.
    const [, home] = /^XDG_STATE_HOME=(.*)$/.exec(Environment.replace('%S', freshFolder())) ?? [];
    const lease = await lockAccount({ exchange: 'binanceusdm', isTestnet: false, fingerprint: 'f' }, '/srv/bot', {
      XDG_STATE_HOME: home,
    });
    await lease.release();
    expect(readdirSync(home ?? '')).toEqual([StateDirectory]);
  });

  it.each([
    [['--speed', 'max', '--for', '1h'], '--speed max: without a guardian nobody answers systemd'],
    [['--no-guardian'], '--no-guardian: without a guardian'],
    [['--for', 'ever'], 'a duration is a number and a unit'],
    [['--live'], '--live with the feed sim'],
    [['--json'], "unknown option '--json'"],
  ])('refuses %j with 64', async (args, says) => {
    const { code, out, err } = await kintsugi(['systemd', ...args]);
    expect({ code, out }).toEqual({ code: 64, out: '' });
    expect(err).toContain(says);
  });

  it.skipIf(!has('systemd-analyze')).each([[[]], [REAL]])('prints what systemd-analyze verifies: %j', async (more) => {
    const cwd = freshFolder();
    const { out } = await kintsugi(['systemd', '--dir', join(cwd, 'a bot'), ...more]);
    const file = join(cwd, 'kintsugi.service');
    writeFileSync(file, out);
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
    expect({ status, about: stderr.split('\n').filter((line) => line.includes('kintsugi.service')) }).toEqual({
      status: 0,
      about: [],
    });
  });
});

/** A guardian in a hurry, over a puppet. */
const POLICY = { silenceMs: 1_500, graceMs: 1_500, backoff: { firstMs: 100, capMs: 100 } };

const puppet = (how = 'well'): string => {
  const dir = botFolder();
  writeFileSync(`${dir}.puppet`, how);
  return dir;
};

/** A `systemd-notify` of the test's own, and what it was told. */
function listener() {
  const programs = join(freshFolder(), 'bin');
  mkdirSync(programs);
  const heard = join(programs, 'heard');
  writeFileSync(heard, '');
  writeFileSync(join(programs, 'systemd-notify'), `#!/bin/sh\nfor word; do echo "$word"; done >> '${heard}'\n`);
  chmodSync(join(programs, 'systemd-notify'), 0o755);
  const words = (): string[] => readFileSync(heard, 'utf8').split('\n').slice(0, -1);
  const count = (word: string): number => words().filter((one) => one === word).length;
  const env = {
    PATH: `${programs}${delimiter}${process.env.PATH}`,
    NOTIFY_SOCKET: join(programs, 'nobody'),
    WATCHDOG_USEC: '600000',
  };
  return { words, count, env };
}

describe('a guardian that systemd listens to', () => {
  it('asks for more time and stays believed while its bot reaches nobody', async () => {
    const { words, count, env } = listener();
    const policy = { ...POLICY, backoff: { firstMs: 60_000, capMs: 60_000 } };
    const bot = guardedBot({ dir: puppet('reaches nobody'), entry: 'puppet.ts', policy, env });
    try {
      const waits = () =>
        words().some((word) => word.startsWith('STATUS=the exchange cannot be reached; the bot starts'));
      await bot.until('it waits', waits);
      const more = words().findLast((word) => word.startsWith('EXTEND_TIMEOUT_USEC='));
      expect(Number(more?.split('=')[1])).toBeGreaterThan(900_000_000);
      const answered = count('WATCHDOG=1');
      await bot.until('it is believed while it waits', () => count('WATCHDOG=1') > answered + 2);
      expect(count('READY=1')).toBe(0);
      bot.kill('SIGTERM');
      expect(await bot.outcome).toEqual({ code: 0, signal: null });
    } finally {
      await bot.end();
    }
  });

  it('says READY once, WATCHDOG while it believes the bot, what happens, and STOPPING', async () => {
    const dir = puppet();
    const { words, count, env } = listener();
    const bot = guardedBot({ dir, entry: 'puppet.ts', policy: POLICY, env });
    try {
      await bot.until('it is ready, and watched', () => count('READY=1') > 0 && count('WATCHDOG=1') > 2);
      const running = words().findLast((word) => word.startsWith('STATUS=the bot runs as process '));
      const pid = Number(running?.split(' ').at(-1));
      process.kill(pid, 'SIGSTOP');
      await bot.until('the bot is faint', () => words().includes('STATUS=the bot gives no sign of life'));
      const answered = count('WATCHDOG=1');
      await bot.until('the bot is ended', () => words().some((word) => word.startsWith('STATUS=the bot is down')));
      // One may have been on its way.
      expect(count('WATCHDOG=1')).toBeLessThanOrEqual(answered + 1);
      await bot.until('another runs', () =>
        words().some((word) => /^STATUS=the bot runs as process \d+, restarted once$/.test(word)),
      );
      await bot.until('it is watched again', () => count('WATCHDOG=1') > answered + 2);
      bot.kill('SIGTERM');
      expect(await bot.outcome).toEqual({ code: 0, signal: null });
      expect([count('READY=1'), count('STOPPING=1')]).toEqual([1, 1]);
      expect(words().indexOf('STOPPING=1')).toBeGreaterThan(words().lastIndexOf('WATCHDOG=1'));
    } finally {
      await bot.end();
    }
  });

  it('says in plain words that it cannot be heard where systemd-notify is missing', async () => {
    const dir = puppet();
    const env = { PATH: freshFolder(), NOTIFY_SOCKET: '/nowhere/notify' };
    const bot = guardedBot({ dir, entry: 'puppet.ts', env });
    try {
      await bot.until('the warning', () => bot.said().includes('systemd-notify is not on the PATH'));
    } finally {
      await bot.end();
    }
  });

  const missing = ['python3', 'systemd-notify'].filter((program) => !has(program));
  it.skipIf(missing.length > 0)(
    `is heard on a real socket (missing here: ${missing.join(', ') || 'nothing'})`,
    async () => {
      const dir = puppet();
      const socket = join(freshFolder(), 'notify');
      const listener = spawn('python3', ['-uc', LISTENER, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
      let heard = '';
      listener.stdout.on('data', (chunk: Buffer) => {
        heard += chunk.toString();
      });
      await vi.waitUntil(() => heard.includes('listening'), 20_000);
      const env = { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '600000' };
      const bot = guardedBot({ dir, entry: 'puppet.ts', env });
      try {
        await bot.until(
          'all is heard',
          () => /READY=1/.test(heard) && /WATCHDOG=1/.test(heard) && /STATUS=/.test(heard),
        );
        bot.kill('SIGTERM');
        expect(await bot.outcome).toEqual({ code: 0, signal: null });
        expect(bot.said()).toBe('');
        await bot.until('the end is heard', () => heard.includes('STOPPING=1'));
      } finally {
        await bot.end();
        listener.kill();
      }
    },
  );
});

const LISTENER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('listening')
while True: print(s.recv(4096).decode())
`;

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freshFolder, kintsugi, startForTest } from '../cli.ts';

const inside = (cwd: string, env: Record<string, string> = {}) => ({
  kintsugi: (...args: string[]) => kintsugi(args, env, cwd),
  write: (name: string, value: unknown) =>
    writeFileSync(join(cwd, name), typeof value === 'string' ? value : JSON.stringify(value)),
  read: (name: string): string => readFileSync(join(cwd, name), 'utf8'),
});

describe('kintsugi init', () => {
  it('writes a file that is right and says nothing, and leaves one that is there', async () => {
    const cwd = freshFolder();
    const { kintsugi, read, write } = inside(cwd);
    expect(await kintsugi('init')).toMatchObject({ code: 0, out: '', err: expect.stringContaining('kintsugi.jsonc') });
    expect(readdirSync(cwd)).toEqual(['kintsugi.jsonc']);
    expect(await kintsugi('config', 'check')).toMatchObject({ code: 0, out: 'kintsugi.jsonc is right\n' });
    const [, schema = ''] = /"\$schema": "file:\/\/([^"]+)"/.exec(read('kintsugi.jsonc')) ?? [];
    expect(existsSync(schema)).toBe(true);

    write('kintsugi.jsonc', '// mine\n{}');
    const again = await kintsugi('init');
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining('is there already') });
    expect(read('kintsugi.jsonc')).toBe('// mine\n{}');
    expect(await kintsugi('init', '--force')).toMatchObject({ code: 0 });
    expect(read('kintsugi.jsonc')).toContain('"guards": {');
    expect(readdirSync(cwd)).toEqual(['kintsugi.jsonc']);
  });

  it('writes what was said, and nothing where that is wrong or the place is', async () => {
    const cwd = freshFolder();
    const { kintsugi, read } = inside(cwd);
    const set = ['--set', 'leverage=2', '--set', 'symbols=BTCUSDT'];
    expect(await kintsugi('init', 'live.jsonc', ...set)).toMatchObject({ code: 0 });
    expect(read('live.jsonc')).toMatch(/^ {2}"leverage": 2,$/m);
    expect(read('live.jsonc')).toMatch(/^ {2}"symbols": \["BTCUSDT"\],$/m);
    expect(await kintsugi('init', 'x.jsonc', '--set', 'leverage=0')).toMatchObject({ code: 64 });
    mkdirSync(join(cwd, 'locked'), { mode: 0o555 });
    const nowhere = await kintsugi('init', 'nowhere/x.jsonc');
    expect(nowhere).toMatchObject({ code: 1, err: expect.stringContaining('cannot be written (ENOENT)') });
    chmodSync(join(cwd, 'locked'), 0o755);
    expect(readdirSync(cwd).sort()).toEqual(['live.jsonc', 'locked']);
  });
});

describe('kintsugi config', () => {
  it('show tells every setting and where it comes from, in words and as JSON', async () => {
    const { kintsugi, write } = inside(freshFolder(), { KINTSUGI_EXITS_STOP_FRACTION: '0.02' });
    write('kintsugi.jsonc', '{\n  // ours\n  "leverage": 5,\n}');
    const shown = await kintsugi('config', '--set', 'guards.risk.maxDailyLoss=0.02', '--speed', '2');
    expect(shown).toMatchObject({ code: 0, err: 'settings from ./kintsugi.jsonc\n' });
    expect(shown.out).toMatch(/^leverage +5 +kintsugi\.jsonc:3:3$/m);
    expect(shown.out).toMatch(/^exits\.stopFraction +0\.02 +KINTSUGI_EXITS_STOP_FRACTION \(environment\)$/m);
    expect(shown.out).toMatch(/^guards\.risk\.maxDailyLoss +0\.02 +--set guards\.risk\.maxDailyLoss$/m);
    expect(shown.out).toMatch(/^speed +2 +--speed 2$/m);
    expect(shown.out).toMatch(/^seed +1 +default$/m);

    const { schema, file, settings } = JSON.parse((await kintsugi('config', 'show', '--json')).out);
    expect({ schema, file }).toEqual({ schema: 1, file: 'kintsugi.jsonc' });
    expect(settings).toContainEqual({
      key: 'leverage',
      value: 5,
      from: { kind: 'file', file: 'kintsugi.jsonc', line: 3, column: 3, says: 'kintsugi.jsonc:3:3' },
    });
    expect(settings).toContainEqual({ key: 'seed', value: 1, from: { kind: 'default', says: 'default' } });
    const none = JSON.parse((await kintsugi('config', 'show', '--json', '--no-config')).out);
    expect(none.settings).toContainEqual({ key: 'leverage', value: 3, from: { kind: 'default', says: 'default' } });
  });

  it('shows no secret', async () => {
    const { kintsugi, write } = inside(freshFolder(), { HOOK: 'https://hooks.example/T/verysecret' });
    const webhooks = [
      { url: 'https://hooks.example/T/verysecret', shape: 'slack' },
      { url: 'https://user:verysecret@am.example', shape: 'alertmanager' },
      { url: 'http://127.0.0.1:9093', shape: 'alertmanager' },
      { url: 'env:HOOK', shape: 'slack' },
    ];
    const telegram = { chatId: '@ops', apiUrl: 'https://t.example/verysecret' };
    write('kintsugi.jsonc', { alerts: { webhooks, telegram } });
    for (const json of [[], ['--json']]) {
      const { out, err } = await kintsugi('config', 'show', ...json);
      expect(out + err).not.toContain('verysecret');
      for (const part of ['https://hooks.example/[redacted]', 'http://127.0.0.1:9093', 'env:HOOK', '@ops'])
        expect(out).toContain(part);
    }
  });

  it('check names all that is wrong in a file, and does not ask the environment', async () => {
    const { kintsugi, write } = inside(freshFolder(), { KINTSUGI_LEVERAGE: '0', KINTSUGI_NONSENSE: '1' });
    write('live.jsonc', '{"leverage": 3}');
    expect(await kintsugi('config', 'check', 'live.jsonc')).toMatchObject({ code: 0 });
    write('live.jsonc', '{"leverage": 0,\n "seed": "x"}');
    const wrong = await kintsugi('config', 'check', 'live.jsonc');
    expect(wrong).toEqual({
      code: 78,
      out:
        'live.jsonc:1:2 "leverage": 0 is less than 1; allowed: 1 to 125\n' +
        'live.jsonc:2:2 "seed": "x" is text; allowed: a whole number, 0 or more\n',
      err: '',
    });
    const told = JSON.parse((await kintsugi('config', 'check', 'live.jsonc', '--json')).out);
    expect(told).toMatchObject({ schema: 1, file: 'live.jsonc', sound: false });
    expect(told.problems).toHaveLength(2);
    const missing = await kintsugi('config', 'check', 'none.jsonc');
    expect(missing).toMatchObject({ code: 78, out: expect.stringContaining('none.jsonc: there is no such file') });
    write('live.jsonc', '');
    expect((await kintsugi('config', 'check', 'live.jsonc')).out).toContain('live.jsonc:1:1: it is not JSON');
  });

  it('keys and schema tell what there is, and refuse nothing that stands around them', async () => {
    const { kintsugi, write } = inside(freshFolder());
    write('kintsugi.jsonc', '{ broken');
    const keys = await kintsugi('config', 'keys');
    expect(keys.code).toBe(0);
    expect(keys.out).toContain('guards.risk.maxDailyLoss\n  Loss since midnight UTC');
    expect(keys.out).toContain('  allowed: 0 to 1; default: 0.03\n  KINTSUGI_GUARDS_RISK_MAX_DAILY_LOSS\n');
    const schema = JSON.parse((await kintsugi('config', 'schema')).out);
    expect(schema.properties.guards.properties.risk.properties.maxDailyLoss).toMatchObject({ minimum: 0, maximum: 1 });
    expect(await kintsugi('config', 'show')).toMatchObject({
      code: 78,
      err: expect.stringContaining('kintsugi.jsonc:1:3'),
    });
  });
});

describe('kintsugi run', () => {
  const aRun = ['run', '--for', '2m', '--json'];

  it('takes kintsugi.jsonc of the folder it is called in, and says so in its first line', async () => {
    const cwd = freshFolder();
    const env = { KINTSUGI_SYMBOLS: 'BTCUSDT,ETHUSDT' };
    const { kintsugi, write, read } = inside(cwd, env);
    write('kintsugi.jsonc', '{ "dir": "mine", "speed": "max", "seed": 9, "http": { "port": 0 }, /* all */ }');
    const { code, err } = await kintsugi(...aRun);
    expect(code).toBe(0);
    const [first = ''] = err.split('\n');
    expect(first).toContain('speed max, seed 9; settings from ./kintsugi.jsonc, KINTSUGI_SYMBOLS');
    // A port in the file is for a bot that lives, and this one is a computation.
    expect(err).not.toContain('see it live');
    expect(read('mine/logs/bot_out.log')).toContain('"symbols":["BTCUSDT","ETHUSDT"]');
    // Who looks at the bot finds it where it is.
    expect(await kintsugi('status')).toMatchObject({ code: 3, out: expect.stringContaining('mine') });
    expect((await kintsugi('doctor')).code).toBe(0);

    const without = await kintsugi(...aRun, '--no-config', '--speed', 'max', '--dir', 'other');
    expect(without.err.split('\n')[0]).toContain('seed 1; settings from KINTSUGI_SYMBOLS');
    expect(readdirSync(cwd).sort()).toEqual(['kintsugi.jsonc', 'mine', 'other']);
  });

  it('takes the file that is named, by an option or by the environment', async () => {
    const cwd = freshFolder();
    mkdirSync(join(cwd, 'etc'));
    const { kintsugi, write } = inside(cwd, { KINTSUGI_CONFIG: 'etc/live.jsonc' });
    write('kintsugi.jsonc', '{ broken');
    write('etc/live.jsonc', { dir: 'bot', speed: 'max' });
    const { code, err } = await kintsugi(...aRun);
    expect({ code, from: /settings from (.*)/.exec(err)?.[1] }).toEqual({ code: 0, from: './etc/live.jsonc' });
    expect(existsSync(join(cwd, 'etc/bot/logs'))).toBe(true);
    expect(await kintsugi('run', '--config', 'none.jsonc')).toMatchObject({
      code: 78,
      err: expect.stringContaining('none.jsonc: there is no such file (--config)'),
    });
  });

  it('is not started where something is wrong, wherever it was said', async () => {
    const cwd = freshFolder();
    const code = async (args: string[], env: Record<string, string> = {}) => {
      const { code, err } = await inside(cwd, env).kintsugi('run', ...args);
      return [code, err.split('\n')[0]];
    };
    expect(await code(['--set', 'leverage=0'])).toEqual([
      64,
      expect.stringContaining('--set leverage "leverage": 0 is'),
    ]);
    expect(await code([], { KINTSUGI_LEVERAGE: '0' })).toEqual([78, expect.stringContaining('KINTSUGI_LEVERAGE (env')]);
    expect(await code([], { KINTSUGI_LEVRAGE: '5' })).toEqual([78, expect.stringContaining('mean KINTSUGI_LEVERAGE?')]);
    inside(cwd).write('kintsugi.jsonc', '{"http": {"enabled": false}}');
    expect(await code(['--port', '0'])).toEqual([64, expect.stringContaining('http.enabled')]);
    writeFileSync(join(cwd, 'kintsugi.jsonc'), Buffer.from([0x7b, 0xff, 0x7d]));
    expect(await code([])).toEqual([78, expect.stringContaining('it is not text in UTF-8')]);
    expect(readdirSync(cwd)).toEqual(['kintsugi.jsonc']);
  });

  it('looks at a bot through a file of which only the directory counts, and says where that cannot be read', async () => {
    const { kintsugi, write } = inside(freshFolder());
    write('kintsugi.jsonc', '{"dir": "mine", "leverage": "x"}');
    expect((await kintsugi('status')).out).toContain('mine');
    write('kintsugi.jsonc', '{"dir": ');
    const broken = await kintsugi('status');
    expect(broken).toMatchObject({ code: 78, err: expect.stringContaining('kintsugi.jsonc:1:9: it is not JSON') });
    expect(broken.err).toContain('say with --dir which directory is meant');
    expect((await kintsugi('status', '--dir', 'elsewhere')).code).toBe(3);
  });

  it('is started again by its guardian as it was, whatever the file says meanwhile of where it is', async () => {
    const cwd = freshFolder();
    const { kintsugi, write } = inside(cwd);
    write('kintsugi.jsonc', { dir: 'one', http: { enabled: false } });
    const guardian = startForTest(['run'], {}, cwd);
    await guardian.said('kintsugi runs in');
    const pidIn = async (dir: string): Promise<number> =>
      JSON.parse((await kintsugi('status', '--dir', dir, '--json')).out).pid;
    const first = await pidIn('one');
    write('kintsugi.jsonc', { dir: 'two', speed: 'max', leverage: 2, http: { enabled: false } });
    process.kill(first, 'SIGKILL');
    await guardian.said('[GUARDIAN] restart 1');
    const args = execFileSync('ps', ['-o', 'args=', '-p', String(await pidIn('one'))], { encoding: 'utf8' });
    expect(args).toContain('--dir=one --speed=1 --config=kintsugi.jsonc');
    guardian.kill('SIGTERM');
    expect(await guardian.outcome).toMatchObject({ code: 0 });
    expect(existsSync(join(cwd, 'two'))).toBe(false);
  });

  it('systemd writes into the unit what the unit could not find by itself', async () => {
    const cwd = freshFolder();
    const { kintsugi, write } = inside(cwd, { KINTSUGI_LEVERAGE: '2' });
    write('kintsugi.jsonc', { dir: 'mine' });
    const { code, out, err } = await kintsugi('systemd', '--set', 'mirror=second');
    expect(code).toBe(0);
    expect(out).toContain(` run --dir=${cwd}/mine --set=mirror=${cwd}/second --config=${cwd}/kintsugi.jsonc`);
    expect(out).toContain(`ReadWritePaths=${cwd}/mine ${cwd}/second`);
    expect(err).toContain('KINTSUGI_LEVERAGE: set here, and not in the unit');
  });
});

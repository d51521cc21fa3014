import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kernelLock } from '../../src/adapters/kernel-lock.ts';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import { freshFolder, kintsugi } from './cli.ts';

const HEADER = 'timestamp,open,high,low,close,volume\n';

describe('wrong usage ends with 64, says what is wrong, and writes nothing', () => {
  it.each([
    [['run', '--foo'], "unknown option '--foo'"],
    [['frobnicate'], "unknown command 'frobnicate'"],
    [['run', '--for', '2'], 'a duration is a number and a unit'],
    [['run', '--speed', 'fast'], '--speed fast'],
    [['run', '--speed', '0'], '--speed 0'],
    [['run', '--speed', 'max'], '--for'],
    [['run', '--seed', '-1'], '--seed'],
    [
      ['worker', '--speed', 'max', '--store', 'postgres://a@127.0.0.1:1/b'],
      'a worker runs in real time: leave --speed max',
    ],
    [['run', '--feed', 'nope'], '--feed nope'],
    [['run', '--symbols', '../x'], '"symbols.0": "../x" may not stand here; allowed: text as "BTCUSDT"'],
    [['run', '--dir', ''], 'name a directory'],
    [['status', 'extra'], 'too many arguments'],
    [[], 'Usage: kintsugi'],
    [['run', '--foo'], '(see: kintsugi run --help)'],
    [['quarantine', 'show'], '(see: kintsugi quarantine show --help)'],
    [['frobnicate'], '(see: kintsugi --help)'],
    [['config', 'shwo'], "unknown command 'shwo'\n(Did you mean show?)\n(see: kintsugi config --help)"],
    [['config', 'show', 'leverage'], "too many arguments for 'show': leverage"],
  ])('kintsugi %j', async (args, says) => {
    const cwd = freshFolder();
    const { code, out, err } = await kintsugi(args, {}, cwd);
    expect({ code, out }).toEqual({ code: 64, out: '' });
    expect(err).toContain(says);
    expect(err).not.toContain('    at ');
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe('what cannot be done says what, why, and what to do', () => {
  it.each([
    [['heal', '--watch', '--dry-run'], "option '-n, --dry-run' cannot be used with option '-w, --watch'"],
    [['incidents', '--follow', '--stats'], "option '--stats' cannot be used with option '-f, --follow'"],
  ])('takes no option that another one would leave without effect: %j', async (args, says) => {
    const { code, err } = await kintsugi([...args, '--dir', '/nowhere/at/all']);
    expect({ code, err }).toEqual({ code: 64, err: expect.stringContaining(says) });
  });

  it('ends with 78 for a wrong configuration', async () => {
    const cwd = freshFolder();
    writeFileSync(join(cwd, 'c.json'), '{"leverrage": 5}');
    const { code, err } = await kintsugi(['run', '--config', 'c.json'], {}, cwd);
    expect(code).toBe(78);
    expect(err).toContain('c.json:1:2: there is no setting "leverrage". Did you mean "leverage"?');
    expect(readdirSync(cwd)).toEqual(['c.json']);
  });

  it('ends with 78 for a configuration that is not there', async () => {
    expect(await kintsugi(['run', '--config', '/nowhere/c.json'])).toMatchObject({ code: 78 });
  });

  it('ends with 1 for candles that are not there, or have another header, and makes no directory', async () => {
    const cwd = freshFolder();
    writeFileSync(join(cwd, 'bad.csv'), 'time,price\n1,2\n');
    const missing = await kintsugi(['run', '--feed', 'replay:none.csv'], {}, cwd);
    expect(missing.code).toBe(1);
    expect(missing.err).toContain('none.csv: there is no such file');
    const bad = await kintsugi(['run', '--feed', 'replay:bad.csv'], {}, cwd);
    expect(bad.code).toBe(1);
    expect(bad.err).toContain(`bad.csv, line 1: the header is "time,price" instead of "${HEADER.trim()}"`);
    expect(readdirSync(cwd)).toEqual(['bad.csv']);
  });

  it('goes on after a bad row, naming its line', async () => {
    const cwd = freshFolder();
    const bar = (i: number, close = '100') => `${1_746_316_800_000 + i * 60_000},100,101,99,${close},5\n`;
    writeFileSync(join(cwd, 'BTCUSDT.csv'), HEADER + bar(0) + bar(1, 'x') + bar(2));
    const { code, err } = await kintsugi(['run', '--feed', 'replay:BTCUSDT.csv', '--speed', 'max'], {}, cwd);
    expect(err).toMatch(/BTCUSDT\.csv.*line 3|line 3.*BTCUSDT\.csv/);
    expect(code).toBe(0);
  });

  it('ends with 1 for a directory without rights, and for a file in its place', async () => {
    const cwd = freshFolder();
    mkdirSync(join(cwd, 'locked'), { mode: 0o555 });
    writeFileSync(join(cwd, 'file'), '');
    const locked = await kintsugi(['run', '--dir', 'locked'], {}, cwd);
    expect(locked).toMatchObject({ code: 1, out: '' });
    expect(locked.err).toContain('may not be written');
    const inside = await kintsugi(['run', '--dir', 'locked/bot'], {}, cwd);
    expect(inside.err).toContain('cannot be made');
    const taken = await kintsugi(['run', '--dir', 'file/bot'], {}, cwd);
    expect(taken.err).toContain('is no directory');
    chmodSync(join(cwd, 'locked'), 0o755);
    expect(readdirSync(join(cwd, 'locked'))).toEqual([]);
  });

  it.each(['doctor', 'heal', 'incidents'])('%s of a directory that is not there ends with 1', async (command) => {
    const { code, err } = await kintsugi([command, '--dir', '/nowhere/at/all']);
    expect(code).toBe(1);
    expect(err).toContain('/nowhere/at/all: there is no such directory');
    expect(existsSync('/nowhere')).toBe(false);
  });

  it.each(['doctor', 'heal', 'verify', 'pause', 'resume'])(
    '%s wants a directory in which a bot has run',
    async (command) => {
      const dir = freshFolder();
      writeFileSync(join(dir, 'package.json'), '{}');
      const args = /pause|resume/.test(command) ? [command, '--reason', 'a test'] : [command];
      expect(await kintsugi([...args, '--dir', dir])).toEqual({
        code: 1,
        out: '',
        err: `kintsugi: no bot has run in ${dir}. Name the directory of one with --dir\n`,
      });
      expect(readdirSync(dir)).toEqual(['package.json']);
      const file = join(dir, 'package.json');
      expect((await kintsugi([...args, '--dir', file])).err).toBe(
        `kintsugi: ${file} is no directory. Name the bot's with --dir\n`,
      );
    },
  );

  it('status ends with 4 where it cannot be told, and says why once', async () => {
    const cwd = freshFolder();
    writeFileSync(join(cwd, 'file'), '');
    expect(await kintsugi(['status', '--dir', 'file'], {}, cwd)).toEqual({
      code: 4,
      out: '',
      err: `kintsugi: ${join(cwd, 'file')} is no directory. Name the bot's with --dir\n`,
    });
    const torn = join(cwd, 'torn');
    mkdirSync(join(torn, 'logs'), { recursive: true });
    symlinkSync('healing.jsonl', join(torn, 'logs/healing.jsonl'));
    const unreadable = await kintsugi(['status', '--dir', torn]);
    expect(unreadable).toMatchObject({ code: 4, out: '', err: expect.stringContaining('healing.jsonl') });
    expect(unreadable.err.trim().split('\n')).toHaveLength(1);
    const store = await kintsugi(['status', '--store', 'postgres://nobody@127.0.0.1:1/none']);
    expect(store).toMatchObject({ code: 4, out: '', err: expect.stringContaining('127.0.0.1') });
    expect((await kintsugi(['status', '--dir', join(cwd, 'nothing')])).code).toBe(3);
  });

  it('a bot that came no further than its lock has run, for all that looks', async () => {
    const dir = freshFolder();
    const lock = kernelLock(dir, { files: nodeFiles(dir, { durability: 'written' }), answer: () => ({}) });
    await (await lock.acquire('default')).release();
    expect(await kintsugi(['doctor', '--dir', dir])).toMatchObject({ code: 0 });
    expect(await kintsugi(['pause', '--reason', 'not yet', '--dir', dir])).toMatchObject({ code: 0 });
  });

  it('shows where an error came from only when KINTSUGI_DEBUG is set', async () => {
    const args = ['doctor', '--dir', '/nowhere/at/all'];
    expect((await kintsugi(args)).err).not.toContain('    at ');
    expect((await kintsugi(args, { KINTSUGI_DEBUG: '1' })).err).toContain('    at ');
  });
});

describe('the command line', () => {
  it('prints its version and its help on stdout', async () => {
    expect(await kintsugi(['--version'])).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    const help = await kintsugi(['run', '--help']);
    expect(help).toMatchObject({ code: 0, err: '' });
    for (const part of ['--feed', '--speed', 'Examples:', 'Exit codes:']) expect(help.out).toContain(part);
  });

  it('shows an example and the exit codes in the help of every command', async () => {
    const below = async (words: readonly string[]): Promise<readonly (readonly string[])[]> => {
      const { out } = await kintsugi([...words, '--help']);
      if (words.length > 0)
        for (const part of [/^Examples?:$/m, /^Exit codes: /m]) expect(out, words.join(' ')).toMatch(part);
      const [, list = ''] = /\nCommands:\n((?: {2}.*\n)+)/.exec(out) ?? [];
      const names = [...list.matchAll(/^ {2}(\w+)/gm)].flatMap(([, name]) => (!name || name === 'help' ? [] : [name]));
      const deeper: (readonly string[])[] = [];
      for (const name of names) deeper.push(...(await below([...words, name])));
      return [words, ...deeper];
    };
    const all = (await below([])).map((words) => words.join(' '));
    expect(all).toEqual(expect.arrayContaining(['flatten', 'quarantine restore', 'config keys', 'store hold']));
  });

  it('uses colour where it is forced, and none in a pipe or where NO_COLOR is set', async () => {
    const dir = freshFolder();
    mkdirSync(join(dir, 'logs'));
    const args = ['doctor', '--dir', dir];
    const control = String.fromCharCode(27);
    expect((await kintsugi(args)).out).not.toContain(control);
    expect((await kintsugi(args, { NO_COLOR: '1' })).out).not.toContain(control);
    expect((await kintsugi(args, { FORCE_COLOR: '1' })).out).toContain(control);
  });
});

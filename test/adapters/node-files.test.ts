/** The bot's directory on a real disk: nothing leaves it, nothing is half there, nothing gets more rights than it had. */
import nodeFs, {
  appendFileSync,
  type BigIntStats,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fileQuarantine } from '../../src/adapters/file-quarantine.ts';
import { jsonlLogs } from '../../src/adapters/jsonl-logs.ts';
import { FILE_MODE, FOLDER_MODE, nodeFiles } from '../../src/adapters/node-files.ts';
import { wallClock } from '../../src/adapters/wall-clock.ts';
import type { Files } from '../../src/ports/files.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const bench = (durability: 'synced' | 'written' = 'written') => {
  const home = mkdtempSync(join(tmpdir(), 'kintsugi-files-'));
  const root = join(home, 'bot');
  mkdirSync(root);
  const outside = join(home, 'outside.txt');
  writeFileSync(outside, 'not yours');
  return { home, root, outside, files: nodeFiles(root, { durability }), at: (path: string) => join(root, path) };
};
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Every way to reach a path. */
const WAYS: readonly (readonly [string, (files: Files, path: string) => Promise<unknown>])[] = [
  ['read', (files, path) => files.read(path)],
  ['stat', (files, path) => files.stat(path)],
  ['writable', (files, path) => files.writable(path)],
  ['restoreMode', (files, path) => files.restoreMode(path)],
  ['list', (files, path) => files.list(path)],
  ['makeFolder', (files, path) => files.makeFolder(path)],
  ['openAppend', (files, path) => files.openAppend(path, { create: true })],
  ['writeWhole', (files, path) => files.writeWhole(path, bytes('x'))],
  ['createNew', (files, path) => files.createNew(path, bytes('x'))],
  ['move from', (files, path) => files.move(path, 'here')],
  ['move to', (files, path) => files.move('mine', path)],
];

describe('paths that lead out of the directory', () => {
  for (const [name, way] of WAYS) {
    it(`are refused by ${name}: .., absolute, NUL, and through a linked folder`, async () => {
      const { home, root, outside, files, at } = bench();
      writeFileSync(at('mine'), 'mine');
      mkdirSync(join(home, 'elsewhere'));
      symlinkSync(join(home, 'elsewhere'), join(root, 'linked'));
      for (const path of [
        '../outside.txt',
        'a/../../outside.txt',
        outside,
        'logs/\0x',
        'linked/file',
        'linked/deep/file',
      ])
        await expect(way(files, path), path).rejects.toMatchObject({ name: 'FileFault', code: 'ESCAPE' });
      expect(readFileSync(outside, 'utf8')).toBe('not yours');
      expect(readdirSync(join(home, 'elsewhere'))).toEqual([]);
      expect(readdirSync(home).sort()).toEqual(['bot', 'elsewhere', 'outside.txt']);
    });
  }

  it('are refused also where a folder was replaced by a link after it had been used', async () => {
    const { home, files, at } = bench();
    await files.writeWhole('logs/a.json', bytes('{}'));
    mkdirSync(join(home, 'elsewhere'));
    renameSync(at('logs'), at('logs.old'));
    symlinkSync(join(home, 'elsewhere'), at('logs'));
    await expect(files.writeWhole('logs/a.json', bytes('{}'))).rejects.toMatchObject({ code: 'ESCAPE' });
    expect(readdirSync(join(home, 'elsewhere'))).toEqual([]);
  });

  it('are not followed where the file itself is a link', async () => {
    const { outside, files, at } = bench();
    symlinkSync(outside, at('link.json'));
    await expect(files.read('link.json')).rejects.toMatchObject({ code: 'ELOOP' });
    await expect(files.openAppend('link.json', { create: true })).rejects.toMatchObject({ code: 'ELOOP' });
    await expect(files.restoreMode('link.json')).rejects.toMatchObject({ code: 'EPERM' });
    // A whole document replaces the link, and what it led to is as it was.
    await files.writeWhole('link.json', bytes('mine'));
    expect(readFileSync(outside, 'utf8')).toBe('not yours');
    expect(readFileSync(at('link.json'), 'utf8')).toBe('mine');
  });
});

describe('a whole document', () => {
  it('is the old one or the new one for everybody who reads it meanwhile', async () => {
    const { files, at } = bench('synced');
    const versions = ['a', 'b'].map((letter) => letter.repeat(300_000));
    await files.writeWhole('state/doc.json', bytes(versions[0] ?? ''));
    let writing = true;
    const writer = (async () => {
      for (let i = 0; i < 30; i++) await files.writeWhole('state/doc.json', bytes(versions[i % 2] ?? ''));
      writing = false;
    })();
    let reads = 0;
    while (writing) {
      expect(versions).toContain(readFileSync(at('state/doc.json'), 'utf8'));
      reads++;
      await wait(0);
    }
    await writer;
    expect(reads).toBeGreaterThan(10);
    expect(readdirSync(at('state'))).toEqual(['doc.json']);
    expect(statSync(at('state/doc.json')).mode & 0o777).toBe(FILE_MODE);
    expect(statSync(at('state')).mode & 0o777).toBe(FOLDER_MODE);
  });

  it('stays the old one, without a trace, when the new one cannot take its place', async () => {
    const { files, at } = bench();
    mkdirSync(at('state/doc.json/full'), { recursive: true });
    await expect(files.writeWhole('state/doc.json', bytes('x'))).rejects.toMatchObject({ name: 'FileFault' });
    expect(readdirSync(at('state'))).toEqual(['doc.json']);
    expect(readdirSync(at('state/doc.json'))).toEqual(['full']);
  });

  it('is never made or moved over another', async () => {
    const { files, at } = bench();
    writeFileSync(at('there'), 'first');
    writeFileSync(at('other'), 'second');
    await expect(files.createNew('there', bytes('x'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(files.move('other', 'there')).rejects.toMatchObject({ code: 'EEXIST' });
    expect([readFileSync(at('there'), 'utf8'), readFileSync(at('other'), 'utf8')]).toEqual(['first', 'second']);
    await files.move('other', 'deep/down');
    expect(readFileSync(at('deep/down'), 'utf8')).toBe('second');
    expect(existsSync(at('other'))).toBe(false);
  });
});

describe('rights', () => {
  it('are given back as this bot sets them, and never wider', async () => {
    const { files, at } = bench();
    await files.writeWhole('doc.json', bytes('{}'));
    for (const damaged of [0o000, 0o440, 0o400]) {
      chmodSync(at('doc.json'), damaged);
      expect(await files.writable('doc.json')).toBe(false);
      await files.restoreMode('doc.json');
      expect(statSync(at('doc.json')).mode & 0o7777).toBe(FILE_MODE);
      expect(await files.writable('doc.json')).toBe(true);
    }
    chmodSync(at('doc.json'), 0o4777);
    await files.restoreMode('doc.json');
    expect(statSync(at('doc.json')).mode & 0o7777).toBe(FILE_MODE);
  });

  it.skipIf(process.getuid?.() !== 0)("of another owner's file are left alone", async () => {
    const { files, at } = bench();
    writeFileSync(at('theirs'), 'x');
    chmodSync(at('theirs'), 0o400);
    chownSync(at('theirs'), 12_345, 12_345);
    await expect(files.restoreMode('theirs')).rejects.toMatchObject({ code: 'EPERM' });
    expect(statSync(at('theirs')).mode & 0o777).toBe(0o400);
  });
});

describe('a file that is appended to', () => {
  it('stays readable and whole after its name was deleted, and says that it lost it', async () => {
    const { files, at } = bench();
    const handle = await files.openAppend('logs/a.jsonl', { create: true });
    expect(await handle.append(bytes('one\n'))).toBe(0);
    rmSync(at('logs/a.jsonl'));
    expect(await handle.append(bytes('two\n'))).toBe(4);
    expect(new TextDecoder().decode(await handle.read(0, 100))).toBe('one\ntwo\n');
    expect(await files.stat('logs/a.jsonl')).toBeNull();
    writeFileSync(at('logs/a.jsonl'), '');
    expect((await files.stat('logs/a.jsonl'))?.identity).not.toBe((await handle.stat()).identity);
    await expect(handle.overwrite(0, bytes('X'))).rejects.toMatchObject({ code: 'DETACHED' });
    await handle.close();
  });

  it('is overwritten where it stands and never made longer by that', async () => {
    const { files, at } = bench();
    const handle = await files.openAppend('a', { create: true });
    await handle.append(bytes('0123456789'));
    await handle.overwrite(3, bytes('abc'));
    await handle.append(bytes('!'));
    expect(readFileSync(at('a'), 'utf8')).toBe('012abc6789!');
    await expect(handle.overwrite(9, bytes('long'))).rejects.toBeInstanceOf(RangeError);
    expect(readFileSync(at('a'), 'utf8')).toBe('012abc6789!');
    const target = new Uint8Array(4);
    expect(await handle.readInto(target, 9)).toBe(2);
    await handle.close();
  });

  it('is not made where it is missing, unless that is asked for', async () => {
    const { files, at } = bench();
    await expect(files.openAppend('logs/none', { create: false })).rejects.toMatchObject({ code: 'ENOENT' });
    expect(existsSync(at('logs'))).toBe(false);
  });
});

/** A call of the system's comes to something else, until the test is over or it is restored. @returns restores it */
const instead = <Name extends 'writeSync' | 'lstatSync'>(
  name: Name,
  other: (own: (typeof nodeFs)[Name]) => unknown,
): (() => void) => {
  const own = nodeFs[name];
  const become = (what: unknown): void => {
    Object.assign(nodeFs, { [name]: what });
    syncBuiltinESMExports();
  };
  const restore = () => become(own);
  onTestFinished(restore);
  become(other(own));
  return restore;
};

/** Something that happens in another process right after the next write of ours, before anybody can look. */
const afterWrite = (happens: () => void): void => {
  const restore = instead('writeSync', (own) => (...args: Parameters<typeof own>) => {
    restore();
    const written = own(...args);
    happens();
    return written;
  });
};

describe('an append beside another appender', () => {
  const THEIRS = '{"theirs":1,"and":"longer than ours"}\n';
  for (const [name, before, after] of [
    ['before', THEIRS, ''],
    ['behind', '', THEIRS],
    ['behind, as long as ours', '', '{"o":2}\n'],
    ['before and behind', THEIRS, '{"theirs":2}\n{"the'],
    ['behind by more than is read at once', '', `${'x'.repeat(3 << 20)}\n`],
  ] as const) {
    it(`says where it stands, where somebody wrote ${name}`, async () => {
      const { files, at } = bench();
      const handle = await files.openAppend('a.jsonl', { create: true });
      await handle.append(bytes('{"n":0}\n'));
      await handle.stat();
      if (before) appendFileSync(at('a.jsonl'), before);
      if (after) afterWrite(() => appendFileSync(at('a.jsonl'), after));
      const place = await handle.append(bytes('{"n":1}\n'));
      expect(Buffer.from(await handle.read(place, 8)).toString()).toBe('{"n":1}\n');
      expect(place).toBe(8 + before.length);
      expect(await handle.append(bytes('{"n":2}\n'))).toBe(16 + before.length + after.length);
      await handle.close();
    });
  }

  it('says where it stands also where the file was cut off meanwhile, and says that it is nowhere where it is', async () => {
    const { files, at } = bench();
    const handle = await files.openAppend('a.jsonl', { create: true });
    await handle.append(bytes('{"n":0}\n'.repeat(10)));
    await handle.stat();
    truncateSync(at('a.jsonl'), 8);
    afterWrite(() => appendFileSync(at('a.jsonl'), THEIRS));
    expect(await handle.append(bytes('{"n":1}\n'))).toBe(8);
    afterWrite(() => truncateSync(at('a.jsonl'), 0));
    await expect(handle.append(bytes('{"n":2}\n'))).rejects.toMatchObject({ code: 'TORN' });
    await handle.close();
  });

  for (const sequenced of [true, false]) {
    it(`keeps the record that was acknowledged, ${sequenced ? 'numbered' : 'plain'}: nothing of it is taken for another's`, async () => {
      const { files, at } = bench();
      const quarantine = fileQuarantine(files, wallClock());
      const log = jsonlLogs(files, quarantine).log('a.jsonl', { sequenced });
      await log.open({ create: 'always' });
      for (let id = 0; id < 5; id++) {
        afterWrite(() => appendFileSync(at('a.jsonl'), '{"theirs":1}\n'));
        const { offset } = await log.append({ id });
        const line = readFileSync(at('a.jsonl'), 'latin1').slice(offset).split('\n')[0];
        expect(JSON.parse(line ?? '')).toMatchObject({ id });
      }
      const ids = readFileSync(at('a.jsonl'), 'utf8')
        .split('\n')
        .filter((line) => line.trim() !== '')
        .flatMap((line) => JSON.parse(line).id ?? []);
      expect(ids).toEqual([0, 1, 2, 3, 4]);
      expect(await quarantine.list()).toEqual([]);
      await log.close();
    });
  }
});

describe('what the disk says of a file', () => {
  it('is the same of its name and of the file that is open, whatever moment it was changed at', async () => {
    const { files, at } = bench();
    const handle = await files.openAppend('a', { create: true });
    await handle.append(bytes('abc'));
    for (const seconds of [0, 1.5, 1_700_000_000.123457, 1_799_999_999.999999]) {
      utimesSync(at('a'), seconds, seconds);
      const stat = await handle.stat();
      expect(await files.stat('a')).toEqual(stat);
      expect(stat.mtimeMs).toBe(statSync(at('a')).mtimeMs);
    }
    await handle.close();
  });

  it('tells files apart whose numbers are the same as doubles', async () => {
    const { files, at } = bench();
    const numbers = new Map([
      [at('a'), 2n ** 60n],
      [at('b'), 2n ** 60n + 1n],
    ]);
    instead('lstatSync', (own) => (path: string, options: object) => {
      const stats = own(path, options) as Stats | BigIntStats | undefined;
      const ino = numbers.get(path);
      if (stats && ino !== undefined) stats.ino = typeof stats.ino === 'bigint' ? ino : Number(ino);
      return stats;
    });
    for (const name of ['a', 'b']) writeFileSync(at(name), name);
    expect((await files.stat('a'))?.identity).not.toBe((await files.stat('b'))?.identity);
  });
});

describe('watching', () => {
  it('tells of what is made, changed and deleted, also in a folder that was deleted and made anew', async () => {
    const { files, at } = bench();
    mkdirSync(at('logs'));
    const told: string[] = [];
    const stop = files.watch((path) => told.push(path));
    onTestFinished(stop);
    const toldOf = async (path: string): Promise<void> => {
      for (let i = 0; i < 400 && !told.includes(path); i++) await wait(5);
      expect(told).toContain(path);
      told.length = 0;
    };
    writeFileSync(at('logs/a.jsonl'), 'x');
    await toldOf('logs/a.jsonl');
    rmSync(at('logs/a.jsonl'));
    await toldOf('logs/a.jsonl');
    rmSync(at('logs'), { recursive: true });
    await toldOf('logs');
    mkdirSync(at('logs'));
    await toldOf('logs');
    writeFileSync(at('logs/b.jsonl'), 'x');
    await toldOf('logs/b.jsonl');
    stop();
    writeFileSync(at('logs/c.jsonl'), 'x');
    await wait(50);
    expect(told).toEqual([]);
  });
});

/** What may not be written is not acknowledged, and the error says which file, why, and what to do. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileQuarantine } from '../../src/adapters/file-quarantine.ts';
import { JsonlLog } from '../../src/adapters/jsonl-log.ts';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import { faultyFiles } from './faulty-files.ts';

const PATH = 'logs/signal_bus.jsonl';
const CODES = ['EACCES', 'EROFS', 'EPERM'] as const;
const ADVICE = {
  EACCES: 'check owner and mode of the file and its folder',
  EROFS: 'the file system is read-only',
  EPERM: 'check owner and attributes',
} as const;

const bench = () => {
  const root = mkdtempSync(join(tmpdir(), 'kintsugi-rights-'));
  const files = faultyFiles(nodeFiles(root, { durability: 'synced', watched: false }));
  const log = new JsonlLog(files, fileQuarantine(files, new VirtualClock(0)), PATH, { sequenced: true });
  const numbers = async (): Promise<unknown[]> => {
    const all: unknown[] = [];
    for await (const { n } of log.replay()) all.push(n);
    return all;
  };
  return { root, files, log, numbers, text: () => readFileSync(join(root, PATH), 'utf8') };
};
type Settled = PromiseSettledResult<unknown>;
const reasonsOf = (results: readonly Settled[]): string[] =>
  results.flatMap((one) => (one.status === 'rejected' ? [String(one.reason.message)] : []));

describe('a log that becomes unwritable while it is open', () => {
  for (const code of CODES) {
    for (const operation of ['append', 'sync'] as const) {
      it(`by ${code} on ${operation} acknowledges nothing that is not on disk, and goes on without a gap`, async () => {
        const { files, log, numbers, text } = bench();
        await log.open({ create: 'always' });
        await log.append({ n: 0 });
        files.faults.push({ operation, path: PATH, code });
        const results = await Promise.allSettled(Array.from({ length: 50 }, (_, i) => log.append({ n: i + 1 })));
        expect(results.every(({ status }) => status === 'rejected')).toBe(true);
        for (const reason of reasonsOf(results)) {
          expect(reason).toContain(PATH);
          expect(reason).toContain(`(${code})`);
          expect(reason).toContain(ADVICE[code]);
        }
        expect(await numbers()).toEqual([0]);
        files.faults.length = 0;
        expect(await log.append({ n: 51 })).toMatchObject({ seq: 2 });
        expect(await numbers()).toEqual([0, 51]);
        expect(text().match(/"n":(\d+)/g)).toEqual(['"n":0', '"n":51']);
        const verdict = await log.verify({ full: true });
        expect([verdict.bad, verdict.missingSeq]).toEqual([[], []]);
      });
    }

    it(`by ${code} after a part of a line, which cannot be blanked either, appends nothing before it is`, async () => {
      const { files, log, numbers } = bench();
      await log.open({ create: 'always' });
      await log.append({ n: 0 });
      files.faults.push({ operation: 'append', path: PATH, code, short: 20 });
      files.faults.push({ operation: 'overwrite', path: PATH, code });
      expect(reasonsOf(await Promise.allSettled([log.append({ n: 1 })]))).toHaveLength(1);
      files.faults.shift();
      const [reason] = reasonsOf(await Promise.allSettled([log.append({ n: 2 })]));
      expect(reason).toContain(`(${code})`);
      files.faults.length = 0;
      expect(await log.append({ n: 3 })).toMatchObject({ seq: 2 });
      expect(await numbers()).toEqual([0, 3]);
      expect((await log.verify({ full: true })).bad).toEqual([]);
    });
  }

  it('is seen to be unwritable, and made writable again as far as the bot had made it', async () => {
    const { root, log } = bench();
    await log.open({ create: 'always' });
    await log.append({ n: 0 });
    chmodSync(join(root, PATH), 0o440);
    expect(await log.verify()).toMatchObject({ writable: false, records: 1 });
    await log.repair();
    expect(statSync(join(root, PATH)).mode & 0o777).toBe(0o640);
    expect(await log.verify()).toMatchObject({ writable: true, records: 1 });
  });

  it('and stays so says in the repair what a person can do', async () => {
    const { root, files, log } = bench();
    await log.open({ create: 'always' });
    files.faults.push({ operation: 'writable', path: PATH, code: 'EACCES' });
    await expect(log.repair()).rejects.toMatchObject({
      name: 'FileFault',
      path: PATH,
      code: 'EACCES',
      message: expect.stringContaining(`chmod u+w ${root}/${PATH}`),
    });
  });
});

describe('a log that cannot be opened at the start', () => {
  for (const code of CODES) {
    it(`by ${code} says so, takes nothing meanwhile, and can be opened later`, async () => {
      const { root, files, log, numbers } = bench();
      files.faults.push({ operation: 'openAppend', path: PATH, code });
      await expect(log.open({ create: 'always' })).rejects.toMatchObject({ name: 'FileFault', path: PATH, code });
      await expect(log.append({ n: 1 })).rejects.toMatchObject({ name: 'FileFault', path: PATH });
      expect(existsSync(join(root, PATH))).toBe(false);
      files.faults.length = 0;
      expect(await log.open({ create: 'always' })).toMatchObject({ existed: false, records: 0 });
      await log.append({ n: 2 });
      expect(await numbers()).toEqual([2]);
    });
  }

  it('keeps what it has: a second opening that fails is no loss', async () => {
    const { files, log, numbers } = bench();
    await log.open({ create: 'always' });
    await log.append({ n: 1 });
    files.faults.push({ operation: 'openAppend', path: PATH, code: 'EACCES' });
    await expect(log.open({ create: 'always' })).rejects.toMatchObject({ code: 'EACCES' });
    await expect(log.append({ n: 2 })).rejects.toMatchObject({ name: 'FileFault' });
    files.faults.length = 0;
    await log.open({ create: 'always' });
    await log.append({ n: 3 });
    expect(await numbers()).toEqual([1, 3]);
  });
});

describe('a folder that may not be written to', () => {
  for (const code of CODES) {
    it(`by ${code} leaves the old document and no half of the new one`, async () => {
      const { root, files } = bench();
      const bytes = (text: string) => new TextEncoder().encode(text);
      await files.writeWhole('state/doc.json', bytes('old'));
      for (const operation of ['writeWhole', 'createNew'] as const) files.faults.push({ operation, path: /./, code });
      for (const work of [files.writeWhole('state/doc.json', bytes('new')), files.createNew('state/x', bytes('x'))]) {
        await expect(work).rejects.toMatchObject({ code, message: expect.stringContaining(ADVICE[code]) });
      }
      expect(readdirSync(join(root, 'state'))).toEqual(['doc.json']);
      expect(readFileSync(join(root, 'state/doc.json'), 'utf8')).toBe('old');
    });
  }
});

const NOBODY = 65_534;
const NODE = resolve(import.meta.dirname, '../../node_modules/.bin/node');
const isRoot = process.getuid?.() === 0;

describe('another user', () => {
  it('may neither write what is not theirs nor be told that they did; errors name file, code and what to do', (t) => {
    if (!isRoot) return t.skip('only root can become another user: run this test as root');
    // The folder of all tests is root's alone; the other user has to come through it.
    chmodSync(tmpdir(), 0o711);
    const root = mkdtempSync(join(tmpdir(), 'kintsugi-user-'));
    chmodSync(root, 0o755);
    for (const folder of ['theirs', 'mine', 'secret']) mkdirSync(join(root, folder), { mode: 0o755 });
    chownSync(join(root, 'mine'), NOBODY, NOBODY);
    const line = '{"n":0,"seq":1}\n';
    writeFileSync(join(root, 'theirs/signal_bus.jsonl'), line);
    // Everybody else may read, so that it is the writing that is refused.
    chmodSync(join(root, 'theirs/signal_bus.jsonl'), 0o444);
    writeFileSync(join(root, 'secret/key.json'), '{}');
    chmodSync(join(root, 'secret/key.json'), 0o440);

    const script = join(import.meta.dirname, 'fixtures/as-another-user.ts');
    const told = JSON.parse(execFileSync(NODE, [script, root, String(NOBODY)], { encoding: 'utf8' }));
    const refused = (path: string, code = 'EACCES') => ({
      path,
      code,
      message: expect.stringMatching(new RegExp(`${path}: .*\\(${code}\\)$`)),
    });
    expect(told).toEqual({
      user: NOBODY,
      open: refused('theirs/signal_bus.jsonl'),
      append: refused('theirs/signal_bus.jsonl', 'EBADF'),
      // It is there, and may not be written to.
      verify: { done: false },
      repair: refused('theirs/signal_bus.jsonl', 'EPERM'),
      restoreMode: refused('theirs/signal_bus.jsonl', 'EPERM'),
      create: refused('theirs/new.jsonl'),
      writeWhole: refused('theirs/doc.json'),
      makeFolder: refused('theirs/deep/er'),
      read: refused('secret/key.json'),
      'open mine': { done: { existed: false, records: 0, archived: false, lost: null } },
      'append mine': { done: { seq: 1, offset: 0 } },
      // The descriptor was opened when it was allowed: what is acknowledged is on disk.
      'append while unwritable': { done: { seq: 2, offset: expect.any(Number) } },
      writable: { done: false },
      'open another': refused('mine/log.jsonl'),
      'repair mine': { done: 0 },
      'writable again': { done: true },
    });
    expect(readFileSync(join(root, 'theirs/signal_bus.jsonl'), 'utf8')).toBe(line);
    expect(readdirSync(join(root, 'theirs'))).toEqual(['signal_bus.jsonl']);
    expect(readFileSync(join(root, 'mine/log.jsonl'), 'utf8').match(/"n":\d/g)).toEqual(['"n":1', '"n":2']);
  });

  it('who starts a bot in a directory of somebody else is told before anything is touched', (t) => {
    if (!isRoot) return t.skip('only root can become another user: run this test as root');
    chmodSync(tmpdir(), 0o711);
    const root = mkdtempSync(join(tmpdir(), 'kintsugi-user-'));
    chmodSync(root, 0o755);
    const cli = resolve(import.meta.dirname, '../../src/cli/kintsugi.ts');
    const run = (): unknown => {
      try {
        // What makes a start faster in tests lies in a folder that nobody else may read.
        const { NODE_OPTIONS: _, NODE_COMPILE_CACHE: __, ...env } = process.env;
        const options = { encoding: 'utf8', uid: NOBODY, gid: NOBODY, stdio: 'pipe', env } as const;
        return execFileSync(NODE, [cli, 'run', '--dir', root, '--for', '1s'], options);
      } catch (error) {
        const { status, stderr } = error as { status: number; stderr: string };
        return { status, stderr };
      }
    };
    expect(run()).toEqual({
      status: 1,
      stderr: expect.stringContaining(`${root} may not be written by this user. Change its rights, or name another`),
    });
    expect(readdirSync(root)).toEqual([]);
  });
});

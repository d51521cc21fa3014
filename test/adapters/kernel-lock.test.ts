/** One owner a directory, by a lock that the kernel frees however its holder dies. */
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { askOwner, kernelLock, OwnerSilent } from '../../src/adapters/kernel-lock.ts';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import { OWNER_FILE } from '../../src/adapters/owner-record.ts';
import { readToken } from '../../src/adapters/request-token.ts';
import { OwnedElsewhere } from '../../src/ports/ownership.ts';

const NODE = resolve(import.meta.dirname, '../../node_modules/.bin/node');
const SOURCE = resolve(import.meta.dirname, '../../src/adapters');

const folder = (): string => mkdtempSync(join(tmpdir(), 'kintsugi-lock-'));
const lockOf = (dir: string, answer: () => unknown = () => ({ pid: process.pid })) =>
  kernelLock(dir, { files: nodeFiles(dir, { durability: 'written' }), answer });

/** Another process that owns the directory; `then` is what it does next. */
async function otherOwner(dir: string, then: string, platform: string = process.platform) {
  const script = `
    Object.defineProperty(process, 'platform', { value: ${JSON.stringify(platform)} });
    import { kernelLock } from ${JSON.stringify(join(SOURCE, 'kernel-lock.ts'))};
    import { nodeFiles } from ${JSON.stringify(join(SOURCE, 'node-files.ts'))};
    const dir = ${JSON.stringify(dir)};
    const { epoch } = await kernelLock(dir, { files: nodeFiles(dir, { durability: 'written' }), answer: () => ({ pid: process.pid }) }).acquire('default');
    console.log('owns with epoch', epoch);
    ${then}`;
  const child = spawn(NODE, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const gone = new Promise<void>((resolved) => child.on('close', () => resolved()));
  await new Promise<void>((resolved) => child.stdout.on('data', () => resolved()));
  return { child, gone };
}

describe('the lock of a directory', () => {
  it('has one owner at a time, among processes, and names it', async () => {
    const dir = folder();
    const { child } = await otherOwner(dir, 'setInterval(() => {}, 1000)');
    await expect(lockOf(dir).acquire('default')).rejects.toThrow(`process ${child.pid}`);
    expect(await askOwner(dir, { timeoutMs: 2_000 })).toEqual({ pid: child.pid });
  });

  it('is free as soon as its owner is dead, without a file to be removed', async () => {
    const dir = folder();
    const { child, gone } = await otherOwner(dir, 'setInterval(() => {}, 1000)');
    child.kill('SIGKILL');
    await gone;
    const lease = await lockOf(dir).acquire('default');
    expect(lease.epoch).toBe(2);
    await lease.release();
    expect(await askOwner(dir, { timeoutMs: 2_000 })).toBeNull();
  });

  /** What a process that is still there says of itself, somewhere else; `change` is what is different there. */
  const elsewhere = async (change: (record: Record<string, unknown>) => Record<string, unknown>, agoMs = 0) => {
    const dir = folder();
    const { child, gone } = await otherOwner(dir, 'setInterval(() => {}, 1000)');
    const path = join(dir, OWNER_FILE);
    const own = JSON.parse(readFileSync(path, 'utf8'));
    child.kill('SIGKILL');
    await gone;
    writeFileSync(path, JSON.stringify({ ...own, ...change(own) }));
    const at = new Date(Date.now() - agoMs);
    utimesSync(path, at, at);
    return dir;
  };
  const living = (): Record<string, unknown> => ({
    pid: process.pid,
    started: readFileSync('/proc/self/stat', 'latin1').split(') ')[1]?.split(' ')[19],
  });

  for (const [where, change, words] of [
    ['in another network namespace', () => ({ ...living(), net: 'net:[1]' }), `process ${process.pid}, in another`],
    [
      'in another container',
      ({ pid }: Record<string, unknown>) => ({ pid, net: 'net:[1]', pids: 'pid:[1]' }),
      /process \d+ in another container of this machine, which was there \d s ago: if it has ended, .* free in \d+ s/,
    ],
    ['on another machine', () => ({ boot: 'another', host: 'blue' }), /process \d+ on blue, which was there \d s ago/],
  ] as const) {
    it(`is not free while an owner is there whom its socket does not reach, ${where}: nobody is told that it is`, async () => {
      const dir = await elsewhere(change);
      await expect(lockOf(dir).acquire('default')).rejects.toThrow(words);
      await expect(askOwner(dir, { timeoutMs: 2_000 })).rejects.toThrow(words);
      await expect(askOwner(dir, { timeoutMs: 2_000 })).rejects.toBeInstanceOf(OwnerSilent);
    });
  }

  for (const [what, change, agoMs] of [
    ['was killed in another network namespace', () => ({ net: 'net:[1]' }), 0],
    ['was killed, and whose number is another process', () => ({ ...living(), started: '1', net: 'net:[1]' }), 0],
    ['has not been heard of in another container', () => ({ net: 'net:[1]', pids: 'pid:[1]' }), 31_000],
    ['has not been heard of on another machine', () => ({ boot: 'another', host: 'blue' }), 31_000],
    ['owns what this is a copy of', () => ({ ...living(), net: 'net:[1]', inode: '1' }), 0],
    ['wrote what cannot be read', () => ({ pid: 'none' }), 0],
  ] as const) {
    it(`is free at once after an owner who ${what}`, async () => {
      const dir = await elsewhere(change, agoMs);
      expect(await askOwner(dir, { timeoutMs: 2_000 })).toBeNull();
      const lease = await lockOf(dir).acquire('default');
      expect(JSON.parse(readFileSync(join(dir, OWNER_FILE), 'utf8'))).toMatchObject({ pid: process.pid });
      await lease.release();
      expect(readdirSync(join(dir, 'run'))).toEqual(['epoch']);
    });
  }

  it('is said to be owned for as long as it is, and by nobody afterwards', async () => {
    const dir = folder();
    const path = join(dir, OWNER_FILE);
    const lease = await lockOf(dir).acquire('default');
    utimesSync(path, 1, 1);
    await expect.poll(() => Date.now() - statSync(path).mtimeMs, { timeout: 10_000 }).toBeLessThan(10_000);
    rmSync(path);
    await expect.poll(() => existsSync(path), { timeout: 10_000 }).toBe(true);
    await lease.release();
    expect(readdirSync(join(dir, 'run'))).toEqual(['epoch']);
  });

  it('tells its owner, once, that another has taken it over while he stood still', async () => {
    const dir = folder();
    const path = join(dir, OWNER_FILE);
    const told: unknown[] = [];
    const files = nodeFiles(dir, { durability: 'written' });
    const lock = kernelLock(dir, { files, answer: () => null, troubled: (error) => told.push(error) });
    const lease = await lock.acquire('default');
    onTestFinished(() => lease.release());
    const its = { ...JSON.parse(readFileSync(path, 'utf8')), host: 'another', boot: 'another', pid: 1 };
    writeFileSync(`${path}.theirs`, JSON.stringify(its));
    renameSync(`${path}.theirs`, path);
    await expect.poll(() => told, { timeout: 10_000 }).toEqual([expect.any(OwnedElsewhere)]);
    await new Promise((resolve) => setTimeout(resolve, 4_500));
    expect(told).toHaveLength(1);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(its);
  });

  it('is not made again, nor said to be owned, when the directory was taken away or is another now', async () => {
    const [gone, another] = [folder(), folder()];
    const leases = [await lockOf(gone).acquire('default'), await lockOf(another).acquire('default')];
    rmSync(gone, { recursive: true });
    const aside = `${another}-aside`;
    renameSync(another, aside);
    mkdirSync(another);
    await new Promise((resolved) => setTimeout(resolved, 2_500));
    expect(existsSync(gone)).toBe(false);
    expect(readdirSync(another)).toEqual([]);
    for (const lease of leases) await lease.release();
  });

  it.runIf(spawnSync('unshare', ['-n', 'true']).status === 0)(
    'has one owner also where another network namespace, or another mount point, looks at it',
    async () => {
      const dir = folder();
      const { child } = await otherOwner(dir, 'setInterval(() => {}, 1000)');
      const script = (at: string) => `
        import { kernelLock } from ${JSON.stringify(join(SOURCE, 'kernel-lock.ts'))};
        import { nodeFiles } from ${JSON.stringify(join(SOURCE, 'node-files.ts'))};
        const dir = ${JSON.stringify(at)};
        await kernelLock(dir, { files: nodeFiles(dir, { durability: 'written' }), answer: () => null }).acquire('default').catch((error) => console.log(error.message));
        process.exit();`;
      const said = (...command: string[]) => {
        const { stdout, stderr } = spawnSync('unshare', command, { encoding: 'utf8' });
        return stdout + stderr;
      };
      const run = [NODE, '--input-type=module', '-e'];
      expect(said('-n', ...run, script(dir))).toContain(`process ${child.pid}, in another network namespace`);
      const mounted = folder();
      const mount = `mount --bind ${dir} ${mounted} && exec "$@"`;
      expect(said('-m', 'sh', '-c', mount, 'sh', ...run, script(mounted))).toContain(`(process ${child.pid})`);
    },
  );

  it('is free after a kill also where the socket is a file, which is left then', async () => {
    const { platform } = process;
    onTestFinished(() => void Object.defineProperty(process, 'platform', { value: platform }));
    Object.defineProperty(process, 'platform', { value: 'darwin' });
    const dir = folder();
    const { child, gone } = await otherOwner(dir, 'setInterval(() => {}, 1000)', 'darwin');
    await expect(lockOf(dir).acquire('default')).rejects.toThrow(`process ${child.pid}`);
    child.kill('SIGKILL');
    await gone;
    const lease = await lockOf(dir).acquire('default');
    await expect(lockOf(dir).acquire('default')).rejects.toThrow(`process ${process.pid}`);
    await lease.release();
  });

  it('gives every owner a higher epoch, also when the last one cannot be read', async () => {
    const dir = folder();
    for (const epoch of [1, 2, 3]) {
      const lease = await lockOf(dir).acquire('default');
      expect(lease).toMatchObject({ partition: 'default', epoch });
      await lease.release();
    }
    for (const unreadable of ['gibberish', '', '\n']) {
      writeFileSync(join(dir, 'run/epoch'), unreadable);
      const lease = await lockOf(dir).acquire('default');
      expect({ unreadable, epoch: lease.epoch > 1_700_000_000 }).toEqual({ unreadable, epoch: true });
      await lease.release();
    }
  });

  it('says in time that an owner hangs: it holds the directory and does not answer', async () => {
    const dir = folder();
    await otherOwner(dir, 'for (;;);');
    await expect(askOwner(dir, { timeoutMs: 300 })).rejects.toBeInstanceOf(OwnerSilent);
    await expect(lockOf(dir).acquire('default')).rejects.toThrow('it does not say which');
  });
});

describe('the door of a directory', () => {
  const owned = async (dir: string, act?: (request: Readonly<Record<string, unknown>>) => Promise<unknown>) => {
    const answer = () => ({ pid: process.pid });
    const files = nodeFiles(dir, { durability: 'written' });
    const lease = await kernelLock(dir, { files, answer, ...(act ? { act } : {}) }).acquire('default');
    onTestFinished(() => lease.release());
    return lease;
  };
  const ask = (dir: string, token: string) => askOwner(dir, { timeoutMs: 5_000, request: { token, do: 'it' } });

  it('does what is asked with the token, which only the owner may read, and nothing without it', async () => {
    const dir = folder();
    const asked: unknown[] = [];
    await owned(dir, async (request) => {
      asked.push(request.do);
      return { done: true };
    });
    expect(statSync(join(dir, 'run/token')).mode & 0o777).toBe(0o600);
    const token = readToken(dir) ?? '';
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    for (const wrong of ['', 'x', token.slice(1), `${token}0`, token.toUpperCase().replace(/^./, 'g')])
      expect(await ask(dir, wrong)).toEqual({ error: expect.stringContaining('does not carry the token') });
    expect(asked).toEqual([]);
    expect(await ask(dir, token)).toEqual({ done: true });
    expect(asked).toEqual(['it']);
  });

  it('has another token for every owner, and does not follow a link laid in its place', async () => {
    const dir = folder();
    const act = async () => ({});
    const lease = await owned(dir, act);
    const first = readToken(dir);
    await lease.release();
    expect(readToken(dir)).toBeNull();
    const outside = join(folder(), 'outside');
    writeFileSync(outside, 'untouched');
    symlinkSync(outside, join(dir, 'run/token'));
    await owned(dir, act);
    expect(readToken(dir)).not.toBe(first);
    expect(readFileSync(outside, 'utf8')).toBe('untouched');
  });

  it('says so when nothing can be asked, when the asked fails, and when it does not understand', async () => {
    const closed = folder();
    await owned(closed);
    expect(await ask(closed, 'x')).toEqual({ error: 'the owner of the directory takes no requests' });
    const failing = folder();
    await owned(failing, async () => {
      throw new Error('not today');
    });
    expect(await ask(failing, readToken(failing) ?? '')).toEqual({ error: 'not today' });
    expect(await askOwner(failing, { timeoutMs: 5_000 })).toEqual({ pid: process.pid });
  });
});

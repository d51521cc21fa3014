/** One owner a directory, by a lock that the kernel frees however its holder dies. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { askOwner, kernelLock, OwnerSilent } from '../../src/adapters/kernel-lock.ts';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import { readToken } from '../../src/adapters/request-token.ts';

const NODE = resolve(import.meta.dirname, '../../node_modules/.bin/node');
const SOURCE = resolve(import.meta.dirname, '../../src/adapters');

const folder = (): string => mkdtempSync(join(tmpdir(), 'kintsugi-lock-'));
const lockOf = (dir: string, answer: () => unknown = () => ({ pid: process.pid })) =>
  kernelLock(dir, { files: nodeFiles(dir, { durability: 'written' }), answer });

/** Another process that owns the directory; `then` is what it does next. */
async function otherOwner(dir: string, then: string) {
  const script = `
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

  it('gives every owner a higher epoch, also when the last one cannot be read', async () => {
    const dir = folder();
    for (const epoch of [1, 2, 3]) {
      const lease = await lockOf(dir).acquire('default');
      expect(lease).toMatchObject({ partition: 'default', epoch });
      await lease.release();
    }
    writeFileSync(join(dir, 'run/epoch'), 'gibberish');
    const lease = await lockOf(dir).acquire('default');
    expect(lease.epoch).toBeGreaterThan(1_700_000_000);
    await lease.release();
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

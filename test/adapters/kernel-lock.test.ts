/** One owner a directory, by a lock that the kernel frees however its holder dies. */
import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { askOwner, kernelLock, OwnerSilent } from '../../src/adapters/kernel-lock.ts';
import { nodeFiles } from '../../src/adapters/node-files.ts';

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

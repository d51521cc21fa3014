import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileQuarantine } from '../../src/adapters/file-quarantine.ts';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import { SimDisk } from '../../src/sim/sim-disk.ts';

const bench = () => {
  const root = mkdtempSync(join(tmpdir(), 'kintsugi-quarantine-'));
  const clock = new VirtualClock(Date.UTC(2026, 0, 2, 3, 4, 5));
  return { root, clock, quarantine: fileQuarantine(nodeFiles(root, { durability: 'synced' }), clock) };
};
const suspects = [
  { offset: 100, bytes: Buffer.from([0, 255, 10, 34]), reason: 'NUL' },
  { offset: 7, bytes: Buffer.from('torn'), reason: 'torn' },
];

describe('the quarantine', () => {
  it('is durable when it says so, also of what a process that was killed had left half-way', async () => {
    const keepOn = (disk: SimDisk) =>
      fileQuarantine(disk.files(), new VirtualClock(0)).keepAll('logs/a.jsonl', suspects);
    const whole = new SimDisk({ chance: () => 0.5 });
    whole.dieAt(Number.POSITIVE_INFINITY);
    await keepOn(whole);
    expect(whole.calls).toBeGreaterThan(4);
    for (let call = 1; call <= whole.calls; call++) {
      const disk = new SimDisk({ chance: () => 0.5 });
      disk.dieAt(call);
      await Promise.race([keepOn(disk), disk.death]);
      disk.revive();
      const kept = await keepOn(disk);
      // Nothing that was not synced reaches the medium.
      disk.die();
      disk.recover(() => 0.9);
      expect({ call, list: await fileQuarantine(disk.files(), new VirtualClock(0)).list() }).toEqual({
        call,
        list: kept,
      });
      for (const { file, at, length, offset } of kept)
        expect(disk.bytes(file).subarray(at, at + length)).toEqual(
          suspects.find((one) => one.offset === offset)?.bytes,
        );
    }
  });

  it('keeps bytes exactly, with where they stood, why they were taken, and their hash', async () => {
    const { root, quarantine } = bench();
    const entries = await quarantine.keepAll('logs/a.jsonl', suspects);
    expect(await quarantine.list()).toEqual(entries);
    for (const entry of entries) {
      const suspect = suspects.find(({ offset }) => offset === entry.offset);
      const { offset, bytes, reason } = suspect ?? { offset: -1, bytes: Buffer.alloc(0), reason: '' };
      expect(entry).toMatchObject({
        source: 'logs/a.jsonl',
        offset,
        length: bytes.length,
        reason,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        timestamp: '2026-01-02T03:04:05.000Z',
      });
      expect(readFileSync(join(root, entry.file)).subarray(entry.at, entry.at + entry.length)).toEqual(bytes);
    }
    expect(new Set(entries.map(({ file }) => file)).size).toBe(1);
  });

  it('keeps the same bytes of the same place once, and again when their file is gone', async () => {
    const { root, clock, quarantine } = bench();
    const first = await quarantine.keep('a', 1, Buffer.from('x'), 'bad');
    clock.advance(1_000);
    expect(await quarantine.keep('a', 1, Buffer.from('x'), 'bad')).toEqual(first);
    expect(await quarantine.keep('a', 2, Buffer.from('x'), 'bad')).not.toEqual(first);
    expect(await quarantine.list()).toHaveLength(2);
    rmSync(join(root, first.file));
    clock.advance(1_000);
    const again = await quarantine.keep('a', 1, Buffer.from('x'), 'bad');
    expect(readFileSync(join(root, again.file), 'utf8')).toBe('x');
  });

  it('does not take for kept what is half there: from a process that died while it wrote, or damaged since', async () => {
    const { root, clock, quarantine } = bench();
    const died = bench();
    const { file } = await died.quarantine.keep('a', 1, Buffer.from('evidence'), 'bad');
    mkdirSync(join(root, 'quarantine'));
    writeFileSync(join(root, file), 'evid');
    const entry = await quarantine.keep('a', 1, Buffer.from('evidence'), 'bad');
    expect(readFileSync(join(root, entry.file), 'utf8')).toBe('evidence');
    // What is there stays: it is no file of this process.
    expect(readFileSync(join(root, file), 'utf8')).toBe('evid');
    writeFileSync(join(root, entry.file), 'evidense');
    clock.advance(1_000);
    const again = await quarantine.keep('a', 1, Buffer.from('evidence'), 'bad');
    expect(readFileSync(join(root, again.file), 'utf8')).toBe('evidence');
  });

  it('makes one file of an earlier try that died before its line in the index', async () => {
    const { root, quarantine } = bench();
    const { file } = await quarantine.keep('a', 1, Buffer.from('evidence'), 'bad');
    rmSync(join(root, 'quarantine/index.jsonl'));
    expect((await quarantine.keep('a', 1, Buffer.from('evidence'), 'bad')).file).toBe(file);
    expect(readdirSync(join(root, 'quarantine'))).toHaveLength(2);
  });

  it('reads its list past a torn line, and does not let one swallow the next entry', async () => {
    const { root, clock, quarantine } = bench();
    await quarantine.keep('a', 1, Buffer.from('x'), 'bad');
    appendFileSync(join(root, 'quarantine/index.jsonl'), '{"id":"torn');
    clock.advance(1_000);
    await quarantine.keep('b', 2, Buffer.from('y'), 'bad');
    expect((await quarantine.list()).map(({ source }) => source)).toEqual(['a', 'b']);
  });

  it('makes no file for nothing', async () => {
    const { root, quarantine } = bench();
    expect(await quarantine.keepAll('a', [])).toEqual([]);
    expect(readdirSync(root)).toEqual([]);
  });
});

import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileQuarantine } from '../../src/adapters/file-quarantine.ts';
import { JsonlLog } from '../../src/adapters/jsonl-log.ts';
import { LineBatch } from '../../src/adapters/line-batch.ts';
import { sequencedLine } from '../../src/adapters/log-line.ts';
import { type ByteSource, scan } from '../../src/adapters/log-scan.ts';
import { unarrived } from '../../src/adapters/log-unarrived.ts';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';

const source = (bytes: Buffer): ByteSource => ({
  readInto: async (target, offset) => bytes.copy(target, 0, offset, offset + target.length),
});
/** Groups of so many records each, as they were committed one after the other; each line is four sectors long. */
const lines = (...groups: readonly number[]): Buffer[] => {
  let seq = 0;
  const line = (nth: number): Buffer => {
    seq++;
    const missing = SECTOR * 4 - sequencedLine({ n: seq, text: '' }, seq, nth).length;
    return Buffer.from(sequencedLine({ n: seq, text: 'x'.repeat(missing) }, seq, nth));
  };
  return groups.flatMap((size) => Array.from({ length: size }, (_, nth) => line(nth)));
};
const setAside = async (all: readonly Buffer[]): Promise<number[]> => {
  const bytes = Buffer.concat(all);
  const found = await unarrived(
    source(bytes),
    await scan(source(bytes), bytes.length, { sequenced: true }),
    bytes.length,
  );
  return found.map(
    ({ offset, length }) => (JSON.parse(bytes.toString('utf8', offset, offset + length)) as { n: number }).n,
  );
};
/** Of these records a sector never arrived, or something else stands there. */
const spoilt = (all: readonly Buffer[], numbers: readonly number[], by: number): Buffer[] =>
  all.map((line, index) => (numbers.includes(index + 1) ? Buffer.from(line).fill(by, SECTOR, SECTOR * 2) : line));
const SECTOR = 512;
const HASH = 0x23;

describe('of the last group, what stands behind a record that never arrived', () => {
  it('is set aside, and what stands before it stays', async () => {
    expect(await setAside(spoilt(lines(2, 5), [4], 0))).toEqual([5, 6, 7]);
    expect(await setAside(spoilt(lines(2, 5), [3, 4, 6], 0))).toEqual([5, 7]);
    expect(await setAside(spoilt(lines(2, 5), [7], 0))).toEqual([]);
  });

  it('stays where a later group was written: then all of it was acknowledged, and was damaged since', async () => {
    expect(await setAside(spoilt(lines(2, 5, 1), [4], 0))).toEqual([]);
    expect(await setAside(spoilt(lines(2, 5, 3), [4, 9], 0))).toEqual([10]);
  });

  it('stays where the line was damaged, and did arrive', async () => {
    expect(await setAside(spoilt(lines(2, 5), [4], HASH))).toEqual([]);
  });

  it('stays where NUL bytes are no sector', async () => {
    const all = lines(2, 5);
    all[3]?.fill(0, SECTOR, SECTOR * 2 - 1);
    expect(await setAside(all)).toEqual([]);
  });

  it('stays in a log from before records told their place', async () => {
    expect(await setAside(spoilt(lines(1, 1, 1, 1, 1), [3], 0))).toEqual([]);
  });

  it('stays where somebody else left NUL bytes, and nothing of ours is missing', async () => {
    const all = lines(2, 5);
    expect(await setAside([...all.slice(0, 3), Buffer.from('\0\0\0\0\n'), ...all.slice(3)])).toEqual([]);
  });

  it('leaves a beginning of it, whatever did not arrive', async () => {
    const groups = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(groups, fc.uniqueArray(fc.nat(5)), async (sizes, lost) => {
        const all = lines(...sizes);
        const last = all.length - (sizes.at(-1) ?? 0);
        const gone = lost.map((nth) => last + nth + 1).filter((n) => n <= all.length);
        const aside = await setAside(spoilt(all, gone, 0));
        const left = all.map((_, index) => index + 1).filter((n) => !gone.includes(n) && !aside.includes(n));
        expect(left).toEqual(Array.from({ length: left.length }, (_, index) => index + 1));
        expect(left.length).toBe(Math.min(all.length, ...gone.map((n) => n - 1)));
      }),
    );
  });
});

it('a batch says the place of each record but its first', () => {
  const batch = new LineBatch();
  batch.add({ n: 1, nth: 7, seq: 9 }, 4);
  batch.add({}, 5, 1);
  batch.add({ n: 3 }, 6, 2);
  const plain = [sequencedLine({ n: 1 }, 4), sequencedLine({}, 5, 1), sequencedLine({ n: 3 }, 6, 2)];
  expect(batch.bytes().toString()).toBe(Buffer.concat(plain).toString());
});

it.each(['synced', 'written'] as const)(
  'a log that is %s tells the place only where it promises what survives',
  async (durability) => {
    const root = mkdtempSync(join(tmpdir(), 'kintsugi-places-'));
    const files = nodeFiles(root, { durability });
    const quarantine = fileQuarantine(files, new VirtualClock(0));
    const log = new JsonlLog(files, quarantine, 'logs/signal_bus.jsonl', { sequenced: true });
    await log.open({ create: 'always' });
    // The first goes alone; what comes while the disk is at work goes together.
    await Promise.all([1, 2, 3, 4].map((n) => log.append({ n })));
    await log.close();
    const places = readFileSync(join(root, 'logs/signal_bus.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { nth?: number }).nth);
    expect(places.some((nth) => nth !== undefined)).toBe(durability === 'synced');
    expect(places).toHaveLength(4);
  },
);

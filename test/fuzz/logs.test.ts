/** A log of any bytes is read to its end; repaired, it keeps every good record and sets the rest aside. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileQuarantine } from '../../src/adapters/file-quarantine.ts';
import { checkLine } from '../../src/adapters/log-line.ts';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import { SegmentedLog } from '../../src/adapters/segmented-log.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import { fc } from '../fast-check.ts';
import { FUZZ_TIMEOUT_MS, fuzz } from './fuzzing.ts';
import { mutated } from './mutated.ts';
import { realRecords } from './real-records.ts';

const PATH = 'logs/signal_bus.jsonl';
const corpus: Uint8Array[] = [];
beforeAll(async () => {
  const { files } = await realRecords();
  for (const [path, bytes] of files) if (path.endsWith('.jsonl') && bytes.length > 0) corpus.push(bytes);
  expect(corpus.length).toBeGreaterThanOrEqual(6);
});

/** Lines that verify, as they stand. */
const goodLines = (bytes: Buffer, sequenced: boolean): readonly string[] =>
  bytes
    .toString('latin1')
    .split('\n')
    .filter((line) => checkLine(Buffer.from(line, 'latin1'), 'verdict', { sequenced }).kind === 'good');

function bench(bytes: Buffer, sequenced: boolean) {
  const root = mkdtempSync(join(tmpdir(), 'kintsugi-fuzz-log-'));
  mkdirSync(join(root, 'logs'));
  writeFileSync(join(root, PATH), bytes);
  const files = nodeFiles(root, { durability: 'written', watched: false });
  const quarantine = fileQuarantine(files, new VirtualClock(0));
  const log = new SegmentedLog(files, quarantine, PATH, { sequenced, segmentBytes: 1e9 });
  return { root, log, content: () => readFileSync(join(root, PATH)) };
}

describe('a log of any bytes', () => {
  it(
    'is opened, verified and replayed, and stays as it is but for the end of its last line',
    async () => {
      await fuzz(fc.tuple(mutated(corpus), fc.boolean()), 150, async ([bytes, sequenced]) => {
        const { root, log, content } = bench(bytes, sequenced);
        await log.open({ create: 'never' });
        const verdict = await log.verify({ full: true });
        const good = goodLines(bytes, sequenced);
        let replayed = 0;
        for await (const _ of log.replay()) replayed++;
        expect(replayed).toBe(good.length);
        expect(verdict.records).toBe(good.length);
        for (const { offset, length, reason } of verdict.bad) {
          expect(offset >= 0 && offset + length <= bytes.length + 1).toBe(true);
          expect(reason).not.toBe('');
        }
        const after = content();
        expect(after.subarray(0, bytes.length).equals(bytes) && after.length <= bytes.length + 1).toBe(true);
        await log.close();
        rmSync(root, { recursive: true });
      });
    },
    FUZZ_TIMEOUT_MS,
  );

  it(
    'is repaired: good lines stay where they stand, the others lie in quarantine bit for bit, and it takes records again',
    async () => {
      await fuzz(fc.tuple(mutated(corpus), fc.boolean()), 100, async ([bytes, sequenced]) => {
        const { root, log, content } = bench(bytes, sequenced);
        await log.open({ create: 'never' });
        const good = goodLines(bytes, sequenced);
        const { quarantined } = await log.repair();
        const { bad } = await log.verify({ full: true });
        expect(bad).toEqual([]);
        const after = content();
        // A repaired line may hold good records that shared it with bad bytes: more are good than before, none fewer.
        const now = goodLines(after, sequenced);
        const reasonless = quarantined.filter(({ bad: { impostor } }) => impostor).length;
        expect(now.length + reasonless).toBeGreaterThanOrEqual(good.length);
        for (const { bad: one, file, at } of quarantined)
          expect(
            readFileSync(join(root, file))
              .subarray(at, at + one.length)
              .equals(bytes.subarray(one.offset, one.offset + one.length)),
          ).toBe(true);
        const before = now.length;
        await log.append({ n: 1 });
        expect(goodLines(content(), sequenced)).toHaveLength(before + 1);
        expect((await log.repair()).quarantined).toEqual([]);
        expect(readdirSync(join(root, 'logs'))).toEqual(['signal_bus.jsonl']);
        await log.close();
        rmSync(root, { recursive: true });
      });
    },
    FUZZ_TIMEOUT_MS,
  );
});

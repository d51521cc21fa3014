/** Bytes flipped, cut out, and overwritten: with a mirror everything comes back bit for bit; without, all that was not hit. */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileQuarantine } from '../../src/adapters/file-quarantine.ts';
import { JsonlLog } from '../../src/adapters/jsonl-log.ts';
import { LogMirror } from '../../src/adapters/log-mirror.ts';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import { fc } from '../fast-check.ts';

const PATH = 'logs/signal_bus.jsonl';
const COUNT = 120;

type Rot =
  | { readonly kind: 'flip'; readonly where: number; readonly bit: number }
  | { readonly kind: 'cut'; readonly where: number; readonly length: number }
  | { readonly kind: 'block'; readonly where: number; readonly length: number; readonly byte: number };

const where = fc.double({ min: 0, max: 0.9999, noNaN: true });
const rot: fc.Arbitrary<Rot> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('flip' as const), where, bit: fc.nat(7) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('cut' as const), where, length: fc.integer({ min: 1, max: 3_000 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('block' as const),
      where,
      length: fc.integer({ min: 1, max: 4_096 }),
      byte: fc.constantFrom(0, 0x0a, 0x20, 0x7b, 0xff),
    }),
  },
);

function rotten(bytes: Buffer, rots: readonly Rot[]): Buffer {
  let now = Buffer.from(bytes);
  for (const one of rots) {
    const at = Math.floor(one.where * now.length);
    if (one.kind === 'flip') now[at] = (now[at] ?? 0) ^ (1 << one.bit);
    else if (one.kind === 'cut') now = Buffer.concat([now.subarray(0, at), now.subarray(at + one.length)]);
    else now.fill(one.byte, at, Math.min(now.length, at + one.length));
  }
  return now;
}

async function bench(mirrored: boolean) {
  const root = mkdtempSync(join(tmpdir(), 'kintsugi-rot-'));
  const files = nodeFiles(join(root, 'bot'), { durability: 'written', watched: false });
  const other = nodeFiles(join(root, 'mirror'), { durability: 'written', watched: false });
  const quarantine = fileQuarantine(files, new VirtualClock(0));
  const make = () =>
    new JsonlLog(files, quarantine, PATH, {
      sequenced: true,
      remembered: 0,
      ...(mirrored ? { mirror: new LogMirror(other, PATH) } : {}),
    });
  const log = make();
  await log.open({ create: 'always' });
  await Promise.all(Array.from({ length: COUNT }, (_, i) => log.append({ n: i + 1, text: 'ü'.repeat(i % 60) })));
  await log.close();
  return { root, make, quarantine, main: join(root, 'bot', PATH), copy: join(root, 'mirror', PATH) };
}

const rest = async (log: JsonlLog): Promise<{ n: number; seq: number }[]> => {
  const records: { n: number; seq: number }[] = [];
  for await (const record of log.replay()) records.push(record as unknown as { n: number; seq: number });
  return records;
};

describe('bit rot', () => {
  it('of a log that was cut off while it grew takes nothing of what was appended after that, mirrored or not', async () => {
    for (const mirrored of [false, true])
      for (const cutAt of [1, 20, 60]) {
        const { root, make, main } = await bench(mirrored);
        const log = make();
        await log.open({ create: 'always' });
        await log.append({ n: COUNT + 1, text: 'x'.repeat(400) });
        await log.append({ n: COUNT + 2, text: 'x'.repeat(400) });
        const end = readFileSync(main).lastIndexOf('\n', readFileSync(main).length - 2) + 1;
        truncateSync(main, end + cutAt);
        for (let n = 3; n <= 12; n++) await log.append({ n: COUNT + n, text: 'y'.repeat(40) });
        await log.repair();
        const numbers = (await rest(log)).map(({ n }) => n).filter((n) => n > COUNT + 2);
        expect(numbers, `cut at ${cutAt}, mirrored ${mirrored}`).toEqual(
          Array.from({ length: 10 }, (_, i) => COUNT + 3 + i),
        );
        await log.close();
        rmSync(root, { recursive: true });
      }
  });

  it('on either side of a mirror is undone bit for bit', async () => {
    let strange = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(rot, { minLength: 1, maxLength: 6 }), fc.boolean(), async (rots, inMain) => {
        const { root, make, main, copy } = await bench(true);
        const good = readFileSync(main);
        expect(readFileSync(copy)).toEqual(good);
        writeFileSync(inMain ? main : copy, rotten(good, rots));
        const log = make();
        await log.open({ create: 'always' });
        await log.repair();
        const after = readFileSync(main);
        expect(after.subarray(0, good.length)).toEqual(good);
        // Damage that happens to leave a JSON object nobody knows counts as somebody else's record, and is kept.
        const extra = after.subarray(good.length).toString().split('\n').slice(0, -1);
        for (const line of extra) expect(JSON.parse(line).seq).toBeUndefined();
        expect(readFileSync(copy)).toEqual(after);
        if (extra.length > 0) strange++;
        expect(await log.append({ n: COUNT + 1 })).toMatchObject({ seq: COUNT + 1 });
        await log.close();
        expect(readFileSync(copy)).toEqual(readFileSync(main));
        rmSync(root, { recursive: true });
      }),
      { numRuns: 700 },
    );
    expect(strange).toBeLessThan(5);
  });

  it('without a mirror costs what it hit and nothing else, and every byte of that is kept', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(rot, { minLength: 1, maxLength: 6 }), async (rots) => {
        const { root, make, main, quarantine } = await bench(false);
        const good = readFileSync(main);
        const lines = good.toString('latin1').split('\n').slice(0, -1);
        const damaged = rotten(good, rots);
        writeFileSync(main, damaged);
        const log = make();
        await log.open({ create: 'always' });
        await log.repair();
        const verdict = await log.verify({ full: true });
        expect(verdict.bad).toEqual([]);
        const left = await rest(log);
        const survivors = new Set(damaged.toString('latin1').split('\n'));
        const seqs = new Set(left.map(({ seq }) => seq));
        // A line that stands on a line of its own, untouched, is there; and a number that is nowhere is named.
        for (const [index, line] of lines.entries()) if (survivors.has(line)) expect(seqs).toContain(index + 1);
        // A cut can leave a JSON object without a number: such a one counts as somebody else's.
        for (const { n, seq } of left) if (seq !== undefined) expect(n).toBe(seq);
        const highest = Math.max(0, ...[...seqs].filter((seq) => seq !== undefined));
        const absent = Array.from({ length: highest }, (_, i) => i + 1).filter((seq) => !seqs.has(seq));
        const named = verdict.missingSeq.flatMap(([from, to]) =>
          Array.from({ length: to - from + 1 }, (_, i) => from + i),
        );
        expect(named.filter((seq) => seq <= highest)).toEqual(absent);
        // Every byte that was there is in the log or in quarantine.
        let kept = 0;
        for (const { length } of await quarantine.list()) kept += length;
        const blank = readFileSync(main).filter((byte) => byte === 0x20 || byte === 0x0a || byte === 0x0d).length;
        const blankBefore = damaged.filter((byte) => byte === 0x20 || byte === 0x0a || byte === 0x0d).length;
        expect(blank).toBeLessThanOrEqual(blankBefore + kept + 1);
        expect((await log.repair()).quarantined).toEqual([]);
        await log.close();
        rmSync(root, { recursive: true });
      }),
      { numRuns: 300 },
    );
  });
});

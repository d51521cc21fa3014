import { execFile, spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { fileQuarantine } from '../../src/adapters/file-quarantine.ts';
import { JsonlLog } from '../../src/adapters/jsonl-log.ts';
import { checkLine, crcOf } from '../../src/adapters/log-line.ts';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import type { AppendHandle, Durability, Files } from '../../src/ports/files.ts';
import type { Quarantine } from '../../src/ports/quarantine.ts';
import { fc } from '../fast-check.ts';
import { faultyFiles } from '../faults/faulty-files.ts';

const PATH = 'logs/signal_bus.jsonl';

const bench = (durability: Durability = 'written', remembered?: number) => {
  const root = mkdtempSync(join(tmpdir(), 'kintsugi-log-'));
  const files = faultyFiles(nodeFiles(root, { durability }));
  const quarantine = fileQuarantine(files, new VirtualClock(1_700_000_000_000));
  const make = (kept = remembered) =>
    new JsonlLog(files, quarantine, PATH, { sequenced: true, ...(kept === undefined ? {} : { remembered: kept }) });
  const file = join(root, PATH);
  const all = async (log: JsonlLog) => {
    const records: Record<string, unknown>[] = [];
    for await (const record of log.replay()) records.push(record);
    return records;
  };
  return { root, files, quarantine, make, file, all, text: () => readFileSync(file, 'utf8') };
};
const filled = async (b: ReturnType<typeof bench>, count: number, remembered?: number) => {
  const log = b.make(remembered);
  await log.open({ create: 'always' });
  await Promise.all(Array.from({ length: count }, (_, i) => log.append({ n: i + 1, text: 'x'.repeat(i % 50) })));
  return log;
};

/** A log that is open, some of whose calls come to something else. */
const openedWith = async (b: ReturnType<typeof bench>, other: (handle: AppendHandle) => Partial<AppendHandle>) => {
  const files: Files = {
    ...b.files,
    openAppend: async (path, options) => {
      const handle = await b.files.openAppend(path, options);
      return { ...handle, ...other(handle) };
    },
  };
  const log = new JsonlLog(files, b.quarantine, PATH, { sequenced: true });
  await log.open({ create: 'always' });
  return log;
};

/** A log at whose next append somebody else is quicker, once `strike` was called. */
const withRacer = async (written: string) => {
  const b = bench();
  let strikes = false;
  const log = await openedWith(b, (handle) => ({
    append: (bytes) => {
      if (strikes) appendFileSync(b.file, written);
      strikes = false;
      return handle.append(bytes);
    },
  }));
  const strike = () => {
    strikes = true;
  };
  return { ...b, log, strike };
};

describe('a log', () => {
  it('checks its lines by CRC-32C as RFC 3720 has it', () => {
    expect(crcOf(Buffer.from('123456789'))).toBe('e3069283');
    expect(crcOf(new Uint8Array(32))).toBe('8a9136aa');
  });

  it('numbers records without gaps from 1, and carries the checksum as the last field', async () => {
    const b = bench();
    const log = await filled(b, 3);
    const lines = b.text().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).seq)).toEqual([1, 2, 3]);
    for (const line of lines) {
      const [body = '', crc] = line.split(',"crc":"');
      expect(crc).toBe(`${crcOf(Buffer.from(body))}"}`);
    }
    await log.close();
    const again = b.make();
    await again.open({ create: 'always' });
    expect(await again.append({ n: 4 })).toMatchObject({ seq: 4 });
  });

  it('acknowledges in order, with one write for all that were appended together', async () => {
    const b = bench('synced');
    const log = b.make();
    await log.open({ create: 'always' });
    b.files.log.length = 0;
    const order: number[] = [];
    await Promise.all(Array.from({ length: 100 }, (_, i) => log.append({ n: i }).then(() => order.push(i))));
    expect(order).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(b.files.log.filter((line) => line.startsWith('append'))).toHaveLength(1);
    expect(b.files.log.filter((line) => line.startsWith('sync'))).toHaveLength(1);
  });

  it('that somebody cut off has all that was there again before anything is appended, and what was appended after that', async () => {
    for (const cutAt of [-20, 0, 1, 20, 60]) {
      const b = bench();
      const log = b.make();
      await log.open({ create: 'always' });
      for (let n = 1; n <= 3; n++) await log.append({ n, text: 'x'.repeat(n === 2 ? 200 : 40) });
      const second = b.text().indexOf('\n') + 1;
      truncateSync(b.file, second + cutAt);
      for (let n = 4; n <= 9; n++) await log.append({ n, text: 'y'.repeat(40) });
      await log.repair();
      expect((await log.verify({ full: true })).bad, `cut at ${cutAt}`).toEqual([]);
      expect(
        (await b.all(log)).map(({ n }) => n),
        `cut at ${cutAt}`,
      ).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
  });

  it('that somebody cut off anywhere is found to be, and is whole again when it is repaired, or opened by who had closed it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(700), fc.nat(2), fc.constantFrom('repair', 'open', 'append'), async (at, bad, how) => {
        const b = bench();
        const log = await filled(b, 5);
        // Somebody else's, and what a failed append has left, stand between ours.
        appendFileSync(b.file, 'x'.repeat(bad * 10));
        for (let n = 6; n <= 8; n++) await log.append({ n });
        await log.repair();
        const before = b.text();
        if (how === 'open') await log.close();
        truncateSync(b.file, Math.min(at, before.length));
        if (how === 'open') await log.open({ create: 'never' });
        else if (how === 'append') await log.append({ n: 9 });
        else {
          const cutOff = Math.max(0, before.length - at);
          expect(await log.verify()).toMatchObject({ cutOff });
          expect(await log.repair()).toMatchObject({ restoredBytes: cutOff });
          expect(await log.verify()).toMatchObject({ cutOff: 0 });
        }
        expect((await b.all(log)).map(({ n }) => n)).toEqual([
          1,
          2,
          3,
          4,
          5,
          6,
          7,
          8,
          ...(how === 'append' ? [9] : []),
        ]);
        expect(await log.verify({ full: true })).toMatchObject({ bad: [], gaps: 0, missingSeq: [], duplicateSeq: [] });
        rmSync(b.root, { recursive: true });
      }),
      { numRuns: 60 },
    );
  });

  it('that somebody cut off in a line is whole again also where he, or who mends the logs, has written over what was left of it', async () => {
    for (const over of ['#####', '     ', '    \n']) {
      const b = bench();
      const log = await filled(b, 3);
      const before = b.text();
      const third = before.lastIndexOf('\n', before.length - 2) + 1;
      truncateSync(b.file, third + over.length);
      const fd = openSync(b.file, 'r+');
      writeSync(fd, over, third);
      closeSync(fd);
      await log.append({ n: 4 });
      expect(b.text().startsWith(before), over).toBe(true);
      // Blanks are nobody's; what somebody wrote there is in quarantine.
      const [kept] = await b.quarantine.list();
      if (over.trim() === '') expect(kept).toBe(undefined);
      else expect(readFileSync(join(b.root, kept?.file ?? ''), 'utf8')).toBe(over);
      expect(await log.verify({ full: true })).toMatchObject({ records: 4, bad: [], missingSeq: [] });
    }
  });

  it('that somebody cut off in a line is whole again also where somebody else writes there in the moment in which it is put back', async () => {
    const { log, ...b } = await withRacer('no record');
    for (const n of [1, 2, 3]) await log.append({ n });
    const before = b.text();
    truncateSync(b.file, before.length - 9);
    b.strike();
    await log.append({ n: 4 });
    expect(b.text().startsWith(before)).toBe(true);
    const [kept] = await b.quarantine.list();
    expect(readFileSync(join(b.root, kept?.file ?? ''), 'utf8')).toBe('no record');
    expect(await log.verify({ full: true })).toMatchObject({ records: 4, bad: [], missingSeq: [] });
  });

  it('without numbers that somebody cut off to rotate it begins with what is remembered, and never with blanks for the rest', async () => {
    for (const left of [0, 1, 700, 'to the last line remembered'] as const) {
      const { root, files, quarantine, file, text } = bench();
      const log = new JsonlLog(files, quarantine, PATH, { sequenced: false, remembered: 3 });
      await log.open({ create: 'always' });
      for (let n = 1; n <= 40; n++) await log.append({ n, text: 'x'.repeat(100) });
      appendFileSync(file, 'somebody else has no end');
      const before = text();
      const lines = before.split('\n');
      const lastThree = `${lines.slice(37, 40).join('\n')}\n`;
      const kept = left === 'to the last line remembered' ? before.indexOf(lastThree) + 10 : left;
      truncateSync(file, kept);
      const bit = kept % (before.indexOf('\n') + 1) === 0 ? '' : '\n';
      await log.append({ n: 41 });
      const after = `${before.slice(0, kept)}${left === 'to the last line remembered' ? lastThree.slice(10) : bit + lastThree}{"n":41}\n`;
      expect(text(), `cut at ${kept}`).toBe(after);
      expect((await log.verify({ full: true })).bad).toHaveLength(bit === '' || kept > 700 ? 0 : 1);
      // What was put back is known at its new place.
      const fd = openSync(file, 'r+');
      writeSync(fd, '#####', after.lastIndexOf('"n":40'));
      closeSync(fd);
      await log.repair();
      expect(text().slice(-(lastThree.length + 9))).toBe(after.slice(-(lastThree.length + 9)));
      expect(await log.verify({ full: true })).toMatchObject({ bad: [], cutOff: 0 });
      rmSync(root, { recursive: true });
    }
  });

  it('without numbers whose disk refuses what is put back when it was cut off has it once when there is room', async () => {
    const { files, quarantine, file, text } = bench();
    const log = new JsonlLog(files, quarantine, PATH, { sequenced: false, remembered: 3 });
    await log.open({ create: 'always' });
    for (let n = 1; n <= 40; n++) await log.append({ n, text: 'x'.repeat(100) });
    const lastThree = text().split('\n').slice(37).join('\n');
    truncateSync(file, 0);
    files.faults.push({ operation: 'append', path: PATH, code: 'ENOSPC', short: 150 });
    await expect(log.append({ n: 41 })).rejects.toMatchObject({ code: 'ENOSPC' });
    files.faults.length = 0;
    await log.append({ n: 42 });
    expect(text()).toBe(`${lastThree}{"n":42}\n`);
  });

  it('is not said to be cut off by a look that an append overtakes', async () => {
    for (let steps = 0; steps < 40; steps++) {
      const b = bench();
      const log = await filled(b, 3);
      const look = log.verify();
      for (let step = 0; step < steps; step++) await null;
      await log.append({ n: 4 });
      expect(await look, `after ${steps} steps`).toMatchObject({ cutOff: 0 });
      rmSync(b.root, { recursive: true });
    }
  });

  it('closes a torn tail so that it never swallows the next record', async () => {
    const b = bench();
    const log = await filled(b, 2);
    await log.close();
    appendFileSync(b.file, '{"n":3,"te');
    const again = b.make();
    await again.open({ create: 'always' });
    await again.append({ n: 4 });
    expect((await b.all(again)).map(({ n }) => n)).toEqual([1, 2, 4]);
    expect((await again.verify()).bad).toHaveLength(1);
  });

  for (const fault of [
    { operation: 'append', code: 'ENOSPC', short: 30 },
    { operation: 'append', code: 'ENOSPC', short: 190 },
    { operation: 'append', code: 'EIO' },
    { operation: 'sync', code: 'EIO' },
  ] as const) {
    it(`acknowledges nothing that ${fault.code} on ${fault.operation} (after ${'short' in fault ? fault.short : 0} bytes) kept from the disk, and goes on when it is gone`, async () => {
      const b = bench('synced');
      const log = await filled(b, 2);
      b.files.faults.push({ ...fault, path: PATH });
      const results = await Promise.allSettled([log.append({ n: 3, text: 'y'.repeat(100) }), log.append({ n: 4 })]);
      expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      expect(results[0]?.status === 'rejected' && results[0].reason.message).toContain(PATH);
      b.files.faults.length = 0;
      expect(await log.append({ n: 5 })).toMatchObject({ seq: 3 });
      expect((await b.all(log)).map(({ n }) => n)).toEqual([1, 2, 5]);
      const verdict = await log.verify({ full: true });
      expect([verdict.bad, verdict.missingSeq]).toEqual([[], []]);
    });
  }

  it('blanks of what was refused only what is still there, where somebody has cut it off meanwhile', async () => {
    const b = bench('synced');
    const log = await filled(b, 2);
    const { size } = statSync(b.file);
    b.files.faults.push(
      { operation: 'sync', path: PATH, code: 'EIO' },
      { operation: 'overwrite', path: PATH, code: 'EIO' },
    );
    await expect(log.append({ n: 3, text: 'y'.repeat(100) })).rejects.toThrow(PATH);
    expect(statSync(b.file).size).toBeGreaterThan(size);
    truncateSync(b.file, size);
    b.files.faults.length = 0;
    expect(await log.append({ n: 4 })).toMatchObject({ offset: size });
    expect((await b.all(log)).map(({ n }) => n)).toEqual([1, 2, 4]);
  });

  it('that is opened again has nothing that was refused before, neither for who reads it nor after a repair', async () => {
    const b = bench('synced');
    const log = await filled(b, 2);
    b.files.faults.push(
      { operation: 'sync', path: PATH, code: 'EIO' },
      { operation: 'overwrite', path: PATH, code: 'EIO' },
    );
    await expect(Promise.all([log.append({ n: 3 }), log.append({ n: 4 })])).rejects.toThrow(PATH);
    expect((await b.all(log)).map(({ n }) => n)).toEqual([1, 2]);
    await log.close();
    await expect(log.open({ create: 'always' })).rejects.toThrow(PATH);
    b.files.faults.length = 0;
    expect(await log.open({ create: 'always' })).toMatchObject({ records: 2 });
    expect((await b.all(log)).map(({ n }) => n)).toEqual([1, 2]);
    await log.append({ n: 5 });
    await log.repair();
    expect((await b.all(log)).map(({ n }) => n)).toEqual([1, 2, 5]);
    expect(await log.verify({ full: true })).toMatchObject({ bad: [], duplicateSeq: [], gaps: 0 });
    await log.close();
  });

  it.each([
    ['taken away', (file: string) => unlinkSync(file), 0],
    [
      'replaced',
      (file: string) => {
        unlinkSync(file);
        writeFileSync(`${file}.other`, 'not ours\n');
        renameSync(`${file}.other`, file);
      },
      1,
    ],
  ])('is put back whole where it was %s while its owner was between two lives', async (_, strike, kept) => {
    const b = bench();
    const log = await filled(b, 3);
    // Its inode must not be given to the next file.
    linkSync(b.file, `${b.file}.held`);
    await log.close();
    strike(b.file);
    expect(await log.open({ create: 'always' })).toMatchObject({ existed: true, records: 3 });
    await log.append({ n: 4 });
    expect((await b.all(log)).map(({ n }) => n)).toEqual([1, 2, 3, 4]);
    expect((await log.verify({ full: true })).gaps).toBe(0);
    expect(await b.quarantine.list()).toHaveLength(kept);
  });

  it('keeps what somebody else wrote where an append failed, before that is blanked', async () => {
    const b = bench();
    const log = await filled(b, 3);
    const before = b.text().length;
    b.files.faults.push(
      { operation: 'sync', path: PATH, code: 'EIO' },
      { operation: 'overwrite', path: PATH, code: 'EIO' },
    );
    await expect(log.append({ n: 4 })).rejects.toThrow(/EIO/);
    const foreign = '{"somebody":';
    const fd = openSync(b.file, 'r+');
    writeSync(fd, foreign, before);
    closeSync(fd);
    b.files.faults.length = 0;
    await log.append({ n: 5 });
    expect(b.text().slice(before)).not.toContain('somebody');
    const [entry] = await b.quarantine.list();
    expect(readFileSync(join(b.root, entry?.file ?? ''), 'utf8')).toContain(foreign);
    expect(entry).toMatchObject({ source: PATH, offset: before });
    expect((await b.all(log)).map(({ n }) => n)).toEqual([1, 2, 3, 5]);
    await log.close();
  });

  it('acknowledges what is durable though nothing can be asked of the file any more, and does not have it twice', async () => {
    const b = bench();
    let isSilent = false;
    const log = await openedWith(b, (handle) => ({
      append: async (bytes) => {
        const at = await handle.append(bytes);
        // As of a store on a network: it has taken the append, and is gone before the next question.
        isSilent = true;
        return at;
      },
      stat: () => (isSilent ? Promise.reject(new Error('the store does not answer')) : handle.stat()),
    }));
    expect(await log.append({ n: 1 })).toMatchObject({ seq: 1 });
    // Before anything was sent: that one is not there.
    await expect(log.append({ n: 2 })).rejects.toThrow('does not answer');
    isSilent = false;
    expect(await log.append({ n: 2 })).toMatchObject({ seq: 2 });
    isSilent = false;
    expect(await log.verify()).toMatchObject({ records: 2, bad: [], missingSeq: [], duplicateSeq: [] });
    expect((await b.all(log)).map(({ n }) => n)).toEqual([1, 2]);
    await log.close();
  });

  it('lets nothing overtake what was refused, though it came in a second write', async () => {
    const b = bench();
    const log = await filled(b, 1);
    b.files.faults.push({ operation: 'append', path: PATH, code: 'ENOSPC', short: 500_000 });
    // More than one write can hold.
    const results = await Promise.allSettled(
      Array.from({ length: 30 }, (_, i) => log.append({ n: i + 2, text: 'z'.repeat(100_000) })),
    );
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['rejected']));
    b.files.faults.length = 0;
    await Promise.all(Array.from({ length: 30 }, (_, i) => log.append({ n: i + 2, text: 'z'.repeat(100_000) })));
    expect((await b.all(log)).map(({ n }) => n)).toEqual(Array.from({ length: 31 }, (_, i) => i + 1));
    const verdict = await log.verify({ full: true });
    expect([verdict.bad, verdict.missingSeq]).toEqual([[], []]);
  });

  it('writes a record once that is durable, though the log cannot be looked at afterwards', async () => {
    const b = bench();
    let blind = false;
    const log = await openedWith(b, (handle) => ({
      append: async (bytes) => {
        const at = await handle.append(bytes);
        // The store went away behind its word that it has it.
        blind = true;
        return at;
      },
      stat: async () => {
        if (!blind) return handle.stat();
        blind = false;
        throw new Error('the store does not answer');
      },
    }));
    for (let n = 1; n <= 3; n++) await log.append({ n }).catch(() => log.append({ n }));
    expect(await b.all(log)).toMatchObject([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect((await log.verify({ full: false })).bad).toEqual([]);
    await log.close();
  });

  it('sees damage somebody else did, by what changed', async () => {
    const b = bench();
    const log = await filled(b, 20);
    expect((await log.verify()).bad).toEqual([]);
    const fd = openSync(b.file, 'r+');
    writeSync(fd, 'garbage', 100);
    expect((await log.verify()).bad).toHaveLength(1);
    appendFileSync(b.file, 'more garbage\n');
    expect((await log.verify()).bad).toHaveLength(2);
  });

  it("finds damage that hides behind somebody else's append by reading again, a part at a time", async () => {
    const b = bench();
    const log = await filled(b, 200);
    await log.verify();
    const fd = openSync(b.file, 'r+');
    writeSync(fd, 'garbage', 5_000);
    appendFileSync(b.file, '{"foreign":1}\n');
    expect((await log.verify()).bad).toEqual([]);
    let looks = 0;
    while ((await log.verify({ sweepBytes: 1_000 })).bad.length === 0) expect(++looks).toBeLessThan(20);
    const [bad] = (await log.verify()).bad;
    expect(b.text().split('\n')[(bad?.line ?? 0) - 1]).toContain('garbage');
    await log.repair();
    expect(b.text()).not.toContain('garbage');
  });

  it('finds by sweeping whatever was damaged after it was swept and found sound, while it grows', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 20, maxLength: 60 }),
        fc.integer({ min: 400, max: 4_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.integer({ min: 0, max: 12 }),
        fc.boolean(),
        fc.constantFrom(0, 10, 10_000),
        async (sizes, sweepBytes, place, sweeps, sequenced, remembered) => {
          const b = bench();
          const log = new JsonlLog(b.files, b.quarantine, PATH, { sequenced, remembered });
          await log.open({ create: 'always' });
          const grow = (size: number) => log.append({ text: 'x'.repeat(size) });
          for (const size of sizes) await grow(size);
          for (let i = 0; i < sweeps; i++) {
            expect((await log.verify({ sweepBytes })).bad).toEqual([]);
            await grow(i * 20);
          }
          const lines = b.text().split('\n');
          const hit = Math.floor(place * (lines.length - 1));
          const offset = lines.slice(0, hit).reduce((sum, line) => sum + line.length + 1, 0);
          const fd = openSync(b.file, 'r+');
          writeSync(fd, '#', offset);
          // Its own append hides that somebody else wrote: reading it again alone finds it.
          appendFileSync(b.file, '{"foreign":1}\n');
          let looks = 0;
          while ((await log.verify({ sweepBytes })).bad.length === 0) expect(++looks).toBeLessThan(100);
          const [bad, ...others] = (await log.verify()).bad;
          expect(others).toEqual([]);
          expect(bad?.offset).toBe(offset);
          expect(bad?.line).toBe(hit + 1);
          await log.close();
          rmSync(b.root, { recursive: true });
        },
      ),
      { numRuns: 100 },
    );
  });

  it('does not take a piece of a remembered line for a line', async () => {
    const b = bench();
    const log = new JsonlLog(b.files, b.quarantine, PATH, { sequenced: false });
    await log.open({ create: 'always' });
    await log.append({ a: 1, b: { c: 2 } });
    const inner = b.text().indexOf('{"c"');
    const fd = openSync(b.file, 'r+');
    writeSync(fd, '\n', inner - 1);
    appendFileSync(b.file, '{"foreign":1}\n');
    const { bad, records } = await log.verify({ full: true });
    expect(bad.map(({ line }) => line)).toEqual([1, 2]);
    expect(records).toBe(1);
    await log.close();
  });

  it('restores a damaged line bit for bit from memory', async () => {
    const b = bench();
    const log = await filled(b, 20);
    const before = b.text();
    const fd = openSync(b.file, 'r+');
    writeSync(fd, '\n#######\n', 100);
    const repair = await log.repair();
    expect(repair.restoredLines).toBeGreaterThan(0);
    expect(b.text()).toBe(before);
    expect(repair.quarantined).toEqual([]);
  });

  it('moves to quarantine what it cannot restore, and blanks it where it stood', async () => {
    const b = bench();
    const log = await filled(b, 20, 0);
    const before = readFileSync(b.file);
    const fd = openSync(b.file, 'r+');
    writeSync(fd, 'garbage', 100);
    const damaged = readFileSync(b.file);
    const repair = await log.repair();
    const [one] = repair.quarantined;
    expect(repair.quarantined).toHaveLength(1);
    const after = readFileSync(b.file);
    expect(after.length).toBe(before.length);
    if (!one) throw new Error('nothing was quarantined');
    expect(readFileSync(join(b.root, one.file))).toEqual(
      damaged.subarray(one.bad.offset, one.bad.offset + one.bad.length),
    );
    const verdict = await log.verify({ full: true });
    expect(verdict.bad).toEqual([]);
    expect(verdict.missingSeq).toHaveLength(1);
    expect(await b.all(log)).toHaveLength(19);
  });

  it('blanks nothing that somebody changes while it is set aside, before that is set aside, too', async () => {
    const b = bench();
    const log = await filled(b, 3, 0);
    await log.close();
    const fd = openSync(b.file, 'r+');
    const places = [100, 101, 102];
    const change = (): void => void writeSync(fd, '?', places.shift());
    change();
    const raced: Quarantine = {
      ...b.quarantine,
      keepAll: async (...args) => {
        const entries = await b.quarantine.keepAll(...args);
        if (places.length > 0) change();
        return entries;
      },
    };
    const again = new JsonlLog(b.files, raced, PATH, { sequenced: true });
    await again.open({ create: 'always' });
    const { quarantined } = await again.repair();
    expect(places).toEqual([]);
    const entries = await b.quarantine.list();
    expect(entries).toHaveLength(3);
    const bytes = entries.map(({ file }) => readFileSync(join(b.root, file), 'utf8'));
    expect(bytes.filter((one) => one.includes('???'))).toHaveLength(1);
    expect(quarantined).toHaveLength(1);
    expect((await again.verify({ full: true })).bad).toEqual([]);
  });

  it('saves a good record that is glued to a torn one', async () => {
    const b = bench();
    const log = await filled(b, 3, 0);
    await log.close();
    const [first = '', second = '', third = ''] = b.text().split('\n');
    writeFileSync(b.file, `${first}\n${second.slice(0, 20)}${third}\n`);
    const again = b.make(0);
    await again.open({ create: 'always' });
    const repair = await again.repair();
    expect(repair.quarantined.map(({ bad }) => bad.length)).toEqual([20]);
    expect((await b.all(again)).map(({ n }) => n)).toEqual([1, 3]);
  });

  it('keeps every undamaged record and every damaged byte, whatever is flipped', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.integer({ min: 0, max: 255 })), {
          minLength: 1,
          maxLength: 12,
        }),
        async (flips) => {
          const b = bench();
          const log = await filled(b, 30, 0);
          await log.close();
          const good = readFileSync(b.file);
          const damaged = Buffer.from(good);
          for (const [where, byte] of flips) damaged[Math.floor(where * damaged.length)] = byte;
          writeFileSync(b.file, damaged);
          const again = b.make(0);
          await again.open({ create: 'always' });
          const repair = await again.repair();
          expect((await again.verify({ full: true })).bad).toEqual([]);
          const seqs = new Set((await b.all(again)).map(({ seq }) => seq));
          // A line is undamaged when none of its bytes, nor the newlines around it, changed.
          let at = 0;
          for (const [index, line] of good.toString('latin1').split('\n').slice(0, -1).entries()) {
            const same =
              Buffer.compare(
                good.subarray(Math.max(0, at - 1), at + line.length + 1),
                damaged.subarray(Math.max(0, at - 1), at + line.length + 1),
              ) === 0;
            if (same) expect(seqs).toContain(index + 1);
            at += line.length + 1;
          }
          for (const { bad, file, at: from } of repair.quarantined) {
            const kept = readFileSync(join(b.root, file)).subarray(from, from + bad.length);
            const was = Buffer.concat([damaged, Buffer.from('\n')]).subarray(bad.offset, bad.offset + bad.length);
            expect(kept).toEqual(was);
          }
          const second = await again.repair();
          expect(second.quarantined).toEqual([]);
          rmSync(b.root, { recursive: true });
        },
      ),
      { numRuns: 100 },
    );
  });

  it('puts back a log that was deleted under it, with what is appended meanwhile', async () => {
    const b = bench();
    const log = await filled(b, 50);
    unlinkSync(b.file);
    const during = Promise.all([log.append({ n: 51 }), log.repair(), log.append({ n: 52 })]);
    await during;
    expect((await b.all(log)).map(({ n }) => n)).toEqual(Array.from({ length: 52 }, (_, i) => i + 1));
    expect(b.text().trimEnd().split('\n')).toHaveLength(52);
    expect((await log.verify()).exists).toBe(true);
  });

  it('sets aside a file that was put in its place, and puts itself back', async () => {
    const b = bench();
    const log = await filled(b, 5);
    unlinkSync(b.file);
    writeFileSync(b.file, 'somebody else was here\n');
    expect((await log.verify()).detached).toBe(true);
    await log.repair();
    expect(await b.all(log)).toHaveLength(5);
    const [entry] = await b.quarantine.list();
    expect(entry && readFileSync(join(b.root, entry.file), 'utf8')).toBe('somebody else was here\n');
  });

  describe("does not become a part of a stranger's line that has no end", () => {
    const torn = '{"torn":"by a stran';
    /** A log whose next sync is followed by a stranger's append, before anybody looks. */
    const withStranger = async () => {
      const b = bench();
      let strikes = false;
      const log = await openedWith(b, (handle) => ({
        sync: async () => {
          await handle.sync();
          if (strikes) appendFileSync(b.file, torn);
          strikes = false;
        },
      }));
      await log.append({ n: 1 });
      const strike = () => {
        strikes = true;
      };
      return { ...b, log, strike };
    };
    const good = async ({ all, log }: Awaited<ReturnType<typeof withStranger>>) => (await all(log)).map(({ n }) => n);

    it('also where it was looked at meanwhile', async () => {
      const b = await withStranger();
      appendFileSync(b.file, torn);
      await b.log.verify();
      await b.log.append({ n: 2 });
      expect(await good(b)).toEqual([1, 2]);
    });

    it('also where it came in the moment after our own append', async () => {
      const b = await withStranger();
      b.strike();
      await b.log.append({ n: 2 });
      await b.log.append({ n: 3 });
      expect(await good(b)).toEqual([1, 2, 3]);
    });

    it('also where somebody cut it off in the middle of a line, or altogether', async () => {
      for (const left of [10, 0]) {
        const b = await withStranger();
        truncateSync(b.file, left);
        await b.log.append({ n: 2 });
        expect(await good(b), `cut off at ${left}`).toEqual([1, 2]);
      }
    });

    it('also where all of it is looked at in the moment of our append, however far that look is', async () => {
      for (let steps = 0; steps < 40; steps++) {
        const b = await withStranger();
        appendFileSync(b.file, torn);
        await b.log.verify();
        const look = b.log.verify({ full: true });
        for (let step = 0; step < steps; step++) await null;
        await Promise.all([look, b.log.append({ n: 2 })]);
        expect(await good(b), `after ${steps} steps`).toEqual([1, 2]);
        rmSync(b.root, { recursive: true });
      }
    });

    it('also where somebody put something else in the place of the end of the last line', async () => {
      const b = await withStranger();
      const fd = openSync(b.file, 'r+');
      writeSync(fd, '##', statSync(b.file).size - 2);
      await b.log.append({ n: 2 });
      expect(await good(b)).toEqual([2]);
    });

    it('also where it comes between the look at the end and our append', async () => {
      for (const written of [torn, `{"whole":1}\n${torn}`, '{"whole":1}\n']) {
        const { log, ...b } = await withRacer(written);
        await log.append({ n: 1 });
        b.strike();
        await log.append({ n: 2 });
        const lines = b
          .text()
          .split('\n')
          .map((line) => line.trim());
        expect(lines.filter((line) => line.includes('"n"')).map((line) => JSON.parse(line).n)).toEqual([1, 2]);
        expect(lines.includes('{"whole":1}'), 'what has an end stays').toBe(written.startsWith('{"whole"'));
        const [kept] = await b.quarantine.list();
        if (written.endsWith(torn)) expect(readFileSync(join(b.root, kept?.file ?? ''), 'utf8')).toBe(torn);
        else expect(kept).toBe(undefined);
        await log.append({ n: 3 });
        expect(await log.verify({ full: true })).toMatchObject({ bad: [], missingSeq: [] });
      }
    });

    it('also where it came at the end of a repair', async () => {
      const b = await withStranger();
      const fd = openSync(b.file, 'r+');
      writeSync(fd, '######');
      b.strike();
      expect((await b.log.repair()).restoredLines).toBe(1);
      await b.log.append({ n: 2 });
      expect(await good(b)).toEqual([1, 2]);
    });
  });

  it('gives an unwritable file back the mode it had set, and no more', async () => {
    const b = bench();
    const log = await filled(b, 1);
    const mode = statSync(b.file).mode;
    chmodSync(b.file, 0o440);
    expect((await log.verify()).writable).toBe(false);
    await log.repair();
    expect(statSync(b.file).mode).toBe(mode);
  });

  it('loses nothing of a foreign writer during repairs', async () => {
    const b = bench();
    const log = await filled(b, 2_000, 0);
    const writer = `
      const fs = require('node:fs'); const fd = fs.openSync(process.argv[1], 'a');
      for (let i = 0; i < 3000; i++) { fs.writeSync(fd, JSON.stringify({ foreign: i }) + '\\n'); if (i % 500 === 499) { const t = Date.now(); while (Date.now() - t < 5); } }`;
    const done = promisify(execFile)(process.execPath, ['-e', writer, b.file]);
    let running = true;
    const finished = done.finally(() => {
      running = false;
    });
    let i = 0;
    while (running) {
      const fd = openSync(b.file, 'r+');
      writeSync(fd, '###', 50 + (i++ % 100) * 37);
      await log.repair();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await finished;
    await log.repair();
    const foreign = (await b.all(log)).flatMap((record) =>
      typeof record.foreign === 'number' ? [record.foreign] : [],
    );
    expect(foreign).toEqual(Array.from({ length: 3_000 }, (_, n) => n));
  });

  it('has every acknowledged record after a SIGKILL', async () => {
    const b = bench();
    const script = `
      import { fileQuarantine } from ${JSON.stringify(join(import.meta.dirname, '../../src/adapters/file-quarantine.ts'))};
      import { JsonlLog } from ${JSON.stringify(join(import.meta.dirname, '../../src/adapters/jsonl-log.ts'))};
      import { nodeFiles } from ${JSON.stringify(join(import.meta.dirname, '../../src/adapters/node-files.ts'))};
      const files = nodeFiles(${JSON.stringify(b.root)}, { durability: 'synced' });
      const log = new JsonlLog(files, fileQuarantine(files, { now: () => 0 }), ${JSON.stringify(PATH)}, { sequenced: true });
      await log.open({ create: 'always' });
      for (let n = 1; ; n++) { await log.append({ n }); process.stdout.write(n + '\\n'); }`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
      if (said.length > 500) child.kill('SIGKILL');
    });
    await new Promise((resolve) => child.on('close', resolve));
    const acknowledged = said.slice(0, said.lastIndexOf('\n')).split('\n').map(Number);
    const log = b.make();
    await log.open({ create: 'always' });
    const records = (await b.all(log)).map(({ n }) => n);
    expect(acknowledged.length).toBeGreaterThan(50);
    expect(records.slice(0, acknowledged.length)).toEqual(acknowledged);
  });

  it('calls bad what is no JSON object, not UTF-8, or holds NUL; blanks, CRLF and a BOM are no damage', () => {
    const kind = (text: string | Uint8Array) => checkLine(Buffer.from(text as string), 'verdict').kind;
    for (const text of ['{"a":1}', '{"a":1}\r', '\ufeff{"a":1}', '  {"a":1} \t', '{"a":"\u00e9"}'])
      expect(kind(text)).toBe('good');
    for (const text of ['', '   ', '\r', '\t \r']) expect(kind(text)).toBe('blank');
    for (const text of ['1', 'null', '[1]', '{"a":1', '{"a":"\0"}', '{"a":1}{"b":2}', Buffer.from([0x7b, 0xff, 0x7d])])
      expect(kind(text)).toBe('bad');
  });

  it('reads a log with CRLF and a BOM as it is, and changes nothing in it', async () => {
    const b = bench();
    mkdirSync(join(b.root, 'logs'));
    const text = '\ufeff{"n":1}\r\n{"n":2}\r\n\r\n{"n":3}\r\n';
    writeFileSync(b.file, text);
    const log = b.make();
    await log.open({ create: 'never' });
    expect((await b.all(log)).map(({ n }) => n)).toEqual([1, 2, 3]);
    expect((await log.repair()).quarantined).toEqual([]);
    expect(b.text()).toBe(text);
  });

  it('names numbers that two records bear, and goes on above the highest', async () => {
    const b = bench();
    const log = await filled(b, 3);
    await log.close();
    const [first = '', second = ''] = b.text().split('\n');
    appendFileSync(b.file, `${second}\n${first}\n`);
    const again = b.make();
    await again.open({ create: 'never' });
    const verdict = await again.verify({ full: true });
    expect(verdict.duplicateSeq).toEqual([2, 1]);
    expect([verdict.bad, verdict.missingSeq]).toEqual([[], []]);
    expect(await again.append({ n: 4 })).toMatchObject({ seq: 4 });
  });

  it('sets a line aside that is longer than it may be, in pieces, and keeps what stands around it', async () => {
    const b = bench();
    const log = await filled(b, 2, 0);
    await log.close();
    const before = b.text();
    const huge = `{"huge":"${'h'.repeat(40 * 1024 * 1024)}"}`;
    appendFileSync(b.file, `${huge}\n`);
    const again = b.make(0);
    await again.open({ create: 'never' });
    await again.append({ n: 3 });
    const { quarantined } = await again.repair();
    expect(quarantined.reduce((sum, { bad }) => sum + bad.length, 0)).toBe(huge.length);
    expect((await b.all(again)).map(({ n }) => n)).toEqual([1, 2, 3]);
    expect(b.text().startsWith(before)).toBe(true);
    expect((await again.verify({ full: true })).bad).toEqual([]);
    expect((await again.repair()).quarantined).toEqual([]);
    const kept = quarantined.map(({ bad, file, at }) => readFileSync(join(b.root, file)).subarray(at, at + bad.length));
    expect(Buffer.concat(kept).toString()).toBe(huge);
  });

  it('gives no number twice that a record bears which is glued to somebody else’s line, and found by a repair later', async () => {
    const b = bench();
    const log = await filled(b, 3, 0);
    await log.close();
    const [one, two, three] = b.text().trimEnd().split('\n');
    writeFileSync(b.file, `${one}\n${two}\n{"foreign":"cut o${three}\n`);
    const again = b.make(0);
    await again.open({ create: 'always' });
    expect(await again.append({ n: 4 })).toMatchObject({ seq: 4 });
    await again.repair();
    expect((await b.all(again)).map(({ n, seq }) => [n, seq])).toEqual([1, 2, 3, 4].map((n) => [n, n]));
    expect(await again.verify({ full: true })).toMatchObject({ bad: [], missingSeq: [], duplicateSeq: [] });
  });

  it('keeps what somebody has written over a place that was blank', async () => {
    const b = bench();
    const log = await filled(b, 1);
    await log.close();
    appendFileSync(b.file, '\n\n        \n');
    const again = b.make();
    await again.open({ create: 'always' });
    await again.append({ n: 2 });
    const garbage = '#?!#?!#?!';
    const at = b.text().indexOf('        ');
    const file = openSync(b.file, 'r+');
    writeSync(file, garbage, at - 1);
    closeSync(file);
    const { quarantined } = await again.repair();
    const kept = quarantined.map(({ bad, file: name, at: from }) =>
      readFileSync(join(b.root, name)).toString('latin1', from, from + bad.length),
    );
    expect(kept.join('')).toBe(garbage);
    expect((await b.all(again)).map(({ n }) => n)).toEqual([1, 2]);
    expect((await again.verify({ full: true })).bad).toEqual([]);
  });

  it('goes on when the clock goes backwards: order is that of the numbers', async () => {
    const b = bench();
    const log = b.make();
    await log.open({ create: 'always' });
    for (const ts of [3, 2, 1]) await log.append({ ts });
    expect((await b.all(log)).map(({ ts, seq }) => [ts, seq])).toEqual([
      [3, 1],
      [2, 2],
      [1, 3],
    ]);
  });

  it('says of one that it may not open for writing that it is there, and unwritable', async () => {
    const b = bench();
    const log = await filled(b, 3);
    await log.close();
    b.files.faults.push(
      { operation: 'openAppend', path: PATH, code: 'EACCES' },
      { operation: 'writable', path: PATH, code: 'EACCES' },
    );
    expect(await b.make().verify()).toMatchObject({ exists: true, writable: false });
    b.files.faults[0] = { operation: 'openAppend', path: PATH, code: 'EIO' };
    await expect(b.make().verify()).rejects.toThrow(/EIO/);
  });
});

describe('numbers that nobody has any more', () => {
  /** Three records, of which the last is gone with the file that had them, and nobody remembers it. */
  const withoutTheLast = async () => {
    const b = bench('written', 0);
    const log = await filled(b, 3);
    await log.close();
    const [first, second] = b.text().split('\n');
    rmSync(b.file);
    writeFileSync(b.file, `${first}\n${second}\n`);
    const { lost } = await log.open({ create: 'never' });
    expect(lost).toEqual([3, 3]);
    return { b, log, lost };
  };

  it('are told by who opens it, and are a gap until a record tells of them, to every later process', async () => {
    const silent = await withoutTheLast();
    await silent.log.append({ n: 4 });
    expect(await silent.log.verify({ full: true })).toMatchObject({ gaps: 1, missingSeq: [[3, 3]] });
    const { b, log, lost } = await withoutTheLast();
    expect((await log.append({ event_type: 'history_lost', lost })).seq).toBe(4);
    await log.append({ n: 5 });
    expect(await log.verify({ full: true })).toMatchObject({ gaps: 0, missingSeq: [[3, 3]], bad: [] });
    await log.close();
    const later = b.make();
    expect((await later.open({ create: 'never' })).lost).toBe(null);
    expect(await later.verify({ full: true })).toMatchObject({ gaps: 0, missingSeq: [[3, 3]], bad: [] });
  });

  it('are another gap where the record tells of others', async () => {
    const { log } = await withoutTheLast();
    await log.append({ event_type: 'history_lost', lost: [2, 2] });
    expect((await log.verify({ full: true })).gaps).toBe(1);
  });
});

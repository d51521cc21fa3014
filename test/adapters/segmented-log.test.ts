import { spawn } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  existsSync,
  linkSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileQuarantine } from '../../src/adapters/file-quarantine.ts';
import { LineBatch } from '../../src/adapters/line-batch.ts';
import { sequencedLine } from '../../src/adapters/log-line.ts';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import { SegmentedLog } from '../../src/adapters/segmented-log.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import type { Appended, LogRecord } from '../../src/ports/event-log.ts';
import { segmentName, segmentNumber } from '../../src/ports/segment-name.ts';
import { fc } from '../fast-check.ts';
import { faultyFiles } from '../faults/faulty-files.ts';
import { historyOf } from '../faults/fixtures/history-of.ts';
import { countedFiles } from './counted-files.ts';

const PATH = 'logs/signal_bus.jsonl';
const SEGMENT_BYTES = 1_200;

const bench = ({ mirrored = false, segmentBytes = SEGMENT_BYTES } = {}) => {
  const folder = () => mkdtempSync(join(tmpdir(), 'kintsugi-segments-'));
  const root = folder();
  const mirrorRoot = folder();
  const files = faultyFiles(nodeFiles(root, { durability: 'written', watched: false }));
  const mirror = mirrored ? nodeFiles(mirrorRoot, { durability: 'written', watched: false }) : null;
  const quarantine = fileQuarantine(files, new VirtualClock(1_700_000_000_000));
  const lines: string[] = [];
  const log = { warn: (line: string) => void lines.push(line) };
  const make = () => new SegmentedLog(files, quarantine, PATH, { sequenced: true, segmentBytes, mirror, log });
  const open = async () => {
    const log = make();
    const opened = await log.open({ create: 'always' });
    return Object.assign(log, { opened });
  };
  const names = (at = root) => readdirSync(join(at, 'logs')).sort();
  return {
    root,
    mirrorRoot,
    files,
    quarantine,
    lines,
    make,
    open,
    names,
    at: (name: string) => join(root, 'logs', name),
  };
};
type Bench = ReturnType<typeof bench>;

/** One after the other, so that every commit may rotate. */
async function fill(log: SegmentedLog, count: number, from = 1): Promise<Appended[]> {
  const places: Appended[] = [];
  for (let n = from; n < from + count; n++)
    places.push(await log.append({ n, event_id: `e${n}`, text: 'x'.repeat(n % 50) }));
  return places;
}
async function numbersIn(log: SegmentedLog, from = 0): Promise<number[]> {
  const found: number[] = [];
  for await (const { record } of log.entries(from)) found.push(Number(record.n));
  return found;
}
const upTo = (count: number, from = 1) => Array.from({ length: count - from + 1 }, (_, i) => from + i);
const filled = async (b: Bench, count: number) => {
  const log = await b.open();
  const places = await fill(log, count);
  return { log, places };
};
const damage = (file: string, what: string): void => {
  const text = readFileSync(file, 'latin1');
  const at = text.indexOf(what);
  expect(at, `${what} in ${file}`).toBeGreaterThanOrEqual(0);
  const fd = Buffer.from(text, 'latin1');
  fd.write('#####', at + 2);
  rmSync(file);
  appendFileSync(file, fd);
};

describe('names of segments', () => {
  it('sort as the segments follow each other, and are told from others', () => {
    const names = [1, 2, 9, 10, 99_999].map((number) => segmentName(PATH, number));
    expect([...names].sort()).toEqual(names);
    expect(names[0]).toBe('logs/signal_bus-000001.jsonl');
    expect(names.map((name) => segmentNumber(PATH, name))).toEqual([1, 2, 9, 10, 99_999]);
    for (const other of [
      PATH,
      'logs/signal_bus-1.jsonl',
      'logs/signal_bus-old.jsonl',
      'logs/x/signal_bus-000001.jsonl',
    ])
      expect(segmentNumber(PATH, other)).toBeNull();
  });
});

describe('a line of a batch', () => {
  it('is what the format says, whatever the record and its number', () => {
    const record = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(record, fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (one, seq) => {
        const batch = new LineBatch();
        batch.add(one as LogRecord, seq);
        expect(batch.bytes().toString()).toBe(Buffer.from(sequencedLine(one as LogRecord, seq)).toString());
      }),
    );
  });
});

describe('a log in segments', () => {
  it('goes on in a new file when the old one is large enough, and numbers its records without a gap', async () => {
    const b = bench();
    const { log, places } = await filled(b, 100);
    expect(b.names().length).toBeGreaterThan(4);
    expect(b.names().at(-1)).toBe('signal_bus.jsonl');
    const whole = b
      .names()
      .map((name) => readFileSync(b.at(name), 'utf8'))
      .join('');
    expect(
      whole
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).n),
    ).toEqual(upTo(100));
    expect(places.map(({ seq }) => seq)).toEqual(upTo(100));
    expect(places.every(({ offset }, i) => i === 0 || offset > (places[i - 1]?.offset ?? 0))).toBe(true);
    expect(await log.verify({ full: true })).toMatchObject({ records: 100, bad: [], missingSeq: [], notRotated: null });
    await log.close();
  });

  it('is replayed whole and from any place, open, closed and by one that never opened it', async () => {
    const b = bench();
    const { log, places } = await filled(b, 60);
    for (const one of [1, 17, 42, 60]) expect(await numbersIn(log, places[one - 1]?.offset)).toEqual(upTo(60, one));
    await log.close();
    expect(await numbersIn(log)).toEqual(upTo(60));
    expect(await numbersIn(b.make())).toEqual(upTo(60));
    const again = await b.open();
    expect(again.opened).toEqual({ existed: true, records: 60, archived: false, lost: null });
    expect(await numbersIn(again, places[41]?.offset)).toEqual(upTo(60, 42));
    expect((await again.append({ n: 61 })).seq).toBe(61);
  });

  it('is replayed as it was when it was asked, though it rotates while it is read', async () => {
    const b = bench();
    const { log } = await filled(b, 30);
    const found: number[] = [];
    for await (const { n } of log.replay()) {
      found.push(Number(n));
      if (found.length % 5 === 0) await fill(log, 20, 1_000 + found.length * 20);
    }
    expect(found).toEqual(upTo(30));
  });

  it('is open once, however many open it at the same time, and not at all once it is closed', async () => {
    const b = bench();
    const { log: first } = await filled(b, 60);
    await first.close();
    const counted = countedFiles();
    const log = new SegmentedLog(counted.wrap(b.files), b.quarantine, PATH, {
      sequenced: true,
      segmentBytes: SEGMENT_BYTES,
    });
    const opened = await Promise.all([1, 2, 3].map(() => log.open({ create: 'always' })));
    expect(opened.map(({ records }) => records)).toEqual([60, 60, 60]);
    expect(counted.open.toSorted()).toEqual(b.names().map((name) => `logs/${name}`));
    await Promise.all([log.open({ create: 'always' }), log.close()]);
    expect(counted.open).toEqual([]);
  });

  it('is followed by tail -F over every rotation', async () => {
    const b = bench({ segmentBytes: 600 });
    const log = await b.open();
    const tail = spawn('tail', ['-F', '-n', '+1', '-s', '0.02', b.at('signal_bus.jsonl')], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let text = '';
    tail.stdout.on('data', (chunk) => {
      text += chunk;
    });
    try {
      for (let n = 1; n <= 60; n++) {
        await log.append({ n, text: 'x'.repeat(40) });
        // tail looks after the name; it sees a file that lives for a moment.
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
      await expect
        .poll(
          () =>
            text
              .trimEnd()
              .split('\n')
              .map((line) => JSON.parse(line).n),
          { timeout: 10_000 },
        )
        .toEqual(upTo(60));
      expect(b.names().length).toBeGreaterThan(5);
    } finally {
      tail.kill();
    }
  });

  it('is mended in every segment, and says in which one the damage is', async () => {
    const b = bench();
    const { log } = await filled(b, 60);
    const [first = '', second = ''] = b.names();
    await log.close();
    damage(b.at(first), '{"n":3,');
    damage(b.at('signal_bus.jsonl'), '{"n":60,');
    const again = await b.open();
    const { bad } = await again.verify();
    expect(bad.map(({ file }) => file)).toEqual([`logs/${first}`, undefined]);
    const repair = await again.repair();
    expect(repair.quarantined.length).toBe(2);
    expect((await b.quarantine.list()).map(({ source }) => source)).toEqual([`logs/${first}`, PATH]);
    expect(await again.verify({ full: true })).toMatchObject({ bad: [], records: 58, missingSeq: [[3, 3]] });
    expect(await numbersIn(again)).toEqual(upTo(60).filter((n) => n !== 3 && n !== 60));
    expect((await again.append({ n: 61 })).seq).toBeGreaterThanOrEqual(60);
    expect(existsSync(b.at(second))).toBe(true);
  });

  it('puts back what was damaged just after it was sealed, bit for bit, from memory', async () => {
    const b = bench();
    const { log } = await filled(b, 40);
    const [first = ''] = b.names();
    const before = readFileSync(b.at(first));
    damageInPlace(b.at(first), '{"n":4,');
    expect(await log.repair()).toMatchObject({ restoredLines: 1, quarantined: [] });
    expect(readFileSync(b.at(first))).toEqual(before);
  });

  it('puts a sealed segment back whole that was deleted under it', async () => {
    const b = bench();
    const { log } = await filled(b, 40);
    const [first = ''] = b.names();
    const before = readFileSync(b.at(first));
    rmSync(b.at(first));
    expect(await log.verify()).toMatchObject({ exists: false, path: `logs/${first}` });
    expect(await log.repair()).toMatchObject({ recreated: 'restored' });
    expect(readFileSync(b.at(first))).toEqual(before);
    expect(await log.verify()).toMatchObject({ exists: true, path: PATH });
  });

  it('loses nothing when it is closed without its name while the disk refuses to have it back', async () => {
    const b = bench();
    const { log } = await filled(b, 15);
    rmSync(b.at('signal_bus.jsonl'));
    b.files.faults.push({ operation: 'writeWhole', path: PATH, code: 'ENOSPC' });
    await expect(log.close()).rejects.toThrow('ENOSPC');
    await expect(log.open({ create: 'never' })).rejects.toThrow('ENOSPC');
    b.files.faults.length = 0;
    expect(await log.open({ create: 'never' })).toMatchObject({ existed: true, records: 15 });
    await fill(log, 1, 16);
    await log.close();
    expect(await numbersIn(b.make())).toEqual(upTo(16));
  });

  it('is put back when it is closed without its name', async () => {
    const b = bench();
    const { log } = await filled(b, 15);
    rmSync(b.at('signal_bus.jsonl'));
    await log.close();
    expect(await numbersIn(b.make())).toEqual(upTo(15));
  });

  it('names the numbers that are missing when a segment in the middle is gone', async () => {
    const b = bench();
    const { log, places } = await filled(b, 60);
    await log.close();
    const [, second = '', third = ''] = b.names();
    const seqsIn = (name: string) =>
      readFileSync(b.at(name), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => Number(JSON.parse(line).seq));
    const gone = seqsIn(second);
    rmSync(b.at(second));
    const again = await b.open();
    expect(again.opened.archived).toBe(false);
    expect((await again.verify()).missingSeq).toEqual([[gone[0], gone.at(-1)]]);
    expect((await numbersIn(again, places[(seqsIn(third)[0] ?? 1) - 1]?.offset))[0]).toBe(seqsIn(third)[0]);
  });

  it('knows that its oldest segments were taken away, and its places stay what they were', async () => {
    const b = bench();
    const { log, places } = await filled(b, 60);
    const history = historyOf(b.files, log);
    await history.catchUp();
    await history.save();
    await log.close();
    const [first = '', second = ''] = b.names();
    for (const name of [first, second]) renameSync(b.at(name), join(b.root, name));
    const again = await b.open();
    expect(again.opened).toMatchObject({ existed: true, archived: true });
    expect((await again.verify({ full: true })).missingSeq).toEqual([]);
    expect(await numbersIn(again, places[49]?.offset)).toEqual(upTo(60, 50));
    const past = historyOf(b.files, again);
    await past.catchUp();
    expect(past.fromCheckpoint).toBe(true);
    const told: number[] = [];
    for await (const { n } of past.replay()) told.push(Number(n));
    expect(told).toEqual(upTo(60));
  });

  it('knows it, too, when only the file that is written to is left', async () => {
    const b = bench();
    const { log } = await filled(b, 60);
    await log.close();
    for (const name of b.names().slice(0, -1)) rmSync(b.at(name));
    const again = await b.open();
    expect(again.opened).toMatchObject({ existed: true, archived: true });
    expect((await again.append({ n: 61 })).seq).toBe(61);
  });

  it('that was lost and goes on where its numbers had ended lacks none of them, also when its first file is sealed', async () => {
    const b = bench();
    const { log } = await filled(b, 5);
    await log.close();
    const lines = readFileSync(b.at('signal_bus.jsonl'), 'utf8').trimEnd().split('\n');
    writeFileSync(b.at('signal_bus.jsonl'), `${lines.at(-1)}\n`);
    const anew = await b.open();
    await fill(anew, 20, 6);
    await anew.close();
    expect(b.names()).toContain('signal_bus-000001.jsonl');
    const again = await b.open();
    expect(await numbersIn(again)).toEqual(upTo(25, 5));
    expect((await again.verify({ full: true })).missingSeq).toEqual([]);
  });

  it('does not hold up its repair by appending without a pause', async () => {
    const b = bench();
    const { log } = await filled(b, 10);
    let n = 10;
    let repaired = false;
    const pump = async (): Promise<void> => {
      while (!repaired && n < 20_000) await log.append({ n: ++n });
    };
    const pumping = pump();
    await log.repair();
    repaired = true;
    await pumping;
    expect(n).toBeLessThan(20_000);
    expect(await log.verify()).toMatchObject({ records: n, missingSeq: [], duplicateSeq: [] });
  });

  it('finishes a rotation that was cut off between its two renames', async () => {
    const b = bench({ segmentBytes: 1_000_000 });
    const { log } = await filled(b, 20);
    await log.close();
    linkSync(b.at('signal_bus.jsonl'), b.at('signal_bus-000001.jsonl'));
    const again = await b.open();
    expect(b.names()).toEqual(['signal_bus-000001.jsonl', 'signal_bus.jsonl']);
    expect(readFileSync(b.at('signal_bus.jsonl'), 'utf8')).toBe('');
    expect(again.opened).toMatchObject({ existed: true, records: 20 });
    expect((await again.append({ n: 21 })).seq).toBe(21);
    expect(await numbersIn(again)).toEqual(upTo(21));
  });

  it('has every record once where somebody put an older copy in the place of a file that was sealed half-way', async () => {
    for (const [isSameProcess, mirrored] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ] as const) {
      const b = bench({ segmentBytes: 1_000_000, mirrored });
      const { log } = await filled(b, 20);
      await log.close();
      const path = b.at('signal_bus.jsonl');
      linkSync(path, b.at('signal_bus-000001.jsonl'));
      const bytes = readFileSync(path);
      rmSync(path);
      // Its last line is torn, and behind it stands what that segment does not have.
      const copy = bytes.subarray(0, bytes.length >> 1);
      writeFileSync(path, Buffer.concat([copy, Buffer.from('\n'), sequencedLine({ n: 21, event_id: 'e21' }, 21)]));
      const again = isSameProcess ? log : b.make();
      await again.open({ create: 'always' });
      await again.repair();
      expect((await again.append({ n: 22 })).seq).toBe(22);
      expect(await numbersIn(again)).toEqual(upTo(22));
      expect(await again.verify({ full: true })).toMatchObject({ bad: [], duplicateSeq: [], missingSeq: [] });
      const kept = (await b.quarantine.list()).filter(({ reason }) => reason.includes('signal_bus-000001.jsonl, too'));
      expect(kept).toHaveLength(copy.toString().split('\n').length - 1);
      await again.close();
    }
  });

  it('goes on in the file it has when the disk refuses a new one, says why, and rotates when it may', async () => {
    const b = bench();
    const log = await b.open();
    b.files.faults.push({ operation: 'writeWhole', path: PATH, code: 'ENOSPC' });
    await fill(log, 40);
    const verdict = await log.verify();
    expect(verdict).toMatchObject({ exists: true, detached: false, records: 40, bad: [] });
    expect(verdict.notRotated).toMatch(/ENOSPC/);
    expect(b.lines).toContainEqual(expect.stringMatching(/signal_bus\.jsonl goes on beyond its size.*ENOSPC/));
    b.files.faults.length = 0;
    await fill(log, 40, 41);
    expect(await log.verify({ full: true })).toMatchObject({
      records: 80,
      notRotated: null,
      missingSeq: [],
      duplicateSeq: [],
    });
    expect(await numbersIn(log)).toEqual(upTo(80));
  });

  it.each([
    ['taken away', (file: string) => rmSync(file)],
    [
      'given to another',
      (file: string) => {
        rmSync(file);
        appendFileSync(file, '{"foreign":1}\n');
      },
    ],
  ])('does not have its records twice when its name is %s between the two renames of a rotation', async (_, strike) => {
    const b = bench();
    const log = await b.open();
    b.files.faults.push({ operation: 'writeWhole', path: PATH, code: 'ENOSPC' });
    await fill(log, 40);
    b.files.faults.length = 0;
    expect(b.names()).toEqual(['signal_bus-000001.jsonl', 'signal_bus.jsonl']);
    strike(b.at('signal_bus.jsonl'));
    await log.repair();
    await fill(log, 5, 41);
    expect(await numbersIn(log)).toEqual(upTo(45));
    await log.close();
    const again = await b.open();
    expect(await again.verify({ full: true })).toMatchObject({ records: 45, missingSeq: [], duplicateSeq: [] });
    expect(await numbersIn(again)).toEqual(upTo(45));
  });

  it('does not seal a file that somebody put in its place', async () => {
    const b = bench();
    const log = await b.open();
    await fill(log, 5);
    rmSync(b.at('signal_bus.jsonl'));
    appendFileSync(b.at('signal_bus.jsonl'), '{"foreign":1}\n');
    await fill(log, 60, 6);
    expect(b.names()).toEqual(['signal_bus.jsonl']);
    expect((await log.verify()).notRotated).toMatch(/name leads elsewhere/);
    await log.repair();
    await fill(log, 10, 66);
    expect(b.names().length).toBeGreaterThan(1);
    expect((await numbersIn(log)).filter((n) => !Number.isNaN(n))).toEqual(upTo(75));
  });

  it('has a mirror of every segment, and either side mends the other', async () => {
    const b = bench({ mirrored: true });
    const { log } = await filled(b, 60);
    await log.close();
    expect(b.names(b.mirrorRoot)).toEqual(b.names());
    const contents = (root: string) => b.names(root).map((name) => readFileSync(join(root, 'logs', name), 'latin1'));
    const before = contents(b.root);
    expect(contents(b.mirrorRoot)).toEqual(before);
    const [first = '', second = ''] = b.names();
    damage(b.at(first), '{"n":3,');
    damage(join(b.mirrorRoot, 'logs', second), '{"n":');
    rmSync(b.at(second));
    damage(join(b.mirrorRoot, 'logs/signal_bus.jsonl'), '{"n":60,');
    // The copy of the deleted one is damaged in one line: it is all there is of it.
    const again = await b.open();
    await again.repair();
    await again.close();
    expect(b.names()).toEqual(b.names(b.mirrorRoot));
    const after = contents(b.root);
    expect(after[0]).toBe(before[0]);
    expect(after.at(-1)).toBe(before.at(-1));
    expect(contents(b.mirrorRoot)).toEqual(after);
    expect((await numbersIn(b.make())).length).toBe(59);
  });
});

/** The same file, other bytes in it: nobody replaced it. */
function damageInPlace(file: string, what: string): void {
  const at = readFileSync(file).indexOf(what);
  const fd = openSync(file, 'r+');
  writeSync(fd, '#####', at + 2);
  closeSync(fd);
}

/** The log on a disk that loses power at every call, with what was not synced there in part: nothing acknowledged is lost. */
import { describe, expect, it } from 'vitest';
import { fileQuarantine } from '../../src/adapters/file-quarantine.ts';
import { JsonlLog } from '../../src/adapters/jsonl-log.ts';
import { seededChance } from '../../src/adapters/seeded-chance.ts';
import { SegmentedLog } from '../../src/adapters/segmented-log.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import type { EventLog } from '../../src/ports/event-log.ts';
import { SimDisk } from '../../src/sim/sim-disk.ts';

const PATH = 'logs/signal_bus.jsonl';
/** A life of some 25 kB is rotated several times. */
const SEGMENT_BYTES = 6_000;
/** Another one: `SEED=7 npx vitest run test/simulation/log-on-a-dying-disk`. */
const SEED = Number(process.env.SEED ?? 1);
const ROUNDS = Number(process.env.ROUNDS ?? 6);

interface Told {
  readonly acknowledged: number[];
  readonly damaged: Set<number>;
}

const open = async (disk: SimDisk, remembered = 0, lines: string[] = []): Promise<SegmentedLog> => {
  const files = disk.files();
  const log = new SegmentedLog(files, fileQuarantine(files, new VirtualClock(0)), PATH, {
    sequenced: true,
    remembered,
    segmentBytes: SEGMENT_BYTES,
    log: { warn: (line) => void lines.push(line) },
  });
  await log.open({ create: 'always' });
  return log;
};

const openPlain = async (disk: SimDisk, remembered = 0, lines: string[] = []): Promise<EventLog> => {
  const files = disk.files();
  const log = new JsonlLog(files, fileQuarantine(files, new VirtualClock(0)), PATH, {
    sequenced: false,
    remembered,
    log: { warn: (line) => void lines.push(line) },
  });
  await log.open({ create: 'always' });
  return log;
};

async function numbersIn(log: EventLog): Promise<number[]> {
  const found: number[] = [];
  for await (const { n } of log.replay()) if (typeof n === 'number') found.push(n);
  return found;
}

/** A life of a log: filled, damaged by somebody else, repaired, torn by somebody else, appended to all the while. */
async function live(disk: SimDisk, told: Told): Promise<void> {
  let n = 0;
  const append = (log: SegmentedLog, count: number) =>
    Promise.all(
      Array.from({ length: count }, () => {
        const mine = ++n;
        return log.append({ n: mine, text: 'é'.repeat((mine * 7) % 300) }).then(() => told.acknowledged.push(mine));
      }),
    );
  const damage = (record: number): void => {
    for (const path of disk.paths(/^logs\//)) {
      const offset = disk.bytes(path).indexOf(`{"n":${record},`);
      if (offset < 0) continue;
      told.damaged.add(record);
      disk.damage(path, offset, Buffer.from('###'));
      return;
    }
  };
  let log = await open(disk);
  for (let i = 0; i < 30; i++) await append(log, 1 + (i % 3));
  damage(4);
  damage(9);
  await Promise.all([append(log, 4), log.repair(), append(log, 3)]);
  disk.append(PATH, Buffer.from('{"foreign":"torn'));
  await append(log, 2);
  await log.repair();
  await log.close();
  log = await open(disk, 100);
  damage(20);
  await Promise.all([append(log, 2), log.repair()]);
  for (let i = 0; i < 10; i++) await append(log, 3);
  await log.close();
}

/** What is wrong after the power came back; nothing, if all is well. */
async function faultsAfter(disk: SimDisk, { acknowledged, damaged }: Told): Promise<readonly string[]> {
  const log = await open(disk);
  await log.repair();
  const verdict = await log.verify({ full: true });
  const records: number[] = [];
  const seqs: number[] = [];
  for await (const { n, seq } of log.replay()) {
    if (typeof n === 'number') records.push(n);
    if (typeof seq === 'number') seqs.push(seq);
  }
  const faults: string[] = [];
  const lost = acknowledged.filter((n) => !damaged.has(n) && !records.includes(n));
  if (lost.length > 0) faults.push(`acknowledged and gone: ${lost.join(', ')}`);
  if (records.some((n, i) => i > 0 && n <= (records[i - 1] ?? 0))) faults.push(`twice or out of order: ${records}`);
  const last = Math.max(0, ...records);
  const holes = Array.from({ length: last }, (_, i) => i + 1).filter((n) => !records.includes(n) && !damaged.has(n));
  if (holes.length > 0) faults.push(`what came later is there, and what came before is not: ${holes.join(', ')}`);
  if (new Set(seqs).size < seqs.length) faults.push(`numbers given twice: ${seqs}`);
  if (verdict.bad.length > 0) faults.push(`still bad: ${JSON.stringify(verdict.bad[0])}`);
  if ((await log.repair()).quarantined.length > 0) faults.push('the second repair found something to do');
  const files = disk.files();
  const kept: string[] = [];
  for (const { file, at, length } of await fileQuarantine(files, new VirtualClock(0)).list())
    kept.push(Buffer.from((await files.read(file)) ?? []).toString('latin1', at, at + length));
  // What was damaged and is no record any more is on the list of the quarantine, with its bytes.
  const gone = [...damaged].filter((n) => acknowledged.includes(n) && !records.includes(n));
  const found = kept.filter((text) => text.startsWith('###')).length;
  if (found < gone.length) faults.push(`${gone.length} damaged records are gone, ${found} are in quarantine`);
  const next = await log.append({ n: 1_000_000 });
  if (next.seq === null || next.seq <= Math.max(0, ...seqs))
    faults.push(`went on with ${next.seq} after ${Math.max(0, ...seqs)}`);
  return faults;
}

describe(`a log on a disk that loses power (seed ${SEED})`, () => {
  it('has every acknowledged record, once and in order, wherever it dies and whatever of the unsynced arrived', async () => {
    const whole = new SimDisk({ chance: () => 0.5 });
    whole.dieAt(Number.POSITIVE_INFINITY);
    await live(whole, { acknowledged: [], damaged: new Set() });
    const { calls } = whole;
    expect(calls).toBeGreaterThan(80);
    expect(whole.paths(/signal_bus-\d+/).length).toBeGreaterThanOrEqual(2);
    const wrong: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      for (let at = 1; at <= calls; at++) {
        const chance = seededChance(SEED * 1_000_003 + round * 10_007 + at);
        const disk = new SimDisk({ chance: () => chance.next() });
        const told: Told = { acknowledged: [], damaged: new Set() };
        disk.dieAt(at);
        await Promise.race([live(disk, told), disk.death]);
        disk.recover();
        for (const fault of await faultsAfter(disk, told)) wrong.push(`round ${round}, call ${at}: ${fault}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('has what the next process has read, and acted on, although the power is cut then', async () => {
    const wrong: string[] = [];
    for (let at = 1; at <= 40; at++) {
      const chance = seededChance(SEED * 1_000_003 + at);
      const disk = new SimDisk({ chance: () => chance.next() });
      disk.dieAt(at);
      await Promise.race([live(disk, { acknowledged: [], damaged: new Set() }), disk.death]);
      // The process was killed between its write and the sync; the system lives on, and shows all that was written.
      disk.revive();
      const read = await numbersIn(await open(disk));
      disk.die();
      disk.recover();
      const left = await numbersIn(await open(disk));
      const lost = read.filter((n) => !left.includes(n));
      if (lost.length > 0) wrong.push(`call ${at}: read and gone: ${lost.join(', ')}`);
    }
    expect(wrong).toEqual([]);
  });

  describe.each([
    ['with numbers', open],
    ['without numbers', openPlain],
  ])('%s', (_, open) => {
    it.each([
      ['half of the blanks', 3, {}, []],
      ['the blanks', Number.POSITIVE_INFINITY, {}, []],
      [
        'the blanks, and takes nothing at the next start',
        Number.POSITIVE_INFINITY,
        { refusing: 'EIO' } as const,
        [expect.stringMatching(/its end could not be written once more \(.*EIO/)],
      ],
    ])(
      'has what the next process wrote behind an append that failed, of which the medium had not taken %s',
      async (_, call, atStart, said) => {
        const disk = new SimDisk({ chance: () => 0.5 });
        disk.dieAt(Number.POSITIVE_INFINITY);
        const first = await open(disk);
        await first.append({ n: 1 });
        const end = disk.suffer({ unsyncable: true });
        // The append, its sync, and the blanks over it.
        disk.dieAt(call);
        await Promise.race([first.append({ n: 2, text: 'x'.repeat(2_000) }).catch(() => undefined), disk.death]);
        end();
        disk.die();
        // The system shows what it could not write, and a sync says that there is nothing to write.
        disk.revive();
        const well = disk.suffer(atStart);
        const lines: string[] = [];
        const second = await open(disk, 0, lines);
        well();
        expect(lines).toEqual(said);
        await second.append({ n: 3 });
        const known = await numbersIn(second);
        expect(known).toEqual([1, 3]);
        disk.die();
        disk.recover();
        expect(await numbersIn(await open(disk))).toEqual(known);
      },
    );
  });
});

/**
 * The event log against its limits and peers, in one run: `npm run bench:log`, or a part of it: `npm run bench:log -- repair`.
 * Prints ratios; medians of several rounds.
 * Peers: fio (where it is installed: `apt-get install fio`), SQLite as Node has it, a rewrite in Python (where there is one).
 */
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileQuarantine } from '../../src/adapters/file-quarantine.ts';
import { JsonlLog } from '../../src/adapters/jsonl-log.ts';
import { emptyScan, scan } from '../../src/adapters/log-scan.ts';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import type { Durability, Files } from '../../src/ports/files.ts';
import { historyOf } from '../faults/fixtures/history-of.ts';
import { median } from './contest.ts';
import type { RepairFigures } from './repair.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 3);
const BIG = Number(process.env.EVENTS ?? 1_000_000);
const root = fs.mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'kintsugi-bench-'));
process.on('exit', () => fs.rmSync(root, { recursive: true, force: true }));

const say = (what: string, value: string, note = ''): void => console.log(what.padEnd(58), value.padStart(14), note);
const rate = (perSecond: number): string => `${Math.round(perSecond).toLocaleString('en-US')}/s`;
const ratio = (one: number, other: number, name: string): string => `${(one / other).toFixed(2)} × ${name}`;

const record = (n: number) => ({
  event_type: 'state_change',
  event_id: '5d5acb94-ee9f-4f49-b9c6-43f55e208564',
  signal_id: `BTCUSDT_${1_746_402_300_000 + (n >> 3)}_232e7c0b`,
  old_state: 'evaluating',
  new_state: n % 8 === 7 ? 'learned' : 'blocked',
  reason: 'RegimeFilter: the market is ranging',
  metadata: { blocker: 'RegimeFilter' },
  timestamp: '2025-05-04T23:45:00.000Z',
  ts: 1_746_402_300 + n / 10,
});
const RECORDS = Array.from({ length: 1_000 }, (_, n) => record(n));
const LINE_BYTES = 340;

let made = 0;
const open = async (durability: Durability, name = `${durability}-${++made}.jsonl`) => {
  const files = nodeFiles(root, { durability, watched: false });
  const log = new JsonlLog(files, fileQuarantine(files, { now: () => 0 } as never), name, { sequenced: true });
  await log.open({ create: 'always' });
  return { log, files, path: join(root, name) };
};

async function appending(durability: Durability, batch: number, count: number): Promise<number> {
  const { log, path } = await open(durability);
  const began = performance.now();
  for (let done = 0; done < count; done += batch) {
    const waiting: Promise<unknown>[] = [];
    for (let i = 0; i < batch; i++) waiting.push(log.append(RECORDS[(done + i) % 1_000] ?? {}));
    await Promise.all(waiting);
  }
  const ms = performance.now() - began;
  await log.close();
  fs.rmSync(path);
  return (count / ms) * 1_000;
}

/** What SQLite acknowledges, WAL and synchronous=FULL, the same text a row. */
function sqlite(batch: number, count: number): number {
  const db = new DatabaseSync(join(root, `db-${++made}.sqlite`));
  db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE log (seq INTEGER PRIMARY KEY, line TEXT)');
  const insert = db.prepare('INSERT INTO log (line) VALUES (?)');
  const began = performance.now();
  for (let done = 0; done < count; done += batch) {
    db.exec('BEGIN');
    for (let i = 0; i < batch; i++) insert.run(JSON.stringify(RECORDS[(done + i) % 1_000]));
    db.exec('COMMIT');
  }
  const ms = performance.now() - began;
  db.close();
  return (count / ms) * 1_000;
}

/** The bytes alone, written and synced in one loop: what this disk can do from this language. */
function bare(batch: number, count: number): number {
  const fd = fs.openSync(join(root, `bare-${++made}`), 'a');
  const bytes = Buffer.alloc(batch * LINE_BYTES, 0x61);
  const began = performance.now();
  for (let done = 0; done < count; done += batch) {
    fs.writeSync(fd, bytes);
    fs.fdatasyncSync(fd);
  }
  const ms = performance.now() - began;
  fs.closeSync(fd);
  return (count / ms) * 1_000;
}

const hasFio = spawnSync('fio', ['--version']).status === 0;
function fio(batch: number, count: number): number {
  const size = batch * LINE_BYTES;
  const job = [
    '--name=x',
    `--directory=${root}`,
    '--rw=write',
    `--bs=${size}`,
    `--size=${Math.min(count * LINE_BYTES, 2 ** 28)}`,
  ];
  const out = execFileSync('fio', [...job, '--fdatasync=1', '--ioengine=sync', '--output-format=json', '--unlink=1']);
  return (JSON.parse(out.toString()).jobs[0].write.bw_bytes as number) / LINE_BYTES;
}

async function rounds(work: () => number | Promise<number>): Promise<number> {
  const values: number[] = [];
  for (let i = 0; i < ROUNDS; i++) values.push(await work());
  return median(values);
}

async function benchAppend(): Promise<void> {
  console.log(`\nAcknowledged appends of ${LINE_BYTES}-byte records, synced (events a second)`);
  for (const batch of [1, 10, 100, 1_000, 10_000]) {
    const count = Math.min(200_000, batch * 500);
    const ours = await rounds(() => appending('synced', batch, count));
    const disk = hasFio ? await rounds(() => fio(batch, count)) : await rounds(() => bare(batch, count));
    const lite = await rounds(() => sqlite(batch, count));
    const notes = [
      ratio(ours, disk, hasFio ? 'fio' : 'bare write and fdatasync'),
      ratio(ours, lite, 'SQLite (WAL, FULL)'),
    ];
    say(`  ${batch} waiting`, rate(ours), notes.join(', '));
  }
  say('  written (page cache), 1,000 waiting', rate(await rounds(() => appending('written', 1_000, 500_000))));
  say('  written (page cache), 10,000 waiting', rate(await rounds(() => appending('written', 10_000, 500_000))));
}

/** 20,000 events a second whether or not they are acknowledged: latency counts from when each was due. */
async function benchOpenLoop(): Promise<void> {
  const { log } = await open('synced');
  const perMs = 20;
  const latencies: number[] = [];
  const waiting: Promise<unknown>[] = [];
  const began = performance.now();
  for (let due = 0; due < 5_000; ) {
    const now = performance.now() - began;
    for (; due <= now && due < 5_000; due++) {
      const at = began + due;
      for (let i = 0; i < perMs; i++)
        waiting.push(log.append(RECORDS[i] ?? {}).then(() => void latencies.push(performance.now() - at)));
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(waiting);
  await log.close();
  latencies.sort((a, b) => a - b);
  const at = (fraction: number) => `${(latencies[Math.floor(latencies.length * fraction)] ?? 0).toFixed(2)} ms`;
  console.log('\nOpen loop, 20,000 events a second for 5 s, synced');
  say('  p50', at(0.5));
  say('  p99', at(0.99));
}

/** What the bot does with an open log before its first component starts. */
async function benchStartUp(
  bus: JsonlLog,
  files: Files,
): Promise<{ readonly without: number; readonly withOne: number }> {
  const timed = async (): Promise<number> => {
    const began = performance.now();
    await historyOf(files, bus).catchUp();
    return performance.now() - began;
  };
  return { without: await timed(), withOne: await rounds(timed) };
}

const PYTHON = `
import json, os, sys, time
path = sys.argv[1]; began = time.time(); bad = 0
with open(path, 'rb') as f, open(path + '.tmp', 'wb') as out:
    for line in f:
        try:
            json.loads(line); out.write(line)
        except ValueError:
            bad += 1
    out.flush(); os.fsync(out.fileno())
os.replace(path + '.tmp', path)
print(time.time() - began, bad)
`;

async function benchRepair(): Promise<void> {
  const { log, files, path } = await open('written', 'big.jsonl');
  for (let done = 0; done < BIG; done += 10_000)
    await Promise.all(Array.from({ length: 10_000 }, (_, i) => log.append(record(done + i))));
  await log.close();
  const { size } = fs.statSync(path);
  const mb = size / 1e6;
  console.log(`\nA log of ${BIG.toLocaleString('en-US')} records, ${mb.toFixed(0)} MB`);

  const handle = await files.openAppend('big.jsonl', { create: false });
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const began = performance.now();
    await work();
    return performance.now() - began;
  };
  const cat = await rounds(() =>
    timed(async () => void execFileSync('cat', [path], { stdio: ['ignore', 'ignore', 'inherit'] })),
  );
  const verify = await rounds(() => timed(() => scan(handle, size, { sequenced: true, before: emptyScan })));
  const text = fs.readFileSync(path);
  const parse = await rounds(() =>
    timed(async () => {
      for (let at = 0; at < text.length; ) {
        const end = text.indexOf(10, at);
        JSON.parse(text.toString('utf8', at, end));
        at = end + 1;
      }
    }),
  );
  const speed = (ms: number): string => `${(mb / ms).toFixed(2)} GB/s`;
  say('  verify by checksum', speed(verify), `${ratio(parse, verify, 'JSON.parse')}; cat ${speed(cat)}`);
  const again = new JsonlLog(files, fileQuarantine(files, { now: () => 0 } as never), 'big.jsonl', { sequenced: true });
  const opened = await timed(() => again.open({ create: 'never' }));
  let replayed = 0;
  const replay = await timed(async () => {
    for await (const _ of again.replay()) replayed++;
  });
  const start = await benchStartUp(again, files);
  say('  open (verify, remember the end)', `${opened.toFixed(0)} ms`);
  say(
    '  start-up without a checkpoint, open included',
    `${(opened + start.without).toFixed(0)} ms`,
    ratio(opened + start.without, parse, 'a bare JSON.parse loop'),
  );
  say(
    '  start-up with one, open included',
    `${(opened + start.withOne).toFixed(0)} ms`,
    ratio(opened + start.withOne, parse, 'a bare JSON.parse loop'),
  );
  say(
    `  replay of ${replayed.toLocaleString('en-US')} records`,
    `${replay.toFixed(0)} ms`,
    ratio(replay, parse, 'a bare JSON.parse loop'),
  );
  await again.close();

  const fd = fs.openSync(path, 'r+');
  for (let i = 0; i < 1_000; i++) fs.writeSync(fd, '#####', Math.floor((size / 1_000) * i) + 50);
  fs.copyFileSync(path, `${path}.python`);
  const runs = Array.from({ length: ROUNDS }, (_, round) => {
    const sick = `sick-${round}.jsonl`;
    fs.copyFileSync(path, join(root, sick));
    const out = execFileSync(process.execPath, [join(import.meta.dirname, 'repair.ts'), root, sick]);
    fs.rmSync(join(root, sick));
    return JSON.parse(out.toString()) as RepairFigures;
  });
  const of = (figure: keyof RepairFigures): number => median(runs.map((run) => run[figure]));
  const heal = of('repairMs');
  say(
    `  repair of ${of('mended')} bad lines, synced`,
    `${heal.toFixed(0)} ms`,
    `${(of('written') * 100).toFixed(2)} % of its bytes written, ${of('peakMb').toFixed(0)} MB of memory at most`,
  );
  say('  looking again, nothing new', `${of('secondLookMs').toFixed(2)} ms`);
  say(
    '  a full pass beside the bot',
    `${of('fullPassMs').toFixed(0)} ms`,
    `holds the event loop for ${of('heldMs').toFixed(1)} ms at most`,
  );
  const python = spawnSync('python3', ['-c', PYTHON, `${path}.python`]);
  if (python.status === 0) {
    const [seconds = 0, bad] = python.stdout.toString().split(' ').map(Number);
    say(
      '  the same by a rewrite in Python',
      `${(seconds * 1_000).toFixed(0)} ms`,
      `${bad} bad lines found; ours is ${((seconds * 1_000) / heal).toFixed(1)} × as fast`,
    );
  }
}

const parts = process.argv.slice(2);
const wants = (part: string): boolean => parts.length === 0 || parts.includes(part);
if (wants('append')) await benchAppend();
if (wants('latency')) await benchOpenLoop();
if (wants('repair')) await benchRepair();

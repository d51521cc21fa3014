/**
 * A log's life ends at every call it makes to the disk, in turn; whatever it had acknowledged is there. Of those calls every twelfth is
 * the end of a process, by SIGKILL, and every other the end of a life within this one, of which the disk holds the same: the calls write
 * as they are made. All of them by SIGKILL: `EVERY=1 npx vitest run test/faults/kill-at-every-write`.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileQuarantine } from '../../src/adapters/file-quarantine.ts';
import { nodeFiles } from '../../src/adapters/node-files.ts';
import { SegmentedLog } from '../../src/adapters/segmented-log.ts';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import { bundled } from './bundled.ts';
import { historyOf } from './fixtures/history-of.ts';
import { logLife } from './fixtures/log-life.ts';
import { SEGMENT_BYTES } from './fixtures/segment-bytes.ts';
import { killingFiles } from './killing-files.ts';

const NODE = resolve(import.meta.dirname, '../../node_modules/.bin/node');
const WORKLOAD = join(import.meta.dirname, 'fixtures/log-workload.ts');
const PATH = 'logs/signal_bus.jsonl';
const EVERY = Number(process.env.EVERY ?? 12);

/** Lives through the workload, or dies on the way. @returns what it said */
const live = (workload: string, root: string, at: number, how: string): Promise<readonly string[]> =>
  new Promise((resolved) => {
    // It is one file: there is nothing left to be found for it.
    const { NODE_OPTIONS: _, NODE_COMPILE_CACHE: __, ...env } = process.env;
    execFile(NODE, [workload, root, String(at), how], { env }, (_, out) => resolved(out.trimEnd().split('\n')));
  });

/** The same within this process. @returns what it said */
function liveHere(root: string, at: number, how: string): Promise<readonly string[]> {
  const said: string[] = [];
  const files = nodeFiles(root, { durability: 'written', watched: false });
  return new Promise((resolved, failed) => {
    const die = async (): Promise<void> => {
      await life.bury();
      resolved(said);
    };
    const life = killingFiles(files, { at, halfway: how === 'half', die });
    logLife(root, life, (line) => said.push(line)).then(() => resolved(said), failed);
  });
}

const numbers = (said: readonly string[], word: string): number[] =>
  said.filter((line) => line.startsWith(`${word} `)).map((line) => Number(line.slice(word.length + 1)));

/** Starts again where the process died, and says what is wrong with what is found; nothing, if all is well. */
async function faultsAfter(root: string, said: readonly string[]): Promise<readonly string[]> {
  const files = nodeFiles(root, { durability: 'written', watched: false });
  const quarantine = fileQuarantine(files, new VirtualClock(0));
  const log = new SegmentedLog(files, quarantine, PATH, { sequenced: true, segmentBytes: SEGMENT_BYTES });
  await log.open({ create: 'always' });
  await log.repair();
  const verdict = await log.verify({ full: true });
  const second = await log.repair();
  const records: number[] = [];
  const seqs: number[] = [];
  for await (const { n, seq } of log.replay()) {
    if (typeof n === 'number') records.push(n);
    seqs.push(Number(seq));
  }
  const past = historyOf(files, log);
  await past.catchUp();
  const told: number[] = [];
  for await (const { n } of past.replay()) if (typeof n === 'number') told.push(n);
  const next = await log.append({ n: 1_000_000 });
  await log.close();

  const faults: string[] = [];
  const damaged = new Set(numbers(said, 'damaged'));
  const lost = numbers(said, 'ack').filter((n) => !damaged.has(n) && !records.includes(n));
  if (lost.length > 0) faults.push(`acknowledged and gone: ${lost.join(', ')}`);
  if (records.some((n, i) => i > 0 && n <= (records[i - 1] ?? 0))) faults.push(`twice or out of order: ${records}`);
  // A line that was damaged after the checkpoint was made is in it still: that is no loss.
  if (JSON.stringify(told.filter((n) => !damaged.has(n))) !== JSON.stringify(records.filter((n) => !damaged.has(n))))
    faults.push(`the checkpoint tells another past: ${told}, the log ${records}`);
  if (verdict.bad.length > 0) faults.push(`still bad: ${JSON.stringify(verdict.bad[0])}`);
  if (second.quarantined.length + second.restoredLines > 0) faults.push('the second repair found something to do');
  const missing = verdict.missingSeq.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  if (missing > damaged.size)
    faults.push(`missing numbers ${JSON.stringify(verdict.missingSeq)}, damaged ${[...damaged]}`);
  if (verdict.duplicateSeq.length > 0) faults.push(`numbers given twice: ${verdict.duplicateSeq}`);
  if (next.seq !== Math.max(0, ...seqs) + 1) faults.push(`went on with ${next.seq} after ${Math.max(0, ...seqs)}`);
  if (said.some((line) => line.startsWith('repaired')) && (await quarantine.list()).length === 0)
    faults.push('what was set aside is gone');
  return faults;
}

describe('a log whose process dies', () => {
  it('at any write, half a write, or sync, loses nothing that was acknowledged', async () => {
    const folder = () => mkdtempSync(join(tmpdir(), 'kintsugi-kill-'));
    const workload = await bundled(WORKLOAD);
    const whole = await live(workload, folder(), 0, 'whole');
    const calls = numbers(whole, 'calls')[0] ?? 0;
    const all = [
      ...Array.from({ length: calls }, (_, i) => [i + 1, 'whole'] as const),
      ...numbers(whole, 'half').map((at) => [at, 'half'] as const),
    ];
    const tried = all.length;
    expect(tried).toBeGreaterThanOrEqual(500);
    // A life within this process is the life that a process has.
    expect(await liveHere(folder(), 0, 'whole')).toEqual(whole);
    const killed = all.filter((_, i) => i % EVERY === 0);
    const ended = all.filter((_, i) => i % EVERY > 0);
    const wrong: string[] = [];
    let died = 0;
    const each = async (
      points: (typeof all)[number][],
      end: (...how: [string, number, string]) => Promise<readonly string[]>,
    ) => {
      for (let point = points.shift(); point; point = points.shift()) {
        const [at, how] = point;
        const root = folder();
        const said = await end(root, at, how);
        // What comes close together is written together: a life may have had fewer calls than the one that was counted.
        const [made] = numbers(said, 'calls');
        if (made === undefined || made < at) died++;
        // Deleted by somebody else and then dead before it was put back: no single disk can know what was in it.
        const gone = said.includes('deleted') && !said.includes('back') && !existsSync(join(root, PATH));
        if (!gone)
          for (const fault of await faultsAfter(root, said))
            wrong.push(`dies at call ${at} (${how}): ${fault}; replay: node ${WORKLOAD} DIR ${at} ${how}`);
        rmSync(root, { recursive: true });
      }
    };
    const byProcess = (): Promise<void> => each(killed, (...how) => live(workload, ...how));
    await Promise.all([byProcess(), EVERY === 1 ? byProcess() : each(ended, liveHere)]);
    expect(wrong).toEqual([]);
    expect(died).toBe(tried);
  }, 300_000);
});

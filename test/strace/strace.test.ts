/**
 * The bot as a process, with faults at its real calls to the system: a sample of what `npm run strace` tries at every n. The
 * same sources as the package, in one file: to pack it is tested by package.test.ts.
 */
import { describe, expect, it } from 'vitest';
import { openBench, survey } from './bench.ts';
import { enumerate, type Row, type Tried } from './enumerate.ts';
import type { CallName, Fault } from './faults.ts';
import { findStrace } from './find-strace.ts';
import { bundledCommand } from './packaged-bot.ts';
import { faults, table } from './report.ts';
import { WORKLOADS } from './workloads.ts';

const strace = await findStrace();
if (strace.path === null) console.warn(`calls of the packaged bot are not tried: ${strace.reason}`);

const kill: Fault = { kind: 'kill' };
const error = (code: string): Fault => ({ kind: 'error', code });

/** So many n of each, spread over all there are; every n: `npm run strace -- --bundled`. */
const SAMPLE: Readonly<Record<string, readonly (readonly [CallName, Fault, number])[]>> = {
  trade: [
    ['write', kill, 2],
    ['fdatasync', kill, 1],
    ['rename', kill, 1],
    ['write', error('ENOSPC'), 1],
    ['fdatasync', error('EIO'), 1],
    ['rename', error('EROFS'), 1],
    ['openat', error('EMFILE'), 1],
  ],
  mend: [
    ['pwrite64', kill, 1],
    ['pwrite64', error('EIO'), 1],
  ],
};

describe.skipIf(strace.path === null)('the bot as a process', () => {
  it('survives a kill at its calls, and says or heals what the system refuses', async () => {
    const bench = await openBench(await bundledCommand(), strace.path ?? '');
    const tried: Tried[] = [];
    const work: (() => Promise<void>)[] = [];
    for (const [name, rows] of Object.entries(SAMPLE)) {
      const workload = WORKLOADS.find((one) => one.name === name);
      if (workload === undefined) throw new Error(`there is no workload ${name}`);
      const seen = await survey(bench, workload);
      for (const [call, fault, sample] of rows) {
        const row: Row = { workload: name, call, fault, lasts: false };
        work.push(() => enumerate(bench, seen, row, { sample, step: 1, only: null }, (one) => tried.push(one)));
      }
    }
    const worker = async (): Promise<void> => {
      for (let next = work.shift(); next; next = work.shift()) await next();
    };
    await Promise.all([worker(), worker()]);
    expect(faults(tried), table(tried)).toEqual([]);
    // A sample that strikes nothing proves nothing.
    expect(tried.filter(({ judged }) => judged.verdict === 'passed')).toEqual([]);
    expect(tried.length).toBe(10);
  }, 300_000);
});

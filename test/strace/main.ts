/** `npm run strace`: the packaged bot under strace, with a fault at every call in turn. README.md tells how. */
import { parseArgs } from 'node:util';
import { openBench, survey } from './bench.ts';
import { enumerate, rowsFor, type Tried } from './enumerate.ts';
import { CALL_NAMES, type CallName, sayFault } from './faults.ts';
import { findStrace } from './find-strace.ts';
import { bundledCommand, packagedCommand } from './packaged-bot.ts';
import { faults, table } from './report.ts';
import { WORKLOADS } from './workloads.ts';

const USAGE = `npm run strace -- [--workload trade,mend,heal] [--calls write,fsync,…] [--faults kill,ENOSPC,EIO,…] [--lasting]
  [--delay MS] [--at N | --every K | --sample N] [--workers N] [--bundled]
Every n of every call and fault, until one passes; prints a table. --lasting: errors also from the n-th call on.`;

const { values } = parseArgs({
  options: {
    workload: { type: 'string', default: WORKLOADS.map(({ name }) => name).join() },
    calls: { type: 'string', default: CALL_NAMES.join() },
    faults: { type: 'string' },
    lasting: { type: 'boolean', default: false },
    delay: { type: 'string' },
    at: { type: 'string' },
    every: { type: 'string', default: '1' },
    sample: { type: 'string' },
    workers: { type: 'string', default: '2' },
    bundled: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const isCall = (name: string): name is CallName => (CALL_NAMES as readonly string[]).includes(name);

async function main(): Promise<number> {
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const asked = values.calls.split(',');
  const calls = asked.filter(isCall);
  const workloads = WORKLOADS.filter(({ name }) => values.workload.split(',').includes(name));
  if (calls.length < asked.length || workloads.length === 0) {
    console.error(`${USAGE}\ncalls: ${CALL_NAMES.join()}`);
    return 64;
  }
  const strace = await findStrace();
  if (strace.path === null) {
    console.error(strace.reason);
    return 1;
  }
  const command = values.bundled ? await bundledCommand() : packagedCommand();
  console.error(`${strace.version}; ${command}`);
  const bench = await openBench(command, strace.path);
  const wanted = values.faults?.split(',') ?? null;
  const tried: Tried[] = [];
  const told = (one: Tried): void => {
    tried.push(one);
    const { point, judged } = one;
    const last = point.lasts ? '+' : '';
    console.error(
      `${point.workload} ${point.call} ${sayFault(point.fault)} ${point.at}${last}: ${judged.verdict} ${judged.hit} ${judged.wrong.join('; ')}`,
    );
  };
  const work: (() => Promise<void>)[] = [];
  for (const workload of workloads) {
    const seen = await survey(bench, workload);
    console.error(
      `${workload.name}: ${[...seen.calls].map(([name, n]) => `${n} ${name}`).join(', ')} on ${seen.paths.length} paths`,
    );
    const rows = rowsFor(workload.name, calls, {
      codes: wanted,
      kills: wanted === null || wanted.includes('kill'),
      lasting: values.lasting,
      delayMs: values.delay === undefined ? null : Number(values.delay),
    });
    for (const row of rows) {
      const sample = values.sample === undefined ? null : Number(values.sample);
      const pace = { sample, step: Number(values.every), only: values.at === undefined ? null : Number(values.at) };
      work.push(() => enumerate(bench, seen, row, pace, told));
    }
  }
  const worker = async (): Promise<void> => {
    for (let next = work.shift(); next; next = work.shift()) await next();
  };
  await Promise.all(Array.from({ length: Number(values.workers) }, worker));
  console.log(table(tried));
  const wrong = faults(tried);
  console.log(wrong.length === 0 ? `all is well: ${tried.length} runs` : `${wrong.length} wrong:\n${wrong.join('\n')}`);
  return wrong.length === 0 ? 0 : 1;
}

process.exitCode = await main();

/** The same twelve symbols by one, two and three workers on one PostgreSQL, and by the ordinary bot on files: how many signals, and at what cost. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connectTo } from '../../../src/adapters/postgres/connection.ts';
import { FleetStore } from '../../../src/adapters/postgres/fleet-store.ts';
import { prepareStore } from '../../../src/adapters/postgres/schema-steps.ts';
import { partitionsOf } from '../../../src/cli/fleet/partitions.ts';
import { ACCOUNT, PARTITIONS, SYMBOLS } from '../../postgres/fleet-world.ts';
import { postgresBinaries, startPostgres } from '../../postgres/server.ts';
import type { Contest } from '../contest.ts';

interface Came {
  readonly signals: number;
  readonly seconds: number;
  /** Of the workers and the server, ms. */
  readonly cpuMs: number;
}

const TICK_MS = 10;
/** One that ended meanwhile has nothing to read: what it took is its parent's by then. */
function inProc(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return '';
    throw error;
  }
}
/** CPU of a process, of its children, and of those of them that have ended, ms. */
function cpuOf(pid: number): number {
  const fields = inProc(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? [];
  const own = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at] ?? 0), 0) * TICK_MS;
  const children = inProc(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return own + children.reduce((sum, child) => sum + cpuOf(child), 0);
}

/** They begin together once all are ready. */
async function work(all: readonly (readonly string[])[]): Promise<Pick<Came, 'seconds' | 'cpuMs'>> {
  const script = join(import.meta.dirname, '../fleet-worker.ts');
  const children = all.map((args) => {
    const child = spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
  });
  await Promise.all(children.map(({ lines }) => lines.next()));
  const began = performance.now();
  for (const { child } of children) child.stdin.end('go');
  const took = await Promise.all(children.map(async ({ lines }) => Number((await lines.next()).value)));
  return { seconds: (performance.now() - began) / 1_000, cpuMs: took.reduce((sum, one) => sum + one, 0) };
}

const signalsIn = (text: string): number => text.split('"signal_generated"').length - 1;

async function workers(count: number): Promise<Came | null> {
  if (postgresBinaries() === null) return null;
  const server = await startPostgres();
  const owner = connectTo(server.url);
  try {
    await prepareStore(owner, null);
    const names = partitionsOf(ACCOUNT, SYMBOLS, PARTITIONS).map(({ name }) => name);
    await new FleetStore(owner).provide(names);
    const before = cpuOf(server.pid());
    const came = await work(
      Array.from({ length: count }, (_, n) => [server.url, ...names.filter((_name, place) => place % count === n)]),
    );
    const cpuMs = came.cpuMs + cpuOf(server.pid()) - before;
    const [row] = await owner.ask(
      `select string_agg(convert_from(bytes, 'UTF8'), '') as text from kintsugi.chunk
         join kintsugi.name using (file) where path = 'logs/signal_bus.jsonl'`,
    );
    return { ...came, cpuMs, signals: signalsIn(String(row?.text)) };
  } finally {
    await owner.close();
    await server.end();
  }
}

async function onFiles(): Promise<Came> {
  const dir = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'kintsugi-bench-files-'));
  try {
    const came = await work([[dir]]);
    return { ...came, signals: signalsIn(readFileSync(join(dir, 'logs/signal_bus.jsonl'), 'utf8')) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const rate = (came: Came | null): number | null => came && came.signals / came.seconds;
const cost = (came: Came | null): number | null => came && came.cpuMs / came.signals;

export const fleet: Contest = {
  name: 'fleet',
  says: 'Signals of twelve symbols, one a partition, from idea to written outcome, as fast as the store acknowledges them (time of day): three workers on one PostgreSQL',
  unit: 'signals/s',
  better: 'more',
  us: async () => rate(await workers(3)),
  peers: {
    'two workers': async () => rate(await workers(2)),
    'one worker': async () => rate(await workers(1)),
    'the bot on files, synced': async () => rate(await onFiles()),
  },
};

export const fleetCost: Contest = {
  name: 'fleet-cost',
  says: 'CPU of a signal, from idea to written outcome, of workers and database together: one worker on PostgreSQL',
  unit: 'ms',
  better: 'less',
  us: async () => cost(await workers(1)),
  peers: {
    'three workers': async () => cost(await workers(3)),
    'the bot on files, synced': async () => cost(await onFiles()),
  },
};

/**
 * Three workers, twelve partitions, sixty signals a second: one is killed, the server is killed, commits arrive late, one worker is
 * frozen and goes on when all it had is another's. By hand: `node test/postgres/fleet-run.ts --runs 20 --lease 2000`, and, to see
 * that it can fail, with `--without fence` or `--without revision`.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Connection, connectTo } from '../../src/adapters/postgres/connection.ts';
import { FleetStore } from '../../src/adapters/postgres/fleet-store.ts';
import { prepareStore } from '../../src/adapters/postgres/schema-steps.ts';
import { filesIn } from '../../src/cli/fleet/copy-files.ts';
import { fleetReport } from '../../src/cli/fleet/fleet-status.ts';
import { bundled } from '../faults/bundled.ts';
import { startExchange } from './exchange-server.ts';
import { filesOf, judge, type Verdict, type Zombie } from './fleet-verdict.ts';
import { PARTITIONS } from './fleet-world.ts';
import {
  keptBack,
  type Noted,
  noted,
  placeNotary,
  refusals,
  stallNoMore,
  stallOne,
  takeAway,
  type Without,
} from './notary.ts';
import { type Postgres, startPostgres } from './server.ts';

const NODE = join(import.meta.dirname, '../../node_modules/.bin/node');
/** Each look is three questions to the store, which has other work. */
const LOOK_EVERY_MS = 100;
const WORKERS = ['a', 'b', 'c'] as const;
type Name = (typeof WORKERS)[number];

type How = 'killed' | 'frozen';

/** What is done to the fleet; always in this order. */
export type Blow = 'kill' | 'server' | 'late' | 'freeze';

export interface FleetRunOptions {
  readonly leaseMs: number;
  readonly blows: readonly Blow[];
  /** How long it works in peace before, between and after them, ms. */
  readonly peaceMs: number;
  /** What the fence does not check: the run must find what comes of it. */
  readonly without?: Without;
  /** Workers that send a commit again when it had no answer: ours do not. */
  readonly retrying?: boolean;
  readonly tell?: (words: string) => void;
}

export interface FleetRunReport extends Verdict {
  readonly acknowledged: number;
  readonly orders: number;
  /** Over the whole of it, the seconds without a server or an owner included. */
  readonly signalsPerSecond: number;
  /** In the second in the middle, of all ordered by how many came in them. */
  readonly usuallyPerSecond: number;
  /** From a worker's end until its last partition had another owner, ms. */
  readonly takeoverMs: Readonly<Partial<Record<How, number>>>;
  /** Until each of these partitions had a record of its new owner in its log, ms. */
  readonly workingMs: Readonly<Partial<Record<How, number>>>;
  /** Commits that the fence refused. */
  readonly refused: number;
}

/** A worker in one file, which starts in half the time. */
let program: Promise<string> | null = null;

async function until(what: string, withinMs: number, holds: () => Promise<boolean>): Promise<void> {
  const from = performance.now();
  while (!(await holds())) {
    if (performance.now() - from > withinMs) throw new Error(`${what}: not within ${withinMs} ms`);
    await sleep(LOOK_EVERY_MS);
  }
}

/** How many signals were made in a second, the median of all from the first to the last. @param acknowledged `partition\trecord` each */
function usually(acknowledged: readonly string[]): number {
  const seconds = acknowledged
    .map(
      (line) => JSON.parse(line.slice(line.indexOf('\t') + 1)) as { readonly event_type: string; readonly ts: number },
    )
    .filter(({ event_type }) => event_type === 'signal_generated')
    .map(({ ts }) => Math.floor(ts));
  const first = Math.min(...seconds);
  const counts = Array.from({ length: Math.max(...seconds) - first + 1 }, () => 0);
  for (const second of seconds) counts[second - first] = (counts[second - first] ?? 0) + 1;
  return counts.sort((a, b) => a - b)[counts.length >> 1] ?? 0;
}

/** For who looks for the reason. */
async function keepRecords(owner: Connection, home: string, evidence: unknown): Promise<void> {
  writeFileSync(join(home, 'evidence.json'), JSON.stringify(evidence, null, 1));
  for (const { name } of await new FleetStore(owner).partitions()) {
    const files = filesOf(owner, name);
    for (const path of await filesIn(files)) {
      const to = join(home, 'records', name, path);
      mkdirSync(dirname(to), { recursive: true });
      writeFileSync(to, (await files.read(path)) ?? '');
    }
  }
  console.error(`what it left is in ${home}`);
}

export async function fleetRun(postgres: Postgres, options: FleetRunOptions): Promise<FleetRunReport> {
  const { leaseMs, blows, peaceMs, without, retrying = false, tell = () => undefined } = options;
  const home = mkdtempSync(join(tmpdir(), 'kintsugi-fleet-'));
  const owner = connectTo(postgres.url, { max: 2 });
  await owner.ask('drop schema if exists kintsugi cascade');
  await owner.ask('do $$ begin create role worker login; exception when duplicate_object then null; end $$');
  await prepareStore(owner, 'worker');
  await placeNotary(owner);
  if (without !== undefined) await takeAway(owner, without);
  const exchange = await startExchange();
  const store = new FleetStore(owner);
  const url = postgres.url.replace('owner@', 'worker@');
  program ??= bundled(join(import.meta.dirname, 'worker-process.ts'));
  const script = await program;
  const begin = (name: Name) => {
    const dir = join(home, name);
    mkdirSync(dir, { recursive: true });
    const said = openSync(join(dir, 'said'), 'a');
    const manners = retrying ? ['retrying'] : [];
    return spawn(NODE, [script, name, url, String(exchange.port), dir, String(leaseMs), ...manners], {
      stdio: ['ignore', said, said],
    });
  };
  const workers = { a: begin('a'), b: begin('b'), c: begin('c') };
  const exits = new Map(
    WORKERS.map((name) => [name, new Promise<void>((resolve) => workers[name].once('exit', () => resolve()))]),
  );
  const alive = new Set<Name>(WORKERS);
  // A machine that has much else to do takes its time, and that is told apart from what is wrong.
  const patience = 180_000;
  const ownedBy = async (name: Name): Promise<readonly string[]> =>
    (await store.partitions()).filter((one) => one.owner === name && (one.leaseMs ?? 0) > 0).map((one) => one.name);
  /** Everything is somebody's and runs, and everybody has its share. */
  const settled = (): Promise<void> =>
    until('the partitions found no owners', patience, async () => {
      const report = await fleetReport(owner).catch(() => null);
      const busy = report?.partitions.every(({ owner: who, status }) => who !== null && !/ing$/.test(status)) ?? false;
      const share = PARTITIONS / alive.size;
      return busy && report?.workers.filter((one) => one.alive && one.partitions === share).length === alive.size;
    });
  const takeoverMs: Partial<Record<How, number>> = {};
  const workingMs: Partial<Record<How, number>> = {};
  /** Resolves when nothing of what `name` had is its own any more, and all of it is somebody's. */
  const takenFrom = async (name: Name, how: How, names: readonly string[]): Promise<void> => {
    const [from, at] = [performance.now(), Date.now()];
    const sofar = () => Math.round(performance.now() - from);
    await until(`nobody took ${names} from ${name}`, patience, async () =>
      (await store.partitions()).every(
        (one) => !names.includes(one.name) || (one.owner !== name && (one.leaseMs ?? 0) > 0),
      ),
    );
    takeoverMs[how] = sofar();
    // Not before each has a record of its new owner does its work go on.
    await until(`nobody works on ${names}`, patience, async () => {
      const since = (await noted(owner)).filter((one) => one.at >= at);
      const isNew = ({ partition, epoch }: Noted) =>
        since.some((one) => one.what === 'claim' && one.partition === partition && one.epoch <= epoch);
      const working = new Set(since.filter((one) => one.what === 'signals' && isNew(one)).map((one) => one.partition));
      return names.every((one) => working.has(one));
    });
    workingMs[how] = sofar();
    tell(
      `${name} was ${how}; its ${names.length} partitions had owners in ${takeoverMs[how]} ms, and work in ${workingMs[how]} ms`,
    );
  };
  /** Nobody enters any more, and what is open is closed: then the books and the exchange have to be of one mind. */
  const comeToRest = async (): Promise<void> => {
    await store.holdAll('the run is over', 'the run');
    const isFlat = async () => (await exchange.broker.positions()).length === 0;
    await until('there are still positions', patience, async () => {
      const orders = exchange.arrivals.length;
      await sleep(1_000);
      return (await isFlat()) && exchange.arrivals.length === orders;
    }).catch((error: Error) => tell(error.message));
  };
  /** One commit of this worker's arrives late. @returns of which partition, once it is on its way */
  const delay = async (name: Name, seconds: number): Promise<void> => {
    const [victim = ''] = await ownedBy(name);
    await stallOne(owner, victim, seconds);
    await until(`no signal of ${victim} was kept back`, patience, async () => (await keptBack(owner)) > 0);
    await stallNoMore(owner);
    tell(`a commit of ${name} on ${victim} arrives ${seconds} s late`);
  };
  const arrived = (): Promise<void> => until('it never arrived', patience, async () => (await keptBack(owner)) === 0);
  let zombie: Zombie | null = null;

  try {
    await settled();
    tell('all partitions have owners, and everybody has its share');
    await sleep(peaceMs);
    if (blows.includes('kill')) {
      const names = await ownedBy('a');
      workers.a.kill('SIGKILL');
      alive.delete('a');
      await takenFrom('a', 'killed', names);
      await sleep(peaceMs);
    }
    if (blows.includes('server')) {
      await postgres.kill();
      await sleep(500);
      await postgres.start();
      await settled();
      tell('the server was killed and is back');
      await sleep(peaceMs);
    }
    if (blows.includes('late')) {
      await delay('c', leaseMs / 1_000);
      await arrived();
      await sleep(peaceMs);
    }
    if (blows.includes('freeze')) {
      await settled();
      await delay('b', (leaseMs * 2.5) / 1_000);
      const names = await ownedBy('b');
      workers.b.kill('SIGSTOP');
      alive.delete('b');
      await takenFrom('b', 'frozen', names);
      await arrived();
      await sleep(leaseMs / 2);
      zombie = { name: 'b', from: Date.now() };
      workers.b.kill('SIGCONT');
      alive.add('b');
      tell('b goes on');
      await sleep(peaceMs);
    }
    await comeToRest();
    for (const name of alive) workers[name].kill('SIGTERM');
    await Promise.all(exits.values());
    tell('all have stopped');
    const acknowledged = WORKERS.flatMap((name) => {
      const file = join(home, name, `${name}.acks`);
      return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
    });
    const notes = await noted(owner);
    const worked = notes.filter((one) => one.what === 'signals').map(({ at }) => at);
    const lasted = ((worked.at(-1) ?? 0) - (worked[0] ?? 0)) / 1_000;
    const held = await exchange.broker.positions();
    const verdict = await judge(owner, { acknowledged, arrivals: exchange.arrivals, held, notes, zombie });
    if (verdict.wrong.length + verdict.lost === 0 && process.env.KEEP === undefined)
      rmSync(home, { recursive: true, force: true });
    else await keepRecords(owner, home, { arrivals: exchange.arrivals, notes });
    return {
      ...verdict,
      acknowledged: acknowledged.length,
      orders: exchange.arrivals.length,
      signalsPerSecond: Math.round(verdict.signals / lasted),
      usuallyPerSecond: usually(acknowledged),
      takeoverMs,
      workingMs,
      refused: await refusals(owner),
    };
  } catch (error) {
    const last = WORKERS.map((name) => `${name}: ${readFileSync(join(home, name, 'said'), 'utf8').slice(-2_000)}`);
    throw new Error(`${error instanceof Error ? error.message : String(error)} (${home})\n${last.join('\n')}`);
  } finally {
    for (const name of WORKERS) workers[name].kill('SIGKILL');
    await Promise.all(exits.values());
    await exchange.close();
    await owner.close();
  }
}

/** What is not as it must be, in words; a takeover may take two leases. */
export const faultsOf = (report: FleetRunReport, leaseMs: number): readonly string[] => [
  ...report.wrong,
  ...(report.lost > 0 ? [`${report.lost} acknowledged records are in no log`] : []),
  ...(report.zombie.commits + report.zombie.orders > 0
    ? ['the frozen worker went on with what was no longer its own']
    : []),
  ...Object.entries(report.takeoverMs).flatMap(([how, ms]) =>
    ms > leaseMs * 2 ? [`the partitions of the ${how} worker were taken over after ${ms} ms only`] : [],
  ),
];

/** Faults of a run that are printed. */
const SHOWN = 12;
const ALL: readonly Blow[] = ['kill', 'server', 'late', 'freeze'];
/** What each control must be seen by: a frozen worker's late commit; a commit that was sent twice. */
export const CONTROL = {
  fence: { blows: ['freeze'], retrying: false },
  revision: { blows: ['late'], retrying: true },
} as const satisfies Record<Without, Pick<FleetRunOptions, 'blows' | 'retrying'>>;

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '1' },
      lease: { type: 'string', default: '2000' },
      peace: { type: 'string', default: '4000' },
      blows: { type: 'string', default: ALL.join(',') },
      without: { type: 'string' },
      retrying: { type: 'boolean', default: false },
    },
  });
  const without = values.without === 'fence' || values.without === 'revision' ? values.without : undefined;
  const leaseMs = Number(values.lease);
  const postgres = await startPostgres();
  let failed = 0;
  try {
    for (let run = 1; run <= Number(values.runs); run++) {
      const options: FleetRunOptions = {
        ...{ leaseMs, peaceMs: Number(values.peace), retrying: values.retrying, tell: console.error },
        blows: ALL.filter((one) => values.blows.split(',').includes(one)),
        ...(without === undefined ? {} : { without, ...CONTROL[without] }),
      };
      const report = await fleetRun(postgres, options).catch((error: Error) => error);
      const faults = report instanceof Error ? [report.message] : faultsOf(report, leaseMs);
      if (faults.length > 0) failed++;
      const shown = { faults: faults.slice(0, SHOWN), more: Math.max(0, faults.length - SHOWN) };
      console.log(JSON.stringify({ run, ...report, ...shown, wrong: undefined }));
    }
    console.log(`${Number(values.runs) - failed} passed, ${failed} failed`);
  } finally {
    await postgres.end();
  }
  process.exitCode = failed > 0 ? 1 : 0;
}

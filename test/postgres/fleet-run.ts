/**
 * Three workers, twelve partitions, sixty signals a second: one is killed, one is stopped and goes on later, the server is killed in
 * between. By hand: `node test/postgres/fleet-run.ts --runs 20 --lease 2000`.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { LIFECYCLE_TABLE } from '../../src/actors/signal-registry.ts';
import { connectTo } from '../../src/adapters/postgres/connection.ts';
import { FencedCommits } from '../../src/adapters/postgres/fenced-commits.ts';
import { FleetStore } from '../../src/adapters/postgres/fleet-store.ts';
import { pgFiles } from '../../src/adapters/postgres/pg-files.ts';
import { prepareStore } from '../../src/adapters/postgres/schema-steps.ts';
import { startExchange } from './exchange-server.ts';
import { type Postgres, startPostgres } from './server.ts';

const NODE = join(import.meta.dirname, '../../node_modules/.bin/node');

export interface FleetRunOptions {
  readonly leaseMs: number;
  readonly killServer: boolean;
  /** Statements by the owner before it begins: how a negative control takes the fence away. */
  readonly sabotage?: string;
  readonly tell?: (words: string) => void;
}

export interface FleetRunReport {
  readonly signals: number;
  readonly acknowledged: number;
  /** Acknowledged records that are in no log. */
  readonly lost: number;
  /** What must not be, in words. */
  readonly wrong: readonly string[];
  readonly orders: number;
  /** From the death of a worker until its last partition had another owner, ms. */
  readonly takeoverMs: { readonly killed: number; readonly stopped: number };
  readonly signalsPerSecond: number;
}

const EDGES = new Set(
  LIFECYCLE_TABLE.states.flatMap((from, place) =>
    LIFECYCLE_TABLE.events.flatMap((_, event) => {
      const to = LIFECYCLE_TABLE.states[LIFECYCLE_TABLE.next(place, event)];
      return to === undefined ? [] : [`${from.split('.')[0]} → ${to.split('.')[0]}`];
    }),
  ),
);

type Line = Readonly<Record<string, unknown>>;

export async function fleetRun(
  postgres: Postgres,
  { leaseMs, killServer, sabotage, tell = () => undefined }: FleetRunOptions,
): Promise<FleetRunReport> {
  const home = mkdtempSync(join(tmpdir(), 'kintsugi-fleet-'));
  const owner = connectTo(postgres.url, { max: 2 });
  await owner.ask('drop schema if exists kintsugi cascade');
  await owner.ask('do $$ begin create role worker login; exception when duplicate_object then null; end $$');
  await prepareStore(owner, 'worker');
  if (sabotage !== undefined) await owner.ask(sabotage);
  const exchange = await startExchange();
  const url = postgres.url.replace('owner@', 'worker@');
  const begin = (name: string) => {
    const dir = join(home, name);
    mkdirSync(dir, { recursive: true });
    const err = openSync(join(dir, 'said'), 'a');
    return spawn(
      NODE,
      [join(import.meta.dirname, 'worker-process.ts'), name, url, String(exchange.port), dir, String(leaseMs)],
      { stdio: ['ignore', err, err] },
    );
  };
  const store = new FleetStore(owner);
  const gone = (child: ReturnType<typeof begin>): Promise<void> =>
    new Promise((resolve) =>
      (child.exitCode ?? child.signalCode) !== null ? resolve() : child.once('exit', () => resolve()),
    );
  /** Resolves when nothing is `name`'s any more, and everything is somebody's. @returns after how long, ms */
  const takenFrom = async (name: string): Promise<number> => {
    const from = Date.now();
    const names = (await store.partitions()).filter((one) => one.owner === name).map((one) => one.name);
    for (;;) {
      const now = await store.partitions();
      const open = now.filter((one) => names.includes(one.name) && (one.owner === name || (one.leaseMs ?? 0) <= 0));
      if (open.length === 0) return Date.now() - from;
      if (Date.now() - from > leaseMs * 20) throw new Error(`nobody took ${open.map((one) => one.name)} from ${name}`);
      await sleep(20);
    }
  };
  const settled = async (): Promise<void> => {
    for (let tries = 0; tries < 600; tries++) {
      const now = await store.partitions().catch(() => []);
      if (now.length > 0 && now.every((one) => (one.leaseMs ?? 0) > 0)) return;
      await sleep(100);
    }
    throw new Error('the partitions found no owners');
  };

  const workers = { a: begin('a'), b: begin('b'), c: begin('c') };
  await settled();
  tell('all partitions have owners');
  const began = Date.now();
  await sleep(6_000);
  workers.a.kill('SIGKILL');
  const killed = await takenFrom('a');
  tell(`a was killed; taken over within ${killed} ms`);
  await sleep(4_000);
  if (killServer) {
    await postgres.kill();
    await sleep(500);
    await postgres.start();
    await settled();
    tell('the server was killed and is back');
    await sleep(4_000);
  }
  workers.b.kill('SIGSTOP');
  const stopped = await takenFrom('b');
  tell(`b was stopped; taken over within ${stopped} ms`);
  await sleep(leaseMs * 2);
  workers.b.kill('SIGCONT');
  tell('b goes on');
  await sleep(6_000);
  const lasted = (Date.now() - began) / 1_000;
  for (const child of [workers.b, workers.c]) child.kill('SIGTERM');
  await Promise.all([gone(workers.b), gone(workers.c)]);
  tell('all have stopped');

  const wrong: string[] = [];
  const acknowledged = ['a', 'b', 'c'].flatMap((name) => {
    const file = join(home, name, `${name}.acks`);
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  });
  let [signals, lost] = [0, 0];
  const held = new Map<string, number>();
  for (const { name } of await store.partitions()) {
    const commits = new FencedCommits({
      connection: owner,
      partition: name,
      epoch: -1,
      rev: -1,
      lost: () => undefined,
    });
    const files = pgFiles({ connection: owner, partition: name, commits, durability: 'synced' });
    const bytes = await files.read('logs/signal_bus.jsonl');
    const lines = Buffer.from(bytes ?? [])
      .toString()
      .split('\n')
      .filter((line) => line.trim() !== '');
    const there = new Set(lines);
    const mine = acknowledged.filter((line) => line.startsWith(`${name}\t`)).map((line) => line.slice(name.length + 1));
    for (const line of mine) if (!there.has(line)) lost++;
    const states = new Map<string, string>();
    let seq = 0;
    const entered = new Set<string>();
    for (const record of lines.map((line) => JSON.parse(line) as Line)) {
      const signal = String(record.signal_id);
      if (record.seq !== ++seq) wrong.push(`${name}: number ${String(record.seq)} stands where ${seq} should`);
      if (record.event_type === 'signal_generated') {
        signals++;
        if (states.has(signal)) wrong.push(`${name}: ${signal} was generated twice`);
        states.set(signal, 'generated');
      } else if (record.event_type === 'state_change') {
        const [from, to] = [String(record.old_state), String(record.new_state)];
        if (states.get(signal) !== from)
          wrong.push(`${name}: ${signal} left ${from}, and was in ${states.get(signal)}`);
        if (!EDGES.has(`${from} → ${to}`)) wrong.push(`${name}: ${signal} went from ${from} to ${to}`);
        states.set(signal, to);
      } else if (record.event_type === 'order_intent') {
        const id = JSON.stringify(record).match(/"k-[^"]+-E"/)?.[0];
        if (id !== undefined && entered.has(id)) wrong.push(`${name}: the intent ${id} was written twice`);
        if (id !== undefined) entered.add(id);
      }
    }
    const positions = await files.read('logs/positions_futures.json');
    if (positions !== null)
      for (const { symbol, direction, qty } of (
        JSON.parse(Buffer.from(positions).toString()) as {
          readonly open_positions: readonly {
            readonly symbol: string;
            readonly direction: string;
            readonly qty: number;
          }[];
        }
      ).open_positions)
        held.set(symbol, (held.get(symbol) ?? 0) + (direction === 'LONG' ? qty : -qty));
  }
  const taken = new Map<string, number>();
  for (const { clientOrderId, taken: wasTaken } of exchange.arrivals)
    if (wasTaken) taken.set(clientOrderId, (taken.get(clientOrderId) ?? 0) + 1);
  for (const [id, times] of taken) if (times > 1) wrong.push(`order ${id} was taken ${times} times`);
  for (const { symbol, qty } of await exchange.broker.positions()) {
    if (Math.abs((held.get(symbol) ?? 0) - qty) > 1e-9)
      wrong.push(`${symbol}: the exchange holds ${qty}, the books ${held.get(symbol) ?? 0}`);
    held.delete(symbol);
  }
  for (const [symbol, qty] of held)
    if (Math.abs(qty) > 1e-9) wrong.push(`${symbol}: the books hold ${qty}, the exchange none`);
  await exchange.close();
  await owner.close();
  return {
    signals,
    acknowledged: acknowledged.length,
    lost,
    wrong: [...new Set(wrong)],
    orders: exchange.arrivals.length,
    takeoverMs: { killed, stopped },
    signalsPerSecond: Math.round(signals / lasted),
  };
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: { runs: { type: 'string', default: '1' }, lease: { type: 'string', default: '2000' } },
  });
  const postgres = await startPostgres();
  try {
    for (let run = 1; run <= Number(values.runs); run++) {
      const report = await fleetRun(postgres, { leaseMs: Number(values.lease), killServer: true, tell: console.error });
      console.log(JSON.stringify({ run, ...report }));
    }
  } finally {
    await postgres.end();
  }
}

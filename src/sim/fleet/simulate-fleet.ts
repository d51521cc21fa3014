/**
 * A fleet on a simulated world: the product's workers, leases, fenced commits and files, and a bot on each partition, over a store and
 * an exchange that outlive them all. Safety is checked while it runs; when the faults are over, it has to go on.
 */
import { drained, turned } from '../../adapters/event-loop.ts';
import { seededChance } from '../../adapters/seeded-chance.ts';
import { VirtualClock } from '../../adapters/virtual-clock.ts';
import { type Partition, partitionOf, partitionsOf } from '../../cli/fleet/partitions.ts';
import { Trace } from '../trace.ts';
import { FleetExchange } from './fleet-exchange.ts';
import { type FleetStage, fleetFaultOf } from './fleet-faults.ts';
import { leftOf } from './fleet-left.ts';
import type { FleetObserver, PartitionLeft } from './fleet-observer.ts';
import type { FleetFaultKind, FleetScript } from './fleet-script.ts';
import { FleetWorker } from './fleet-worker.ts';
import type { FleetScene } from './laws/fleet-law.ts';
import { FLEET_LAWS } from './laws/fleet-laws.ts';
import type { Sabotage } from './sabotage.ts';
import { StoreServer } from './store-server.ts';
import { StoreTables } from './store-tables.ts';
import { allTogether } from './together.ts';

const START = Date.UTC(2026, 0, 5);
const LOOK_MS = 100;
const ACCOUNT = 'sim';
/** From the last fault to the end, leases. */
const CALM_LEASES = 5;
/** With no entries any more, all is left in this time, ms: a clock that was set by seconds holds a position as much longer. */
const FLAT_WITHIN_MS = 20_000;
/** All that is under way is asked after and settled in this time, ms. */
const SETTLED_MS = 3_000;
/** Whoever is told to stop has stopped by then, ms. */
const STOPPED_WITHIN_MS = 60_000;

export interface FleetOutcome {
  readonly seed: number;
  readonly wrong: readonly { readonly law: string; readonly says: string }[];
  readonly faults: Readonly<Partial<Record<FleetFaultKind, number>>>;
  readonly counts: {
    readonly claims: number;
    readonly commits: number;
    readonly acknowledged: number;
    readonly orders: number;
    readonly fills: number;
  };
  readonly simulatedMs: number;
  /** SHA-256, hex, over everything that was decided. */
  readonly trace: string;
}

export interface FleetWatch {
  /** Of a negative control. */
  readonly sabotage?: readonly Sabotage[];
  readonly decided?: (line: string) => void;
}

/** A symbol for each partition. */
function partitionsFor(count: number): readonly Partition[] {
  const bySlot = new Map<number, string>();
  for (let n = 0; bySlot.size < count; n++) {
    const symbol = `C${n}USDT`;
    const slot = partitionOf(ACCOUNT, symbol, count);
    if (!bySlot.has(slot)) bySlot.set(slot, symbol);
  }
  return partitionsOf(ACCOUNT, [...bySlot.values()], count);
}

/** Runs a script. The same script gives the same outcome, byte for byte, in any process. */
export async function simulateFleet(script: FleetScript, watch: FleetWatch = {}): Promise<FleetOutcome> {
  const { seed, setting, faultyMs } = script;
  const { leaseMs, latencyMs } = setting;
  const chance = seededChance(seed).fork('fleet world');
  const world = new VirtualClock(START);
  const trace = new Trace(watch.decided);
  const note = (line: string): void => trace.note(`${(world.now() - START).toFixed(2)} ${line}`);
  const wrong: { law: string; says: string }[] = [];
  const counts = { claims: 0, commits: 0, acknowledged: 0, orders: 0, fills: 0 };
  let storeAhead = 0;
  let steppedAt = Number.NEGATIVE_INFINITY;
  let disturbedUntil = START;
  const own: FleetObserver = {
    claimed: ({ name, epoch, owner }) => {
      counts.claims++;
      note(`claimed ${name} ${epoch} ${owner}`);
    },
    committed: ({ partition, epoch, rev, changes }) => {
      counts.commits++;
      note(`committed ${partition} ${epoch} ${rev} ${changes.map(({ kind }) => kind).join(' ')}`);
    },
    acknowledged: ({ partition, epoch }, { event_type, event_id }) => {
      counts.acknowledged++;
      note(`acknowledged ${partition} ${epoch} ${event_type} ${event_id}`);
    },
    sent: ({ process }, { clientOrderId }) => note(`sent ${clientOrderId} ${process}`),
    taken: ({ process }, { clientOrderId }) => {
      counts.orders++;
      note(`taken ${clientOrderId} ${process}`);
    },
    filled: ({ fillId, qty, price }) => {
      counts.fills++;
      note(`filled ${fillId} ${qty} ${price}`);
    },
    broke: (process) => note(`broke ${process}`),
  };
  const observers: FleetObserver[] = [own];
  const observer = allTogether(observers);
  const sabotage = new Set(watch.sabotage);
  const tables = new StoreTables({
    store: 'postgres://worker@sim/kintsugi',
    now: () => world.now() + storeAhead,
    sabotage,
    onCommit: (commit) => observer.committed(commit),
    onClaim: (row) => observer.claimed(row),
  });
  const calm = (own: { next(): number }): number => latencyMs * (0.5 + own.next());
  const server = new StoreServer(
    world,
    tables,
    { latency: calm, up: true, changes: null },
    sabotage.has('silence-is-refusal'),
  );
  const partitions = partitionsFor(setting.partitions);
  const symbols = partitions.flatMap((partition) => partition.symbols);
  const exchange = await FleetExchange.open(world, chance.fork('exchange'), symbols, observer);
  const workers = Array.from({ length: setting.workers }, (_, n) => {
    const name = String.fromCharCode(97 + n);
    const parts = {
      world,
      server,
      exchange,
      observer,
      setting,
      partitions,
      sabotage,
      chance: chance.fork(name),
      tell: note,
    };
    return new FleetWorker(name, parts);
  });
  const disturbs = (ms: number): void => {
    disturbedUntil = Math.max(disturbedUntil, world.now() + ms);
  };
  const scene: FleetScene = {
    ...{ script, tables, server, exchange, workers },
    now: () => world.now(),
    disturbedUntil: () => disturbedUntil,
  };
  observers.push(...FLEET_LAWS.map((law) => law.watch(scene, (says) => void wrong.push({ law: law.id, says }))));

  const runUntil = async (at: number): Promise<void> => {
    const wake = world.setTimeout(() => undefined, at - world.now());
    while (world.now() < at) {
      world.step();
      await drained();
    }
    world.clearTimeout(wake);
  };
  const look = (): void => {
    observer.looked();
    world.setTimeout(look, LOOK_MS);
  };
  const undo = new Set<() => void>();
  const stage: FleetStage = {
    ...{ server, tables, exchange, workers, leaseMs, latencyMs, disturbs },
    stepStoreClock: (ms) => {
      if (world.now() - steppedAt < 2 * leaseMs) return false;
      steppedAt = world.now();
      storeAhead += ms;
      return true;
    },
    lasts: (ms, end) => {
      const once = (): void => {
        if (!undo.delete(once)) return;
        end();
        disturbs(0);
      };
      undo.add(once);
      world.setTimeout(once, ms);
    },
  };

  const faults: Partial<Record<FleetFaultKind, number>> = {};
  for (const worker of workers) worker.begin();
  look();
  for (const { at, kind, chance: own } of script.faults) {
    await runUntil(START + at);
    const struck = fleetFaultOf(kind).inflict(stage, seededChance(own));
    if (struck === null) continue;
    faults[kind] = (faults[kind] ?? 0) + 1;
    disturbs(0);
    note(`${kind} ${struck}`);
  }
  await runUntil(START + faultyMs);
  for (const end of [...undo]) end();
  await runUntil(world.now() + CALM_LEASES * leaseMs);

  // Entries end, exits go on: what is left when all stop is flat, and settled.
  tables.hold = { reason: 'the end', by: 'the simulator', at: new Date(tables.now()) };
  const flatBy = world.now() + FLAT_WITHIN_MS;
  while ([...exchange.held.values()].some((qty) => qty !== 0) && world.now() < flatBy)
    await runUntil(world.now() + LOOK_MS);
  await runUntil(world.now() + leaseMs + SETTLED_MS);
  for (const worker of workers) worker.stop();
  const stopBy = world.now() + STOPPED_WITHIN_MS;
  while (workers.some(({ process }) => process?.alive) && world.now() < stopBy) await runUntil(world.now() + LOOK_MS);
  for (const { name, process } of workers)
    if (process?.alive) wrong.push({ law: 'workers-run-on', says: `${name} did not stop within a minute` });

  const left: PartitionLeft[] = [];
  for (const partition of partitions) {
    const one = await leftOf(partition, server.direct(), world);
    const held = new Map(partition.symbols.map((symbol) => [symbol, exchange.held.get(symbol) ?? 0]));
    left.push({ ...one, held });
    for (const record of one.records) note(`${partition.name} ${JSON.stringify(record)}`);
  }
  observer.ended(left);
  await turned();
  return { seed, wrong, faults, counts, simulatedMs: world.now() - START, trace: trace.end() };
}

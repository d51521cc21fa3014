/** Each kind of fault of a fleet, as data. */
import type { Chance } from '../../ports/chance.ts';
import type { FleetExchange } from './fleet-exchange.ts';
import type { FleetFaultKind } from './fleet-script.ts';
import type { FleetWorker } from './fleet-worker.ts';
import type { StoreServer } from './store-server.ts';
import type { StoreTables } from './store-tables.ts';

/** Where a fault strikes. */
export interface FleetStage {
  readonly server: StoreServer;
  readonly tables: StoreTables;
  readonly exchange: FleetExchange;
  readonly workers: readonly FleetWorker[];
  readonly leaseMs: number;
  readonly latencyMs: number;
  /** Sets the database's clock; refused where it was set within two leases. @returns whether it was */
  readonly stepStoreClock: (ms: number) => boolean;
  /** Undone after so long, and at once when the faults are over. */
  readonly lasts: (ms: number, undo: () => void) => void;
  /** Nobody can be asked to take over meanwhile, ms from now. */
  readonly disturbs: (ms: number) => void;
}

export interface FleetFaultRule {
  readonly kind: FleetFaultKind;
  readonly strikes: string;
  /** @returns whom or what it struck; `null` where there was nothing to strike */
  readonly inflict: (stage: FleetStage, chance: Chance) => string | null;
}

/** A length of time in leases. */
const leases = ({ leaseMs }: FleetStage, chance: Chance, least: number, most: number): number =>
  (least + chance.next() * (most - least)) * leaseMs;

const among = <T>(chance: Chance, from: readonly T[]): T | undefined => from[Math.floor(chance.next() * from.length)];

const running = ({ workers }: FleetStage): readonly FleetWorker[] =>
  workers.filter(({ process }) => process?.alive && !process.frozen);

/** Nobody has a store for so long, and for as long again as an answer is waited for. */
function ofStore(stage: FleetStage, ms: number, undo: () => void): void {
  stage.disturbs(ms + stage.leaseMs * 0.4);
  stage.lasts(ms, undo);
}

const ofChanges =
  (fate: 'lost' | 'late' | 'unanswered') =>
  (stage: FleetStage, chance: Chance): string => {
    const { weather } = stage.server;
    const ms = leases(stage, chance, 0.2, 2);
    const changes = { fate, chance: 0.2 + chance.next() * 0.6, lateMs: leases(stage, chance, 0.5, 4) };
    weather.changes = changes;
    ofStore(stage, ms, () => {
      if (weather.changes === changes) weather.changes = null;
    });
    return 'store';
  };

const ofOrders =
  (fate: 'lost' | 'unanswered') =>
  (stage: FleetStage, chance: Chance): string => {
    const { line } = stage.exchange;
    const orders = { fate, chance: 0.3 + chance.next() * 0.5 };
    line.orders = orders;
    stage.lasts(leases(stage, chance, 0.5, 4), () => {
      if (line.orders === orders) line.orders = null;
    });
    return 'exchange';
  };

const ofWorker =
  (strike: (worker: FleetWorker, stage: FleetStage, chance: Chance) => void) =>
  (stage: FleetStage, chance: Chance): string | null => {
    const worker = among(chance, running(stage));
    if (worker === undefined) return null;
    const { name } = worker;
    strike(worker, stage, chance);
    return name;
  };

export const FLEET_FAULTS: readonly FleetFaultRule[] = [
  {
    kind: 'store-slow',
    strikes: 'the store: every answer takes a part of the lease, for a while',
    inflict: (stage, chance) => {
      const { weather } = stage.server;
      const most = leases(stage, chance, 0.02, 0.4);
      const slow = (own: Chance): number => stage.latencyMs + own.next() * most;
      weather.latency = slow;
      ofStore(stage, leases(stage, chance, 0.5, 4), () => {
        if (weather.latency === slow) weather.latency = (own) => stage.latencyMs * (0.5 + own.next());
      });
      return 'store';
    },
  },
  {
    kind: 'store-down',
    strikes: 'the store: it dies, with what was asked and not answered, and is back after a while',
    inflict: (stage, chance) => {
      stage.server.crash();
      ofStore(stage, leases(stage, chance, 0.1, 3), () => stage.server.start());
      return 'store';
    },
  },
  {
    kind: 'store-clock-stepped',
    strikes: 'the clock of the database: set by a twentieth of the lease at most',
    inflict: (stage, chance) => (stage.stepStoreClock((chance.next() - 0.5) * 0.1 * stage.leaseMs) ? 'store' : null),
  },
  { kind: 'commits-lost', strikes: 'changes: not made, and no answer comes, for a while', inflict: ofChanges('lost') },
  {
    kind: 'commits-late',
    strikes: 'changes: made late, maybe long after they were given up',
    inflict: ofChanges('late'),
  },
  { kind: 'commits-unanswered', strikes: 'changes: made, and no answer comes', inflict: ofChanges('unanswered') },
  {
    kind: 'worker-killed',
    strikes: 'a worker: dead at once, another process of it comes after a while',
    inflict: ofWorker((worker, stage, chance) => {
      worker.kill();
      stage.lasts(leases(stage, chance, 0.2, 5), () => worker.begin());
    }),
  },
  {
    kind: 'worker-frozen',
    strikes: 'a worker: stopped, and it goes on after a while without knowing it',
    inflict: ofWorker(({ process }, stage, chance) => {
      process?.freeze();
      stage.lasts(leases(stage, chance, 0.05, 6), () => process?.thaw());
    }),
  },
  {
    kind: 'worker-cut',
    strikes: 'a worker: no line between it and the store, for a while',
    inflict: ofWorker(({ process }, stage, chance) => {
      if (!process) return;
      stage.server.cut.add(process);
      stage.lasts(leases(stage, chance, 0.2, 5), () => stage.server.cut.delete(process));
    }),
  },
  {
    kind: 'worker-stopped',
    strikes: 'a worker: told to stop; it gives its partitions back, and comes again after a while',
    inflict: ofWorker((worker, stage, chance) => {
      worker.stop();
      stage.lasts(leases(stage, chance, 1, 5), () => worker.begin());
    }),
  },
  {
    kind: 'frozen-while-sending',
    strikes: 'a worker: stopped between the look at its lease and the sending of its next order',
    inflict: ofWorker(({ process }, stage, chance) => {
      if (!process) return;
      const { stopsAtSending } = stage.exchange;
      stopsAtSending.set(process, () => process.freeze());
      stage.lasts(leases(stage, chance, 1, 5), () => {
        stopsAtSending.delete(process);
        process.thaw();
      });
    }),
  },
  {
    kind: 'clock-jumped',
    strikes: 'the time of day of a worker’s machine: set by seconds',
    inflict: ofWorker((worker, _, chance) => worker.setClock((chance.next() - 0.5) * 6_000)),
  },
  { kind: 'orders-lost', strikes: 'orders: on their way, for a while', inflict: ofOrders('lost') },
  { kind: 'orders-unanswered', strikes: 'orders: taken, and no answer comes', inflict: ofOrders('unanswered') },
  {
    kind: 'exchange-silent',
    strikes: 'the exchange: nobody is answered for a while',
    inflict: (stage, chance) => {
      const { line } = stage.exchange;
      line.silent = true;
      stage.lasts(leases(stage, chance, 0.2, 3), () => {
        line.silent = false;
      });
      return 'exchange';
    },
  },
  {
    kind: 'fleet-held',
    strikes: 'everybody: the one switch is on for a while',
    inflict: (stage, chance) => {
      stage.tables.hold = { reason: 'a fault', by: 'the simulator', at: new Date(stage.tables.now()) };
      stage.lasts(leases(stage, chance, 1, 4), () => {
        stage.tables.hold = null;
      });
      return 'fleet';
    },
  },
];

const byKind = new Map(FLEET_FAULTS.map((rule) => [rule.kind, rule]));

export function fleetFaultOf(kind: FleetFaultKind): FleetFaultRule {
  const rule = byKind.get(kind);
  if (rule === undefined) throw new RangeError(`there is no fault of the kind ${kind}`);
  return rule;
}

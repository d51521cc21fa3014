/** A machine with a worker on it: the product's `Worker`, one process of it at a time, and somebody who starts the next. */
import { StoreTrouble } from '../../adapters/postgres/errors.ts';
import type { VirtualClock } from '../../adapters/virtual-clock.ts';
import { DEFAULT_CONFIG } from '../../cli/config.ts';
import type { Partition } from '../../cli/fleet/partitions.ts';
import { Worker } from '../../cli/fleet/worker.ts';
import type { Chance } from '../../ports/chance.ts';
import { startClerk } from './clerk.ts';
import type { FleetExchange } from './fleet-exchange.ts';
import type { FleetObserver } from './fleet-observer.ts';
import type { FleetSetting } from './fleet-script.ts';
import type { Sabotage } from './sabotage.ts';
import { SimProcess } from './sim-process.ts';
import type { StoreServer } from './store-server.ts';

/** As the command has them. */
const ANSWER_PART = 0.4;
const CONNECTIONS = 8;
const CONTROL_CONNECTIONS = 2;
const CONNECT_MS = 5_000;
/** One whose process ended because the store did not answer is started again after this part of a lease. */
const AGAIN_LEASES = 0.5;

export interface FleetWorkerParts {
  readonly world: VirtualClock;
  readonly server: StoreServer;
  readonly exchange: FleetExchange;
  readonly observer: Required<FleetObserver>;
  readonly setting: FleetSetting;
  readonly partitions: readonly Partition[];
  readonly sabotage: ReadonlySet<Sabotage>;
  readonly chance: Chance;
  readonly tell: (line: string) => void;
}

export class FleetWorker {
  readonly name: string;
  readonly #parts: FleetWorkerParts;
  readonly #rate: number;
  #ahead: number;
  #births = 0;
  #running: Worker | null = null;
  #wanted = true;
  process: SimProcess | null = null;

  constructor(name: string, parts: FleetWorkerParts) {
    this.name = name;
    this.#parts = parts;
    const { chance, setting } = parts;
    this.#rate = 1 + (chance.next() * 2 - 1) * setting.drift;
    this.#ahead = Math.floor((chance.next() - 0.5) * 1_000);
  }

  /** Starts a process, where none lives. */
  begin(): void {
    this.#wanted = true;
    if (this.process?.alive) return;
    const { world, server, exchange, observer, setting, partitions, sabotage, chance, tell } = this.#parts;
    const { leaseMs, slotMs } = setting;
    const name = `${this.name}.${++this.#births}`;
    const process = new SimProcess(name, world, this.#rate, this.#ahead);
    const own = chance.fork(name);
    const answerMs = leaseMs * ANSWER_PART;
    this.process = process;
    const worker = new Worker({
      ...{ name, partitions, leaseMs, time: process.time },
      connection: server.connect(process, { max: CONNECTIONS, answerMs, connectMs: CONNECT_MS }, own.fork('store')),
      control: server.connect(
        process,
        { max: CONTROL_CONNECTIONS, answerMs, connectMs: answerMs },
        own.fork('control'),
      ),
      shared: {
        ...{ dir: '/sim', feed: { kind: 'sim' }, speed: 1, forMs: null, seed: 1, config: DEFAULT_CONFIG },
        onProgress: () => undefined,
      },
      start: (options) => {
        const { lease } = options.partition ?? {};
        const born = own.fork(`${lease?.partition} ${lease?.epoch}`);
        return startClerk(options, { process, exchange, observer, sabotage, chance: born, slotMs });
      },
      tell: (level, message) => tell(`${name} ${level} ${message}`),
    });
    this.#running = worker;
    worker.run().then(
      () => this.#ended(process, null),
      (error: unknown) => this.#ended(process, error),
    );
  }

  /** SIGKILL. */
  kill(): void {
    this.process?.die();
    this.#wanted = false;
  }

  /** SIGTERM. */
  stop(): void {
    this.#wanted = false;
    this.#running?.stop('SIGTERM');
  }

  setClock(ms: number): void {
    this.#ahead += ms;
    this.process?.setClock(ms);
  }

  #ended(process: SimProcess, error: unknown): void {
    process.die();
    if (error !== null && !(error instanceof StoreTrouble)) this.#parts.observer.broke(process.name, error);
    const { world, setting } = this.#parts;
    if (this.#wanted) world.setTimeout(() => this.#wanted && this.begin(), setting.leaseMs * AGAIN_LEASES);
  }
}

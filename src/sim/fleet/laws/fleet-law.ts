import type { FleetExchange } from '../fleet-exchange.ts';
import type { FleetObserver } from '../fleet-observer.ts';
import type { FleetScript } from '../fleet-script.ts';
import type { FleetWorker } from '../fleet-worker.ts';
import type { StoreServer } from '../store-server.ts';
import type { StoreTables } from '../store-tables.ts';

/** What a law may look at besides what it is told. */
export interface FleetScene {
  readonly script: FleetScript;
  /** The world's time, ms. */
  readonly now: () => number;
  readonly tables: StoreTables;
  readonly server: StoreServer;
  readonly exchange: Pick<FleetExchange, 'held'>;
  readonly workers: readonly FleetWorker[];
  /** Until when takeover is nobody's duty: a fault has just struck or ended, or the store is in trouble, ms of the world. */
  readonly disturbedUntil: () => number;
}

/** What must hold whatever happens to a fleet, as data. */
export interface FleetLaw {
  readonly id: string;
  readonly says: string;
  /** @param found to be told of each breach, in words */
  readonly watch: (scene: FleetScene, found: (says: string) => void) => FleetObserver;
}

import type { VirtualClock } from '../../adapters/virtual-clock.ts';
import type { Observer } from '../observer.ts';
import type { Script } from '../script.ts';
import type { SimDisk } from '../sim-disk.ts';
import type { Exchange } from './exchange.ts';
import type { Market } from './market.ts';
import type { Pager } from './pager.ts';

/** What lasts longer than a process. */
export interface Outside {
  readonly script: Script;
  readonly clock: VirtualClock;
  readonly disk: SimDisk;
  readonly market: Market;
  readonly exchange: Exchange;
  readonly pager: Pager;
  readonly observer: Required<Observer>;
  /** By how much the machine's time of day is ahead of the world's, ms: a process that starts takes it from there. */
  ahead: number;
  /** Of the directory's owner. */
  epoch: number;
}

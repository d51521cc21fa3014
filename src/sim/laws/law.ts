import type { Observer } from '../observer.ts';
import type { Script } from '../script.ts';
import type { SimDisk } from '../sim-disk.ts';
import type { Exchange } from '../world/exchange.ts';
import type { Market } from '../world/market.ts';
import type { Pager } from '../world/pager.ts';

/** What a law may look at besides what it is told. */
export interface Scene {
  readonly script: Script;
  readonly disk: SimDisk;
  readonly exchange: Pick<Exchange, 'held' | 'resting' | 'silent' | 'answers'>;
  readonly market: Pick<Market, 'lastTold' | 'silent'>;
  readonly pager: Pick<Pager, 'notices' | 'isGone'>;
  /** Files of which somebody else destroyed bytes, so far. */
  readonly damaged: ReadonlySet<string>;
}

/** What must hold whatever happens, as data. */
export interface Law {
  readonly id: string;
  readonly says: string;
  /** @param found to be told of each breach, in words */
  readonly watch: (scene: Scene, found: (says: string) => void) => Observer;
}

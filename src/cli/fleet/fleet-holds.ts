import type { FleetHold } from '../../adapters/postgres/fleet-store.ts';
import type { Holds } from '../../ports/holds.ts';

/** The fleet's one switch as each bot sees it. A worker that cannot ask whether it is on takes it to be on. */
export class FleetHolds implements Holds {
  #why: string | null = 'the store was not asked yet whether the fleet is held';
  readonly #listeners = new Set<() => void>();

  why(): string | null {
    return this.#why;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  take(hold: FleetHold | null): void {
    this.#set(hold === null ? null : `the whole fleet is held since ${hold.at} by ${hold.by}: ${hold.reason}`);
  }

  unknown(reason: string): void {
    this.#set(`whether the fleet is held is not known: ${reason}`);
  }

  #set(why: string | null): void {
    if (why === this.#why) return;
    this.#why = why;
    for (const listener of this.#listeners) listener();
  }
}

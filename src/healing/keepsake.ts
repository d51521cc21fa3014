import type { AnyActorLogic, AnyMachineSnapshot, Snapshot } from 'xstate';

/** Where a persisted snapshot is kept between incarnations: memory, a file, a table. Synchronous; what throws fails the child. */
export interface SnapshotStore {
  read(): Snapshot<unknown> | null;
  /** `null`: the actor was done; the next incarnation begins anew. */
  write(snapshot: Snapshot<unknown> | null): void;
  /** Told of what is about to be lost, where a healer begins an actor anew: to be kept for a person. */
  setAside?(snapshot: Snapshot<unknown>): void;
}

/** Kept as long as the program runs. */
export function inMemory(): SnapshotStore {
  let kept: Snapshot<unknown> | null = null;
  return {
    read: () => kept,
    write: (snapshot) => {
      kept = snapshot;
    },
  };
}

/**
 * The last good snapshot of a child, which its next incarnation goes on from. One that fails its heir before the heir has
 * taken a single event is poison: the incarnation after that begins anew. XState does not persist timers and runs invoked
 * promises again (research/xstate.md §0.6): deadlines belong into context, and effects behind an intent.
 */
export class Keepsake {
  readonly #store: SnapshotStore;
  #poison = false;
  #known: { readonly logic: AnyActorLogic; readonly heir: AnyActorLogic } | null = null;

  constructor(store: SnapshotStore = inMemory()) {
    this.#store = store;
  }

  /**
   * The logic, beginning from what was kept and keeping every good snapshot. For the same logic it is the same again: incarnations
   * come one after the other, and a crash should not wait until it is made.
   */
  heir<Logic extends AnyActorLogic>(logic: Logic): Logic {
    if (this.#known?.logic !== logic) this.#known = { logic, heir: this.#heirOf(logic) };
    return this.#known.heir as Logic;
  }

  /** The next incarnation does not go on from what was kept. */
  beginAnew(): void {
    this.#poison = true;
    const kept = this.#store.setAside ? this.#store.read() : null;
    if (kept !== null) this.#store.setAside?.(kept);
  }

  #heirOf<Logic extends AnyActorLogic>(logic: Logic): Logic {
    let untried = false;
    const getInitialSnapshot: Logic['getInitialSnapshot'] = (scope, input) => {
      untried = false;
      const kept = this.#poison ? null : this.#store.read();
      this.#poison = false;
      if (kept === null || !logic.restoreSnapshot) return logic.getInitialSnapshot(scope, input);
      this.#poison = true;
      const snapshot = logic.restoreSnapshot(kept, scope);
      this.#poison = false;
      untried = true;
      return snapshot;
    };
    const transition: Logic['transition'] = (snapshot, event, scope) => {
      this.#poison = untried;
      const next = logic.transition(snapshot, event, scope) as AnyMachineSnapshot;
      if (next.status === 'error') return next;
      this.#poison = false;
      untried = false;
      if (next.status === 'active') this.#store.write(logic.getPersistedSnapshot(next));
      else if (next.status === 'done') this.#store.write(null);
      return next;
    };
    return Object.create(logic, {
      getInitialSnapshot: { value: getInitialSnapshot },
      transition: { value: transition },
    });
  }
}

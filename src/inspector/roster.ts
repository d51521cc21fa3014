import type { AnyActorRef, AnyStateMachine } from 'xstate';
import { type Entry, NO_STEP, newEntry } from './entry.ts';
import {
  isUnborn,
  logicOf,
  nodesOf,
  parentOf,
  type Status,
  snapshotOf,
  stateOf,
  statusOf,
  systemIdOf,
} from './insides.ts';
import type { MachineBook } from './machine-book.ts';
import { machineOf } from './machine-view.ts';

export interface RosterOptions {
  readonly now: () => number;
  readonly machines: MachineBook;
  /** Events kept of each actor. */
  readonly perActor: number;
  /** Actors remembered after their end. */
  readonly gone: number;
  /** An actor was found to be over although nothing had told so. */
  readonly found: (entry: Entry, status: Status) => void;
}

/** How many ids keep their count of incarnations. */
const COUNTED = 10_000;
/** So many births and the roster is looked through for actors of whose end nobody was told. */
const LOOK_THROUGH_AFTER = 1_000;
const AUTOMATIC_ID = /^x:\d+$/;

/** Who lives, and who was the last to go. One entry an id: whoever is born under an id of one that is over takes its place. */
export class Roster {
  readonly #options: RosterOptions;
  readonly #living = new Map<AnyActorRef, Entry>();
  readonly #byId = new Map<string, Entry>();
  /** Ids of those that are gone, oldest first. */
  readonly #gone = new Set<string>();
  readonly #incarnations = new Map<string, number>();
  #last: Entry | undefined;
  #orders = 0;
  #births = 0;

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  /** The entry of one that lives. Most that is told is of the one of whom something was told last. */
  of(ref: AnyActorRef): Entry | undefined {
    if (ref !== this.#last?.ref) this.#last = this.#living.get(ref);
    return this.#last;
  }

  byId(id: string): Entry | undefined {
    return this.#byId.get(id);
  }

  living(): IterableIterator<Entry> {
    return this.#living.values();
  }

  refs(): readonly AnyActorRef[] {
    return [...this.#living.keys()];
  }

  /** Everybody, living and gone, in the order of being seen first. */
  all(): readonly Entry[] {
    return [...this.#byId.values()].sort((a, b) => a.order - b.order);
  }

  /** Enters an actor, and its ancestors where they are not known: an inspector may come late. */
  enter(ref: AnyActorRef): Entry {
    const { now, machines, perActor } = this.#options;
    const above = parentOf(ref);
    const parent = above === null ? null : (this.#living.get(above)?.id ?? this.#lateParent(above));
    const machine = machineOf(logicOf(ref));
    const id = this.#idFor(ref, parent, machine);
    const before = this.#byId.get(id);
    // Nothing told so: it is told of before who follows it.
    if (before?.ref && statusOf(before.ref) !== 'active') this.#options.found(before, statusOf(before.ref));
    const incarnation = (this.#incarnations.get(id) ?? 0) + 1;
    this.#incarnations.delete(id);
    this.#incarnations.set(id, incarnation);
    if (this.#incarnations.size > COUNTED) this.#incarnations.delete(this.#incarnations.keys().next().value ?? '');
    const entry = newEntry(
      {
        id,
        ref,
        parent,
        machine: machine === null ? null : machines.idOf(machine),
        lasting: above === null || systemIdOf(ref) !== null,
        incarnation,
        at: now(),
      },
      before,
      ++this.#orders,
      perActor,
    );
    const snapshot = snapshotOf(ref);
    // None in its constructor: who has one has lived before the inspector came.
    if (snapshot !== undefined) {
      entry.born = true;
      entry.value = stateOf(snapshot);
      entry.unseen = entry.value;
      entry.nodes = nodesOf(snapshot);
    }
    this.#living.set(ref, entry);
    this.#byId.set(id, entry);
    this.#gone.delete(id);
    if (++this.#births % LOOK_THROUGH_AFTER === 0) this.lookThrough();
    return entry;
  }

  /**
   * It is over. The caller says with what status, and keeps of its context what is to be kept.
   * @returns ids of those that are forgotten for it
   */
  leave(entry: Entry): readonly string[] {
    if (entry.ref !== null) this.#living.delete(entry.ref);
    entry.ref = null;
    if (this.#last === entry) this.#last = undefined;
    entry.nodes = null;
    entry.untaken.clear();
    entry.taking = null;
    entry.step = NO_STEP;
    entry.known.clear();
    if (this.#byId.get(entry.id) !== entry) return [];
    this.#gone.add(entry.id);
    const forgotten: string[] = [];
    for (const id of this.#gone) {
      if (this.#gone.size <= this.#options.gone) break;
      this.#gone.delete(id);
      this.#byId.delete(id);
      forgotten.push(id);
    }
    return forgotten;
  }

  /**
   * Finds those that are over and of whom nothing told so: crashed roots, children never started. A root that was not started in a
   * thousand births counts among them, so that nobody's memory holds it: should it be started yet, it is entered anew.
   */
  lookThrough(): void {
    for (const [ref, entry] of this.#living) {
      const status = statusOf(ref);
      const above = parentOf(ref);
      const isOld = this.#orders - entry.order >= LOOK_THROUGH_AFTER;
      const orphan = isUnborn(ref) && (above === null ? isOld : !this.#living.has(above));
      if (status !== 'active' || orphan) {
        this.#options.found(entry, status === 'active' ? 'stopped' : status);
      }
    }
  }

  #lateParent(above: AnyActorRef): string | null {
    return statusOf(above) === 'active' ? this.enter(above).id : null;
  }

  #idFor(ref: AnyActorRef, parent: string | null, machine: AnyStateMachine | null): string {
    const named = AUTOMATIC_ID.test(ref.id) && machine !== null && machine.id !== '(machine)' ? machine.id : ref.id;
    const wanted = systemIdOf(ref) ?? (parent === null ? named : `${parent}.${ref.id}`);
    const holder = this.#byId.get(wanted)?.ref;
    // Two systems may use a name at once. (Of one system, who follows is born after the end of who was before.)
    return holder && statusOf(holder) === 'active' ? `${wanted}@${ref.sessionId}` : wanted;
  }
}

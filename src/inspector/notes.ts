import { says } from '../ports/says.ts';
import { type Allowance, allowance } from './allowance.ts';
import { digest } from './digest.ts';
import { type Entry, NO_STEP, NONE, type Recorded, senderOf, takenIn } from './entry.ts';
import { contextOf, nodesOf, type Status, snapshotOf, stateOf } from './insides.ts';
import type { Change, RecorderLimits } from './recording.ts';
import { Ring } from './ring.ts';
import { sameState } from './same-state.ts';
import type { Timer } from './sampler.ts';
import { CONTEXT, changeOf, EVENT } from './tell.ts';

/** What the change of one is told as whose events were only counted: many may have led to it. */
const MANY = 'several events';

const isInner = (type: string): boolean => type === 'xstate.init' || type === 'xstate.stop';

export interface NotesOptions {
  /** ms on the app's clock. */
  readonly now: () => number;
  /** Time of the wall. */
  readonly timer: Timer;
  readonly limits: Pick<RecorderLimits, 'events' | 'copies'>;
  /** Something became of an actor; with the number of what was told last. */
  readonly touched: (entry: Entry, seq: number) => void;
  readonly failed: (error: unknown) => void;
}

/** What is written down of events: in the log of each actor, in that of all, and to those who listen for changes. */
export class Notes {
  readonly #options: NotesOptions;
  readonly #ring: Ring<Recorded>;
  readonly #copies: Allowance;
  readonly #changes = new Set<(change: Change) => void>();
  #seq = 0;

  constructor(options: NotesOptions) {
    this.#options = options;
    this.#ring = new Ring(options.limits.events);
    this.#copies = allowance(() => options.timer.now(), options.limits.copies);
  }

  /** Those that are kept, oldest first. */
  recent(): readonly Recorded[] {
    return this.#ring.toArray();
  }

  /** @returns ends it */
  onChange(listener: (change: Change) => void): () => void {
    const own = (change: Change): void => {
      try {
        listener(change);
      } catch (error) {
        this.#options.failed(error);
      }
    };
    this.#changes.add(own);
    return () => void this.#changes.delete(own);
  }

  /** An actor has taken an event, or ended without one that is known. */
  take(entry: Entry, event: { readonly type: string } | undefined, snapshot: unknown, status: Status): void {
    const at = this.#options.now();
    const type = event?.type ?? `xstate.${status}`;
    const was = entry.born ? entry.value : null;
    const nodes = nodesOf(snapshot);
    let changed = false;
    if (nodes !== entry.nodes || entry.unseen !== entry.value || !entry.born) {
      const value = stateOf(snapshot);
      changed = !sameState(value, was);
      if (changed) entry.value = value;
      entry.unseen = entry.value;
      entry.nodes = nodes;
    }
    const isBirth = !entry.born;
    entry.born = true;
    if (changed || isBirth) entry.since = at;
    const isEnd = status !== entry.status;
    entry.status = status;
    entry.taken = takenIn(entry);
    entry.step = NO_STEP;
    if (!isInner(type)) entry.events++;
    const from = event === undefined ? null : senderOf(entry, event);
    this.#write(entry, event, { at, from, type, changed });
    if (changed || isBirth || isEnd) this.#tell(entry, snapshot, { at, from, event: type, was });
  }

  /** An actor has taken an event that nobody has time for: how many they were is kept, and since when it is where it is. */
  count(entry: Entry, snapshot: unknown): void {
    entry.events++;
    const nodes = nodesOf(snapshot);
    if (nodes !== entry.nodes) {
      entry.nodes = nodes;
      const value = stateOf(snapshot);
      if (!sameState(value, entry.unseen)) entry.since = this.#options.now();
      entry.unseen = value;
    }
    this.#options.touched(entry, ++this.#seq);
  }

  /** One change for each whose state is another than it was told, after it was only counted; in the order in which they came there. */
  drawTogether(entries: Iterable<Entry>): void {
    const moved = [...entries].filter(({ value, unseen }) => !sameState(value, unseen));
    for (const entry of moved.sort((a, b) => a.since - b.since)) {
      const { value: was, since: at } = entry;
      entry.value = entry.unseen;
      entry.taken = NONE;
      this.#write(entry, undefined, { at, from: null, type: MANY, changed: true });
      const snapshot = entry.ref === null ? undefined : snapshotOf(entry.ref);
      this.#tell(entry, snapshot, { at, from: null, event: MANY, was });
    }
  }

  /** It is over: of its context a copy is kept. */
  close(entry: Entry, snapshot: unknown): void {
    const { error } = (snapshot ?? {}) as { readonly error?: unknown };
    if (error !== undefined) entry.error = says(error);
    if (this.#copies.take()) entry.context = digest(contextOf(snapshot), CONTEXT);
    if (entry.last !== null) entry.last.raw = null;
  }

  #write(
    entry: Entry,
    event: object | undefined,
    { at, from, type, changed }: Pick<Recorded, 'at' | 'from' | 'type' | 'changed'>,
  ): void {
    if (entry.last !== null) entry.last.raw = null;
    const copied = event !== undefined && this.#copies.take();
    const recorded: Recorded = {
      seq: ++this.#seq,
      at,
      from,
      to: entry.id,
      type,
      value: entry.value,
      changed,
      taken: entry.taken,
      payload: copied ? digest(event, EVENT) : undefined,
      raw: copied ? null : (event ?? null),
    };
    entry.last = recorded;
    entry.log.push(recorded);
    this.#ring.push(recorded);
    this.#options.touched(entry, recorded.seq);
  }

  #tell(
    entry: Entry,
    snapshot: unknown,
    { at, from, event, was }: Pick<Change, 'at' | 'from' | 'event' | 'was'>,
  ): void {
    if (this.#changes.size === 0) return;
    const change = changeOf(entry, at, event, from, was, contextOf(snapshot));
    for (const listener of this.#changes) listener(change);
  }
}

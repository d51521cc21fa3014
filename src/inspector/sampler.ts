import type { Clock } from '../ports/clock.ts';
import type { ActorEvent, ActorView, StreamEvent } from './contract.ts';
import type { Entry, Recorded } from './entry.ts';
import type { Roster } from './roster.ts';

/** Time of the wall: what is told to a page is paced by who reads, whatever the bot's clock does. */
export type Timer = Pick<Clock, 'now' | 'setTimeout' | 'clearTimeout'>;

export type Delta = Extract<StreamEvent, { type: 'actors' | 'events' }>;

export interface SamplerOptions {
  readonly timer: Timer;
  readonly roster: Roster;
  /** Brings up to date what is told of actors. */
  readonly settle: () => void;
  readonly view: (entry: Entry) => ActorView;
  readonly isListed: (entry: Entry) => boolean;
  /** What may change of an actor without its taking an event; compared as text. */
  readonly outside: (id: string) => string;
  /** Events recorded with a number above `seq`, as far as they are kept, oldest first. */
  readonly since: (seq: number) => readonly Recorded[];
  readonly tell: (event: Recorded) => ActorEvent;
  readonly failed: (error: unknown) => void;
}

export const SAMPLE_MS = 200;
export const BATCH = 200;

/** Of too many, those that changed a state, the newest first; then the newest of the rest. In order. */
function chosen(events: readonly Recorded[]): readonly Recorded[] {
  if (events.length <= BATCH) return events;
  const changes = events.filter(({ changed }) => changed).slice(-BATCH);
  const rest = events.filter(({ changed }) => !changed).slice(changes.length - BATCH);
  return [...changes, ...(changes.length < BATCH ? rest : [])].sort((a, b) => a.seq - b.seq);
}

/** Tells listeners, five times a second at most, what became of the actors. While nobody listens, nothing is done. */
export class Sampler {
  readonly #options: SamplerOptions;
  readonly #listeners = new Set<(delta: Delta) => void>();
  #dirty: Entry[] = [];
  #gone = new Set<string>();
  readonly #outside = new Map<string, string>();
  #timer: number | null = null;
  #seq = 0;
  #told = 0;

  constructor(options: SamplerOptions) {
    this.#options = options;
  }

  get listened(): boolean {
    return this.#listeners.size > 0;
  }

  follow(listener: (delta: Delta) => void): () => void {
    if (!this.listened) {
      this.#told = this.#seq;
      this.#arm();
    }
    const own = (delta: Delta): void => listener(delta);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
      if (this.listened) return;
      if (this.#timer !== null) this.#options.timer.clearTimeout(this.#timer);
      this.#timer = null;
      for (const entry of this.#dirty) entry.dirty = false;
      this.#dirty = [];
      this.#gone.clear();
      this.#outside.clear();
    };
  }

  /** An actor changed. To be called for every event: cheap. */
  touched(entry: Entry, seq: number): void {
    this.#seq = seq;
    if (this.#listeners.size === 0 || entry.dirty) return;
    entry.dirty = true;
    this.#dirty.push(entry);
  }

  forgotten(id: string): void {
    if (this.listened) this.#gone.add(id);
  }

  #arm(): void {
    this.#timer = this.#options.timer.setTimeout(() => {
      try {
        this.#flush();
      } catch (error) {
        this.#options.failed(error);
      }
      if (this.listened) this.#arm();
    }, SAMPLE_MS);
  }

  #flush(): void {
    const { roster, settle, view, isListed, since, tell } = this.#options;
    settle();
    this.#lookOutside();
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const entry of dirty) entry.dirty = false;
    const present = dirty.filter((entry) => roster.byId(entry.id) === entry && isListed(entry));
    const gone = [...this.#gone].filter((id) => {
      const entry = roster.byId(id);
      return entry === undefined || !isListed(entry);
    });
    this.#gone = new Set();
    if (present.length > 0 || gone.length > 0) this.#tell({ type: 'actors', actors: present.map(view), gone });
    const all = this.#seq - this.#told;
    if (all === 0) return;
    const events = chosen(since(this.#told));
    this.#told = this.#seq;
    this.#tell({ type: 'events', events: events.map(tell), dropped: all - events.length });
  }

  #lookOutside(): void {
    for (const entry of this.#options.roster.living()) {
      const words = this.#options.outside(entry.id);
      const before = this.#outside.get(entry.id) ?? '';
      if (words === before) continue;
      this.#outside.set(entry.id, words);
      this.touched(entry, this.#seq);
    }
  }

  #tell(delta: Delta): void {
    for (const listener of this.#listeners) {
      try {
        listener(delta);
      } catch (error) {
        this.#options.failed(error);
      }
    }
  }
}

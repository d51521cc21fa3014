import type { ActorEvent, ActorView, IncidentRecord, Overview, StreamEvent } from '../../inspector/contract.ts';

/** What may wait for one client. */
const MOST_EVENTS = 1000;
const MOST_INCIDENTS = 200;
/** Actors that changed or went; beyond that all of them are told anew. */
const MOST_ACTORS = 20_000;
/** As the contract says: at once. */
const EVENTS_AT_ONCE = 200;

type Kind = 'hello' | 'incident' | 'overview' | 'actors' | 'events' | 'bye';

/**
 * What waits for one client of the stream. It stays small however slowly it is taken, since of what is overtaken only the last
 * is kept: the last overview, the last state of each actor, the last events and how many were left out.
 */
export class Waiting {
  readonly #hello: () => StreamEvent & { type: 'hello' };
  #greeting: (StreamEvent & { type: 'hello' }) | null = null;
  /** It has missed more than can be told: begin again. */
  #anew = false;
  #overview: Overview | null = null;
  readonly #actors = new Map<string, ActorView>();
  readonly #gone = new Set<string>();
  #events: ActorEvent[] = [];
  #dropped = 0;
  readonly #incidents = new Map<string, IncidentRecord>();
  #bye: (StreamEvent & { type: 'bye' }) | null = null;

  /** @param hello how all of it is now, for a client that has missed too much */
  constructor(hello: () => StreamEvent & { type: 'hello' }) {
    this.#hello = hello;
  }

  offer(event: StreamEvent): void {
    if (event.type === 'hello') this.#begin(event);
    else if (event.type === 'overview') this.#overview = event.overview;
    else if (event.type === 'actors') this.#change(event);
    else if (event.type === 'events') this.#remember(event);
    else if (event.type === 'incident') this.#note(event.incident);
    else this.#bye = event;
  }

  /** What comes next, `null` where nothing waits. */
  take(): StreamEvent | null {
    for (const kind of ['hello', 'incident', 'overview', 'actors', 'events', 'bye'] as const) {
      const event = this.#taken(kind);
      if (event !== null) return event;
    }
    return null;
  }

  /** How many things are held. */
  get size(): number {
    return this.#actors.size + this.#gone.size + this.#events.length + this.#incidents.size;
  }

  #taken(kind: Kind): StreamEvent | null {
    if (kind === 'hello') {
      const hello = this.#anew ? this.#hello() : this.#greeting;
      this.#anew = false;
      this.#greeting = null;
      return hello;
    }
    if (kind === 'incident') {
      const [first] = this.#incidents;
      if (first === undefined) return null;
      this.#incidents.delete(first[0]);
      return { type: 'incident', incident: first[1] };
    }
    if (kind === 'overview') {
      const overview = this.#overview;
      this.#overview = null;
      return overview === null ? null : { type: 'overview', overview };
    }
    if (kind === 'actors') return this.#takeActors();
    if (kind === 'events') return this.#takeEvents();
    const bye = this.#bye;
    this.#bye = null;
    return bye;
  }

  #takeActors(): StreamEvent | null {
    if (this.#actors.size === 0 && this.#gone.size === 0) return null;
    const event = { type: 'actors', actors: [...this.#actors.values()], gone: [...this.#gone] } as const;
    this.#actors.clear();
    this.#gone.clear();
    return event;
  }

  #takeEvents(): StreamEvent | null {
    if (this.#events.length === 0 && this.#dropped === 0) return null;
    const event = { type: 'events', events: this.#events.slice(0, EVENTS_AT_ONCE), dropped: this.#dropped } as const;
    this.#events = this.#events.slice(EVENTS_AT_ONCE);
    this.#dropped = 0;
    return event;
  }

  /** It tells all of it: what waited is in it. */
  #begin(hello: StreamEvent & { type: 'hello' }): void {
    this.#greeting = hello;
    this.#anew = false;
    this.#overview = null;
    this.#actors.clear();
    this.#gone.clear();
  }

  #change({ actors, gone }: StreamEvent & { type: 'actors' }): void {
    if (this.#anew) return;
    for (const actor of actors) {
      this.#actors.set(actor.id, actor);
      this.#gone.delete(actor.id);
    }
    for (const id of gone) {
      this.#actors.delete(id);
      this.#gone.add(id);
    }
    if (this.#actors.size + this.#gone.size <= MOST_ACTORS) return;
    this.#anew = true;
    this.#greeting = null;
    this.#overview = null;
    this.#actors.clear();
    this.#gone.clear();
  }

  #remember({ events, dropped }: StreamEvent & { type: 'events' }): void {
    const all = [...this.#events, ...events];
    const over = Math.max(0, all.length - MOST_EVENTS);
    this.#events = over === 0 ? all : all.slice(over);
    this.#dropped += dropped + over;
  }

  #note(incident: IncidentRecord): void {
    const id = incident.incident_id;
    this.#incidents.delete(id);
    this.#incidents.set(id, incident);
    const [oldest] = this.#incidents.keys();
    if (this.#incidents.size > MOST_INCIDENTS && oldest !== undefined) this.#incidents.delete(oldest);
  }
}

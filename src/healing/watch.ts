import { Observable } from 'rxjs';
import type { AnyActorRef, AnyMachineSnapshot } from 'xstate';
import type { Mailboxes } from './mailbox.ts';

/** The state of its life: `running`, `stopping` …; that of an actor that is no machine is its status alone. */
function stateOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value ?? '');
  for (const state in value) return state;
  return '';
}

/** One sight of an actor. `status` tells how it ended, if it has. */
export interface Sight {
  readonly id: string;
  readonly status: 'active' | 'done' | 'error' | 'stopped';
  readonly snapshot: AnyMachineSnapshot;
  readonly error: unknown;
  /** Since when it is in this state of its life (running, stopping …), as far as was seen, ms. */
  readonly since: number;
}

const silent = (): void => undefined;

/**
 * A look at one actor. It is told of every event of every actor, and a sight of it is made only when somebody asks: few of those
 * snapshots are ever judged.
 */
export class Look {
  readonly #actor: AnyActorRef;
  readonly #now: () => number;
  readonly #stop: () => void;
  #status = '';
  #value: unknown = null;
  #state = '';
  #since = 0;
  #sight: Sight | null = null;

  /**
   * @param seen called after every snapshot, and when it ended
   * @param over called once it has ended, after `seen`
   */
  constructor(actor: AnyActorRef, now: () => number, seen: () => void, over: () => void = silent) {
    this.#actor = actor;
    this.#now = now;
    this.#note(actor.getSnapshot() as AnyMachineSnapshot);
    const end = (): void => {
      this.#note(actor.getSnapshot() as AnyMachineSnapshot);
      seen();
      over();
    };
    const next = (snapshot: AnyMachineSnapshot): void => {
      if (snapshot.status !== 'active') return;
      this.#note(snapshot);
      seen();
    };
    const subscription = this.isActive ? actor.subscribe({ next, error: end, complete: end }) : null;
    this.#stop = () => subscription?.unsubscribe();
  }

  get isActive(): boolean {
    return this.#status === 'active';
  }

  get sight(): Sight {
    const snapshot = this.#actor.getSnapshot() as AnyMachineSnapshot;
    if (this.#sight?.snapshot === snapshot) return this.#sight;
    // Whoever asks may be told of it before we are.
    this.#note(snapshot);
    const { status, error } = snapshot;
    this.#sight = { id: this.#actor.id, status, snapshot, error, since: this.#since };
    return this.#sight;
  }

  stop(): void {
    this.#stop();
  }

  #note({ status, value }: AnyMachineSnapshot): void {
    // Most events change neither.
    if (status === this.#status && value === this.#value) return;
    const state = stateOf(value);
    if (status !== this.#status || state !== this.#state) this.#since = this.#now();
    this.#status = status;
    this.#value = value;
    this.#state = state;
  }
}

/** A look at a supervised actor in all its incarnations: at the present one, if there is one, and at whoever comes after it. */
export class LongLook {
  readonly #now: () => number;
  readonly #seen: () => void;
  #look: Look | null = null;

  constructor(now: () => number, seen: () => void) {
    this.#now = now;
    this.#seen = seen;
  }

  /** From now on it is this incarnation that is looked at. */
  begin(ref: AnyActorRef): void {
    this.#look?.stop();
    this.#look = new Look(ref, this.#now, this.#seen);
    this.#seen();
  }

  get isActive(): boolean {
    return this.#look?.isActive ?? false;
  }

  get sight(): Sight | undefined {
    return this.#look?.sight;
  }

  stop(): void {
    this.#look?.stop();
  }
}

/**
 * An actor's snapshots as a stream that begins with the present one, never errors, always completes, and says how the
 * actor ended. XState's own `subscribe` does none of these, and a crash of an actor with a next-only subscriber is an
 * uncaught exception (research/xstate.md §4.2).
 */
export const watch = (actor: AnyActorRef, now: () => number): Observable<Sight> =>
  new Observable((observer) => {
    const look = new Look(
      actor,
      now,
      () => observer.next(look.sight),
      () => observer.complete(),
    );
    observer.next(look.sight);
    if (!look.isActive) observer.complete();
    return () => look.stop();
  });

/**
 * As {@link watch}, over all incarnations of a supervised actor: a subscriber outlives restarts. Begins with the present
 * incarnation, if there is one; goes on until it is unsubscribed.
 */
export const follow = (mailboxes: Mailboxes, id: string, now: () => number): Observable<Sight> =>
  new Observable((observer) => {
    const look = new LongLook(now, () => {
      if (look.sight) observer.next(look.sight);
    });
    const births = mailboxes.attached.subscribe((born) => {
      if (born.id === id) look.begin(born.ref);
    });
    const present = mailboxes.ref(id);
    if (present) look.begin(present);
    return () => {
      births.unsubscribe();
      look.stop();
    };
  });

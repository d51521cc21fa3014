import { defer, filter, map, Observable, startWith, switchMap } from 'rxjs';
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

/**
 * An actor's snapshots as a stream that begins with the present one, never errors, always completes, and says how the
 * actor ended. XState's own `subscribe` does none of these, and a crash of an actor with a next-only subscriber is an
 * uncaught exception (research/xstate.md §4.2).
 */
export function watch(actor: AnyActorRef, now: () => number): Observable<Sight> {
  return new Observable((observer) => {
    let last = '';
    let lastValue: unknown = null;
    let state = '';
    let since = now();
    const push = () => {
      const snapshot = actor.getSnapshot() as AnyMachineSnapshot;
      const { status, value, error } = snapshot;
      // Looked at for every event of every actor: most of them change neither.
      if (status !== last || value !== lastValue) {
        const present = stateOf(value);
        if (status !== last || present !== state) since = now();
        last = status;
        lastValue = value;
        state = present;
      }
      observer.next({ id: actor.id, status, snapshot, error, since });
    };
    const end = () => {
      push();
      observer.complete();
    };
    push();
    if (actor.getSnapshot().status !== 'active') {
      observer.complete();
      return undefined;
    }
    const subscription = actor.subscribe({
      next: (snapshot: AnyMachineSnapshot) => {
        if (snapshot.status === 'active') push();
      },
      error: end,
      complete: end,
    });
    return () => subscription.unsubscribe();
  });
}

/**
 * As {@link watch}, over all incarnations of a supervised actor: a subscriber outlives restarts. Begins with the present
 * incarnation, if there is one; goes on until it is unsubscribed.
 */
export const follow = (mailboxes: Mailboxes, id: string, now: () => number): Observable<Sight> =>
  defer(() => {
    const present = mailboxes.ref(id);
    const births = mailboxes.attached.pipe(
      filter((born) => born.id === id),
      map(({ ref }) => ref),
    );
    return (present ? births.pipe(startWith(present)) : births).pipe(switchMap((ref) => watch(ref, now)));
  });

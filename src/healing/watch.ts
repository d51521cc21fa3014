import { Observable } from 'rxjs';
import type { AnyActorRef, AnyMachineSnapshot } from 'xstate';

/** One sight of an actor. `status` tells how it ended, if it has. */
export interface Sight {
  readonly id: string;
  readonly status: 'active' | 'done' | 'error' | 'stopped';
  readonly snapshot: AnyMachineSnapshot;
  readonly error: unknown;
}

/**
 * An actor's snapshots as a stream that begins with the present one, never errors, always completes, and says how the
 * actor ended. XState's own `subscribe` does none of these, and a crash of an actor with a next-only subscriber is an
 * uncaught exception (research/xstate.md §4.2).
 */
export function watch(actor: AnyActorRef): Observable<Sight> {
  return new Observable((observer) => {
    const push = () => {
      const snapshot = actor.getSnapshot() as AnyMachineSnapshot;
      observer.next({ id: actor.id, status: snapshot.status, snapshot, error: snapshot.error });
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

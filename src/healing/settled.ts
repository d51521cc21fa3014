import { Observable, type SchedulerLike, Subscription } from 'rxjs';
import type { View } from './invariant.ts';
import type { Mailboxes } from './mailbox.ts';
import { follow, type Sight } from './watch.ts';

/**
 * The settled view of all actors: one emission per moment, after the actors have come to rest, so that an invariant over
 * several of them is never judged on a half-made step (research/xstate.md §4.1: `combineLatest` shows glitches).
 *
 * What an event of an actor costs here is to be noted: operators, of which each would look at every snapshot, are left out.
 */
export function settled(mailboxes: Mailboxes, now: () => number, scheduler: SchedulerLike): Observable<View> {
  return new Observable((observer) => {
    const sights = new Map<string, Sight>();
    const view: View = {
      get now() {
        return now();
      },
      sight: (actor) => sights.get(actor),
      mail: (actor) => mailboxes.progress(actor),
    };
    const all = new Subscription();
    let emits = false;
    const emit = (): void => {
      emits = false;
      observer.next(view);
    };
    for (const id of mailboxes.ids())
      all.add(
        follow(mailboxes, id, now).subscribe((sight) => {
          sights.set(id, sight);
          if (emits) return;
          emits = true;
          all.add(scheduler.schedule(emit, 0));
        }),
      );
    return all;
  });
}

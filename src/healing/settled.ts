import { auditTime, filter, map, mergeMap, Observable, type SchedulerLike } from 'rxjs';
import type { AnyActorRef } from 'xstate';
import type { View } from './invariant.ts';
import type { Mailboxes } from './mailbox.ts';
import { type Sight, watch } from './watch.ts';

/**
 * The settled view of all actors: one emission per moment, after the actors have come to rest, so that an invariant over
 * several of them is never judged on a half-made step (research/xstate.md §4.1: `combineLatest` shows glitches).
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
    const present = mailboxes
      .ids()
      .map((id) => ({ id, ref: mailboxes.ref(id) }))
      .filter((one): one is { id: string; ref: AnyActorRef } => one.ref !== null);
    const all = new Observable<{ id: string; ref: AnyActorRef }>((each) => {
      for (const one of present) each.next(one);
      return mailboxes.attached.subscribe(each);
    });
    const subscription = all
      .pipe(
        mergeMap(({ id, ref }) =>
          watch(ref, now).pipe(
            filter(() => mailboxes.ref(id) === ref),
            map((sight) => ({ id, sight })),
          ),
        ),
        map(({ id, sight }) => {
          sights.set(id, sight);
          return view;
        }),
        auditTime(0, scheduler),
      )
      .subscribe(observer);
    return () => subscription.unsubscribe();
  });
}

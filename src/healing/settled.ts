import { auditTime, map, merge, Observable, type SchedulerLike } from 'rxjs';
import type { View } from './invariant.ts';
import type { Mailboxes } from './mailbox.ts';
import { follow, type Sight } from './watch.ts';

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
    return merge(...mailboxes.ids().map((id) => follow(mailboxes, id, now).pipe(map((sight) => ({ id, sight })))))
      .pipe(
        map(({ id, sight }) => {
          sights.set(id, sight);
          return view;
        }),
        auditTime(0, scheduler),
      )
      .subscribe(observer);
  });
}

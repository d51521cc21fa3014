import { Observable, type SchedulerLike, Subscription } from 'rxjs';
import type { View } from './invariant.ts';
import type { Mailboxes } from './mailbox.ts';
import { LongLook } from './watch.ts';

/**
 * The settled view of all actors: one emission per moment, after the actors have come to rest, so that an invariant over
 * several of them is never judged on a half-made step (research/xstate.md §4.1: `combineLatest` shows glitches).
 *
 * What an event of an actor costs here is to be noted: operators, of which each would look at every snapshot, are left out.
 *
 * @param waitMs for how long changes are gathered before they are shown, from now; asked again at the end
 */
export function settled(
  mailboxes: Mailboxes,
  now: () => number,
  scheduler: SchedulerLike,
  waitMs: () => number = () => 0,
): Observable<View> {
  return new Observable((observer) => {
    const looks = new Map<string, LongLook>();
    const view: View = {
      get now() {
        return now();
      },
      sight: (actor) => looks.get(actor)?.sight,
      mail: (actor) => mailboxes.progress(actor),
    };
    const all = new Subscription();
    let emits = false;
    // Who has ended is brought back at once by its supervisor: it is seen before, or nobody would have known.
    let hurries = false;
    const emit = (): void => {
      if (!emits) return;
      const wait = hurries ? 0 : waitMs();
      if (wait > 0) {
        all.add(scheduler.schedule(emit, wait));
        return;
      }
      emits = false;
      hurries = false;
      observer.next(view);
    };
    const changed = (hurry: boolean): void => {
      if (emits && (hurries || !hurry)) return;
      emits = true;
      hurries = hurry;
      all.add(scheduler.schedule(emit, hurry ? 0 : waitMs()));
    };
    for (const id of mailboxes.ids()) {
      const look: LongLook = new LongLook(now, () => changed(!look.isActive));
      looks.set(id, look);
      all.add(() => look.stop());
      const present = mailboxes.ref(id);
      if (present) look.begin(present);
    }
    all.add(mailboxes.attached.subscribe(({ id, ref }) => looks.get(id)?.begin(ref)));
    return all;
  });
}

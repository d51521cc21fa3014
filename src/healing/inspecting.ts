import type { InspectionEvent } from 'xstate';
import { says } from '../ports/says.ts';

/**
 * An inspector that cannot hurt: XState calls inspectors in the path of every event, and one that throws wedges the actor
 * it looks at (research/xstate.md §0.5).
 */
export const guarded =
  (inspect: (event: InspectionEvent) => void, failed: (words: string) => void) =>
  (event: InspectionEvent): void => {
    try {
      inspect(event);
    } catch (error) {
      failed(`an inspector failed and was ignored: ${says(error)}`);
    }
  };

type WithoutRoot<Event> = Event extends unknown ? Omit<Event, 'rootId'> : never;

/** An inspection event before XState has copied it: to be read at once and not to be kept, for the next may be the same object. */
export type Glimpse = WithoutRoot<InspectionEvent>;

/** What is used of XState's insides (5.33): every inspection event of a system goes through the first. */
interface Insides {
  _sendInspectionEvent(event: Glimpse): void;
  inspect(observer: unknown): { unsubscribe(): void };
}

/**
 * As {@link guarded}, for one who needs no copies: XState makes one of every event, four for each thing that an actor takes. To be
 * given to a root actor. Of the first event, which comes before any actor has done anything, it learns which system it is.
 */
export function glimpsing(
  inspect: (event: Glimpse) => void,
  failed: (words: string) => void,
): (event: InspectionEvent) => void {
  let looks = false;
  const look = (event: Glimpse): void => {
    try {
      inspect(event);
    } catch (error) {
      failed(`an inspector failed and was ignored: ${says(error)}`);
    }
  };
  const lookAt = (system: Insides): void => {
    const tellOthers = system._sendInspectionEvent;
    const join = system.inspect;
    let others = 0;
    system._sendInspectionEvent = (event) => {
      look(event);
      if (others > 0) tellOthers(event);
    };
    system.inspect = (observer) => {
      const subscription = join(observer);
      others++;
      let over = false;
      return {
        unsubscribe: () => {
          if (!over) others--;
          over = true;
          subscription.unsubscribe();
        },
      };
    };
  };
  return (event) => {
    // Others have joined, and XState tells all.
    if (looks) return;
    looks = true;
    lookAt((event.actorRef as unknown as { readonly system: Insides }).system);
    look(event);
  };
}

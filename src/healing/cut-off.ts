import type { AnyActorRef } from 'xstate';

/** What is used of XState's insides (5.33): it has no way to end an actor that does not take its own stop event. */
interface Insides {
  _stop(): void;
  readonly _processingStatus: number;
  readonly mailbox: { _current: unknown; enqueue(event: { readonly type: string }): void };
}

const STOPPED = 2;

const childrenOf = (actor: AnyActorRef): readonly AnyActorRef[] => {
  const snapshot: unknown = actor.getSnapshot();
  if (typeof snapshot !== 'object' || snapshot === null || !('children' in snapshot)) return [];
  return Object.values(snapshot.children as Record<string, AnyActorRef | undefined>).filter(
    (child) => child !== undefined,
  );
};

/**
 * Ends an actor and all below it, without asking. XState's own stop is an event in the actor's mailbox: one whose mailbox is
 * wedged (an inspector threw, research/xstate.md §0.5) never takes it, and its callbacks and timers would go on for ever.
 */
export function cutOff(ref: AnyActorRef): void {
  const below = childrenOf(ref);
  const actor = ref as unknown as Insides;
  actor._stop();
  if (actor._processingStatus !== STOPPED) {
    actor.mailbox._current = null;
    actor.mailbox.enqueue({ type: 'xstate.stop' });
  }
  for (const child of below) cutOff(child);
}

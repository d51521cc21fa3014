import type { AnyActorRef, AnyEventObject, AnyMachineSnapshot, AnyStateMachine } from 'xstate';

/** What happened to one event that reached an actor. */
export type Processed = (event: AnyEventObject) => void;

interface Scope {
  defer: (effect: () => void) => void;
  stopChild: (child: AnyActorRef) => void;
}

/**
 * Gives a machine the error boundary that XState lacks (issue #5153): when a transition throws, its half-made effects
 * are dropped, its children are stopped, and the actor ends with status `error` and a cause, instead of leaving orphans
 * that go on ticking. Call `provide()` before wrapping.
 *
 * @param processed told of every event the machine has taken, also of one that made it fail: an actor whose mail is
 *   accepted but never processed stands still, whatever its status says
 */
export function supervisable<Logic extends AnyStateMachine>(logic: Logic, processed: Processed): Logic {
  const transition = (snapshot: AnyMachineSnapshot, event: AnyEventObject, scope: Scope): AnyMachineSnapshot => {
    const held: (() => void)[] = [];
    const defer = scope.defer;
    scope.defer = (effect) => {
      held.push(effect);
    };
    try {
      const next = logic.transition(snapshot, event, scope as never) as AnyMachineSnapshot;
      scope.defer = defer;
      for (const effect of held) defer(effect);
      return next;
    } catch (thrown) {
      scope.defer = defer;
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      const failures: unknown[] = [];
      for (const child of Object.values(snapshot.children as Record<string, AnyActorRef | undefined>)) {
        try {
          if (child) scope.stopChild(child);
        } catch (failure) {
          failures.push(failure);
        }
      }
      const cause =
        failures.length > 0
          ? new AggregateError([error, ...failures], `${error.message}; its children did not stop`)
          : error;
      return { ...snapshot, children: {}, status: 'error', error: cause } as unknown as AnyMachineSnapshot;
    } finally {
      processed(event);
    }
  };
  return Object.create(logic, { transition: { value: transition } }) as Logic;
}

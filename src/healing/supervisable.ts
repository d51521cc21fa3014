import type {
  ActorSystem,
  ActorSystemInfo,
  AnyActorLogic,
  AnyActorRef,
  AnyEventObject,
  AnyMachineSnapshot,
} from 'xstate';
import { says } from '../ports/says.ts';
import { cutOff } from './cut-off.ts';

/** What happened to one event that reached an actor. */
export type Processed = (event: AnyEventObject) => void;

/** What is used of XState's insides (5.33): what a step puts off until it is over waits in its actor. */
interface Scope {
  readonly self: AnyActorRef & { readonly _deferred: (() => void)[]; readonly _processingStatus: number };
  readonly system: ActorSystem<ActorSystemInfo> & { _unregister(actor: AnyActorRef): void };
}

const STOPPED = 2;

/** Actors made in a step that failed are in no snapshot, and would hold their systemIds against the next incarnation. */
function discardUnborn({ self, system }: Scope, known: ReadonlySet<AnyActorRef>): void {
  for (const actor of Object.values(system.getAll()) as AnyActorRef[]) {
    const parent = (actor as unknown as { _parent?: AnyActorRef })._parent;
    if (parent === self && !known.has(actor)) system._unregister(actor);
  }
}

/**
 * Gives a logic the error boundary that XState lacks (issue #5153): when a transition throws, its half-made effects are
 * dropped, its children are stopped, and the actor ends with status `error` and a cause, instead of leaving orphans that go
 * on ticking. Call `provide()` before wrapping.
 *
 * @param processed told of every event the logic has taken, also of one that made it fail: an actor whose mail is accepted
 *   but never processed stands still, whatever its status says
 */
export function supervisable<Logic extends AnyActorLogic>(logic: Logic, processed: Processed): Logic {
  const getInitialSnapshot = (scope: Scope, input: unknown): unknown => {
    try {
      return logic.getInitialSnapshot(scope as never, input as never);
    } catch (thrown) {
      discardUnborn(scope, new Set());
      throw thrown;
    }
  };
  const transition = (snapshot: AnyMachineSnapshot, event: AnyEventObject, scope: Scope): AnyMachineSnapshot => {
    const { _deferred: effects } = scope.self;
    const before = effects.length;
    try {
      const after = logic.transition(snapshot, event, scope as never) as AnyMachineSnapshot;
      // It was cut off in its own step: a timer that this one set would be nobody's.
      if (scope.self._processingStatus === STOPPED) effects.length = before;
      return after;
    } catch (thrown) {
      effects.length = before;
      const error = thrown instanceof Error ? thrown : new Error(says(thrown));
      const children = Object.values((snapshot.children ?? {}) as Record<string, AnyActorRef | undefined>);
      const failures: unknown[] = [];
      for (const child of children) {
        try {
          if (child) cutOff(child);
        } catch (failure) {
          failures.push(failure);
        }
      }
      // Only a machine makes children in a step.
      if ('children' in snapshot) discardUnborn(scope, new Set(children.filter((child) => child !== undefined)));
      const cause =
        failures.length > 0
          ? new AggregateError([error, ...failures], `${says(error)}; its children did not stop`)
          : error;
      return { ...snapshot, children: {}, status: 'error', error: cause } as unknown as AnyMachineSnapshot;
    } finally {
      processed(event);
    }
  };
  return Object.create(logic, {
    getInitialSnapshot: { value: getInitialSnapshot },
    transition: { value: transition },
  }) as Logic;
}

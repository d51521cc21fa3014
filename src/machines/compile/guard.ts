/** Guards, looked up once: what XState does for every event it asks a guard about. */
import type { AnyMachineSnapshot, AnyStateMachine, EventObject } from 'xstate';

export type Test = (snapshot: AnyMachineSnapshot, event: EventObject) => boolean;

type Plain = (args: { context: unknown; event: EventObject }, params: unknown) => boolean;
/** `and`, `or`, `not` and `stateIn` of XState. */
interface Composed {
  readonly check: (
    snapshot: AnyMachineSnapshot,
    args: { context: unknown; event: EventObject },
    self: unknown,
  ) => boolean;
  readonly guards?: readonly unknown[];
}
interface Named {
  readonly type: string;
  readonly params?: unknown;
}

/**
 * The test that a guard stands for: a function, a name, or a name with parameters.
 * @param refuse told why there is none, a name without an implementation; throws, or gives another test
 */
export function testOf(guard: unknown, machine: AnyStateMachine, refuse: (why: string) => Test): Test {
  if (typeof guard === 'function') return testOfFunction(guard as Plain | Composed, undefined, machine, refuse);
  const named: Named = typeof guard === 'string' ? { type: guard } : (guard as Named);
  const known: unknown = machine.implementations.guards?.[named.type as never];
  if (known === undefined) return refuse(`is guarded by ${named.type}, which is not implemented`);
  return typeof known === 'function'
    ? testOfFunction(known as Plain | Composed, named.params, machine, refuse)
    : testOf(known, machine, refuse);
}

function testOfFunction(
  guard: Plain | Composed,
  params: unknown,
  machine: AnyStateMachine,
  refuse: (why: string) => Test,
): Test {
  if ('check' in guard) {
    for (const part of guard.guards ?? []) testOf(part, machine, refuse);
    return (snapshot, event) => guard.check(snapshot, { context: snapshot.context, event }, guard);
  }
  if (typeof params === 'function')
    return ({ context }, event) => guard({ context, event }, params({ context, event }));
  return ({ context }, event) => guard({ context, event }, params);
}

/**
 * A machine as a table: for every state and event the next state, enumerated once from the XState definition. Asking the
 * table costs nanoseconds, where a live actor costs microseconds and memory (DESIGN §9).
 */
import {
  type AnyStateMachine,
  type EventFromLogic,
  initialTransition,
  type SnapshotFrom,
  type StateNode,
  transition,
} from 'xstate';

export interface MachineTable {
  /** Paths of the atomic states, as `executing.ordered`; the first is the initial one. */
  readonly states: readonly string[];
  /** Types of the events. */
  readonly events: readonly string[];
  /** Index of the next state by indices of state and event; -1 where the machine does not take the event. */
  next(state: number, event: number): number;
  readonly final: readonly boolean[];
}

/** `{ executing: 'ordered' }` as `executing.ordered`. */
export function pathOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[name, below] = [], ...others] = Object.entries(value as object);
  if (name === undefined || others.length > 0)
    throw new TypeError(`state ${JSON.stringify(value)} has parallel regions; a table needs one state at a time`);
  return `${name}.${pathOf(below)}`;
}

/**
 * Enumerates `machine` with one event of each type. Throws TypeError for a machine that a table cannot stand for: one with
 * guards, eventless or delayed transitions, invoked actors or parallel regions, whose next state depends on more than state
 * and event.
 */
export function compileTable<Machine extends AnyStateMachine>(
  machine: Machine,
  events: readonly EventFromLogic<Machine>[],
): MachineTable {
  refuseWhatNoTableHolds(machine.root);
  const [initial] = initialTransition<AnyStateMachine>(machine, undefined);
  const snapshots: SnapshotFrom<AnyStateMachine>[] = [initial];
  const states = [pathOf(initial.value)];
  const rows: number[][] = [];
  for (let state = 0; state < snapshots.length; state++) {
    const snapshot = snapshots[state];
    rows.push(
      events.map((event) => {
        if (snapshot?.status !== 'active' || !snapshot.can(event)) return -1;
        const [next] = transition<AnyStateMachine>(machine, snapshot, event);
        const path = pathOf(next.value);
        const known = states.indexOf(path);
        if (known >= 0) return known;
        snapshots.push(next);
        return states.push(path) - 1;
      }),
    );
  }
  const width = events.length;
  const cells = Int16Array.from(rows.flat());
  return {
    states,
    events: events.map(({ type }) => type),
    next: (state, event) => cells[state * width + event] ?? -1,
    final: snapshots.map(({ status }) => status === 'done'),
  };
}

function refuseWhatNoTableHolds(node: StateNode): void {
  const refuse = (what: string) => {
    throw new TypeError(`state ${node.id} ${what}; such a machine cannot be compiled to a table`);
  };
  if (node.type === 'parallel') refuse('has parallel regions');
  if (node.type === 'history') refuse('is a history state');
  if (node.invoke.length > 0) refuse('invokes actors');
  if (node.always && node.always.length > 0) refuse('has eventless transitions');
  if (node.after.length > 0) refuse('has delayed transitions');
  for (const transitions of node.transitions.values())
    for (const { guard, eventType } of transitions) if (guard) refuse(`guards ${eventType}`);
  for (const child of Object.values(node.states)) refuseWhatNoTableHolds(child);
}

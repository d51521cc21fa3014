/**
 * A machine as a table of numbers: for every state and event the next state. For those who keep a million lives of one machine
 * and no actor of any of them; asking costs nanoseconds (DESIGN §9).
 */
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { wayTo } from './action.ts';
import { type Place, Places } from './place.ts';
import { CannotCompile, refuseWhatNoTableHolds, transitionsOf } from './refusal.ts';

export interface MachineTable {
  /** Paths of the states it can come to rest in, as `executing.ordered`; the first is the initial one. */
  readonly states: readonly string[];
  /** Types of the events that it knows. */
  readonly events: readonly string[];
  /** Index of the next state by indices of state and event; -1 where the machine does not take the event. */
  next(state: number, event: number): number;
  readonly final: readonly boolean[];
}

/**
 * Throws {@link CannotCompile} for what `compile` refuses, and for a machine whose next state depends on more than state and
 * event: one with guards, delays, eventless transitions or raised events.
 */
export function compileTable(machine: AnyStateMachine): MachineTable {
  refuseWhatNoTableHolds(machine);
  refuseWhatDependsOnMore(machine, machine.root);
  const places = new Places(machine);
  const initial = places.of(machine.resolveState({ value: {}, context: {} }));
  const events = typesIn(machine.root);
  const found: Place[] = initial ? [initial] : [];
  const cells: number[] = [];
  for (const from of found)
    for (const event of events) {
      const [way] = final(from, machine) ? [] : places.branches(from, event);
      const forbidden = way?.transition.target === undefined && way?.transition.actions.length === 0;
      if (way === undefined || forbidden) cells.push(-1);
      else cells.push(found.includes(way.to) ? found.indexOf(way.to) : found.push(way.to) - 1);
    }
  const width = events.length;
  const table = Int16Array.from(cells);
  return {
    states: found.map(({ path }) => path),
    events,
    next: (state, event) => table[state * width + event] ?? -1,
    final: found.map((place) => final(place, machine)),
  };
}

const final = ({ value }: Place, machine: AnyStateMachine): boolean =>
  machine.resolveState({ value, context: {} }).status === 'done';

const typesIn = (node: AnyStateNode): string[] => [
  ...new Set([...node.transitions.keys(), ...Object.values(node.states).flatMap(typesIn)]),
];

function refuseWhatDependsOnMore(machine: AnyStateMachine, node: AnyStateNode): void {
  const refuse = (what: string): never => {
    throw new CannotCompile(
      machine.id,
      `state ${node.id}`,
      `${what}: its next state depends on more than state and event`,
    );
  };
  if (node.after.length > 0) refuse('has delayed transitions');
  for (const { guard, eventType } of transitionsOf(node)) {
    if (eventType === '') refuse('has eventless transitions');
    if (eventType === '*' || eventType.endsWith('.*')) refuse(`takes ${eventType}`);
    if (guard !== undefined) refuse(`guards ${eventType}`);
  }
  const actions = [
    node.entry,
    node.exit,
    node.initial.actions,
    ...transitionsOf(node).map((one) => one.actions),
  ].flat();
  const does = new Set(actions.map((action) => wayTo(action, machine)));
  if (does.has('raises') || does.has('sends')) refuse('raises or sends events');
  if (does.has('children') || does.has('enqueues')) refuse('spawns, stops or enqueues');
  for (const child of Object.values(node.states)) refuseWhatDependsOnMore(machine, child);
}

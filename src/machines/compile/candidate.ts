/** Which transitions an event selects, where many states are current: what XState asks of every one of them for every event. */
import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode, AnyTransitionDefinition, EventObject } from 'xstate';
import { type Test, testOf } from './guard.ts';
import { candidatesOf } from './place.ts';
import { type Choice, passes } from './step.ts';

export interface Candidate extends Choice {
  /** Of its transition, among all there are. */
  readonly number: number;
  /** A guard that nobody implemented: XState says so when it is asked. */
  readonly isUnknown: boolean;
}

/** Adds what a state takes of an event, and its parents where it takes nothing. @returns whether anything was added */
export type Select = (snapshot: AnyMachineSnapshot, event: EventObject, into: Candidate[]) => boolean;

const NOTHING: Select = () => false;

const numbers = new WeakMap<AnyTransitionDefinition, number>();
let lastNumber = 0;

function numberOf(transition: AnyTransitionDefinition): number {
  const number = numbers.get(transition) ?? ++lastNumber;
  numbers.set(transition, number);
  return number;
}

/**
 * @returns what selects transitions among the states that are current, for events of a type: in XState's order, the innermost states
 * first, of all regions; a state is asked only where none within it takes the event
 */
export function candidatesAt(machine: AnyStateMachine): (current: ReadonlySet<AnyStateNode>, type: string) => Select {
  const known = new Map<AnyTransitionDefinition, Candidate>();
  const candidateOf = (transition: AnyTransitionDefinition): Candidate => {
    const found = known.get(transition);
    if (found) return found;
    let isUnknown = false;
    const unknown = (): Test => {
      isUnknown = true;
      return () => true;
    };
    const test = transition.guard === undefined ? null : testOf(transition.guard, machine, unknown);
    const made = { number: numberOf(transition), transition, test, isUnknown };
    known.set(transition, made);
    return made;
  };

  const selecting = (node: AnyStateNode, current: ReadonlySet<AnyStateNode>, type: string): Select => {
    const within: Select[] = [];
    for (const child of Object.values(node.states)) {
      const select = current.has(child) ? selecting(child, current, type) : NOTHING;
      if (select !== NOTHING) within.push(select);
    }
    const own = candidatesOf([node], type).map(candidateOf);
    const [only = NOTHING] = within;
    if (own.length === 0 && within.length < 2) return only;
    return (snapshot, event, into) => {
      let any = false;
      for (const select of within) any = select(snapshot, event, into) || any;
      if (any) return true;
      for (const one of own) {
        if (one.test !== null && !passes(one, snapshot, event)) continue;
        into.push(one);
        return true;
      }
      return false;
    };
  };
  return (current, type) => selecting(machine.root, current, type);
}

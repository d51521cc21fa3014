/** What taking transitions comes to, learned from XState when it took them. */
import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { type Deed, wayTo } from './action.ts';
import type { Candidate } from './candidate.ts';
import { deedsOf } from './place.ts';
import { type Part, skeletonOf, type Walk } from './skeleton.ts';

export interface Move {
  /** What is taken, for inspectors. */
  readonly transitions: readonly AnyTransitionDefinition[];
  /** In XState's order: exit, transition, entry. */
  readonly deeds: readonly Deed[];
  /** The states that are current afterwards; `null`: those that are. */
  readonly to: Pick<AnyMachineSnapshot, '_nodes' | 'value' | 'tags'> | null;
}

/**
 * @returns what XState did to come from one snapshot to the next, to be done again from there; `null` where that is for XState alone:
 * where it raises, spawns or stops, ends, or has a transition without an event before it
 */
export function movesOf(
  machine: AnyStateMachine,
): (before: AnyMachineSnapshot, taken: readonly Candidate[], after: AnyMachineSnapshot) => Move | null {
  const hasHistory = someNode(machine.root, ({ type }) => type === 'history');
  let walk: ReturnType<typeof skeletonOf> | null = null;

  return (before, taken, after) => {
    if (after.status !== 'active' || taken.some(({ isUnknown }) => isUnknown)) return null;
    const transitions = taken.map(({ transition }) => transition);
    const moves = transitions.some(({ target }) => target !== undefined && target.length > 0);
    if (moves && hasHistory) return null;
    let parts: Walk['parts'] = transitions.map((transition) => ({ kind: 'transition', transition }));
    if (moves) {
      walk ??= skeletonOf(machine);
      ({ parts } = walk(before.value, transitions));
    }
    if (!parts.every((part) => canBeDone(part, machine))) return null;
    if (after._nodes.some(hasAlways)) return null;
    const { _nodes, value, tags } = after;
    const to = _nodes === before._nodes ? null : { _nodes, value, tags };
    return { transitions, deeds: parts.flatMap((part) => deedsOf(part, machine)), to };
  };
}

export const hasAlways = ({ always }: AnyStateNode): boolean => always !== undefined && always.length > 0;

const someNode = (node: AnyStateNode, is: (node: AnyStateNode) => boolean): boolean =>
  is(node) || Object.values(node.states).some((child) => someNode(child, is));

function canBeDone(part: Part, machine: AnyStateMachine): boolean {
  if (part.kind === 'transition') return part.transition.actions.every((action) => isPlain(action, machine));
  const { node, kind } = part;
  if (node.invoke.length > 0 || node.type === 'final' || hasAlways(node)) return false;
  const actions = kind === 'initial' ? node.initial.actions : kind === 'enter' ? node.entry : node.exit;
  return actions.every((action: unknown) => isPlain(action, machine));
}

const isPlain = (action: unknown, machine: AnyStateMachine): boolean =>
  ['assign', 'custom', 'sends'].includes(wayTo(action, machine));

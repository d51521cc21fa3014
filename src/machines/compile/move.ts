/** What taking transitions comes to, learned from XState when it took them: once for all machines that share their states. */
import type { AnyMachineSnapshot, AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { type Deed, isDelayed, wayTo } from './action.ts';
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

/** What taking transitions from some states comes to, whatever is done on the way: the same for all machines that share their states. */
interface Course {
  readonly parts: Walk['parts'];
  /** As XState has told it; `undefined`: it has not yet. */
  to?: Move['to'];
}

/** What is known of machines that share their states, by these and by what is taken. */
interface Lore {
  readonly courses: Map<string, Course>;
  readonly hasHistory: boolean;
  walk: ReturnType<typeof skeletonOf> | null;
}

/** So many courses are remembered: states that are current together may be many. */
const KNOWN_AT_MOST = 4_096;

const lores = new WeakMap<AnyStateNode, Lore>();

function loreOf({ root }: AnyStateMachine): Lore {
  const known = lores.get(root);
  if (known) return known;
  const hasHistory = someNode(root, ({ type }) => type === 'history');
  const made: Lore = { courses: new Map(), hasHistory, walk: null };
  lores.set(root, made);
  return made;
}

export interface Moves {
  /**
   * @param name of the current states, and of what is taken from there
   * @returns the move; `null`: it is for XState alone; `undefined`: nobody has taken it yet
   */
  recalled(name: string, taken: readonly Candidate[]): Move | null | undefined;
  /**
   * @returns what XState did to come from one snapshot to the next, to be done again from there; `null` where that is for XState
   * alone: where it raises at once, spawns or stops, ends, or has a transition without an event before it
   */
  learned(
    name: string,
    before: AnyMachineSnapshot,
    taken: readonly Candidate[],
    after: AnyMachineSnapshot,
  ): Move | null;
}

export function movesOf(machine: AnyStateMachine): Moves {
  const lore = loreOf(machine);
  const { courses, hasHistory } = lore;
  const transitionsIn = (taken: readonly Candidate[]) => taken.map(({ transition }) => transition);
  const canDo = ({ parts }: Course): boolean => parts.every((part) => canBeDone(part, machine));
  const move = ({ parts }: Course, taken: readonly Candidate[], to: Move['to']): Move => ({
    transitions: transitionsIn(taken),
    deeds: parts.flatMap((part) => deedsOf(part, machine)),
    to,
  });
  /** `null`: it hangs on the past. */
  const courseOf = (before: AnyMachineSnapshot, taken: readonly Candidate[]): Course | null => {
    const transitions = transitionsIn(taken);
    const moves = transitions.some(({ target }) => target !== undefined && target.length > 0);
    if (!moves) return { parts: transitions.map((transition) => ({ kind: 'transition', transition })) };
    if (hasHistory) return null;
    lore.walk ??= skeletonOf(machine);
    return { parts: lore.walk(before.value, transitions).parts };
  };

  return {
    recalled: (name, taken) => {
      const course = courses.get(name);
      if (course === undefined) return undefined;
      if (taken.some(({ isUnknown }) => isUnknown) || !canDo(course)) return null;
      return course.to === undefined ? undefined : move(course, taken, course.to);
    },
    learned: (name, before, taken, after) => {
      if (after.status !== 'active' || taken.some(({ isUnknown }) => isUnknown)) return null;
      const course = courses.get(name) ?? courseOf(before, taken);
      if (course === null) return null;
      if (courses.size < KNOWN_AT_MOST) courses.set(name, course);
      if (!canDo(course) || after._nodes.some(hasAlways)) return null;
      const { _nodes, value, tags } = after;
      course.to = _nodes === before._nodes ? null : { _nodes, value, tags };
      return move(course, taken, course.to);
    },
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

function isPlain(action: unknown, machine: AnyStateMachine): boolean {
  const way = wayTo(action, machine);
  return way === 'assign' || way === 'custom' || way === 'sends' || (way === 'raises' && isDelayed(action, machine));
}

/**
 * What a transition exits, does and enters, and in which order, is XState's to say. A skeleton is the machine with all that it
 * does replaced by numbers and every transition by an event of its own: taking one in XState tells the order, and does nothing.
 */
import {
  type AnyStateMachine,
  type AnyStateNode,
  type AnyTransitionDefinition,
  createMachine,
  type StateValue,
  transition,
} from 'xstate';
import { transitionsOf } from './refusal.ts';

/** A part of a microstep. */
export type Part =
  | { readonly kind: 'enter' | 'initial' | 'exit'; readonly node: AnyStateNode }
  | { readonly kind: 'transition'; readonly transition: AnyTransitionDefinition };

export interface Walk {
  readonly parts: readonly Part[];
  readonly to: StateValue;
}

/** @returns where transitions lead from a state that takes them, all with one event, and what is done on the way */
export function skeletonOf(
  machine: AnyStateMachine,
): (from: StateValue, taken: readonly AnyTransitionDefinition[]) => Walk {
  const parts: Part[] = [];
  const mark = (part: Part): string => `${parts.push(part) - 1}`;
  const idOf = (node: AnyStateNode): string => `n${node.order}`;

  const bare = (node: AnyStateNode): object => ({
    id: idOf(node),
    type: node.type,
    entry: mark({ kind: 'enter', node }),
    exit: mark({ kind: 'exit', node }),
    on: {
      GO: transitionsOf(node).map((one) => ({
        guard: ({ event }: { event: Go }) => event.taken.includes(one),
        target: one.target?.map((to) => `#${idOf(to)}`),
        reenter: one.reenter,
        actions: mark({ kind: 'transition', transition: one }),
      })),
    },
    ...(node.type === 'compound' && {
      initial: { target: node.initial.target[0]?.key, actions: mark({ kind: 'initial', node }) },
    }),
    states: Object.fromEntries(Object.entries(node.states).map(([key, child]) => [key, bare(child)])),
  });
  const skeleton = createMachine(bare(machine.root) as never) as unknown as AnyStateMachine;

  return (from, taken) => {
    const status = isOver(machine, from) ? 'done' : 'active';
    // As `resolveState`, which looks through all states at the top to find whether it is over.
    const persisted = {
      status,
      value: from,
      context: {},
      children: {},
      historyValue: {},
      output: undefined,
      error: undefined,
    };
    const snapshot = skeleton.restoreSnapshot(persisted as never, {} as never);
    const go: Go = { type: 'GO', taken };
    const [next, done] = transition(skeleton, snapshot, go);
    return { parts: done.flatMap(({ type }) => parts[Number(type)] ?? []), to: next.value };
  };
}

function isOver({ root }: AnyStateMachine, value: StateValue): boolean {
  const [top] = typeof value === 'string' ? [value] : Object.keys(value);
  return (top === undefined ? root : root.states[top])?.type === 'final';
}

interface Go {
  readonly type: 'GO';
  readonly taken: readonly AnyTransitionDefinition[];
}

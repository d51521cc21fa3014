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

/** @returns where a transition leads from a state that has it, and what is done on the way */
export function skeletonOf(machine: AnyStateMachine): (from: StateValue, taken: AnyTransitionDefinition) => Walk {
  const parts: Part[] = [];
  const mark = (part: Part): string => `${parts.push(part) - 1}`;
  const events = new Map<AnyTransitionDefinition, string>();
  const idOf = (node: AnyStateNode): string => `n${node.order}`;

  const bare = (node: AnyStateNode): object => ({
    id: idOf(node),
    type: node.type,
    entry: mark({ kind: 'enter', node }),
    exit: mark({ kind: 'exit', node }),
    on: Object.fromEntries(
      transitionsOf(node).map((one) => {
        const event = `t${events.size}`;
        events.set(one, event);
        const target = one.target?.map((to) => `#${idOf(to)}`);
        return [event, { target, reenter: one.reenter, actions: mark({ kind: 'transition', transition: one }) }];
      }),
    ),
    ...(node.type === 'compound' && {
      initial: { target: node.initial.target[0]?.key, actions: mark({ kind: 'initial', node }) },
      states: Object.fromEntries(Object.entries(node.states).map(([key, child]) => [key, bare(child)])),
    }),
  });
  const skeleton = createMachine(bare(machine.root) as never) as unknown as AnyStateMachine;

  return (from, taken) => {
    const snapshot = skeleton.resolveState({ value: from, context: {} });
    const [next, done] = transition(skeleton, snapshot, { type: events.get(taken) ?? '' });
    return { parts: done.flatMap(({ type }) => parts[Number(type)] ?? []), to: next.value };
  };
}

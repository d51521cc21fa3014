/** A machine as data for drawing, and names for its transitions that hold over every copy of it (`provide`, restarts). */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import type { MachineView, StateView, TransitionView } from './contract/actors.ts';
import { actionWords, guardWords, invokeWords } from './machine-words.ts';

const idOf = (state: string, event: string, index: number): string => `${state}|${event}|${index}`;

const ids = new WeakMap<AnyTransitionDefinition, string>();

/**
 * The id a transition has in {@link machineView}, `STATE_ID|EVENT|INDEX`: for XState's own definitions, as `_transitions` of a
 * `@xstate.microstep` holds them. Copies of a machine have other definitions and the same ids.
 */
export function transitionId(transition: AnyTransitionDefinition): string {
  const known = ids.get(transition);
  if (known !== undefined) return known;
  const { source, eventType } = transition;
  const same: readonly unknown[] = (eventType === '' ? source.always : source.transitions.get(eventType)) ?? [];
  const id = idOf(source.id, eventType, Math.max(0, same.indexOf(transition)));
  ids.set(transition, id);
  return id;
}

interface Delayed {
  readonly delay?: unknown;
}

function delayOf(transition: AnyTransitionDefinition, machine: AnyStateMachine): number | null {
  const { delay } = transition as Delayed;
  if (typeof delay === 'number') return delay;
  if (typeof delay !== 'string') return null;
  const named: unknown = (machine.implementations.delays as Record<string, unknown>)[delay];
  return typeof named === 'number' ? named : null;
}

const transitionView = (transition: AnyTransitionDefinition, machine: AnyStateMachine): TransitionView => ({
  id: transitionId(transition),
  event: transition.eventType,
  targets: (transition.target ?? []).map(({ id }) => id),
  guard: guardWords(transition.guard),
  actions: actionWords(transition.actions),
  delay_ms: delayOf(transition, machine),
});

/** Where a history state leads when there is no history yet, as an eventless transition. */
function withoutHistory(node: AnyStateNode): readonly TransitionView[] {
  const { parent } = node;
  if (node.type !== 'history' || !parent) return [];
  const target: unknown = (node.config as { target?: unknown }).target;
  const names = (Array.isArray(target) ? target : [target]).filter((one): one is string => typeof one === 'string');
  const found = names.map((name) =>
    name.startsWith('#')
      ? node.machine.getStateNodeById(name)
      : name
          .replace(/^\./, '')
          .split('.')
          .reduce<AnyStateNode | undefined>((at, key) => at?.states[key], parent),
  );
  const targets = found.filter((one) => one !== undefined);
  const ends = targets.length > 0 ? targets : parent.type === 'compound' ? (parent.initial?.target ?? []) : [parent];
  return [
    {
      id: idOf(node.id, '', 0),
      event: '',
      targets: ends.map(({ id }) => id),
      guard: null,
      actions: [],
      delay_ms: null,
    },
  ];
}

function stateView(node: AnyStateNode, machine: AnyStateMachine): StateView {
  const transitions = [...[...node.transitions.values()].flat(), ...(node.always ?? [])] as AnyTransitionDefinition[];
  return {
    id: node.id,
    key: node.key,
    type: node.type,
    initial: node.type === 'compound' ? (node.initial?.target?.[0]?.key ?? null) : null,
    entry: actionWords(node.entry),
    exit: actionWords(node.exit),
    invoke: invokeWords(node.invoke as readonly { src: unknown; id: string }[]),
    tags: [...node.tags],
    description: node.description ?? null,
    transitions: [...transitions.map((one) => transitionView(one, machine)), ...withoutHistory(node)],
    children: Object.values(node.states as Record<string, AnyStateNode>).map((child) => stateView(child, machine)),
  };
}

/**
 * A statechart as data. Works for whatever an actor runs: a machine, one with implementations provided, one wrapped with
 * `supervisable`. `delay_ms` is `null` for a delay that only a function knows.
 */
export const machineView = (machine: AnyStateMachine): MachineView => ({
  id: machine.id,
  root: stateView(machine.root, machine),
});

/** Is the logic of an actor a machine, or a wrap of one? */
export const isMachine = (logic: unknown): logic is AnyStateMachine =>
  typeof logic === 'object' && logic !== null && '__xstatenode' in logic && 'root' in logic;

/** The machine that the logic of an actor is, or was compiled from; `null`: there is none. */
export function machineOf(logic: unknown): AnyStateMachine | null {
  if (isMachine(logic)) return logic;
  const { machine } = (logic ?? {}) as { readonly machine?: unknown };
  return isMachine(machine) ? machine : null;
}

/** Two machines with the same signature are drawn alike, but for names of guards and actions. */
export function signatureOf(machine: AnyStateMachine): string {
  const parts: string[] = [];
  const add = (node: AnyStateNode): void => {
    parts.push(node.id, node.type);
    for (const { eventType, target } of [...node.transitions.values(), node.always ?? []].flat())
      parts.push(eventType, ...((target ?? []) as AnyStateNode[]).map(({ id }) => id));
    for (const child of Object.values(node.states as Record<string, AnyStateNode>)) add(child);
  };
  add(machine.root);
  return parts.join('\n');
}

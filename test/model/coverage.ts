import type { AnyMachineSnapshot, AnyStateMachine, AnyTransitionDefinition, InspectionEvent } from 'xstate';
import { getStateNodes } from 'xstate/graph';

type Node = AnyStateMachine['root'];

const label = (transition: AnyTransitionDefinition): string => {
  const guard = transition.guard as { type?: string } | string | undefined;
  const name = typeof guard === 'string' ? guard : guard?.type;
  const targets = transition.target?.map(({ id }) => id).join(', ') ?? 'stays';
  return `${transition.source.id} on ${transition.eventType || 'always'}${name ? ` if ${name}` : ''}: ${targets}`;
};

/** Which states and transitions of a machine were taken by live actors: XState reports each definition in its microsteps. */
export interface Coverage {
  readonly inspect: (event: InspectionEvent) => void;
  missing(): { readonly states: readonly string[]; readonly transitions: readonly string[] };
  readonly size: { readonly states: number; readonly transitions: number };
}

export function coverageOf(machine: AnyStateMachine): Coverage {
  const nodes: Node[] = [machine.root, ...(getStateNodes(machine) as Node[])];
  const transitions = new Map<AnyTransitionDefinition, string>();
  for (const node of nodes) {
    for (const several of node.transitions.values()) for (const one of several) transitions.set(one, label(one));
    for (const one of node.always ?? []) transitions.set(one, label(one));
  }
  const states = new Set(nodes.filter(({ type }) => type !== 'history').map(({ id }) => id));
  const size = { states: states.size, transitions: transitions.size };
  return {
    size,
    inspect: (event) => {
      if (event.type !== '@xstate.microstep' && event.type !== '@xstate.snapshot') return;
      const snapshot = event.snapshot as AnyMachineSnapshot;
      if (snapshot.machine?.root !== machine.root) return;
      for (const { id } of snapshot._nodes) states.delete(id);
      if (event.type === '@xstate.microstep') for (const one of event._transitions) transitions.delete(one);
    },
    missing: () => ({ states: [...states], transitions: [...transitions.values()] }),
  };
}

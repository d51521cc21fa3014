/**
 * What live actors have shown of a machine: each state, each transition (ordinary, eventless, delayed, of a child's end), and
 * each guard both ways, by transition. Machines that a function makes anew each time are counted together, by name.
 */
import type {
  AnyMachineSnapshot,
  AnyStateMachine,
  AnyTransitionDefinition,
  EventObject,
  InspectionEvent,
} from 'xstate';
import { getStateNodes } from 'xstate/graph';

type Node = AnyStateMachine['root'];
type Guard = AnyTransitionDefinition['guard'];
type Decide = (args: { context: unknown; event: EventObject }, params: unknown) => boolean;

const nameOf = (guard: Guard): string => {
  if (typeof guard === 'string') return guard;
  return typeof guard === 'function' ? guard.name || 'a function' : (guard?.type ?? '');
};

const label = (transition: AnyTransitionDefinition): string => {
  const guard = transition.guard ? ` if ${nameOf(transition.guard)}` : '';
  const targets = transition.target?.map(({ id }) => id).join(', ') ?? 'stays';
  return `${transition.source.id} on ${transition.eventType || 'always'}${guard}: ${targets}`;
};

/** How a guard of `machine` decides, as XState asks it. Throws TypeError for one that is made of others. */
function decisionOf(machine: AnyStateMachine, guard: NonNullable<Guard>): Decide {
  if (typeof guard === 'function') return guard as unknown as Decide;
  const name = nameOf(guard);
  const found: unknown = machine.implementations.guards[name];
  if (typeof found !== 'function' || 'check' in found)
    throw new TypeError(`the guard ${name} of ${machine.id} is made of other guards; coverage cannot watch it yet`);
  const decide = found as Decide;
  if (typeof guard === 'string') return decide;
  const { params } = guard as { params?: unknown };
  return (args) => decide(args, typeof params === 'function' ? params(args) : params);
}

export interface Size {
  readonly states: number;
  readonly transitions: number;
  /** Counted once for each transition that has one. */
  readonly guards: number;
}

export class Coverage {
  readonly #states = new Map<string, boolean>();
  readonly #transitions = new Map<string, boolean>();
  readonly #guards = new Map<string, { yes: boolean; no: boolean }>();
  readonly #labels = new WeakMap<AnyTransitionDefinition, string>();
  readonly #roots = new WeakSet<Node>();
  readonly #implemented = new Set<string>();
  readonly #asked = new Set<string>();

  /** The same machine, whose guards note what they say. Nothing else of it may be provided afterwards. */
  watch(given: AnyStateMachine): AnyStateMachine {
    const machine = given.provide({});
    this.#roots.add(machine.root);
    for (const name of Object.keys(machine.implementations.guards)) this.#implemented.add(name);
    const taken = new Set<string>();
    for (const node of [machine.root, ...(getStateNodes(machine) as Node[])]) {
      if (node.type !== 'history' && !this.#states.has(node.id)) this.#states.set(node.id, false);
      for (const one of [...[...node.transitions.values()].flat(), ...(node.always ?? [])]) {
        const name = label(one);
        if (taken.has(name)) throw new Error(`two transitions have one name: ${name}`);
        taken.add(name);
        this.#labels.set(one, name);
        if (!this.#transitions.has(name)) this.#transitions.set(name, false);
        if (one.guard) this.#watchGuard(machine, one, name);
      }
    }
    return machine;
  }

  /** To be given to the actors. */
  readonly inspect = (event: InspectionEvent): void => {
    if (event.type !== '@xstate.microstep' && event.type !== '@xstate.snapshot') return;
    const snapshot = event.snapshot as AnyMachineSnapshot;
    if (!snapshot.machine || !this.#roots.has(snapshot.machine.root)) return;
    for (const { id } of snapshot._nodes) if (this.#states.has(id)) this.#states.set(id, true);
    if (event.type !== '@xstate.microstep') return;
    for (const one of event._transitions) {
      const name = this.#labels.get(one);
      if (name !== undefined) this.#transitions.set(name, true);
    }
  };

  /** What no actor has shown, in words that name it. */
  missing(): readonly string[] {
    const unseen = (all: ReadonlyMap<string, boolean>) => [...all].flatMap(([name, seen]) => (seen ? [] : [name]));
    return [
      ...unseen(this.#states).map((name) => `state ${name}`),
      ...unseen(this.#transitions).map((name) => `transition ${name}`),
      ...[...this.#guards].flatMap(([name, { yes, no }]) => [
        ...(yes ? [] : [`guard never true: ${name}`]),
        ...(no ? [] : [`guard never false: ${name}`]),
      ]),
      ...[...this.#implemented]
        .filter((name) => !this.#asked.has(name))
        .map((name) => `guard of no transition: ${name}`),
    ];
  }

  get size(): Size {
    return { states: this.#states.size, transitions: this.#transitions.size, guards: this.#guards.size };
  }

  /** How much of it was shown; of guards, those that said both. */
  get seen(): Size {
    const count = (all: ReadonlyMap<string, boolean>) => [...all.values()].filter(Boolean).length;
    const both = [...this.#guards.values()].filter(({ yes, no }) => yes && no).length;
    return { states: count(this.#states), transitions: count(this.#transitions), guards: both };
  }

  #watchGuard(machine: AnyStateMachine, transition: AnyTransitionDefinition, name: string): void {
    const { guard } = transition;
    if (!guard) return;
    const decide = decisionOf(machine, guard);
    const said = this.#guards.get(name) ?? { yes: false, no: false };
    this.#guards.set(name, said);
    this.#asked.add(nameOf(guard));
    (transition as { guard: unknown }).guard = (args: Parameters<Decide>[0], params: unknown) => {
      const yes = decide(args, params);
      if (yes) said.yes = true;
      else said.no = true;
      return yes;
    };
  }
}

/** The table: a place for every state a machine can rest in, and at each place a branch for every way out of it. */
import type {
  AnyActorRef,
  AnyMachineSnapshot,
  AnyStateMachine,
  AnyStateNode,
  AnyTransitionDefinition,
  EventObject,
  StateValue,
} from 'xstate';
import { type Deed, deedOf } from './action.ts';
import { matchesDescriptor } from './descriptor.ts';
import { type Test, testOf } from './guard.ts';
import { type Part, skeletonOf } from './skeleton.ts';

export interface Branch {
  readonly test: Test | null;
  /** What is done on the way, in order: exit, transition, entry. */
  readonly deeds: readonly Deed[];
  readonly to: Place;
  readonly transition: AnyTransitionDefinition;
  /** The transition alone, as inspectors are told. */
  readonly taken: readonly AnyTransitionDefinition[];
}

export interface Place {
  /** `executing.ordered`. */
  readonly path: string;
  readonly value: StateValue;
  readonly nodes: AnyMachineSnapshot['_nodes'];
  readonly tags: AnyMachineSnapshot['tags'];
  /** By the type of the event, the innermost state's first; the first whose test holds is taken. */
  readonly on: ReadonlyMap<string, readonly Branch[]>;
  /** Branches for types that `on` has not, by descriptors such as `feed.*`, in the same order. */
  readonly like: readonly (readonly [descriptor: string, branch: Branch])[];
  readonly always: readonly Branch[];
  /** The last snapshot made here. */
  last: AnyMachineSnapshot | null;
}

type Unfinished = { -readonly [Key in keyof Place]: Place[Key] };

const PLACE = Symbol('place');
const NONE: readonly Branch[] = [];

/** All places of `machine`, by the id of the innermost state. */
export class Places {
  readonly machine: AnyStateMachine;
  readonly all: readonly Place[];
  readonly #byLeaf: ReadonlyMap<string, Place>;

  constructor(machine: AnyStateMachine) {
    this.machine = machine;
    const leaves = leavesOf(machine.root);
    const byLeaf = new Map(leaves.map((leaf) => [leaf.id, this.#emptyAt(leaf)]));
    const walk = skeletonOf(machine);
    const byPath = new Map([...byLeaf.values()].map((place) => [place.path, place]));
    for (const leaf of leaves) {
      const place = byLeaf.get(leaf.id);
      if (!place) continue;
      const branchOf = (transition: AnyTransitionDefinition): Branch => {
        const { parts, to } = walk(place.value, [transition]);
        return {
          test: transition.guard === undefined ? null : testOf(transition.guard, machine, neverRefused),
          deeds: parts.flatMap((part) => deedsOf(part, machine)),
          to: byPath.get(pathOf(to)) ?? place,
          transition,
          taken: [transition],
        };
      };
      const chain = chainOf(leaf);
      place.always = chain.flatMap((node) => (node.always ?? []).map(branchOf));
      place.on = new Map(typesIn(chain).map((type) => [type, candidatesOf(chain, type).map(branchOf)]));
      place.like = chain.flatMap((node) =>
        patternsOf(node).flatMap((pattern) =>
          (node.transitions.get(pattern) ?? []).map((one) => [pattern, branchOf(one)] as const),
        ),
      );
    }
    this.#byLeaf = byLeaf;
    this.all = [...byLeaf.values()];
  }

  /** Where a snapshot is, of this machine or of one with the same states. `undefined` where this machine has no such state. */
  of({ _nodes }: AnyMachineSnapshot): Place | undefined {
    const marked = (_nodes as { readonly [PLACE]?: { readonly places: Places; readonly place: Place } })[PLACE];
    if (marked !== undefined && marked.places === this) return marked.place;
    const leaf = _nodes.find(({ type }) => type === 'atomic' || type === 'final');
    return leaf && this.#byLeaf.get(leaf.id);
  }

  /** The ways out of a place on events of this type, in the order in which they are tried. */
  branches({ on, like }: Place, type: string): readonly Branch[] {
    return on.get(type) ?? (like.length === 0 ? NONE : branchesLike(like, type));
  }

  #emptyAt(leaf: AnyStateNode): Unfinished {
    const value = leaf.path.reduceRight<StateValue>((below, key) => (below === '' ? key : { [key]: below }), '');
    const like = this.machine.resolveState({ value: value === '' ? {} : value, context: {} });
    const nodes = [...like._nodes] as AnyMachineSnapshot['_nodes'];
    const place: Unfinished = {
      path: leaf.path.join('.'),
      value: like.value,
      nodes,
      tags: like.tags,
      on: new Map(),
      like: [],
      always: [],
      last: null,
    };
    // Not enumerable: nobody who prints or compares snapshots meets it.
    Object.defineProperty(nodes, PLACE, { value: { places: this, place } });
    return place;
  }
}

/** `{ executing: 'ordered' }` as `executing.ordered`. */
export const pathOf = (value: StateValue | undefined): string => {
  if (typeof value === 'string') return value;
  const [[name, below] = []] = Object.entries(value ?? {});
  return name === undefined ? '' : `${name}.${pathOf(below)}`;
};

const branchesLike = (like: Place['like'], type: string): readonly Branch[] =>
  like.filter(([descriptor]) => matchesDescriptor(type, descriptor)).map(([, branch]) => branch);

const neverRefused = (why: string): never => {
  throw new TypeError(`a guard that was there is gone: ${why}`);
};

const leavesOf = (node: AnyStateNode): AnyStateNode[] =>
  node.type === 'compound' ? Object.values(node.states).flatMap(leavesOf) : [node];
const chainOf = (node: AnyStateNode): AnyStateNode[] => [node, ...(node.parent ? chainOf(node.parent) : [])];

const typesIn = (chain: readonly AnyStateNode[]): string[] => [
  ...new Set(chain.flatMap((node) => [...node.transitions.keys()])),
];
const patternsOf = (node: AnyStateNode): string[] =>
  [...node.transitions.keys()]
    .filter((descriptor) => descriptor === '*' || descriptor.endsWith('.*'))
    .sort((a, b) => b.length - a.length);

/** In the order in which XState asks them: from the innermost state out; at each the exact type, then the longest pattern. */
export const candidatesOf = (chain: readonly AnyStateNode[], type: string): AnyTransitionDefinition[] =>
  chain.flatMap((node) => [
    ...(node.transitions.get(type) ?? []),
    ...patternsOf(node)
      .filter((pattern) => pattern !== type && matchesDescriptor(type, pattern))
      .flatMap((pattern) => node.transitions.get(pattern) ?? []),
  ]);

export function deedsOf(part: Part, machine: AnyStateMachine): Deed[] {
  if (part.kind === 'transition') return part.transition.actions.map((action) => deedOf(action, machine));
  const { node } = part;
  if (part.kind === 'initial') return node.initial.actions.map((action) => deedOf(action, machine));
  const deeds = node[part.kind === 'enter' ? 'entry' : 'exit'].map((action) => deedOf(action, machine));
  return part.kind === 'enter' && node.type === 'final' ? [...deeds, finishing(node)] : deeds;
}

/** Entering a final state raises that its parent is done; where the parent is the machine, that ends the actor. */
function finishing(node: AnyStateNode): Deed {
  const { parent } = node;
  if (!parent) return () => undefined;
  const { root } = node.machine;
  return (moment) => {
    const done = doneEvent(parent.id, outputOf(node.output, moment, moment.event));
    moment.queue.push(done);
    if (parent !== root) return;
    const ended = doneEvent(node.id, outputOf(node.output, moment, moment.event));
    moment.status = 'done';
    moment.output = outputOf(root.output, moment, ended);
  };
}

const doneEvent = (id: string, output: unknown) => ({ type: `xstate.done.state.${id}`, output });

const outputOf = (
  output: unknown,
  { context, scope }: { readonly context: unknown; readonly scope: { readonly self: AnyActorRef } },
  event: EventObject,
): unknown => (typeof output === 'function' ? output({ context, event, self: scope.self }) : output);

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
  /** The innermost state and those around it, from within. */
  readonly chain: readonly AnyStateNode[];
  /** By the type of the event, as far as it was asked for: see {@link Places.branches}. */
  readonly on: Map<string, readonly Branch[]>;
  /** The type that was asked for last, and its ways out. */
  asked: string | null;
  answer: readonly Branch[];
  /** Those without an event; `null`: nobody has asked yet. */
  always: readonly Branch[] | null;
  /** The last snapshot made here. */
  last: AnyMachineSnapshot | null;
}

const PLACE = Symbol('place');

/** So many types of events are remembered at a place: who makes them up as he goes would fill the memory. */
const KNOWN_AT_MOST = 512;

/** All places of `machine`, by the id of the innermost state. A way out is worked out when it is first asked for. */
export class Places {
  readonly machine: AnyStateMachine;
  readonly all: readonly Place[];
  readonly #byLeaf: ReadonlyMap<string, Place>;
  readonly #byPath: ReadonlyMap<string, Place>;
  #walk: ReturnType<typeof skeletonOf> | null = null;

  constructor(machine: AnyStateMachine) {
    this.machine = machine;
    this.#byLeaf = new Map(leavesOf(machine.root).map((leaf) => [leaf.id, this.#placeAt(leaf)]));
    this.all = [...this.#byLeaf.values()];
    this.#byPath = new Map(this.all.map((place) => [place.path, place]));
  }

  /** Where a snapshot is, of this machine or of one with the same states. `undefined` where this machine has no such state. */
  of({ _nodes }: AnyMachineSnapshot): Place | undefined {
    const marked = (_nodes as { readonly [PLACE]?: { readonly places: Places; readonly place: Place } })[PLACE];
    if (marked !== undefined && marked.places === this) return marked.place;
    const leaf = _nodes.find(({ type }) => type === 'atomic' || type === 'final');
    return leaf && this.#byLeaf.get(leaf.id);
  }

  /**
   * The ways out of a place on events of this type, in the order in which they are tried: the innermost state's first; the first
   * whose test holds is taken.
   */
  branches(place: Place, type: string): readonly Branch[] {
    // Most places are left by one event, over and over: comparing takes less than looking up.
    if (place.asked !== type) {
      place.answer = this.#branchesOn(place, type);
      place.asked = type;
    }
    return place.answer;
  }

  /** The ways out of a place that need no event, in the order in which they are tried. */
  always(place: Place): readonly Branch[] {
    place.always ??= place.chain.flatMap((node) => (node.always ?? []).map((one) => this.#branchOf(place, one)));
    return place.always;
  }

  #branchesOn(place: Place, type: string): readonly Branch[] {
    const known = place.on.get(type);
    if (known !== undefined) return known;
    // Of no wildcard either: whoever asks it for its name then fails as XState does.
    if (typeof type !== 'string') return [];
    const made = candidatesOf(place.chain, type).map((one) => this.#branchOf(place, one));
    if (place.on.size < KNOWN_AT_MOST) place.on.set(type, made);
    return made;
  }

  #branchOf(from: Place, transition: AnyTransitionDefinition): Branch {
    const { machine } = this;
    this.#walk ??= skeletonOf(machine);
    const { parts, to } = this.#walk(from.value, [transition]);
    return {
      test: transition.guard === undefined ? null : testOf(transition.guard, machine, neverRefused),
      deeds: parts.flatMap((part) => deedsOf(part, machine)),
      to: this.#byPath.get(pathOf(to)) ?? from,
      transition,
      taken: [transition],
    };
  }

  #placeAt(leaf: AnyStateNode): Place {
    const value = leaf.path.reduceRight<StateValue>((below, key) => (below === '' ? key : { [key]: below }), '');
    const chain = chainOf(leaf);
    const nodes = chain.toReversed() as AnyMachineSnapshot['_nodes'];
    const place: Place = {
      path: leaf.path.join('.'),
      value: value === '' ? {} : value,
      nodes,
      tags: new Set(nodes.flatMap(({ tags }) => tags)),
      chain,
      on: new Map(),
      asked: null,
      answer: [],
      always: null,
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

const neverRefused = (why: string): never => {
  throw new TypeError(`a guard that was there is gone: ${why}`);
};

const leavesOf = (node: AnyStateNode): AnyStateNode[] =>
  node.type === 'compound' ? Object.values(node.states).flatMap(leavesOf) : [node];
const chainOf = (node: AnyStateNode): AnyStateNode[] => [node, ...(node.parent ? chainOf(node.parent) : [])];

const patternsOf = (node: AnyStateNode): string[] =>
  [...node.transitions.keys()]
    .filter((descriptor) => descriptor === '*' || descriptor.endsWith('.*'))
    .sort((a, b) => b.length - a.length);

const patterns = new WeakMap<AnyStateNode, readonly string[]>();

/** In the order in which XState asks them: from the innermost state out; at each the exact type, then the longest pattern. */
export const candidatesOf = (chain: readonly AnyStateNode[], type: string): AnyTransitionDefinition[] =>
  chain.flatMap((node) => {
    const known = patterns.get(node) ?? patternsOf(node);
    patterns.set(node, known);
    const exact = node.transitions.get(type) ?? [];
    if (known.length === 0) return exact;
    const others = known.filter((pattern) => pattern !== type && matchesDescriptor(type, pattern));
    return [...exact, ...others.flatMap((pattern) => node.transitions.get(pattern) ?? [])];
  });

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
    moment.status = 'done';
    if (root.output === undefined) return;
    const ended = doneEvent(node.id, outputOf(node.output, moment, moment.event));
    moment.output = outputOf(root.output, moment, ended);
  };
}

const doneEvent = (id: string, output: unknown) => ({ type: `xstate.done.state.${id}`, output });

const outputOf = (
  output: unknown,
  { context, scope }: { readonly context: unknown; readonly scope: { readonly self: AnyActorRef } },
  event: EventObject,
): unknown => (typeof output === 'function' ? output({ context, event, self: scope.self }) : output);

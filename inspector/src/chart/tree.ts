/** Which transition is drawn where, before anything has a place: every one exactly once, as an edge or as a line in a box. */
import type { MachineView, StateView, TransitionView } from '../../../src/inspector/contract.ts';

/** An edge between two children of one state, `from` may be a pill. All transitions between the two are on it. */
export interface Link {
  readonly from: string;
  readonly to: string;
  /** Where its ends are, when they are deeper than the children of the state it is drawn in. */
  readonly source: string;
  readonly target: string;
  readonly transitions: TransitionView[];
}

export interface Knot {
  readonly state: StateView;
  readonly parent: Knot | null;
  readonly children: readonly Knot[];
  readonly folded: readonly string[];
  /** Told in the box: those that stay, and those that cannot be drawn as an edge. */
  readonly inside: { readonly transition: TransitionView; readonly to: string | null }[];
  readonly links: Link[];
  /** Pills that stand in it: the ids of the states they speak for. */
  readonly pills: Set<string>;
}

export interface Shown {
  /** Ids of states of which the inside is not drawn. */
  readonly folded: ReadonlySet<string>;
  /** The state that is looked at; `null`: the whole machine. */
  readonly focus: string | null;
}

export const pillId = (container: string, of: string): string => `${container}~${of}`;

export const find = (state: StateView, id: string): StateView | null => {
  if (state.id === id) return state;
  for (const child of state.children) {
    const found = find(child, id);
    if (found) return found;
  }
  return null;
};
const idsIn = (state: StateView): string[] => state.children.flatMap((child) => [child.id, ...idsIn(child)]);

/** The machine, or the state that is looked at, with its transitions sorted to where they are drawn. */
export function treeOf(machine: MachineView, { folded, focus }: Shown): Knot {
  const knots = new Map<string, Knot>();
  /** Every state to the box that stands for it. */
  const standsIn = new Map<string, Knot>();
  const knot = (state: StateView, parent: Knot | null): Knot => {
    const isFolded = parent !== null && state.children.length > 0 && folded.has(state.id);
    const children: Knot[] = [];
    const made: Knot = {
      state,
      parent,
      children,
      folded: isFolded ? idsIn(state) : [],
      inside: [],
      links: [],
      pills: new Set(),
    };
    knots.set(state.id, made);
    standsIn.set(state.id, made);
    for (const id of made.folded) standsIn.set(id, made);
    if (!isFolded) for (const child of state.children) children.push(knot(child, made));
    return made;
  };
  const root = knot((focus === null ? null : find(machine.root, focus)) ?? machine.root, null);
  for (const one of knots.values()) for (const transition of one.state.transitions) place(one, transition, standsIn);
  // What leads out of a folded state is seen; what stays in it is not.
  for (const one of knots.values())
    for (const id of one.folded)
      for (const transition of find(one.state, id)?.transitions ?? []) {
        const ends = transition.targets.map((target) => standsIn.get(target));
        if (ends.some((end) => end !== undefined && end !== one)) place(one, transition, standsIn);
      }
  return root;
}

const pathTo = (knot: Knot): readonly Knot[] => (knot.parent ? [...pathTo(knot.parent), knot] : [knot]);
/** The deepest that both are in; one of them, where it holds the other. */
function common(a: Knot, b: Knot): Knot {
  const [one, other] = [pathTo(a), pathTo(b)];
  let last = one[0] ?? a;
  for (let at = 0; at < one.length && one[at] === other[at]; at++) last = one[at] ?? last;
  return last;
}

function place(from: Knot, transition: TransitionView, standsIn: ReadonlyMap<string, Knot>): void {
  if (!linked(from, transition, standsIn)) from.inside.push({ transition, to: namesOf(transition) });
}

/** Draws it as an edge, where there is a graph it can stand in. */
function linked(from: Knot, transition: TransitionView, standsIn: ReadonlyMap<string, Knot>): boolean {
  const ends = transition.targets.map((id) => standsIn.get(id));
  const known = ends.filter((end) => end !== undefined);
  const [first] = known;
  if (first === undefined || known.length < ends.length) return false;
  const to = known.slice(1).reduce(common, first);
  const meet = to === from ? from.parent : common(from, to);
  if (meet === null || meet === to || (to === from && known.length > 1)) return false;
  if (meet === from) {
    const container = to.parent;
    // The regions of a parallel state are not laid out as a graph: there is no place for an edge between them.
    if (container === null || container.state.type === 'parallel') return false;
    container.pills.add(from.state.id);
    add(container, pillId(container.state.id, from.state.id), to.state.id, from, to, transition);
    return true;
  }
  const level = pathTo(meet).length;
  const [a, b] = [pathTo(from)[level], pathTo(to)[level]];
  if (meet.state.type === 'parallel' || a === undefined || b === undefined) return false;
  add(meet, a.state.id, b.state.id, from, to, transition);
  return true;
}

const namesOf = ({ targets }: TransitionView): string | null =>
  targets.length === 0 ? null : targets.map((id) => id.slice(id.lastIndexOf('.') + 1)).join(', ');

function add(where: Knot, a: string, b: string, from: Knot, to: Knot, transition: TransitionView): void {
  const [source, target] = [from.state.id, to.state.id];
  const known = where.links.find(
    (one) => one.from === a && one.to === b && one.source === source && one.target === target,
  );
  if (known) known.transitions.push(transition);
  else where.links.push({ from: a, to: b, source, target, transitions: [transition] });
}

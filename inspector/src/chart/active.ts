/** Which states of a machine are entered, and how often they were. */
import type { StateView } from '../../../src/inspector/contract.ts';

/** Ids of all states that are entered with this value, the root's among them. `value` is XState's state value. */
export function activeIds(root: StateView, value: unknown): ReadonlySet<string> {
  const found = new Set<string>();
  const enter = (state: StateView, below: unknown): void => {
    found.add(state.id);
    if (typeof below === 'string') {
      const child = state.children.find(({ key }) => key === below);
      if (child) enter(child, undefined);
      return;
    }
    if (typeof below !== 'object' || below === null) return;
    for (const child of state.children)
      if (child.key in below) enter(child, (below as Record<string, unknown>)[child.key]);
  };
  if (value !== null && value !== undefined) enter(root, value);
  return found;
}

/** `running.work.open + ground.sound`: the deepest active states, the common beginning said once. */
export function pathsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, below]) => {
    const paths = pathsOf(below);
    return paths.length === 0 ? [key] : paths.map((path) => `${key}.${path}`);
  });
}

/** The state in a few letters: the path as far as it is one, then what is deepest in the first of its regions. */
export function shortState(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  const keys = Object.entries(value);
  const [first] = keys;
  if (first === undefined) return '';
  if (keys.length > 1) {
    const [, work] = keys.find(([key]) => key === 'work') ?? first;
    return shortState(work) || first[0];
  }
  const below = shortState(first[1]);
  return below === '' ? first[0] : typeof first[1] === 'string' ? `${first[0]}.${below}` : below;
}

export const sameValue = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const flat = (state: StateView): readonly StateView[] => [state, ...state.children.flatMap(flat)];

/**
 * How often each state was entered, from how often each transition was taken; what is entered at birth counts once. A history
 * state is taken to lead to where its parent begins.
 * @param visits by id of transition
 */
export function entriesOf(root: StateView, visits: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  const states = flat(root);
  const parents = new Map(states.flatMap((state) => state.children.map((child) => [child.id, state] as const)));
  const byId = new Map(states.map((state) => [state.id, state]));
  const counts = new Map<string, number>();
  const upwards = (state: StateView): readonly StateView[] => {
    const parent = parents.get(state.id);
    return parent ? [state, ...upwards(parent)] : [state];
  };
  const down = (state: StateView, entered: Set<string>): void => {
    entered.add(state.id);
    for (const child of state.children)
      if (state.type === 'parallel' ? !entered.has(child.id) : child.key === state.initial) down(child, entered);
  };
  const count = (entered: Set<string>, times: number): void => {
    for (const id of entered) counts.set(id, (counts.get(id) ?? 0) + times);
  };
  const born = new Set<string>();
  down(root, born);
  count(born, 1);
  for (const source of states)
    for (const { id, targets } of source.transitions) {
      const times = visits[id] ?? 0;
      if (times === 0 || targets.length === 0) continue;
      const entered = new Set<string>();
      const above = new Set(upwards(source).map((one) => one.id));
      const found = targets.map((target) => byId.get(target)).filter((one) => one !== undefined);
      for (const target of found)
        for (const one of upwards(target).slice(1)) if (!above.has(one.id)) entered.add(one.id);
      for (const target of found) down(target, entered);
      count(entered, times);
    }
  return counts;
}

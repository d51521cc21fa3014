/** A walk through a machine's drawing: states as they would be entered if every guard held, the same for the same seed. */
import type * as api from '../../src/inspector/contract.ts';

type Value = string | { readonly [key: string]: Value };

const initial = (state: api.StateView): Value => {
  if (state.type === 'parallel') return Object.fromEntries(state.children.map((child) => [child.key, initial(child)]));
  const first = state.children.find(({ key }) => key === state.initial) ?? state.children[0];
  if (!first) return {};
  return first.children.length === 0 ? first.key : { [first.key]: initial(first) };
};
const isActive = (root: api.StateView, value: Value, id: string): boolean => {
  if (root.id === id) return true;
  const child = root.children.find((one) => id === one.id || id.startsWith(`${one.id}.`));
  if (!child) return false;
  if (typeof value === 'string') return value === child.key && isActive(child, {}, id);
  const below = value[child.key];
  return below !== undefined && isActive(child, below, id);
};
/** The value when `target` is entered. */
const entered = (state: api.StateView, value: Value | undefined, target: string): Value => {
  const child = state.children.find(({ id }) => target === id || target.startsWith(`${id}.`));
  if (!child) return initial(state);
  const old = typeof value === 'object' ? value[child.key] : undefined;
  const below = child.children.length === 0 ? null : entered(child, old, target);
  if (state.type === 'parallel') {
    const whole =
      typeof value === 'object' && Object.keys(value).length > 0 ? value : (initial(state) as Record<string, Value>);
    return { ...whole, [child.key]: below ?? {} };
  }
  return below === null ? child.key : { [child.key]: below };
};

const all = (state: api.StateView): readonly (readonly [api.StateView, api.TransitionView])[] => [
  ...state.transitions.map((one) => [state, one] as const),
  ...state.children.flatMap(all),
];

export interface Walked {
  readonly was: unknown;
  readonly value: unknown;
  readonly transition: api.TransitionView;
}

/** @param pick a number for each step, ≥ 0 */
export function walk(root: api.StateView, from: unknown, pick: readonly number[]): readonly Walked[] {
  let value = from as Value;
  const found = all(root);
  return pick.flatMap((n) => {
    const may = found.filter(
      ([source, { event, targets }]) =>
        isActive(root, value, source.id) &&
        event !== 'STOP' &&
        event !== 'CLOSED' &&
        (event !== 'RESTART' || n % 5 === 0) &&
        (targets.length > 0 || n % 3 === 0),
    );
    const [, transition] = may[n % Math.max(1, may.length)] ?? [];
    if (!transition) return [];
    const was = value;
    const [target] = transition.targets;
    if (target !== undefined) value = entered(root, value, target);
    return [{ was, value, transition }];
  });
}

import type { MachineView, StateView, TransitionView } from '../../../src/inspector/contract.ts';

export interface Known {
  readonly transition: TransitionView;
  /** Key of the state it starts in. */
  readonly from: string;
}
const made = new WeakMap<MachineView, ReadonlyMap<string, Known>>();

/** Every transition of a machine by its id. */
export function transitionsOf(machine: MachineView): ReadonlyMap<string, Known> {
  const known = made.get(machine);
  if (known) return known;
  const all = new Map<string, Known>();
  const add = (state: StateView): void => {
    for (const transition of state.transitions) all.set(transition.id, { transition, from: state.key });
    for (const child of state.children) add(child);
  };
  add(machine.root);
  made.set(machine, all);
  return all;
}

/** The way one signal took through its machine. Pure. */
import type { MachineView, SignalDetail, StateView } from '../../../src/inspector/contract.ts';
import { duration } from '../format.ts';

const flat = (state: StateView): readonly StateView[] => [state, ...state.children.flatMap(flat)];

export interface SignalPath {
  /** XState's value of the state it is in. */
  readonly value: unknown;
  /** Transitions it went, with when: `+212 ms`. */
  readonly path: ReadonlyMap<string, string>;
  /** The last of them. */
  readonly last: string | null;
  /** States it was in. */
  readonly seen: ReadonlyMap<string, number>;
}

/** The records name the states of the first level; the transition may start, or end, in a state within them. */
export function pathOf(machine: MachineView, { steps, state, at }: SignalDetail): SignalPath {
  const path = new Map<string, string>();
  const seen = new Map<string, number>();
  let last: string | null = null;
  for (const step of steps) {
    for (const one of machine.root.children) if (one.key === step.to) seen.set(one.id, 1);
    const [from, to] = [step.from, step.to].map((key) => machine.root.children.find((one) => one.key === key));
    if (!from || !to) continue;
    const within = new Set(flat(to).map(({ id }) => id));
    const found = flat(from)
      .flatMap(({ transitions }) => transitions)
      .find(({ targets }) => targets.some((target) => within.has(target)));
    if (!found) continue;
    path.set(found.id, `+${duration(step.at - at)}`);
    last = found.id;
  }
  return { value: state, path, last, seen };
}

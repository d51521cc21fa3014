/** What can meet: kinds of faults, the components they can strike, and the states these can be in. */
import type { ActorId } from '../machines/messages.ts';
import { type Cell, sayCell } from './coverage.ts';
import type { FaultKind } from './fault-kinds.ts';
import { faultOf } from './faults/catalogue.ts';
import { componentOf } from './meetings.ts';
import type { Aim } from './script.ts';
import { countedAs, ENDED, STANDINGS } from './standings.ts';

/** These strike a living actor, or nobody. */
const OF_THE_LIVING: ReadonlySet<FaultKind> = new Set([
  'actor-ends',
  'actor-wedged',
  'actor-throws',
  'healer-ends',
  'healer-wedged',
]);

/** States that the simulated world has no way into, and why. */
export const NEVER_STOOD_IN: Readonly<Partial<Record<ActorId, Readonly<Record<string, string>>>>> = {
  marketFeed: { 'running.ended': 'a recording ends; the simulated market goes on' },
};

/** Every moment that a fault of this kind can wait for. */
export const aimsOf = (kind: FaultKind): readonly Aim[] =>
  faultOf(kind).meets.flatMap((actor) =>
    (STANDINGS.get(actor) ?? [])
      .filter((state) => NEVER_STOOD_IN[actor]?.[state] === undefined)
      .filter((state) => !(OF_THE_LIVING.has(kind) && ENDED.has(state)))
      .map((state) => ({ actor, state })),
  );

const OPENS_NOTHING = 'it opens nothing that could refuse';
const REPAIRS_NOTHING = 'no invariant orders a repair of it';

/**
 * States that nothing leads into, either. A script may wait for them, in vain: what a seed draws does not change when this is found out.
 */
export const IN_VAIN: typeof NEVER_STOOD_IN = {
  heartbeat: { failed: OPENS_NOTHING, reviving: OPENS_NOTHING },
  pipelineMonitor: { failed: OPENS_NOTHING, reviving: OPENS_NOTHING, 'running.mending': REPAIRS_NOTHING },
  marketFeed: { failed: OPENS_NOTHING, reviving: OPENS_NOTHING, 'running.mending': REPAIRS_NOTHING },
  architectureHealing: { failed: OPENS_NOTHING, reviving: OPENS_NOTHING, 'running.mending': REPAIRS_NOTHING },
};

/** Every meeting there can be of these kinds. */
export function meetable(kinds: readonly FaultKind[]): readonly Cell[] {
  const cells = new Map<string, Cell>();
  for (const fault of kinds)
    for (const { actor, state } of aimsOf(fault)) {
      if (IN_VAIN[actor]?.[state] !== undefined) continue;
      const cell = { fault, component: componentOf(actor), state: countedAs(state) };
      cells.set(sayCell(cell), cell);
    }
  return [...cells.values()];
}

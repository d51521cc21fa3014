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
 * States that nothing leads into, either, or that are left in the step in which they are entered, so that nobody from outside finds
 * anybody there. A script may wait for them, in vain: what a seed draws does not change when this is found out.
 */
export const IN_VAIN: typeof NEVER_STOOD_IN = {
  heartbeat: { failed: OPENS_NOTHING, reviving: OPENS_NOTHING },
  pipelineMonitor: { failed: OPENS_NOTHING, reviving: OPENS_NOTHING, 'running.mending': REPAIRS_NOTHING },
  marketFeed: { failed: OPENS_NOTHING, reviving: OPENS_NOTHING, 'running.mending': REPAIRS_NOTHING },
  architectureHealing: {
    failed: OPENS_NOTHING,
    reviving: OPENS_NOTHING,
    'running.mending': REPAIRS_NOTHING,
    starting: 'its operator makes it, and it is known to nobody else before it runs',
  },
  healingOperator: {
    reviving: 'who would have it repaired are itself and its child, and neither runs when it could not open',
  },
  featureStore: { 'running.market.waiting': 'it says how warm it is in the step in which it begins' },
  safetyLayer: {
    'running.positions.unverified': 'what its start found of the file is said in the step in which it begins',
    'running.exposure.full': 'there are nine symbols, one position each, and room for ten',
  },
  stateMachine: {
    'running.pipeline.confused':
      'a state that does not exist is in no record that anybody writes, and a record that was changed has a wrong checksum',
    'running.expiry.expiring': 'up to 200 signals are expired in one step, and there never are so many',
  },
};

const HAS_NO_FILE = 'it could not make its folder, in which there is no file yet';

/** Kinds that find nothing to strike in a state, though others do. */
const FINDS_NOTHING: Readonly<Partial<Record<ActorId, Readonly<Record<string, string>>>>> = {
  featureStore: { failed: HAS_NO_FILE, reviving: HAS_NO_FILE },
};

const OF_DOCUMENTS: ReadonlySet<FaultKind> = new Set([
  'file-replaced',
  'file-truncated',
  'bit-flipped',
  'document-torn',
  'file-locked',
]);

/** Nobody ever meets anybody so. */
export const isInVain = (kind: FaultKind, { actor, state }: Aim): boolean =>
  IN_VAIN[actor]?.[state] !== undefined || (OF_DOCUMENTS.has(kind) && FINDS_NOTHING[actor]?.[state] !== undefined);

/** Every meeting there can be of these kinds. */
export function meetable(kinds: readonly FaultKind[]): readonly Cell[] {
  const cells = new Map<string, Cell>();
  for (const fault of kinds)
    for (const aim of aimsOf(fault)) {
      if (isInVain(fault, aim)) continue;
      const { actor, state } = aim;
      const cell = { fault, component: componentOf(actor), state: countedAs(state) };
      cells.set(sayCell(cell), cell);
    }
  return [...cells.values()];
}

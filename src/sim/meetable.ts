/** What can meet: kinds of faults, the components they can strike, and the states these can be in. */
import type { ActorId } from '../machines/messages.ts';
import type { Cell } from './coverage.ts';
import type { FaultKind } from './fault-kinds.ts';
import { faultOf } from './faults/catalogue.ts';
import { componentOf } from './meetings.ts';
import type { Aim } from './script.ts';
import { ENDED, STANDINGS } from './standings.ts';

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

/** Every meeting there can be of these kinds. */
export const meetable = (kinds: readonly FaultKind[]): readonly Cell[] =>
  kinds.flatMap((fault) => aimsOf(fault).map(({ actor, state }) => ({ fault, component: componentOf(actor), state })));

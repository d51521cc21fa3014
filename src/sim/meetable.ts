/** What can meet: kinds of faults, the components they can strike, and the states these can be in. */
import { type ActorId, actorOf, COMPONENTS } from '../machines/messages.ts';
import type { Cell } from './coverage.ts';
import type { FaultKind } from './fault-kinds.ts';
import { DOCUMENTS, LOGS, meets, SIGNAL_BUS_FILE } from './faults/owners.ts';
import { componentOf } from './meetings.ts';
import { ACTORS } from './roster.ts';
import type { Aim } from './script.ts';
import { STANDINGS } from './standings.ts';

const owners = (paths: readonly string[]): readonly ActorId[] => [...new Set(paths.map(meets))];
const ALL_COMPONENTS = COMPONENTS.map(actorOf);

/** Whom a fault of a kind can strike. */
export const STRIKES: Readonly<Record<FaultKind, readonly ActorId[]>> = {
  crash: ACTORS,
  'power-cut': ACTORS,
  'actor-ends': ALL_COMPONENTS,
  'actor-wedged': ALL_COMPONENTS,
  'actor-throws': ['featureStore', 'exitGates', 'shadowEngine'],
  'log-deleted': owners(LOGS),
  'garbage-appended': owners([...LOGS, SIGNAL_BUS_FILE]),
  'bytes-overwritten': owners([...LOGS, SIGNAL_BUS_FILE]),
  'document-torn': owners(DOCUMENTS),
  'disk-full': ACTORS,
  'disk-errors': ACTORS,
  'feed-silent': ['marketFeed'],
  'order-rejected': ['tradeExecution'],
  'order-unknown': ['tradeExecution'],
};

/** States that the simulated world has no way into, and why. */
export const NEVER_STOOD_IN: Readonly<Partial<Record<ActorId, Readonly<Record<string, string>>>>> = {
  marketFeed: { 'running.ended': 'a recording ends; the simulated market goes on' },
};

/** Every moment that a fault of this kind can wait for. */
export const aimsOf = (kind: FaultKind): readonly Aim[] =>
  STRIKES[kind].flatMap((actor) =>
    (STANDINGS.get(actor) ?? [])
      .filter((state) => NEVER_STOOD_IN[actor]?.[state] === undefined)
      .map((state) => ({ actor, state })),
  );

/** Every meeting there can be of these kinds. */
export const meetable = (kinds: readonly FaultKind[]): readonly Cell[] =>
  kinds.flatMap((fault) => aimsOf(fault).map(({ actor, state }) => ({ fault, component: componentOf(actor), state })));

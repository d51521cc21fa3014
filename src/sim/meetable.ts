/** What can meet: kinds of faults, the components they can strike, and the states these can be in. */
import { type ActorId, actorOf, COMPONENTS } from '../machines/messages.ts';
import type { Cell } from './coverage.ts';
import type { FaultKind } from './fault-kinds.ts';
import { DOCUMENTS, LEDGER_FILE, LOGS, meets, SIGNAL_BUS_FILE } from './faults/owners.ts';
import { componentOf } from './meetings.ts';
import { ACTORS } from './roster.ts';
import type { Aim } from './script.ts';
import { ENDED, STANDINGS } from './standings.ts';

const owners = (paths: readonly string[]): readonly ActorId[] => [...new Set(paths.map(meets))];

const HEALERS: readonly ActorId[] = ['healingOperator', 'architectureHealing'];
const PARTS: readonly ActorId[] = COMPONENTS.map(actorOf);
const OF_LOGS = owners([...LOGS, SIGNAL_BUS_FILE, LEDGER_FILE]);
const OF_DOCUMENTS = owners(DOCUMENTS);
const OF_FILES = [...new Set([...OF_LOGS, ...OF_DOCUMENTS])];

/** Whom a fault of a kind can strike. */
export const STRIKES: Readonly<Record<FaultKind, readonly ActorId[]>> = {
  crash: ACTORS,
  'power-cut': ACTORS,
  'clock-forward': ACTORS,
  'clock-back': ACTORS,
  'actor-ends': PARTS,
  'actor-wedged': PARTS,
  'actor-throws': PARTS,
  'healer-ends': HEALERS,
  'healer-wedged': HEALERS,
  'message-poisoned': ACTORS,
  'answer-doubled': ACTORS,
  'event-storm': ['exitGates', 'tradeExecution', 'safetyLayer', 'stateMachine'],
  'log-deleted': OF_LOGS,
  'file-replaced': OF_FILES,
  'file-truncated': OF_FILES,
  'garbage-appended': OF_LOGS,
  'foreign-writer': OF_LOGS,
  'bytes-overwritten': OF_LOGS,
  'bit-flipped': OF_FILES,
  'document-torn': OF_DOCUMENTS,
  'file-locked': OF_FILES,
  'disk-full': ACTORS,
  'disk-errors': ACTORS,
  'disk-unreadable': ACTORS,
  'disk-denied': ACTORS,
  'disk-slow': ACTORS,
  'sync-fails': ACTORS,
  'feed-silent': ['marketFeed'],
  'feed-doubled': ['marketFeed'],
  'feed-reordered': ['marketFeed'],
  'order-rejected': ['tradeExecution'],
  'order-unknown': ['tradeExecution'],
  'exchange-silent': ['tradeExecution'],
  'fills-late': ['tradeExecution'],
  'fills-reordered': ['tradeExecution'],
  'fills-doubled': ['tradeExecution'],
};

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
  STRIKES[kind].flatMap((actor) =>
    (STANDINGS.get(actor) ?? [])
      .filter((state) => NEVER_STOOD_IN[actor]?.[state] === undefined)
      .filter((state) => !(OF_THE_LIVING.has(kind) && ENDED.has(state)))
      .map((state) => ({ actor, state })),
  );

/** Every meeting there can be of these kinds. */
export const meetable = (kinds: readonly FaultKind[]): readonly Cell[] =>
  kinds.flatMap((fault) => aimsOf(fault).map(({ actor, state }) => ({ fault, component: componentOf(actor), state })));

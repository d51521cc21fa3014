/** Where a component can stand, one state at a time, as its statechart says. */
import {
  architectureHealing,
  decisionEngine,
  decisionTracker,
  exitGates,
  featureStore,
  fileIntegrity,
  healingOperator,
  heartbeat,
  marketFeed,
  pipelineMonitor,
  safetyLayer,
  shadowEngine,
  signalBus,
  signalEngine,
  stateMachine,
  tradeExecution,
} from '../machines/index.ts';
import type { ActorId } from '../machines/messages.ts';
import { ACTORS } from './roster.ts';

interface StateNode {
  readonly key: string;
  readonly states: Readonly<Record<string, StateNode>>;
}

/** The states below a node that have none below themselves: `entries.open`, of regions side by side each its own. */
function leaves(node: StateNode): readonly string[] {
  return Object.values(node.states).flatMap((state) => {
    const below = leaves(state);
    return below.length === 0 ? [state.key] : below.map((path) => `${state.key}.${path}`);
  });
}

const MACHINES = {
  architectureHealing,
  decisionEngine,
  decisionTracker,
  exitGates,
  featureStore,
  fileIntegrity,
  healingOperator,
  heartbeat,
  marketFeed,
  pipelineMonitor,
  safetyLayer,
  shadowEngine,
  signalBus,
  signalEngine,
  stateMachine,
  tradeExecution,
} as const satisfies Readonly<Record<ActorId, unknown>>;

/** What an actor is when its machine is in no state any more. */
export const ENDED: ReadonlySet<string> = new Set(['done', 'error']);
/** What a component is that is not there: no state of it. */
const ABSENT: ReadonlySet<string> = new Set(['no process', 'not started']);

function standingsOf(actor: ActorId): readonly string[] {
  const { running, ...lives } = (MACHINES[actor].root as unknown as StateNode).states;
  const work = running?.states.work;
  if (work === undefined) throw new Error(`${actor} has no work`);
  return [
    ...Object.keys(lives).filter((state) => state !== 'stopped'),
    ...leaves(work).map((path) => `running.${path}`),
    'running.mending',
    ...ENDED,
  ];
}

/** Of every actor, every state that it can be told to stand in. */
export const STANDINGS: ReadonlyMap<ActorId, readonly string[]> = new Map(
  ACTORS.map((actor) => [actor, standingsOf(actor)]),
);

/** However it ended: between two lives it is the same to whoever meets it. */
const OVER: ReadonlySet<string> = new Set([...ENDED, 'stopped']);
/** The state of a component that has ended. */
export const BETWEEN_LIVES = 'between lives';

/** A state as the coverage counts it. */
export const countedAs = (state: string): string => (OVER.has(state) ? BETWEEN_LIVES : state);

const known = new Map<string, readonly string[]>();

/** The single states of a standing: `running.entries.open + books.agreed` is in two at once; of what is not there, none. */
export function statesIn(standing: string): readonly string[] {
  const states = known.get(standing) ?? statesOf(standing);
  known.set(standing, states);
  return states;
}

function statesOf(standing: string): readonly string[] {
  if (ABSENT.has(standing)) return [];
  const [first = '', ...others] = standing.split(' + ');
  return [first, ...others.map((state) => `running.${state}`)];
}

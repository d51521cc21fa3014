/**
 * The supervisor, walked by its graph as it lives: its next state depends on children that it spawns and on their timers, so
 * what is walked is a history of a running actor, and states are what can be seen of it.
 */
import assert from 'node:assert/strict';
import type { AnyActorLogic } from 'xstate';
import { adjacencyMapToArray, getAdjacencyMap } from 'xstate/graph';
import type { Rules } from '../../src/healing/strategy.ts';
import type { SupervisorContext } from '../../src/healing/supervisor.ts';
import type { Coverage } from './coverage.ts';
import { household, type Id } from './household.ts';
import type { Told } from './walk.ts';

const CHILDREN: readonly Id[] = ['bus', 'engine'];
const ORDER = { incident: 'i', reason: 'a test', from: 'healingOperator' } as const;

const STEPS: readonly Told[] = [
  ...CHILDREN.flatMap((id): readonly Told[] => [
    { type: 'crash', id },
    { type: 'end', id },
    { type: 'TERMINATE_CHILD', id },
    { type: 'START_CHILD', id },
    { type: 'KILL_CHILD', id },
  ]),
  { type: 'deafen', id: 'engine' },
  { type: 'RESTART_CHILD', id: 'bus', scope: 'one', ...ORDER },
  { type: 'RESTART_CHILD', id: 'bus', scope: 'rest', ...ORDER },
  { type: 'CHILD.FAILED', id: 'bus', incarnation: 1 },
  { type: 'CHILD.READY', id: 'engine', incarnation: 99 },
  { type: 'STOP' },
  { type: 'wait', ms: 10 },
  { type: 'wait', ms: 5_000 },
];

const RULES: readonly Partial<Rules>[] = [
  { strategy: 'rest_for_one', intensity: { most: 1, withinMs: 60_000 } },
  { whenSpent: 'escalate', intensity: { most: 0, withinMs: 60_000 } },
];

/** What a history begins with: a start, a family that is up, one of which will not close. */
const UP: Told = { type: 'wait', ms: 5_000 };
const BEGINNINGS: readonly (readonly Told[])[] = [[], [UP], [UP, { type: 'deafen', id: 'engine' }]];
/** Longer histories show nothing new of the supervisor itself; random ones are in supervisor.test.ts. */
const MOST_STEPS = 2;

interface Life {
  readonly steps: readonly Told[];
  /** All that can be seen of it, as one word. */
  readonly key: string;
  readonly over: boolean;
}

function live(rules: Partial<Rules>, steps: readonly Told[], coverage: Coverage): Life {
  const { clock, mailboxes, deaf, actor, stops } = household(rules, { ids: CHILDREN, coverage });
  actor.start();
  for (const step of steps) {
    const ref = mailboxes.ref(step.id as Id);
    const lives = ref?.getSnapshot().status === 'active';
    if (step.type === 'wait') clock.advance(Number(step.ms));
    else if (step.type === 'deafen') deaf.add(step.id as Id);
    else if (step.type === 'crash' || step.type === 'end') {
      if (lives) ref.send({ type: step.type === 'crash' ? 'BOOM' : 'STOP' });
    } else actor.send(step as never);
  }
  const { value, status, context } = actor.getSnapshot();
  const { children, spent, begun } = context as SupervisorContext;
  const over = status !== 'active';
  if (over) {
    assert.equal(stops(), 1);
    for (const id of CHILDREN) assert.notEqual(mailboxes.ref(id)?.getSnapshot().status, 'active');
    clock.advance(60_000);
    assert.equal(clock.pending, 0);
  }
  const seen = children.map(({ id, phase, wanted, bounce, exhausted, notBefore }) => {
    const itself = mailboxes.ref(id)?.getSnapshot();
    return [
      phase,
      wanted,
      bounce,
      exhausted,
      notBefore > clock.now(),
      itself?.status,
      itself?.value,
      deaf.has(id as Id),
    ];
  });
  return { steps, over, key: JSON.stringify([value, status, spent !== null, begun, seen]) };
}

/** @returns how many steps running supervisors took */
export function walkSupervisor(coverage: Coverage): number {
  let steps = 0;
  for (const rules of RULES) {
    for (const beginning of BEGINNINGS) {
      const logic = {
        getInitialSnapshot: () => live(rules, beginning, coverage),
        transition: (life: Life, event: Told) => live(rules, [...life.steps, event], coverage),
      };
      const map = getAdjacencyMap(
        logic as unknown as AnyActorLogic,
        {
          events: STEPS,
          serializeState: (life: unknown) => (life as Life).key,
          filterEvents: (life: unknown) =>
            !(life as Life).over && (life as Life).steps.length < beginning.length + MOST_STEPS,
        } as never,
      );
      steps += adjacencyMapToArray(map).length;
    }
  }
  return steps;
}

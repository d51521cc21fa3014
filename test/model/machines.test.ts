/** Every machine, walked from its own graph: a live actor takes every transition and stands where the pure machine says. */
import { describe, expect, it } from 'vitest';
import { type AnyMachineSnapshot, type AnyStateMachine, createActor, createMachine } from 'xstate';
import { adjacencyMapToArray, getAdjacencyMap, getShortestPaths } from 'xstate/graph';
import { SIGNAL_EVENTS, signalLifecycle } from '../../src/machines/signal-lifecycle.ts';
import { eventsApart, lifeEvents, SUBJECTS, type Subject, type Told, workEvents } from './alphabet.ts';
import { type Coverage, coverageOf } from './coverage.ts';

const INPUT = { incarnation: 1, restartedBy: null, startedAt: 0, silentAfterMs: 60_000 };

const withoutSystemIds = (part: unknown): unknown => {
  if (Array.isArray(part)) return part.map(withoutSystemIds);
  if (typeof part !== 'object' || part === null) return part;
  const kept = Object.entries(part).filter(([key]) => key !== 'systemId');
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutSystemIds(value)]));
};
/** XState's graph walks in one mock system, where a child with a system id could be invoked but once. */
const walkable = (machine: AnyStateMachine): AnyStateMachine =>
  createMachine(withoutSystemIds(machine.config) as never, machine.implementations as never);

/** Sends every event in every state that the machine can reach with `events`; one step beyond each shortest path. */
function walk({ machine, remembers }: Subject, events: readonly Told[], coverage: Coverage): number {
  const keyOf = (snapshot: AnyMachineSnapshot): string =>
    JSON.stringify([snapshot.value, snapshot.status, remembers?.(snapshot.context as Record<string, unknown>)]);
  const options = {
    events,
    input: INPUT,
    limit: 100_000,
    // A child's error comes only while it lives; XState lets one that nobody expects end the parent.
    filterEvents: (snapshot: AnyMachineSnapshot, event: Told) =>
      snapshot.status === 'active' && (!event.type.startsWith('xstate.error') || snapshot.can(event)),
    serializeState: keyOf,
  };
  const graph = walkable(machine);
  const next = new Map<string, { readonly event: Told; readonly key: string }[]>();
  for (const { state, event, nextState } of adjacencyMapToArray(getAdjacencyMap(graph, options as never))) {
    const from = keyOf(state as AnyMachineSnapshot);
    next.set(from, [...(next.get(from) ?? []), { event: event as Told, key: keyOf(nextState as AnyMachineSnapshot) }]);
  }
  let steps = 0;
  for (const path of getShortestPaths(graph, options as never)) {
    for (const { event, key } of next.get(keyOf(path.state as AnyMachineSnapshot)) ?? []) {
      const actor = createActor(machine, { input: INPUT, inspect: coverage.inspect }).start();
      for (const step of path.steps) if (step.event.type !== 'xstate.init') actor.send(step.event);
      expect(keyOf(actor.getSnapshot())).toBe(keyOf(path.state as AnyMachineSnapshot));
      actor.send(event);
      expect(keyOf(actor.getSnapshot())).toBe(key);
      actor.stop();
      steps++;
    }
  }
  return steps;
}

it('every state and every transition of a signal is taken by a live actor', () => {
  const coverage = coverageOf(signalLifecycle);
  const events = SIGNAL_EVENTS.map((event) => ({ ...event }) as Told);
  expect(walk({ machine: signalLifecycle, events }, events, coverage)).toBeGreaterThan(coverage.size.transitions);
  expect(coverage.missing()).toEqual({ states: [], transitions: [] });
});

describe('every state and every transition is taken by a live actor, which agrees with its machine', () => {
  for (const subject of SUBJECTS) {
    it(subject.machine.id, () => {
      const coverage = coverageOf(subject.machine);
      const alphabets = [workEvents(subject), eventsApart(subject), lifeEvents()].filter((events) => events.length > 0);
      const steps = alphabets.reduce((sum, events) => sum + walk(subject, events, coverage), 0);
      expect(steps).toBeGreaterThan(coverage.size.transitions);
      // Those who expire signals handle EXPIRE further down, so that the shared refusal is never reached.
      const beyondReach = subject.expires ? [`${subject.machine.id}.running on EXPIRE: stays`] : [];
      expect(coverage.missing()).toEqual({ states: [], transitions: beyondReach });
    });
  }
});

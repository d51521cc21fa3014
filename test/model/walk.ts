/** A statechart walked by its own graph: a live actor goes every step, and stands where the pure machine says. */
import assert from 'node:assert/strict';
import {
  type Actor,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  createMachine,
  type EventObject,
} from 'xstate';
import { adjacencyMapToArray, getAdjacencyMap, getShortestPaths, getStateNodes } from 'xstate/graph';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import type { Coverage } from './coverage.ts';

export type Told = EventObject & { readonly [field: string]: unknown };

export interface Walk {
  readonly machine: AnyStateMachine;
  readonly events: readonly Told[];
  /** The part of its context that decides guards: states that differ in it are walked apart. */
  readonly remembers?: ((context: Record<string, unknown>) => unknown) | undefined;
  readonly coverage: Coverage;
}

const INPUT = { incarnation: 1, restartedBy: null, startedAt: 0, barMs: 20_000 };

const withoutSystemIds = (part: unknown): unknown => {
  if (Array.isArray(part)) return part.map(withoutSystemIds);
  if (typeof part !== 'object' || part === null) return part;
  const kept = Object.entries(part).filter(([key]) => key !== 'systemId');
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutSystemIds(value)]));
};
/** XState's graph walks in one mock system, where a child with a system id could be invoked but once. */
const walkable = (machine: AnyStateMachine): AnyStateMachine =>
  createMachine(withoutSystemIds(machine.config) as never, machine.implementations as never);

/** The events of timers: XState names them, one a delayed transition. */
const delayedEvents = (machine: AnyStateMachine): readonly string[] =>
  [machine.root, ...getStateNodes(machine)].flatMap(({ after }) => after.map(({ eventType }) => eventType));

/** Those whose timer runs. */
const timersOf = (actor: Actor<AnyStateMachine>): ReadonlySet<string> =>
  new Set(Object.values(actor.system.getSnapshot()._scheduledEvents).map(({ event }) => event.type));

/**
 * Sends every event in every state that the machine can reach with them, one step beyond each shortest path. A delayed
 * transition is taken where its timer runs, and timers run nowhere else.
 * @returns how many steps were compared
 */
export function walk({ machine, events, remembers, coverage }: Walk): number {
  const watched = coverage.watch(machine);
  const delayed = delayedEvents(machine);
  const alphabet: readonly Told[] = [...events, ...delayed.map((type) => ({ type }))];
  const keyOf = (snapshot: AnyMachineSnapshot): string =>
    JSON.stringify([snapshot.value, snapshot.status, remembers?.(snapshot.context as Record<string, unknown>)]);
  const options = {
    events: alphabet,
    input: INPUT,
    limit: 100_000,
    // A child's end and a timer come only while they are; XState lets an error that nobody expects end the parent.
    filterEvents: (snapshot: AnyMachineSnapshot, event: Told) =>
      snapshot.status === 'active' && (!event.type.startsWith('xstate.') || snapshot.can(event)),
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
    const state = path.state as AnyMachineSnapshot;
    for (const { event, key } of next.get(keyOf(state)) ?? []) {
      const clock = new VirtualClock(0);
      const actor = createActor(watched, { input: INPUT, inspect: coverage.inspect, clock }).start();
      for (const step of path.steps) if (step.event.type !== 'xstate.init') actor.send(step.event);
      assert.equal(keyOf(actor.getSnapshot()), keyOf(state));
      const timers = timersOf(actor);
      for (const type of delayed) assert.equal(timers.has(type), state.can({ type }), `the timer of ${type}`);
      actor.send(event);
      assert.equal(keyOf(actor.getSnapshot()), key, `${keyOf(state)} on ${JSON.stringify(event)}`);
      actor.stop();
      steps++;
    }
  }
  return steps;
}

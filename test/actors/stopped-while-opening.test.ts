/** What is stopped while it opens (its start takes too long, or an operator is in a hurry) leaves no file open behind it. */
import { expect, it } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import { decisionEngineActor } from '../../src/actors/decision-engine.ts';
import { decisionTrackerActor } from '../../src/actors/decision-tracker.ts';
import type { Habitat } from '../../src/actors/effects.ts';
import { exitGatesActor } from '../../src/actors/exit-gates.ts';
import { shadowEngineActor } from '../../src/actors/shadow-engine.ts';
import { signalBusActor } from '../../src/actors/signal-bus.ts';
import { signalEngineActor } from '../../src/actors/signal-engine.ts';
import type { ActorId } from '../../src/machines/messages.ts';
import { countedFiles } from '../adapters/counted-files.ts';
import { testHabitat } from './habitat.ts';

const OWNERS: readonly (readonly [ActorId, (habitat: Habitat) => AnyStateMachine])[] = [
  ['signalBus', signalBusActor],
  ['signalEngine', signalEngineActor],
  ['decisionEngine', decisionEngineActor],
  ['decisionTracker', decisionTrackerActor],
  ['exitGates', exitGatesActor],
  ['shadowEngine', shadowEngineActor],
];

/** Stopped at its `at`th opening, or at the end where there are fewer. @returns what it left, and how many there were */
async function stoppedAt(at: number, id: ActorId, make: (habitat: Habitat) => AnyStateMachine) {
  const files = countedFiles();
  const t = await testHabitat({ files: files.wrap });
  if (id !== 'signalBus') await t.start('signalBus', signalBusActor);
  const before = [...files.open];
  let openings = 0;
  files.whenOpened((times) => {
    openings = times;
    if (times === at) void t.stop(id);
  });
  await t.start(id, make);
  const { status } = t.snapshot(id);
  if (status === 'active') await t.stop(id);
  await t.settle();
  const left = { status: t.snapshot(id).status, open: [...files.open] };
  await t.end();
  return { left, openings, before };
}

it.each(OWNERS)('%s leaves no file open, at whichever of its openings it is stopped', async (id, make) => {
  const { openings } = await stoppedAt(Number.POSITIVE_INFINITY, id, make);
  expect(openings).toBeGreaterThan(0);
  for (let at = 1; at <= openings; at++) {
    const { left, before } = await stoppedAt(at, id, make);
    expect({ at, ...left }).toEqual({ at, status: 'done', open: before });
  }
});

import type { AnyActorRef, AnyStateMachine } from 'xstate';
import { provided } from '../machines/compile/provided.ts';
import { decisionTracker } from '../machines/decision-tracker.ts';
import { type Habitat, lifeEffects } from './effects.ts';
import { ownedLog } from './owned-log.ts';
import { recordWriter } from './recorder.ts';

export const DECISIONS_FILE = 'logs/signal_decisions.jsonl';

/** `decisionTracker` at work: owns `logs/signal_decisions.jsonl`. */
export function decisionTrackerActor(habitat: Habitat): AnyStateMachine {
  const { world } = habitat;
  const log = ownedLog(world, DECISIONS_FILE);
  let self: AnyActorRef | null = null;
  const writer = recordWriter(world, log, (event) => self?.send(event));
  const life = lifeEffects('decisionTracker', habitat, {
    open: async (ref) => {
      self = ref;
      await log.open();
    },
    files: [log],
    repair: () => log.repair(),
    close: async () => {
      await writer.settle();
      await log.close();
    },
  });
  return provided(decisionTracker, {
    actors: life.actors,
    actions: {
      ...life.actions,
      recordAgain: () => writer.again(),
      track: ({ event }) => {
        if (event.type === 'TRACK') writer.write(event.record);
      },
    },
  });
}

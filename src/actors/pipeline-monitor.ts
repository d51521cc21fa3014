import type { AnyStateMachine } from 'xstate';
import { provided } from '../machines/compile/provided.ts';
import { pipelineMonitor } from '../machines/pipeline-monitor.ts';
import { type Habitat, lifeEffects } from './effects.ts';

/** `pipelineMonitor` at work: owns no file; what it is asked to expire, it asks the state machine to. */
export function pipelineMonitorActor(habitat: Habitat): AnyStateMachine {
  const life = lifeEffects('pipelineMonitor', habitat, {
    open: async () => undefined,
    files: [],
    repair: (target) => Promise.reject(new Error(`pipelineMonitor has no ${target} to repair`)),
    close: async () => undefined,
  });
  return provided(pipelineMonitor, {
    actors: life.actors,
    actions: {
      ...life.actions,
      askForExpiry: ({ event }) => {
        // The order keeps its sender: the state machine answers the healer itself.
        if (event.type === 'EXPIRE') habitat.mail.post('stateMachine', { ...event });
      },
    },
  });
}

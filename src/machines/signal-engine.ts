/** Runs the strategies on fresh features and emits what they have to say. */
import { assign, setup } from 'xstate';
import {
  alive,
  bornAs,
  type LifeContext,
  type LifeEvent,
  type LifeInput,
  lifeActions,
  lifeActors,
  lifeGuards,
} from './life.ts';
import type { Features } from './messages.ts';
import {
  blankRecorder,
  type RecorderContext,
  type RecorderEvent,
  recorderActions,
  recorderGuards,
  recording,
} from './recorder.ts';

export type Decided = {
  readonly type: 'DECIDED';
  readonly signalId: string;
  readonly disposition: 'EXECUTED' | 'BLOCKED' | 'SKIPPED';
  readonly gate: string | null;
  readonly reason: string | null;
};
export type SignalEngineEvent =
  | LifeEvent
  | RecorderEvent
  | { readonly type: 'FEATURES'; readonly at: number; readonly features: readonly Features[] }
  | Decided
  | { readonly type: 'EMITTED'; readonly count: number };

export interface SignalEngineContext extends LifeContext, RecorderContext {
  readonly lastFeaturesAt: number | null;
  readonly signals: number;
}

export const signalEngine = setup({
  types: { context: {} as SignalEngineContext, events: {} as SignalEngineEvent, input: {} as LifeInput },
  actors: lifeActors,
  actions: {
    ...lifeActions<SignalEngineContext, SignalEngineEvent>(),
    ...recorderActions<SignalEngineContext, SignalEngineEvent>(),
    /** Asks the strategies and emits; an actor provides it. */
    think: () => undefined,
    /** Writes down what became of a signal; an actor provides it. */
    close: () => undefined,
    noteFeatures: assign(({ event }) => (event.type === 'FEATURES' ? { lastFeaturesAt: event.at } : {})),
    noteEmitted: assign(({ context, event }) =>
      event.type === 'EMITTED' ? { signals: context.signals + event.count } : {},
    ),
  },
  guards: {
    ...lifeGuards,
    ...recorderGuards,
    someStable: ({ event }) => event.type === 'FEATURES' && event.features.some(({ stable }) => stable),
  },
}).createMachine({
  id: 'signalEngine',
  context: ({ input }) => ({ ...bornAs(input), ...blankRecorder, lastFeaturesAt: null, signals: 0 }),
  ...alive({
    type: 'parallel',
    states: {
      thinking: {
        initial: 'waiting',
        on: {
          FEATURES: [
            { guard: 'someStable', target: '.looking', actions: ['noteFeatures', 'think'] },
            { target: '.warming', actions: ['noteFeatures', 'think'] },
          ],
          DECIDED: { actions: 'close' },
          EMITTED: { actions: 'noteEmitted' },
        },
        states: { waiting: {}, warming: {}, looking: {} },
      },
      recording,
    },
  }),
});

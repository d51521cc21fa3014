/** Keeps every decision with the market as it was then. While its log cannot be written, decisions wait in order. */
import { setup } from 'xstate';
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
import {
  blankRecorder,
  type RecorderContext,
  type RecorderEvent,
  recorderActions,
  recorderGuards,
  recording,
} from './recorder.ts';

export type DecisionTrackerEvent =
  | LifeEvent
  | RecorderEvent
  | { readonly type: 'TRACK'; readonly record: Readonly<Record<string, unknown>> };

export interface DecisionTrackerContext extends LifeContext, RecorderContext {}

export const decisionTracker = setup({
  types: { context: {} as DecisionTrackerContext, events: {} as DecisionTrackerEvent, input: {} as LifeInput },
  actors: lifeActors,
  actions: {
    ...lifeActions<DecisionTrackerContext, DecisionTrackerEvent>(),
    ...recorderActions<DecisionTrackerContext, DecisionTrackerEvent>(),
    /** Writes the decision down; an actor provides it. */
    track: () => undefined,
  },
  guards: { ...lifeGuards, ...recorderGuards },
}).createMachine({
  id: 'decisionTracker',
  context: ({ input }) => ({ ...bornAs(input), ...blankRecorder }),
  ...alive({ ...recording, on: { TRACK: { actions: 'track' } } }),
});

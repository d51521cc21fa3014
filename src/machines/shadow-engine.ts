/**
 * A hypothetical trade for every signal, blocked ones too: what would have become of it. Its outcomes are what a blocked
 * signal is learned from.
 */
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
import type { Tick } from './messages.ts';
import {
  blankRecorder,
  type RecorderContext,
  type RecorderEvent,
  recorderActions,
  recorderGuards,
  recording,
} from './recorder.ts';

export type ShadowEngineEvent =
  | LifeEvent
  | RecorderEvent
  | { readonly type: 'TICK'; readonly tick: Tick }
  | { readonly type: 'BUS.RECORD'; readonly record: Readonly<Record<string, unknown>> }
  | { readonly type: 'BOOK'; readonly open: number };

export interface ShadowEngineContext extends LifeContext, RecorderContext {
  readonly open: number;
  readonly lastTickAt: number | null;
}

export const shadowEngine = setup({
  types: { context: {} as ShadowEngineContext, events: {} as ShadowEngineEvent, input: {} as LifeInput },
  actors: lifeActors,
  actions: {
    ...lifeActions<ShadowEngineContext, ShadowEngineEvent>(),
    ...recorderActions<ShadowEngineContext, ShadowEngineEvent>(),
    /** Opens, or notes the decision about, a shadow trade; an actor provides it. */
    follow: () => undefined,
    /** Closes what the tick's prices close; an actor provides it. */
    judge: () => undefined,
    noteTick: assign(({ event }) => (event.type === 'TICK' ? { lastTickAt: event.tick.at } : {})),
    noteBook: assign(({ event }) => (event.type === 'BOOK' ? { open: event.open } : {})),
  },
  guards: {
    ...lifeGuards,
    ...recorderGuards,
    hasTrades: ({ event }) => event.type === 'BOOK' && event.open > 0,
  },
}).createMachine({
  id: 'shadowEngine',
  context: ({ input }) => ({ ...bornAs(input), ...blankRecorder, open: 0, lastTickAt: null }),
  ...alive({
    type: 'parallel',
    states: {
      book: {
        initial: 'empty',
        on: {
          'BUS.RECORD': { actions: 'follow' },
          TICK: { actions: ['noteTick', 'judge'] },
          BOOK: [
            { guard: 'hasTrades', target: '.tracking', actions: 'noteBook' },
            { target: '.empty', actions: 'noteBook' },
          ],
        },
        states: { empty: {}, tracking: {} },
      },
      recording,
    },
  }),
});

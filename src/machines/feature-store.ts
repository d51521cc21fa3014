/** Candles become features: indicators, regime, volatility per symbol. The latest are kept on disk for people and scripts. */
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

export type FeatureStoreEvent =
  | LifeEvent
  | { readonly type: 'TICK'; readonly tick: Tick }
  /** How many symbols have all their indicators, and how many still warm up. */
  | { readonly type: 'WARMTH'; readonly fresh: number; readonly warming: number }
  | { readonly type: 'SAVING' }
  | { readonly type: 'SAVED'; readonly at: number }
  | { readonly type: 'SAVE_FAILED'; readonly error: string };

export interface FeatureStoreContext extends LifeContext {
  /** Closing time of the last bars that became features. */
  readonly updatedAt: number | null;
  readonly fresh: number;
  readonly warming: number;
  readonly savedAt: number | null;
  readonly saveError: string | null;
}

export const featureStore = setup({
  types: { context: {} as FeatureStoreContext, events: {} as FeatureStoreEvent, input: {} as LifeInput },
  actors: lifeActors,
  actions: {
    ...lifeActions<FeatureStoreContext, FeatureStoreEvent>(),
    /** Computes and hands on; an actor provides it. */
    compute: () => undefined,
    /** Writes what is due to be written; an actor provides it. */
    saveWhenDue: () => undefined,
    noteTick: assign(({ event }) => (event.type === 'TICK' ? { updatedAt: event.tick.at } : {})),
    noteWarmth: assign(({ event }) => (event.type === 'WARMTH' ? { fresh: event.fresh, warming: event.warming } : {})),
    noteSaved: assign(({ event }) => (event.type === 'SAVED' ? { savedAt: event.at, saveError: null } : {})),
    noteSaveError: assign(({ event }) => (event.type === 'SAVE_FAILED' ? { saveError: event.error } : {})),
  },
  guards: {
    ...lifeGuards,
    allFresh: ({ event }) => event.type === 'WARMTH' && event.warming === 0,
  },
}).createMachine({
  id: 'featureStore',
  context: ({ input }) => ({
    ...bornAs(input),
    updatedAt: null,
    fresh: 0,
    warming: 0,
    savedAt: null,
    saveError: null,
  }),
  ...alive({
    type: 'parallel',
    states: {
      market: {
        initial: 'waiting',
        on: {
          TICK: { actions: ['compute', 'noteTick'] },
          WARMTH: [
            { guard: 'allFresh', target: '.fresh', actions: 'noteWarmth' },
            { target: '.warming', actions: 'noteWarmth' },
          ],
        },
        states: { waiting: {}, warming: {}, fresh: {} },
      },
      disk: {
        initial: 'unsaved',
        on: { CHECK: { actions: 'saveWhenDue' } },
        states: {
          unsaved: { on: { SAVING: 'saving' } },
          saving: {
            on: {
              SAVED: { target: 'saved', actions: 'noteSaved' },
              SAVE_FAILED: { target: 'unsaved', actions: 'noteSaveError' },
            },
          },
          saved: { on: { SAVING: 'saving' } },
        },
      },
    },
  }),
});

/**
 * Asks the guards of every signal, then the safety layer, and says approved or blocked, with the reason. A signal whose
 * veto is awaited is a decision under way; one that waits too long makes the engine overdue.
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
import type { Features, Position, Signal, SignalState, Verdict } from './messages.ts';
import {
  blankRecorder,
  type RecorderContext,
  type RecorderEvent,
  recorderActions,
  recorderGuards,
  recording,
} from './recorder.ts';

/** What the safety layer tells of the account. */
export interface Exposure {
  readonly equityUsd: number | null;
  readonly pnlTodayUsd: number;
  readonly openPositions: readonly Position[];
  readonly entriesOpen: boolean;
  readonly why: string;
}

export type DecisionEngineEvent =
  | LifeEvent
  | RecorderEvent
  | { readonly type: 'DECIDE'; readonly signal: Signal; readonly state: SignalState }
  | { readonly type: 'VETTED'; readonly signalId: string; readonly verdict: Verdict }
  | { readonly type: 'FEATURES'; readonly at: number; readonly features: readonly Features[] }
  | ({ readonly type: 'EXPOSURE' } & Exposure)
  /** How many decisions are under way, and since when the oldest is. */
  | { readonly type: 'UNDER_WAY'; readonly count: number; readonly oldestAt: number | null }
  | { readonly type: 'OVERDUE' };

export interface DecisionEngineContext extends LifeContext, RecorderContext {
  readonly pending: number;
  readonly oldestPendingAt: number | null;
  readonly entriesOpen: boolean;
  readonly entriesWhy: string;
}

/** A decision that takes longer than this is overdue, ms. */
export const OVERDUE_AFTER_MS = 30_000;

export const decisionEngine = setup({
  types: { context: {} as DecisionEngineContext, events: {} as DecisionEngineEvent, input: {} as LifeInput },
  actors: lifeActors,
  actions: {
    ...lifeActions<DecisionEngineContext, DecisionEngineEvent>(),
    ...recorderActions<DecisionEngineContext, DecisionEngineEvent>(),
    /** Asks the guards; an actor provides these. */
    ask: () => undefined,
    conclude: () => undefined,
    learnMarket: () => undefined,
    learnAccount: () => undefined,
    noteUnderWay: assign(({ event }) =>
      event.type === 'UNDER_WAY' ? { pending: event.count, oldestPendingAt: event.oldestAt } : {},
    ),
    noteEntries: assign(({ event }) =>
      event.type === 'EXPOSURE' ? { entriesOpen: event.entriesOpen, entriesWhy: event.why } : {},
    ),
  },
  guards: {
    ...lifeGuards,
    ...recorderGuards,
    nonePending: ({ event }) => event.type === 'UNDER_WAY' && event.count === 0,
    isOverdue: ({ context, event }) =>
      event.type === 'CHECK' &&
      context.oldestPendingAt !== null &&
      event.at - context.oldestPendingAt > OVERDUE_AFTER_MS,
    mayEnter: ({ event }) => event.type === 'EXPOSURE' && event.entriesOpen,
  },
}).createMachine({
  id: 'decisionEngine',
  context: ({ input }) => ({
    ...bornAs(input),
    ...blankRecorder,
    pending: 0,
    oldestPendingAt: null,
    entriesOpen: false,
    entriesWhy: 'the safety layer has not said anything yet',
  }),
  ...alive({
    type: 'parallel',
    states: {
      deciding: {
        initial: 'idle',
        on: {
          DECIDE: { actions: 'ask' },
          VETTED: { actions: 'conclude' },
          FEATURES: { actions: 'learnMarket' },
          UNDER_WAY: [
            { guard: 'nonePending', target: '.idle', actions: 'noteUnderWay' },
            { target: '.awaitingVeto', actions: 'noteUnderWay' },
          ],
        },
        states: {
          idle: {},
          awaitingVeto: { on: { CHECK: { guard: 'isOverdue', target: 'overdue' } } },
          overdue: {},
        },
      },
      entries: {
        initial: 'unknown',
        on: {
          EXPOSURE: [
            { guard: 'mayEnter', target: '.open', actions: ['noteEntries', 'learnAccount'] },
            { target: '.closed', actions: ['noteEntries', 'learnAccount'] },
          ],
        },
        states: { unknown: {}, open: {}, closed: {} },
      },
      recording,
    },
  }),
});

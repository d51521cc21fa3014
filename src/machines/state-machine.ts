/**
 * The keeper of every signal's life. It alone changes a signal's state, refuses what the lifecycle does not allow, and alone
 * expires what is stuck.
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
import type { SignalState } from './messages.ts';

/** The registry in figures. Times in ms; `oldestChangeAt` is that of the unfinished signal that has rested longest. */
export interface PipelineFigures {
  readonly at: number;
  readonly total: number;
  readonly byState: Readonly<Record<SignalState, number>>;
  readonly stuckCount: number;
  readonly oldCount: number;
  /** Signals whose state does not exist (at most 20). */
  readonly unknownStates: readonly string[];
  readonly oldestChangeAt: number | null;
  readonly refused: number;
}

export type StateMachineEvent =
  | LifeEvent
  | { readonly type: 'BUS.RECORD'; readonly record: Readonly<Record<string, unknown>> }
  | {
      readonly type: 'TRANSITION';
      readonly signalId: string;
      readonly to: SignalState;
      readonly reason: string | null;
      readonly metadata: Readonly<Record<string, unknown>>;
      readonly by: string;
    }
  /** The fate of a signal's order: while it is open or unknown the signal cannot expire. */
  | { readonly type: 'INTENT'; readonly signalId: string; readonly fate: 'open' | 'unknown' | 'closed' }
  /** Somebody who decides began anew, and has forgotten what it was told. */
  | { readonly type: 'TELL_UNDECIDED' }
  | { readonly type: 'FIGURES'; readonly figures: PipelineFigures }
  | { readonly type: 'EXPIRY_DONE' };

export interface StateMachineContext extends LifeContext {
  readonly figures: PipelineFigures | null;
}

export const stateMachine = setup({
  types: { context: {} as StateMachineContext, events: {} as StateMachineEvent, input: {} as LifeInput },
  actors: lifeActors,
  actions: {
    ...lifeActions<StateMachineContext, StateMachineEvent>(),
    /** Adds a signal, or moves on what waits for a record to be durable; an actor provides these. */
    take: () => undefined,
    change: () => undefined,
    noteIntent: () => undefined,
    expire: () => undefined,
    count: () => undefined,
    tellUndecided: () => undefined,
    noteFigures: assign(({ event }) => (event.type === 'FIGURES' ? { figures: event.figures } : {})),
  },
  guards: {
    ...lifeGuards,
    hasUnknown: ({ event }) => event.type === 'FIGURES' && event.figures.unknownStates.length > 0,
    hasStuck: ({ event }) => event.type === 'FIGURES' && event.figures.stuckCount + event.figures.oldCount > 0,
    isEmpty: ({ event }) => event.type === 'FIGURES' && event.figures.total === 0,
  },
}).createMachine({
  id: 'stateMachine',
  context: ({ input }) => ({ ...bornAs(input), figures: null }),
  ...alive({
    type: 'parallel',
    states: {
      pipeline: {
        initial: 'empty',
        on: {
          'BUS.RECORD': { actions: 'take' },
          TRANSITION: { actions: 'change' },
          INTENT: { actions: 'noteIntent' },
          TELL_UNDECIDED: { actions: 'tellUndecided' },
          CHECK: { actions: 'count' },
          FIGURES: [
            { guard: 'hasUnknown', target: '.confused', actions: 'noteFigures' },
            { guard: 'hasStuck', target: '.stuck', actions: 'noteFigures' },
            { guard: 'isEmpty', target: '.empty', actions: 'noteFigures' },
            { target: '.flowing', actions: 'noteFigures' },
          ],
        },
        states: { empty: {}, flowing: {}, stuck: {}, confused: {} },
      },
      expiry: {
        initial: 'idle',
        states: {
          idle: { on: { EXPIRE: { target: 'expiring', actions: 'expire' } } },
          expiring: { on: { EXPIRE: { actions: 'expire' }, EXPIRY_DONE: 'idle' } },
        },
      },
    },
  }),
});

/**
 * The single source of truth: a durable, ordered log of events. What it has acknowledged is on disk; while the disk refuses,
 * what was sent to it waits in order and nothing is acknowledged.
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
import type { Signal } from './messages.ts';

export type SignalBusEvent =
  | LifeEvent
  /** A strategy had an idea: to be written as `signal_generated`. */
  | { readonly type: 'EMIT'; readonly signal: Signal }
  /** Any other record, without what the bus stamps on it (`event_id`, `ts`, `timestamp`). */
  | { readonly type: 'APPEND'; readonly record: Readonly<Record<string, unknown>> }
  | {
      readonly type: 'APPENDED';
      readonly count: number;
      readonly lastSeq: number;
      readonly waiting: number;
      readonly unsaved: number;
    }
  /** What the incarnation before this one could not write is being written. */
  | { readonly type: 'CARRIED_OVER'; readonly waiting: number }
  | { readonly type: 'APPEND_REFUSED'; readonly error: string; readonly waiting: number; readonly at: number }
  | { readonly type: 'CHECKPOINT'; readonly unsaved: number }
  | { readonly type: 'HISTORY'; readonly lost: boolean; readonly says: string };

export interface SignalBusContext extends LifeContext {
  readonly appended: number;
  readonly lastSeq: number;
  readonly waiting: number;
  /** Records that the checkpoint does not have. */
  readonly unsaved: number;
  readonly refusal: string | null;
  readonly refusingSince: number | null;
  /** The log was missing at start although other records exist: what it held is lost until it is proven that it held nothing. */
  readonly historyLost: boolean;
  readonly historySays: string;
}

export const signalBus = setup({
  types: { context: {} as SignalBusContext, events: {} as SignalBusEvent, input: {} as LifeInput },
  actors: lifeActors,
  actions: {
    ...lifeActions<SignalBusContext, SignalBusEvent>(),
    /** Queues the record and writes what is queued; an actor provides it. */
    write: () => undefined,
    /** Tries again to write what waits; an actor provides it. */
    retry: () => undefined,
    noteAppended: assign(({ context, event }) =>
      event.type === 'APPENDED'
        ? {
            appended: context.appended + event.count,
            lastSeq: event.lastSeq,
            waiting: event.waiting,
            unsaved: event.unsaved,
            refusal: null,
            refusingSince: null,
          }
        : {},
    ),
    noteCarriedOver: assign(({ event }) => (event.type === 'CARRIED_OVER' ? { waiting: event.waiting } : {})),
    noteRefusal: assign(({ context, event }) =>
      event.type === 'APPEND_REFUSED'
        ? { refusal: event.error, waiting: event.waiting, refusingSince: context.refusingSince ?? event.at }
        : {},
    ),
    noteCheckpoint: assign(({ event }) => (event.type === 'CHECKPOINT' ? { unsaved: event.unsaved } : {})),
    noteHistory: assign(({ event }) =>
      event.type === 'HISTORY' ? { historyLost: event.lost, historySays: event.says } : {},
    ),
  },
  guards: {
    ...lifeGuards,
    nothingWaits: ({ event }) => event.type === 'APPENDED' && event.waiting === 0,
    isLost: ({ event }) => event.type === 'HISTORY' && event.lost,
  },
}).createMachine({
  id: 'signalBus',
  context: ({ input }) => ({
    ...bornAs(input),
    appended: 0,
    lastSeq: 0,
    waiting: 0,
    unsaved: 0,
    refusal: null,
    refusingSince: null,
    historyLost: false,
    historySays: '',
  }),
  ...alive({
    type: 'parallel',
    states: {
      log: {
        initial: 'idle',
        states: {
          idle: {
            on: {
              EMIT: { target: 'committing', actions: 'write' },
              APPEND: { target: 'committing', actions: 'write' },
              CARRIED_OVER: { target: 'committing', actions: 'noteCarriedOver' },
            },
          },
          committing: {
            on: {
              EMIT: { actions: 'write' },
              APPEND: { actions: 'write' },
              APPENDED: [
                { guard: 'nothingWaits', target: 'idle', actions: 'noteAppended' },
                { actions: 'noteAppended' },
              ],
              APPEND_REFUSED: { target: 'refusing', actions: 'noteRefusal' },
            },
          },
          refusing: {
            on: {
              EMIT: { actions: 'write' },
              APPEND: { actions: 'write' },
              CHECK: { actions: 'retry' },
              REPAIRED: { actions: 'retry' },
              APPEND_REFUSED: { actions: 'noteRefusal' },
              APPENDED: [
                { guard: 'nothingWaits', target: 'idle', actions: 'noteAppended' },
                { target: 'committing', actions: 'noteAppended' },
              ],
            },
          },
        },
      },
      history: {
        initial: 'known',
        on: {
          CHECKPOINT: { actions: 'noteCheckpoint' },
          HISTORY: [
            { guard: 'isLost', target: '.lost', actions: 'noteHistory' },
            { target: '.known', actions: 'noteHistory' },
          ],
        },
        states: { known: {}, lost: {} },
      },
    },
  }),
});

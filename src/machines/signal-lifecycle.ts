/**
 * The life of one signal, from the strategy that had the idea to the lesson drawn from it.
 * Nothing may rest unfinished: every state before a decision's outcome can expire. But for an order that may still fill:
 * a signal in `executing` expires only when it is certain that nothing will.
 */
import { assign, setup } from 'xstate';
import type { SignalState } from './messages.ts';

export type SignalEvent =
  | { readonly type: 'EVALUATE' }
  | { readonly type: 'APPROVE' }
  | { readonly type: 'BLOCK'; readonly reason: string }
  /** The intent is written; the order may leave. */
  | { readonly type: 'EXECUTE' }
  /** No answer: the order may be there or not. */
  | { readonly type: 'LOSE' }
  /** The exchange has the order. */
  | { readonly type: 'FIND' }
  /** It is certain that nothing of the order will ever fill. */
  | { readonly type: 'REFUSE' }
  | { readonly type: 'FILL' }
  | { readonly type: 'LEARN' }
  | { readonly type: 'EXPIRE' };

/** One event of each type, to walk the machine with. */
export const SIGNAL_EVENTS = [
  { type: 'EVALUATE' },
  { type: 'APPROVE' },
  { type: 'BLOCK', reason: 'a guard' },
  { type: 'EXECUTE' },
  { type: 'LOSE' },
  { type: 'FIND' },
  { type: 'REFUSE' },
  { type: 'FILL' },
  { type: 'LEARN' },
  { type: 'EXPIRE' },
] as const satisfies readonly SignalEvent[];

export interface SignalContext {
  /** Why it was blocked. */
  readonly reason: string | null;
}

export const signalLifecycle = setup({
  types: { context: {} as SignalContext, events: {} as SignalEvent },
  actions: { remember: assign({ reason: (_, params: { reason: string }) => params.reason }) },
}).createMachine({
  id: 'signal',
  context: { reason: null },
  initial: 'generated',
  states: {
    generated: { on: { EVALUATE: 'evaluating', EXPIRE: 'expired' } },
    evaluating: {
      on: {
        APPROVE: 'approved',
        BLOCK: { target: 'blocked', actions: { type: 'remember', params: ({ event }) => ({ reason: event.reason }) } },
        EXPIRE: 'expired',
      },
    },
    approved: { on: { EXECUTE: 'executing', EXPIRE: 'expired' } },
    executing: {
      initial: 'ordered',
      on: { FILL: 'executed' },
      states: {
        ordered: { on: { LOSE: 'reconciling', REFUSE: 'unfilled' } },
        reconciling: { on: { FIND: 'ordered', REFUSE: 'unfilled' } },
        unfilled: { on: { EXPIRE: '#signal.expired' } },
      },
    },
    executed: { on: { LEARN: 'learned' } },
    blocked: { on: { LEARN: 'learned' } },
    expired: { type: 'final' },
    learned: { type: 'final' },
  },
});

/** Resting in `executed` and `blocked` is not being stuck; `expired` and `learned` are final. The others must move on. */
export const MUST_MOVE_ON = [
  'generated',
  'evaluating',
  'approved',
  'executing',
] as const satisfies readonly SignalState[];
export const FINAL = ['expired', 'learned'] as const satisfies readonly SignalState[];

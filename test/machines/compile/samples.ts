/** Machines as people write them. Each with the events it knows, of every kind that its guards tell apart, and one it does not. */
import { and, assign, type EventObject, emit, not, raise, setup, stateIn } from 'xstate';
import { signalLifecycle } from '../../../src/machines/index.ts';
import { SIGNAL_EVENTS } from '../../../src/machines/signal-lifecycle.ts';
import type { Making, Note } from './twins.ts';

export interface Sample {
  readonly name: string;
  readonly making: Making;
  readonly events: readonly EventObject[];
  /** Contexts that make every guard come out both ways. */
  readonly contexts: readonly object[];
}

const turnstile = (note: Note) =>
  setup({
    types: {
      context: {} as { coins: number; passed: number },
      events: {} as { type: 'COIN'; value: number } | { type: 'PUSH' } | { type: 'SERVICE' },
      tags: {} as 'shut',
    },
    guards: { pays: ({ context, event }) => event.type === 'COIN' && context.coins + event.value >= 3 },
    actions: {
      take: assign({ coins: ({ context, event }) => context.coins + (event.type === 'COIN' ? event.value : 0) }),
      pass: assign(({ context }) => ({ coins: 0, passed: context.passed + 1 })),
      ring: ({ context }, params: { how: string }) => note('ring', context, params),
    },
  }).createMachine({
    id: 'turnstile',
    context: { coins: 0, passed: 0 },
    initial: 'locked',
    on: { SERVICE: { target: '.service' } },
    states: {
      locked: {
        tags: 'shut',
        entry: { type: 'ring', params: ({ context }) => ({ how: context.passed > 1 ? 'again' : 'once' }) },
        on: { COIN: [{ guard: 'pays', target: 'open', actions: 'take' }, { actions: 'take' }] },
      },
      open: { exit: { type: 'ring', params: { how: 'out' } }, on: { PUSH: { target: 'locked', actions: 'pass' } } },
      service: { tags: 'shut', on: { SERVICE: 'locked', COIN: undefined, PUSH: {} }, after: { 50: 'locked' } },
    },
  });

const checkout = (note: Note) =>
  setup({
    types: {
      context: {} as { items: number; paid: boolean; tries: number },
      events: {} as EventObject & { type: 'ADD' | 'NEXT' | 'BACK' | 'pay.card' | 'pay.cash' | 'FAIL' | 'CANCEL' },
      emitted: {} as { type: 'paid'; by: string },
      output: {} as { items: number; how: unknown },
    },
    guards: {
      hasItems: ({ context }) => context.items > 0,
      tooOften: ({ context }) => context.tries > 2,
      mayLeave: and(['hasItems', not(stateIn({ paying: 'waiting' }))]),
    },
    actions: {
      add: assign({ items: ({ context }) => context.items + 1 }),
      fail: assign({ tries: ({ context }) => context.tries + 1, paid: false }),
      note: ({ event }) => note('note', event),
    },
  }).createMachine({
    id: 'checkout',
    context: { items: 0, paid: false, tries: 0 },
    initial: 'basket',
    output: ({ context, event }) => ({ items: context.items, how: event }),
    on: { CANCEL: '.cancelled' },
    states: {
      basket: { on: { ADD: { actions: 'add' }, NEXT: { guard: 'hasItems', target: 'paying' } } },
      paying: {
        entry: 'note',
        initial: 'choosing',
        onDone: 'paid',
        on: { BACK: { guard: 'mayLeave', target: 'basket' }, '*': { actions: 'note' } },
        states: {
          choosing: {
            on: {
              'pay.*': { target: 'waiting', actions: emit(({ event }) => ({ type: 'paid', by: event.type })) },
              'pay.cash': { target: 'settled', reenter: true },
            },
          },
          waiting: {
            entry: raise({ type: 'NEXT' }, { delay: 20, id: 'slow' }),
            on: {
              NEXT: 'settled',
              FAIL: [
                { guard: 'tooOften', target: '#checkout.cancelled' },
                { target: 'choosing', actions: 'fail' },
              ],
            },
            after: { 100: { target: 'choosing', actions: 'fail' } },
          },
          settled: { type: 'final', output: ({ event }) => event.type },
        },
      },
      paid: {
        entry: assign({ paid: true }),
        always: [{ guard: ({ context }) => context.tries > 0, target: 'watched' }],
        on: { NEXT: 'finished' },
      },
      watched: { on: { NEXT: 'finished', BACK: { target: 'watched', reenter: true, actions: 'note' } } },
      finished: { type: 'final', output: 'shipped' },
      cancelled: { type: 'final' },
    },
  });

const types = (...names: readonly string[]): EventObject[] => names.map((type) => ({ type }));

export const SAMPLES: readonly Sample[] = [
  {
    name: 'the life of a signal',
    making: () => signalLifecycle,
    events: [...SIGNAL_EVENTS.map((event) => ({ ...event })), { type: 'STRANGE' }],
    contexts: [{ reason: null }],
  },
  {
    name: 'a turnstile',
    making: turnstile,
    events: [
      { type: 'COIN', value: 1 },
      { type: 'COIN', value: 3 },
      ...types('PUSH', 'SERVICE', 'STRANGE'),
    ] as EventObject[],
    contexts: [
      { coins: 0, passed: 0 },
      { coins: 2, passed: 2 },
    ],
  },
  {
    name: 'a checkout',
    making: checkout,
    events: types('ADD', 'NEXT', 'BACK', 'pay.card', 'pay.cash', 'FAIL', 'CANCEL', 'STRANGE'),
    contexts: [
      { items: 0, paid: false, tries: 0 },
      { items: 1, paid: false, tries: 3 },
    ],
  },
];

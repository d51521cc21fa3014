/**
 * The proof of progress. It never beats by itself: a beat follows real work (a tick of the market that went through the
 * whole pipeline), and says which. Silence is not fed; it becomes `late`, then `still`.
 */
import { assign, type EventObject, fromCallback, setup } from 'xstate';
import { type BarInput, MINUTE_MS } from './arrivals.ts';
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
import { type Lapse, type ProcessVitals, type SeenVitals, seeVitals } from './vitals.ts';

/** Work that went through: `tick` is the closing time of the bars, `at` when it had been processed. */
export type HeartbeatEvent =
  | LifeEvent
  | { readonly type: 'PROGRESS'; readonly at: number; readonly tick: number; readonly what: string }
  | { readonly type: 'VITALS'; readonly at: number; readonly vitals: ProcessVitals };

type Progress = Extract<HeartbeatEvent, { type: 'PROGRESS' }>;
type Felt = Extract<HeartbeatEvent, { type: 'VITALS' }>;

export interface HeartbeatContext extends LifeContext {
  readonly lastProgressAt: number | null;
  readonly lastTick: number | null;
  readonly what: string;
  readonly beats: number;
  /** How the process is; `null` where it is not measured. */
  readonly vitals: SeenVitals | null;
  /** Length of a bar, ms. */
  readonly barMs: number;
}

/** Silence that makes the heart late, ms: a minute, or a bar. */
export const lateAfter = (barMs: number): number => Math.max(60_000, barMs);
/** Silence that makes it still, ms: two minutes, or two bars. */
export const stillAfter = (barMs: number): number => Math.max(120_000, barMs * 2);

const silentFor = (context: HeartbeatContext, event: HeartbeatEvent, ms: number): boolean =>
  event.type === 'CHECK' && context.lastProgressAt !== null && event.at - context.lastProgressAt >= ms;

const heartbeatSetup = setup({
  types: {
    context: {} as HeartbeatContext,
    events: {} as HeartbeatEvent,
    input: {} as LifeInput & BarInput,
  },
  actors: {
    ...lifeActors,
    /** Says VITALS now and then; an actor provides it. */
    feel: fromCallback<EventObject, null>(() => undefined),
  },
  actions: {
    ...lifeActions<HeartbeatContext, HeartbeatEvent>(),
    noteProgress: assign(({ context, event }) =>
      event.type === 'PROGRESS'
        ? { lastProgressAt: event.at, lastTick: event.tick, what: event.what, beats: context.beats + 1 }
        : {},
    ),
    noteVitals: assign(({ context, event }) =>
      event.type === 'VITALS' ? { vitals: seeVitals(context.vitals, event.vitals, event.at) } : {},
    ),
    /** Writes the beat to disk; an actor provides it. */
    beat: (_, __: { at: number; tick: number; what: string }) => undefined,
    /** Has everybody look anew after a lapse; an actor provides it. */
    wake: (_, __: { at: number; lapse: Lapse | null }) => undefined,
    /** Tells those who wait for it that prices of after the lapse went through; an actor provides it. */
    tellProgress: (_, __: { at: number; tick: number }) => undefined,
  },
  guards: {
    ...lifeGuards,
    lapsed: ({ event }) => event.type === 'VITALS' && event.vitals.lapse !== null,
    isLate: ({ context, event }) => silentFor(context, event, lateAfter(context.barMs)),
    isStill: ({ context, event }) => silentFor(context, event, stillAfter(context.barMs)),
  },
});

export const heartbeat = heartbeatSetup.createMachine({
  id: 'heartbeat',
  context: ({ input }) => ({
    ...bornAs(input),
    lastProgressAt: null,
    lastTick: null,
    what: '',
    beats: 0,
    vitals: null,
    barMs: input.barMs ?? MINUTE_MS,
  }),
  ...alive({
    initial: 'expecting',
    invoke: { src: 'feel', id: 'feel', input: null },
    on: {
      VITALS: [
        {
          guard: 'lapsed',
          actions: [
            'noteVitals',
            {
              type: 'wake',
              params: ({ event }: { event: Felt }) => ({ at: event.at, lapse: event.vitals.lapse }),
            },
          ],
        },
        { actions: 'noteVitals' },
      ],
      PROGRESS: {
        target: '.beating',
        actions: [
          'noteProgress',
          { type: 'beat', params: ({ event }: { event: Progress }) => event },
          { type: 'tellProgress', params: ({ event }: { event: Progress }) => event },
        ],
      },
    },
    states: {
      expecting: {},
      beating: {
        on: {
          CHECK: [
            { guard: 'isStill', target: 'still' },
            { guard: 'isLate', target: 'late' },
          ],
        },
      },
      late: { on: { CHECK: { guard: 'isStill', target: 'still' } } },
      still: {},
    },
  }),
});

/** Where prices come in. `silent` is a judgement on time, `ended` is what a recording does. */
import { assign, fromCallback, setup } from 'xstate';
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

export type MarketFeedEvent =
  | LifeEvent
  /** A tick went out to the components; `symbols` had a bar. */
  | { readonly type: 'TICKED'; readonly at: number; readonly symbols: number }
  | { readonly type: 'GAP'; readonly missing: number }
  | { readonly type: 'BAD_ROW' }
  | { readonly type: 'ENDED' }
  | { readonly type: 'FEED_FAILED'; readonly error: string };

export interface MarketFeedContext extends LifeContext {
  /** Nothing for this long is silence, ms. */
  readonly silentAfterMs: number;
  readonly lastTickAt: number | null;
  readonly startedAt: number | null;
  readonly ticks: number;
  readonly missingBars: number;
  readonly badRows: number;
  readonly failure: string | null;
}

export interface MarketFeedInput extends LifeInput {
  readonly silentAfterMs?: number;
}

export const marketFeed = setup({
  types: { context: {} as MarketFeedContext, events: {} as MarketFeedEvent, input: {} as MarketFeedInput },
  actors: {
    ...lifeActors,
    /** Listens to the feed; an actor provides it. */
    listen: fromCallback<MarketFeedEvent, null>(() => undefined),
  },
  actions: {
    ...lifeActions<MarketFeedContext, MarketFeedEvent>(),
    noteTick: assign(({ context, event }) =>
      event.type === 'TICKED' ? { lastTickAt: event.at, ticks: context.ticks + 1, failure: null } : {},
    ),
    noteGap: assign(({ context, event }) =>
      event.type === 'GAP' ? { missingBars: context.missingBars + event.missing } : {},
    ),
    noteBadRow: assign(({ context }) => ({ badRows: context.badRows + 1 })),
    noteFailure: assign(({ event }) => (event.type === 'FEED_FAILED' ? { failure: event.error } : {})),
    noteStart: assign(({ context, event }) =>
      event.type === 'CHECK' && context.startedAt === null ? { startedAt: event.at } : {},
    ),
  },
  guards: {
    ...lifeGuards,
    isSilent: ({ context, event }) => {
      const since = context.lastTickAt ?? context.startedAt;
      return event.type === 'CHECK' && since !== null && event.at - since >= context.silentAfterMs;
    },
  },
}).createMachine({
  id: 'marketFeed',
  context: ({ input }) => ({
    ...bornAs(input),
    silentAfterMs: input.silentAfterMs ?? 30_000,
    lastTickAt: null,
    startedAt: null,
    ticks: 0,
    missingBars: 0,
    badRows: 0,
    failure: null,
  }),
  ...alive({
    initial: 'connecting',
    invoke: { src: 'listen', id: 'listen', input: null },
    on: {
      TICKED: { target: '.live', actions: 'noteTick' },
      GAP: { actions: 'noteGap' },
      BAD_ROW: { actions: 'noteBadRow' },
      ENDED: '.ended',
      FEED_FAILED: { target: '.broken', actions: 'noteFailure' },
    },
    states: {
      connecting: { on: { CHECK: [{ guard: 'isSilent', target: 'silent' }, { actions: 'noteStart' }] } },
      live: { on: { CHECK: { guard: 'isSilent', target: 'silent' } } },
      silent: {},
      broken: {},
      ended: { on: { TICKED: {} } },
    },
  }),
});

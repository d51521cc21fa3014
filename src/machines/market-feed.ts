/** Where prices come in. `silent` is a judgement on time, `ended` is what a recording does. */
import { assign, fromCallback, setup } from 'xstate';
import { type Arrivals, arrive, type BarInput, MINUTE_MS, type Probe, silenceOf } from './arrivals.ts';
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
import type { Woke } from './vitals.ts';

export type MarketFeedEvent =
  | LifeEvent
  /** A tick went out to the components; `symbols` had a bar. */
  | { readonly type: 'TICKED'; readonly at: number; readonly symbols: readonly string[] }
  | { readonly type: 'GAP'; readonly missing: number }
  | { readonly type: 'BAD_ROW' }
  | { readonly type: 'ENDED' }
  | { readonly type: 'FEED_FAILED'; readonly error: string }
  /** Time to ask after the symbols that are silent. */
  | { readonly type: 'PROBE'; readonly at: number }
  | ({ readonly type: 'PROBED'; readonly symbol: string } & Probe)
  | Woke;

export interface MarketFeedContext extends LifeContext {
  /** Nothing for this long is silence, ms. */
  readonly silentAfterMs: number;
  readonly lastTickAt: number | null;
  readonly startedAt: number | null;
  readonly ticks: number;
  readonly missingBars: number;
  readonly badRows: number;
  readonly failure: string | null;
  /** How the bars of each symbol come. */
  readonly arrivals: Readonly<Record<string, Arrivals>>;
  /** What the source said of the symbols that were silent. */
  readonly probes: Readonly<Record<string, Probe>>;
}

function allArrive(
  before: MarketFeedContext['arrivals'],
  { at, symbols }: Extract<MarketFeedEvent, { type: 'TICKED' }>,
): MarketFeedContext['arrivals'] {
  const after = { ...before };
  for (const symbol of symbols) after[symbol] = arrive(before[symbol], at);
  return after;
}

export const marketFeed = setup({
  types: { context: {} as MarketFeedContext, events: {} as MarketFeedEvent, input: {} as LifeInput & BarInput },
  actors: {
    ...lifeActors,
    /** Listens to the feed; an actor provides it. */
    listen: fromCallback<MarketFeedEvent, null>(() => undefined),
    /** Says PROBE now and then; an actor provides it. */
    prober: fromCallback<MarketFeedEvent, null>(() => undefined),
  },
  actions: {
    ...lifeActions<MarketFeedContext, MarketFeedEvent>(),
    noteTick: assign(({ context, event }) =>
      event.type === 'TICKED'
        ? {
            lastTickAt: event.at,
            ticks: context.ticks + 1,
            failure: null,
            arrivals: allArrive(context.arrivals, event),
          }
        : {},
    ),
    noteProbe: assign(({ context, event }) => {
      if (event.type !== 'PROBED') return {};
      const { symbol, askedAt, newestAt, error } = event;
      return { probes: { ...context.probes, [symbol]: { askedAt, newestAt, error } } };
    }),
    /** Asks the source after the symbols that are silent for long; an actor provides it. */
    ask: () => undefined,
    noteGap: assign(({ context, event }) =>
      event.type === 'GAP' ? { missingBars: context.missingBars + event.missing } : {},
    ),
    noteBadRow: assign(({ context }) => ({ badRows: context.badRows + 1 })),
    noteFailure: assign(({ event }) => (event.type === 'FEED_FAILED' ? { failure: event.error } : {})),
    /** What came before says nothing of what comes: silence counts from here. */
    noteWoke: assign(({ event }) =>
      event.type === 'WOKE' ? { startedAt: event.at, lastTickAt: null, arrivals: {}, probes: {} } : {},
    ),
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
    silentAfterMs: silenceOf({ intervalMs: input.barMs ?? MINUTE_MS }),
    lastTickAt: null,
    startedAt: null,
    ticks: 0,
    missingBars: 0,
    badRows: 0,
    failure: null,
    arrivals: {},
    probes: {},
  }),
  ...alive({
    initial: 'connecting',
    invoke: [
      { src: 'listen', id: 'listen', input: null },
      { src: 'prober', id: 'prober', input: null },
    ],
    on: {
      PROBE: { actions: 'ask' },
      PROBED: { actions: 'noteProbe' },
      TICKED: { target: '.live', actions: 'noteTick' },
      GAP: { actions: 'noteGap' },
      BAD_ROW: { actions: 'noteBadRow' },
      ENDED: '.ended',
      FEED_FAILED: { target: '.broken', actions: 'noteFailure' },
      // The feed is opened anew: a connection that slept through its own end looks alive.
      WOKE: { target: '.connecting', reenter: true, actions: 'noteWoke' },
    },
    states: {
      connecting: { on: { CHECK: [{ guard: 'isSilent', target: 'silent' }, { actions: 'noteStart' }] } },
      live: { on: { CHECK: { guard: 'isSilent', target: 'silent' } } },
      silent: {},
      broken: {},
      ended: { on: { TICKED: {}, WOKE: {} } },
    },
  }),
});

/**
 * Looks at every open position on every bar, and on every price between bars where the feed has such, and leaves those whose gate fires. It asks nobody: exits go on whatever the
 * kill switch, the books or the log do. A position whose symbol shows no bars is `blind`: nobody can say whether to leave.
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
import type { ClosedPosition, ExitGate, Fill, FundingPayment, Position, Quote, Tick } from './messages.ts';
import {
  blankRecorder,
  type RecorderContext,
  type RecorderEvent,
  recorderActions,
  recorderGuards,
  recording,
} from './recorder.ts';

/** The watch in figures. */
export interface WatchFigures {
  readonly open: number;
  /** Exits that were ordered and have not ended. */
  readonly exiting: number;
  /** When the open position that was looked at longest ago was looked at; `null` when none is open. */
  readonly lastLookAt: number | null;
  /** Symbols of open positions that show no bars. */
  readonly blind: readonly string[];
}

export type ExitGatesEvent =
  | LifeEvent
  | RecorderEvent
  | { readonly type: 'TICK'; readonly tick: Tick }
  /** Prices of one symbol between bars, in the order in which they came; the newest last. */
  | { readonly type: 'PRICE'; readonly quotes: readonly Quote[] }
  | {
      readonly type: 'POSITION.CHANGED';
      readonly change: 'opened' | 'increased' | 'reduced' | 'closed' | 'adopted';
      readonly position: Position;
      readonly closed: ClosedPosition | null;
      readonly fill: Fill;
      readonly gate: ExitGate | null;
    }
  /** Funding was paid or got; `position` is what is held afterwards. */
  | { readonly type: 'POSITION.FUNDED'; readonly payment: FundingPayment; readonly position: Position }
  /** Positions with marks that were told before, and lost since: the file that has them could not be read at the start. */
  | { readonly type: 'MARKS.KEPT'; readonly positions: readonly Position[] }
  /** An exit came to its end, filled or not. */
  | {
      readonly type: 'EXIT.ENDED';
      readonly signalId: string;
      readonly gate: ExitGate | null;
      readonly outcome: 'filled' | 'cancelled' | 'rejected' | 'never-received' | 'no-position';
      readonly reason: string;
    }
  | ({ readonly type: 'LOOKED' } & WatchFigures);

export interface ExitGatesContext extends LifeContext, RecorderContext {
  /** Closing time of the last bars that came. */
  readonly lastTickAt: number | null;
  /** When the newest price between bars was of. */
  readonly lastPriceAt: number | null;
  readonly watch: WatchFigures;
  readonly exits: number;
}

const figures = (event: ExitGatesEvent): WatchFigures | null => (event.type === 'LOOKED' ? event : null);

export const exitGates = setup({
  types: { context: {} as ExitGatesContext, events: {} as ExitGatesEvent, input: {} as LifeInput },
  actors: lifeActors,
  actions: {
    ...lifeActions<ExitGatesContext, ExitGatesEvent>(),
    ...recorderActions<ExitGatesContext, ExitGatesEvent>(),
    /** Provided by the actor, as are the next. */
    look: () => undefined,
    /** Looks at a price between bars: nothing that needs a closed bar is decided on it. */
    glance: () => undefined,
    follow: () => undefined,
    fund: () => undefined,
    recall: () => undefined,
    forget: () => undefined,
    /** Time has passed without a look. */
    judge: () => undefined,
    notePrice: assign(({ context, event }) =>
      event.type === 'PRICE' ? { lastPriceAt: event.quotes.at(-1)?.at ?? context.lastPriceAt } : {},
    ),
    noteTick: assign(({ event }) => (event.type === 'TICK' ? { lastTickAt: event.tick.at } : {})),
    noteWatch: assign(({ event }) => {
      if (event.type !== 'LOOKED') return {};
      const { open, exiting, lastLookAt, blind } = event;
      return { watch: { open, exiting, lastLookAt, blind } };
    }),
    countExit: assign(({ context, event }) =>
      event.type === 'EXIT.ENDED' && event.outcome === 'filled' ? { exits: context.exits + 1 } : {},
    ),
  },
  guards: {
    ...lifeGuards,
    ...recorderGuards,
    someBlind: ({ event }) => (figures(event)?.blind.length ?? 0) > 0,
    someExiting: ({ event }) => (figures(event)?.exiting ?? 0) > 0,
    someOpen: ({ event }) => (figures(event)?.open ?? 0) > 0,
  },
}).createMachine({
  id: 'exitGates',
  context: ({ input }) => ({
    ...bornAs(input),
    ...blankRecorder,
    lastTickAt: null,
    lastPriceAt: null,
    watch: { open: 0, exiting: 0, lastLookAt: null, blind: [] },
    exits: 0,
  }),
  ...alive({
    type: 'parallel',
    states: {
      watch: {
        initial: 'idle',
        on: {
          TICK: { actions: ['noteTick', 'look'] },
          PRICE: { actions: ['notePrice', 'glance'] },
          'POSITION.CHANGED': { actions: 'follow' },
          'POSITION.FUNDED': { actions: 'fund' },
          'MARKS.KEPT': { actions: 'recall' },
          'EXIT.ENDED': { actions: ['countExit', 'forget'] },
          LOOKED: [
            { guard: 'someBlind', target: '.blind', actions: 'noteWatch' },
            { guard: 'someExiting', target: '.exiting', actions: 'noteWatch' },
            { guard: 'someOpen', target: '.watching', actions: 'noteWatch' },
            { target: '.idle', actions: 'noteWatch' },
          ],
        },
        states: {
          idle: {},
          watching: { on: { CHECK: { actions: 'judge' } } },
          exiting: { on: { CHECK: { actions: 'judge' } } },
          blind: { on: { CHECK: { actions: 'judge' } } },
        },
      },
      recording,
    },
  }),
});

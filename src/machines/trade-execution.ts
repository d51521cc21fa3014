/**
 * From an approved signal to a position, and out of it again. Four things are to be seen side by side: whether entries are
 * allowed, what the orders are waiting for, whether a stop rests at the exchange behind every position, and whether the books
 * agree with the exchange.
 *
 * An order whose answer did not come is `unknownFate` until the exchange has told it: never rejected, never sent again on a
 * guess. Exits are taken in every state.
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
import type { ExitGate, Position, Signal } from './messages.ts';
import type { Woke } from './vitals.ts';

/**
 * Orders that have not ended, by what they wait for; `resting` stops wait for nothing. `oldestIntentAt` is of those that may have
 * left and whose end is waited for.
 */
export interface OrderFigures {
  readonly writing: number;
  readonly sending: number;
  readonly awaiting: number;
  readonly unknown: number;
  readonly resting: number;
  readonly oldestIntentAt: number | null;
}

/** The stops at the exchange behind what is held. */
export interface ProtectionFigures {
  readonly open: number;
  /** Positions that are not behind a stop the exchange is known to have, and since when, ms. */
  readonly bare: readonly { readonly signalId: string; readonly symbol: string; readonly since: number }[];
  /** Positions behind a stop that is being replaced by a better one. */
  readonly moving: number;
  /** Positions whose stop the exchange did not want, and why. */
  readonly refused: readonly { readonly symbol: string; readonly why: string }[];
}

export type TradeExecutionEvent =
  | LifeEvent
  /** A signal was approved, and its approval is in the log. */
  | { readonly type: 'EXECUTE'; readonly signal: Signal }
  | {
      readonly type: 'EXIT';
      readonly signalId: string;
      readonly gate: ExitGate;
      readonly qty: number;
      readonly reason: string;
      readonly price: number;
    }
  /** A person wants everything left at the market. */
  | { readonly type: 'FLATTEN'; readonly reason: string }
  | { readonly type: 'BUS.RECORD'; readonly record: Readonly<Record<string, unknown>> }
  | { readonly type: 'ENTRIES'; readonly open: boolean; readonly why: string }
  /** Peaks, troughs and stops have moved. */
  | { readonly type: 'POSITION.MARKED'; readonly positions: readonly Position[] }
  | { readonly type: 'PROTECTION'; readonly figures: ProtectionFigures }
  /** Somebody needs to know whether the books agree. */
  | { readonly type: 'RECONCILE' }
  /** Something happened to an order; `what` in words. */
  | { readonly type: 'ORDERS'; readonly orders: OrderFigures; readonly what: string }
  /** The broker was asked. `differences` in words; `unknown` counts orders whose fate is not known. */
  | {
      readonly type: 'COMPARED';
      readonly at: number;
      readonly differences: readonly string[];
      /** Orders on our symbols that are not ours. */
      readonly foreignOrders: number;
    }
  | { readonly type: 'UNASKED'; readonly at: number; readonly error: string }
  | Woke;

export interface TradeExecutionContext extends LifeContext {
  readonly entries: { readonly open: boolean; readonly why: string };
  readonly orders: OrderFigures;
  /** What last happened to an order. */
  readonly what: string;
  /** `null` where no stops are kept at the exchange. */
  readonly protection: ProtectionFigures | null;
  /** How the broker's positions, orders and money differ from the log's, in words. */
  readonly differences: readonly string[];
  readonly foreignOrders: number;
  readonly divergedSince: number | null;
  /** When the broker last answered, and when the books last agreed with it. */
  readonly comparedAt: number | null;
  readonly reconciledAt: number | null;
  /** Why the broker could not be asked; `null` when it could. */
  readonly unasked: string | null;
  readonly unaskedSince: number | null;
  /** When the comparison under way was first waited for. */
  readonly waitingSince: number | null;
}

/** The exchange is compared with the books at least this often, ms. */
export const COMPARE_EVERY_MS = 60_000;
/** An order that has left and is not done after this long is asked after, ms. */
export const OVERDUE_AFTER_MS = 30_000;
/** What is still open of an order at the market after this long is given up, ms. */
export const GIVE_UP_REST_MS = 60_000;
/** A position may be without a stop at the exchange for so long, ms. */
export const BARE_AT_MOST_MS = 5_000;

/** Books that differ are looked at again at every check for so long, and from then on so often, ms. */
const LOOK_AGAIN_EVERY_MS = 10_000;

type At = { event: TradeExecutionEvent; context: TradeExecutionContext };
const since = ({ event }: At, at: number | null): number => (event.type === 'CHECK' && at !== null ? event.at - at : 0);

/** How long a position has been without a stop at the exchange, ms. */
const bareFor = (at: At): number => {
  const oldest = Math.min(...(at.context.protection?.bare ?? []).map(({ since: from }) => from));
  return since(at, Number.isFinite(oldest) ? oldest : null);
};

export const tradeExecution = setup({
  types: { context: {} as TradeExecutionContext, events: {} as TradeExecutionEvent, input: {} as LifeInput },
  actors: lifeActors,
  actions: {
    ...lifeActions<TradeExecutionContext, TradeExecutionEvent>(),
    /** Sizes an entry and writes its intent; an actor provides these. */
    enter: () => undefined,
    turnAway: () => undefined,
    /** Sends an exit at once. */
    leave: () => undefined,
    /** Takes back entries that rest, and sends an exit for all that is held. */
    leaveAll: () => undefined,
    /** An intent is in the log: its order may leave. */
    heed: () => undefined,
    /** Asks after orders without an answer, and gives up intents that never got into the log. */
    chase: () => undefined,
    /** What is known of the exchange is of before; it is asked anew, and for what was missed. */
    wake: () => undefined,
    /** Asks the broker what is held and compares it with the book. */
    compare: () => undefined,
    /** Peaks and stops have moved. */
    mark: () => undefined,
    /** Places, moves and cancels the stops that rest at the exchange. */
    tend: () => undefined,
    noteEntries: assign(({ event }) =>
      event.type === 'ENTRIES' ? { entries: { open: event.open, why: event.why } } : {},
    ),
    noteOrders: assign(({ event }) => (event.type === 'ORDERS' ? { orders: event.orders, what: event.what } : {})),
    noteProtection: assign(({ event }) => (event.type === 'PROTECTION' ? { protection: event.figures } : {})),
    noteCompared: assign(({ context, event }) => {
      if (event.type !== 'COMPARED') return {};
      const agrees = event.differences.length === 0;
      return {
        differences: event.differences,
        foreignOrders: event.foreignOrders,
        divergedSince: agrees ? null : (context.divergedSince ?? event.at),
        comparedAt: event.at,
        reconciledAt: agrees ? event.at : context.reconciledAt,
        unasked: null,
        unaskedSince: null,
        waitingSince: null,
      };
    }),
    noteUnasked: assign(({ context, event }) => {
      if (event.type === 'UNASKED')
        return { unasked: event.error, unaskedSince: context.unaskedSince ?? event.at, waitingSince: null };
      if (event.type === 'CHECK')
        return {
          unasked: 'the broker does not answer',
          unaskedSince: context.unaskedSince ?? event.at,
          waitingSince: null,
        };
      return {};
    }),
    noteWaiting: assign(({ context, event }) =>
      event.type === 'CHECK' && context.waitingSince === null ? { waitingSince: event.at } : {},
    ),
  },
  guards: {
    ...lifeGuards,
    entriesOpen: ({ event }) => event.type === 'ENTRIES' && event.open,
    someUnknown: ({ event }) => event.type === 'ORDERS' && event.orders.unknown > 0,
    someSending: ({ event }) => event.type === 'ORDERS' && event.orders.sending > 0,
    someAwaiting: ({ event }) => event.type === 'ORDERS' && event.orders.awaiting > 0,
    someWriting: ({ event }) => event.type === 'ORDERS' && event.orders.writing > 0,
    isOverdue: (at) => since(at, at.context.orders.oldestIntentAt) >= OVERDUE_AFTER_MS,
    someRefused: ({ event }) => event.type === 'PROTECTION' && event.figures.refused.length > 0,
    someBare: ({ event }) => event.type === 'PROTECTION' && event.figures.bare.length > 0,
    someMoving: ({ event }) => event.type === 'PROTECTION' && event.figures.moving > 0,
    someHeld: ({ event }) => event.type === 'PROTECTION' && event.figures.open > 0,
    isBareTooLong: (at) => bareFor(at) > BARE_AT_MOST_MS,
    agrees: ({ event }) => event.type === 'COMPARED' && event.differences.length === 0,
    isDue: (at) => since(at, at.context.comparedAt) >= COMPARE_EVERY_MS,
    mayLookAgain: (at) =>
      since(at, at.context.divergedSince) < LOOK_AGAIN_EVERY_MS ||
      since(at, at.context.comparedAt) >= LOOK_AGAIN_EVERY_MS,
    waitsTooLong: (at) => since(at, at.context.waitingSince) >= COMPARE_EVERY_MS,
  },
}).createMachine({
  id: 'tradeExecution',
  context: ({ input }) => ({
    ...bornAs(input),
    entries: { open: false, why: 'nobody has opened them yet' },
    orders: { writing: 0, sending: 0, awaiting: 0, unknown: 0, resting: 0, oldestIntentAt: null },
    what: '',
    protection: null,
    differences: [],
    foreignOrders: 0,
    divergedSince: null,
    comparedAt: null,
    reconciledAt: null,
    unasked: null,
    unaskedSince: null,
    waitingSince: null,
  }),
  ...alive({
    type: 'parallel',
    on: {
      EXIT: { actions: 'leave' },
      FLATTEN: { actions: 'leaveAll' },
      WOKE: { actions: 'wake' },
      'BUS.RECORD': { actions: 'heed' },
      'POSITION.MARKED': { actions: 'mark' },
    },
    states: {
      entries: {
        initial: 'closed',
        on: {
          ENTRIES: [
            { guard: 'entriesOpen', target: '.open', actions: 'noteEntries' },
            { target: '.closed', actions: 'noteEntries' },
          ],
        },
        states: {
          closed: { on: { EXECUTE: { actions: 'turnAway' } } },
          open: { on: { EXECUTE: { actions: 'enter' } } },
        },
      },
      orders: {
        initial: 'idle',
        on: {
          ORDERS: [
            { guard: 'someUnknown', target: '.unknownFate', actions: 'noteOrders' },
            { guard: 'someSending', target: '.sending', actions: 'noteOrders' },
            { guard: 'someAwaiting', target: '.awaitingFill', actions: 'noteOrders' },
            { guard: 'someWriting', target: '.writing', actions: 'noteOrders' },
            { target: '.idle', actions: 'noteOrders' },
          ],
        },
        states: {
          idle: {},
          writing: { on: { CHECK: { actions: 'chase' } } },
          sending: { on: { CHECK: { guard: 'isOverdue', target: 'overdue', actions: 'chase' } } },
          awaitingFill: { on: { CHECK: { guard: 'isOverdue', target: 'overdue', actions: 'chase' } } },
          overdue: { on: { CHECK: { actions: 'chase' } } },
          unknownFate: { on: { CHECK: { actions: 'chase' } } },
        },
      },
      protection: {
        initial: 'off',
        on: {
          PROTECTION: [
            { guard: 'someRefused', target: '.refused', actions: 'noteProtection' },
            { guard: 'someBare', target: '.placing', actions: 'noteProtection' },
            { guard: 'someMoving', target: '.moving', actions: 'noteProtection' },
            { guard: 'someHeld', target: '.protected', actions: 'noteProtection' },
            { target: '.idle', actions: 'noteProtection' },
          ],
        },
        states: {
          off: {},
          idle: { on: { CHECK: { actions: 'tend' } } },
          placing: {
            on: { CHECK: [{ guard: 'isBareTooLong', target: 'bare', actions: 'tend' }, { actions: 'tend' }] },
          },
          bare: { on: { CHECK: { actions: 'tend' } } },
          protected: { on: { CHECK: { actions: 'tend' } } },
          moving: { on: { CHECK: { actions: 'tend' } } },
          refused: { on: { CHECK: { actions: 'tend' } } },
        },
      },
      books: {
        initial: 'reconciling',
        on: {
          COMPARED: [
            { guard: 'agrees', target: '.agreed', actions: 'noteCompared' },
            { target: '.diverged', actions: 'noteCompared' },
          ],
          UNASKED: { target: '.unasked', actions: 'noteUnasked' },
        },
        states: {
          reconciling: {
            entry: 'compare',
            on: {
              CHECK: [{ guard: 'waitsTooLong', target: 'unasked', actions: 'noteUnasked' }, { actions: 'noteWaiting' }],
            },
          },
          agreed: { on: { RECONCILE: 'reconciling', CHECK: { guard: 'isDue', target: 'reconciling' } } },
          diverged: {
            on: { RECONCILE: 'reconciling', CHECK: { guard: 'mayLookAgain', target: 'reconciling' } },
          },
          unasked: { on: { RECONCILE: 'reconciling', CHECK: 'reconciling' } },
        },
      },
    },
  }),
});

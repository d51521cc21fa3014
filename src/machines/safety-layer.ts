/**
 * The last veto before an entry, and the keeper of the positions file. Entries are open only while all of these hold: the
 * file is what the log says, the books agree with the exchange, and the kill switch is armed. Exits are never asked about.
 *
 * What is wrong with the file stays visible here until it is repaired; it is never written over before that.
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
import type { ClosedPosition, ExitGate, Fill, FundingPayment, Position, Signal } from './messages.ts';
import type { Woke } from './vitals.ts';

/** What the last look at the positions file found. `differs`: it can be read, but it is not what the log says. */
export type FileFound = 'unseen' | 'same' | 'differs' | 'unreadable' | 'missing';

export type SafetyLayerEvent =
  | LifeEvent
  | { readonly type: 'VET'; readonly signal: Signal }
  /** An entry will not be: its place is free again. */
  | { readonly type: 'RELEASE'; readonly signalId: string }
  | {
      readonly type: 'POSITION.CHANGED';
      readonly change: 'opened' | 'increased' | 'reduced' | 'closed' | 'adopted';
      readonly position: Position;
      readonly closed: ClosedPosition | null;
      readonly fill: Fill;
      readonly gate: ExitGate | null;
    }
  /** Funding was paid or got; `position` is what is held afterwards, `qty` 0 where it had been closed. */
  | { readonly type: 'POSITION.FUNDED'; readonly payment: FundingPayment; readonly position: Position }
  /** Peaks, troughs and stops have moved. */
  | { readonly type: 'POSITION.MARKED'; readonly positions: readonly Position[] }
  | { readonly type: 'KILL'; readonly active: boolean; readonly reason: string }
  | { readonly type: 'RECONCILED'; readonly ok: boolean; readonly at: number; readonly says: string }
  /** Somebody has to know the account. */
  | { readonly type: 'TELL_EXPOSURE' }
  | { readonly type: 'LOOKED'; readonly found: FileFound; readonly says: string; readonly at: number }
  | { readonly type: 'BOOKED'; readonly open: number; readonly reserved: number; readonly limit: number }
  /** Money came to the account, or went where `usd` is negative, that no fill explains. */
  | { readonly type: 'MONEY_MOVED'; readonly usd: number }
  | { readonly type: 'ACCOUNT'; readonly equityUsd: number | null; readonly pnlTodayUsd: number; readonly at: number }
  | { readonly type: 'SAVING'; readonly at: number }
  | { readonly type: 'SAVED'; readonly at: number }
  | { readonly type: 'SAVE_FAILED'; readonly error: string; readonly at: number }
  | Woke
  /** Somebody outside of the bot holds entries back, or no longer (`null`). */
  | { readonly type: 'HOLD'; readonly why: string | null }
  /** A bar of after the waking went through features and strategies. */
  | { readonly type: 'CAUGHT_UP'; readonly at: number; readonly tick: number };

export interface SafetyLayerContext extends LifeContext {
  readonly file: { readonly found: FileFound; readonly says: string; readonly at: number | null };
  readonly open: number;
  readonly reserved: number;
  readonly killSwitch: { readonly active: boolean; readonly reason: string };
  /** `ok: null` before tradeExecution has compared the books with the exchange. */
  readonly reconciled: { readonly ok: boolean | null; readonly says: string; readonly at: number | null };
  readonly equityUsd: number | null;
  readonly pnlTodayUsd: number;
  readonly equityAt: number | null;
  /** What the bot has woken from, while it does not yet see the world as it is now. */
  readonly woke: { readonly at: number; readonly says: string } | null;
  /** Why somebody outside of the bot holds entries back. */
  readonly held: string | null;
  readonly entries: Entries;
  readonly savedAt: number | null;
  /** What has not been saved since when, and why. */
  readonly unsavedSince: number | null;
  readonly saveError: string | null;
}

export interface Entries {
  readonly open: boolean;
  /** Why they are closed. */
  readonly why: string;
}

/** Are entries open? The first thing that closes them says why. */
export function entriesOf({ file, killSwitch, reconciled, held }: SafetyLayerContext): Entries {
  if (killSwitch.active) return { open: false, why: `the kill switch is on: ${killSwitch.reason}` };
  if (file.found !== 'same') return { open: false, why: file.says || 'the positions file has not been verified yet' };
  if (reconciled.ok !== true) return { open: false, why: reconciled.says };
  if (held !== null) return { open: false, why: held };
  return { open: true, why: '' };
}

const judged = (context: SafetyLayerContext, change: Partial<SafetyLayerContext>): Partial<SafetyLayerContext> => {
  const entries = entriesOf({ ...context, ...change });
  const same = entries.open === context.entries.open && entries.why === context.entries.why;
  return same ? change : { ...change, entries };
};

export const safetyLayer = setup({
  types: { context: {} as SafetyLayerContext, events: {} as SafetyLayerEvent, input: {} as LifeInput },
  actors: lifeActors,
  actions: {
    ...lifeActions<SafetyLayerContext, SafetyLayerEvent>(),
    /** Provided by the actor, as are the next. */
    vet: () => undefined,
    release: () => undefined,
    book: () => undefined,
    fund: () => undefined,
    mark: () => undefined,
    moveMoney: () => undefined,
    save: () => undefined,
    /** Frees places that were never taken, and asks for the equity. */
    tend: () => undefined,
    /** Tells tradeExecution whether entries are open, and decisionEngine the account. */
    tell: () => undefined,
    tellExposure: () => undefined,
    /** Has the books compared with the exchange. */
    compareBooks: () => undefined,
    noteFound: assign(({ context, event }) => {
      if (event.type !== 'LOOKED') return {};
      return judged(context, { file: { found: event.found, says: event.says, at: event.at } });
    }),
    noteKill: assign(({ context, event }) =>
      event.type === 'KILL' ? judged(context, { killSwitch: { active: event.active, reason: event.reason } }) : {},
    ),
    noteReconciled: assign(({ context, event }) =>
      event.type === 'RECONCILED'
        ? judged(context, {
            reconciled: { ok: event.ok, says: event.says, at: event.at },
            woke: event.ok ? null : context.woke,
          })
        : {},
    ),
    noteWoke: assign(({ context, event }) =>
      event.type === 'WOKE'
        ? judged(context, {
            woke: { at: event.at, says: event.says },
            reconciled: { ok: null, says: `${event.says}; books and prices are of before`, at: null },
          })
        : {},
    ),
    noteHold: assign(({ context, event }) => (event.type === 'HOLD' ? judged(context, { held: event.why }) : {})),
    noteBooked: assign(({ event }) => (event.type === 'BOOKED' ? { open: event.open, reserved: event.reserved } : {})),
    noteAccount: assign(({ event }) =>
      event.type === 'ACCOUNT'
        ? { equityUsd: event.equityUsd, pnlTodayUsd: event.pnlTodayUsd, equityAt: event.at }
        : {},
    ),
    noteSaving: assign(({ context, event }) =>
      event.type === 'SAVING' ? { unsavedSince: context.unsavedSince ?? event.at } : {},
    ),
    noteSaved: assign(({ event }) =>
      event.type === 'SAVED' ? { savedAt: event.at, unsavedSince: null, saveError: null } : {},
    ),
    noteSaveFailed: assign(({ context, event }) =>
      event.type === 'SAVE_FAILED' ? { unsavedSince: context.unsavedSince ?? event.at, saveError: event.error } : {},
    ),
  },
  guards: {
    ...lifeGuards,
    isSame: ({ event }) => event.type === 'LOOKED' && event.found === 'same',
    differs: ({ event }) => event.type === 'LOOKED' && event.found === 'differs',
    isUnreadable: ({ event }) => event.type === 'LOOKED' && event.found === 'unreadable',
    isMissing: ({ event }) => event.type === 'LOOKED' && event.found === 'missing',
    isActive: ({ event }) => event.type === 'KILL' && event.active,
    agrees: ({ event }) => event.type === 'RECONCILED' && event.ok,
    isFull: ({ event }) => event.type === 'BOOKED' && event.open + event.reserved >= event.limit,
  },
}).createMachine({
  id: 'safetyLayer',
  context: ({ input }) => ({
    ...bornAs(input),
    file: { found: 'unseen', says: '', at: null },
    open: 0,
    reserved: 0,
    killSwitch: { active: false, reason: '' },
    reconciled: { ok: null, says: 'the books have not been compared with the exchange yet', at: null },
    equityUsd: null,
    pnlTodayUsd: 0,
    equityAt: null,
    woke: null,
    held: null,
    entries: { open: false, why: 'the positions file has not been verified yet' },
    savedAt: null,
    unsavedSince: null,
    saveError: null,
  }),
  ...alive({
    type: 'parallel',
    on: {
      VET: { actions: 'vet' },
      RELEASE: { actions: 'release' },
      'POSITION.CHANGED': { actions: 'book' },
      'POSITION.FUNDED': { actions: 'fund' },
      'POSITION.MARKED': { actions: 'mark' },
      MONEY_MOVED: { actions: 'moveMoney' },
      TELL_EXPOSURE: { actions: 'tellExposure' },
      CHECK: { actions: 'tend' },
      HOLD: { actions: ['noteHold', 'tell'] },
    },
    states: {
      positions: {
        initial: 'unverified',
        on: {
          LOOKED: [
            { guard: 'isSame', target: '.verified', actions: ['noteFound', 'tell'] },
            { guard: 'differs', target: '.differs', actions: ['noteFound', 'tell'] },
            { guard: 'isUnreadable', target: '.unreadable', actions: ['noteFound', 'tell'] },
            { guard: 'isMissing', target: '.missing', actions: ['noteFound', 'tell'] },
          ],
        },
        states: { unverified: {}, verified: {}, differs: {}, unreadable: {}, missing: {} },
      },
      exchange: {
        initial: 'unreconciled',
        on: {
          RECONCILED: [
            { guard: 'agrees', target: '.agrees', actions: ['noteReconciled', 'tell'] },
            { target: '.disagrees', actions: ['noteReconciled', 'tell'] },
          ],
          WOKE: { target: '.outOfDate', actions: ['noteWoke', 'tell'] },
        },
        states: {
          unreconciled: {},
          agrees: {},
          disagrees: {},
          // Prices first: books that agree are no reason to enter at a price of before.
          outOfDate: { on: { RECONCILED: {}, CAUGHT_UP: { target: 'unreconciled', actions: 'compareBooks' } } },
        },
      },
      killSwitch: {
        initial: 'armed',
        on: {
          KILL: [
            { guard: 'isActive', target: '.tripped', actions: ['noteKill', 'tell'] },
            { target: '.armed', actions: ['noteKill', 'tell'] },
          ],
        },
        states: { armed: {}, tripped: {} },
      },
      exposure: {
        initial: 'room',
        on: {
          BOOKED: [
            { guard: 'isFull', target: '.full', actions: ['noteBooked', 'tellExposure'] },
            { target: '.room', actions: ['noteBooked', 'tellExposure'] },
          ],
          ACCOUNT: { actions: ['noteAccount', 'tellExposure'] },
        },
        states: { room: {}, full: {} },
      },
      disk: {
        initial: 'saved',
        on: {
          SAVING: { target: '.saving', actions: 'noteSaving' },
          SAVED: { target: '.saved', actions: 'noteSaved' },
          SAVE_FAILED: { target: '.unsaved', actions: 'noteSaveFailed' },
        },
        states: { saved: {}, saving: {}, unsaved: { on: { CHECK: { actions: 'save' } } } },
      },
    },
  }),
});

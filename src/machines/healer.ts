/** What both healers have in common: whether they sweep, whether something is broken, whether they had to give up. */
import { assign, type EventObject, fromCallback, sendTo, setup } from 'xstate';
import { type Beats, beat } from './beats.ts';
import {
  bornAs,
  type LifeContext,
  type LifeEvent,
  type LifeInput,
  lifeActions,
  lifeActors,
  lifeGuards,
  type RemedyOrder,
} from './life.ts';

export type HealerEvent =
  | LifeEvent
  /** A round of the loop is over. `open` and `failed` count incidents; `broken` and `unknown` count invariants. */
  | {
      readonly type: 'ROUND';
      readonly at: number;
      readonly swept: boolean;
      readonly open: number;
      readonly failed: number;
      readonly broken: number;
      readonly unknown: number;
    }
  /** A person wants a remedy: `invariant` and, where a certain one is wanted, `remedy`. */
  | { readonly type: 'REMEDY.ASKED'; readonly wish: unknown }
  | { readonly type: 'REMEDY.DONE'; readonly incident: string; readonly evidence: unknown }
  | { readonly type: 'REMEDY.FAILED'; readonly incident: string; readonly error: string }
  | { readonly type: 'HEALED'; readonly components: readonly string[] }
  /** `by`: the invariants whose incidents are the reason. `byHand`: a person wants it, and it stays until one says otherwise. */
  | {
      readonly type: 'TRIP';
      readonly reason: string;
      readonly at: number;
      readonly by?: readonly string[];
      readonly byHand?: boolean;
    }
  | { readonly type: 'RESET'; readonly reason: string }
  /** The child healer was ended by force, and is to come back for this order. */
  | { readonly type: 'CHILD.CUT'; readonly order: RemedyOrder };

export interface HealerContext extends LifeContext {
  readonly lastSweepAt: number | null;
  /** How its sweeps come. */
  readonly sweeps: Beats | null;
  readonly rounds: number;
  readonly open: number;
  readonly failed: number;
  readonly broken: number;
  readonly unknown: number;
  readonly healed: number;
  readonly killReason: string | null;
  /** Invariants that tripped the kill switch. */
  readonly killedBy: readonly string[];
  /** A person put the kill switch on, too. */
  readonly pausedByHand: boolean;
  /** The child healer: how many have lived, and the order the next one is born of. */
  readonly child: { readonly incarnation: number; readonly order: RemedyOrder | null };
}

/** Why the kill switch is thrown. Who is sent half a message has words all the same: a record without could not be read again. */
export const whyOf = ({ reason }: { readonly reason?: string }): string => reason || 'nobody said why';

export const healerSetup = setup({
  types: { context: {} as HealerContext, events: {} as HealerEvent, input: {} as LifeInput },
  actors: {
    ...lifeActors,
    /** The healing loop over snapshot streams; hears the answers to its remedies. */
    loop: fromCallback<EventObject, null>(() => undefined),
    /** The child healer of the operator. */
    architectureHealing: fromCallback<EventObject, LifeInput>(() => undefined),
  },
  actions: {
    ...lifeActions<HealerContext, HealerEvent>(),
    noteRound: assign(({ context, event }) =>
      event.type === 'ROUND'
        ? {
            rounds: context.rounds + 1,
            lastSweepAt: event.swept ? event.at : context.lastSweepAt,
            sweeps: event.swept ? beat(context.sweeps, event.at) : context.sweeps,
            open: event.open,
            failed: event.failed,
            broken: event.broken,
            unknown: event.unknown,
          }
        : {},
    ),
    noteHealed: assign(({ context, event }) =>
      event.type === 'HEALED' ? { healed: context.healed + event.components.length } : {},
    ),
    /** The first reason stays; every cause is kept. */
    noteTrip: assign(({ context, event }) =>
      event.type === 'TRIP'
        ? {
            killReason: context.killReason ?? whyOf(event),
            killedBy: [...new Set([...context.killedBy, ...(event.by ?? [])])],
            pausedByHand: context.pausedByHand || event.byHand === true,
          }
        : {},
    ),
    countChild: assign({ child: ({ context }) => ({ ...context.child, incarnation: context.child.incarnation + 1 }) }),
    takeChildOrder: assign({
      child: ({ context }, { order }: { order: RemedyOrder | null }) => ({ ...context.child, order }),
    }),
    forgetTrip: assign({ killReason: null, killedBy: [], pausedByHand: false }),
    hear: sendTo('loop', ({ event }) => event),
    /** Says which components were healed, in the log's exact words. */
    tellHealed: (_, __: { components: readonly string[] }) => undefined,
    /** Blocks entries, or lets them be again. */
    throwSwitch: (_, __: { active: boolean; reason: string; by: readonly string[]; byHand: boolean }) => undefined,
    /** The kill switch is on already, and has one more reason to be. */
    addCause: (_, __: { reason: string; by: readonly string[]; byHand: boolean }) => undefined,
  },
  guards: {
    ...lifeGuards,
    gaveUp: ({ event }) => event.type === 'ROUND' && event.failed > 0,
    isHealing: ({ event }) => event.type === 'ROUND' && event.failed === 0 && event.open > 0,
    isCalm: ({ event }) => event.type === 'ROUND' && event.failed === 0 && event.open === 0,
  },
});

export const healerAsBorn = (input: LifeInput): HealerContext => ({
  ...bornAs(input),
  lastSweepAt: null,
  sweeps: null,
  rounds: 0,
  open: 0,
  failed: 0,
  broken: 0,
  unknown: 0,
  healed: 0,
  killReason: null,
  killedBy: [],
  pausedByHand: false,
  child: { incarnation: 0, order: null },
});

/** calm → healing → calm, or escalated when a remedy failed for good. */
export const attention = healerSetup.createStateConfig({
  initial: 'calm',
  invoke: { src: 'loop', id: 'loop', input: null },
  on: {
    ROUND: [
      { guard: 'gaveUp', target: '.escalated', actions: 'noteRound' },
      { guard: 'isHealing', target: '.healing', actions: 'noteRound' },
      { guard: 'isCalm', target: '.calm', actions: 'noteRound' },
    ],
    HEALED: { actions: ['noteHealed', { type: 'tellHealed', params: ({ event }) => event }] },
    'REMEDY.ASKED': { actions: 'hear' },
    'REMEDY.DONE': { actions: 'hear' },
    'REMEDY.FAILED': { actions: 'hear' },
  },
  states: { calm: {}, healing: {}, escalated: {} },
});

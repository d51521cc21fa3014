/**
 * The pipeline's health, from the figures of the state machine: HEALTHY, WARNING (something is stuck, or no signal for an
 * hour) or CRITICAL (more than ten stuck). It expires nothing itself: it asks the state machine, which alone may.
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
import type { PipelineFigures } from './state-machine.ts';

/** More stuck signals than this are critical. */
export const CRITICAL_ABOVE = 10;
export const QUIET_AFTER_MS = 3_600_000;

type Report = { readonly type: 'PIPELINE'; readonly figures: PipelineFigures; readonly stuck: readonly string[] };
export type PipelineMonitorEvent = LifeEvent | Report;

export interface PipelineMonitorContext extends LifeContext {
  readonly status: 'UNKNOWN' | 'HEALTHY' | 'WARNING' | 'CRITICAL';
  readonly reportedAt: number | null;
  readonly stuckCount: number;
  /** Ids of stuck signals, the longest first (at most 20). */
  readonly stuck: readonly string[];
  readonly byState: Readonly<Record<string, number>>;
  readonly total: number;
  /** When the total last grew, ms. */
  readonly lastSignalAt: number | null;
  /** Signals an hour, over what was reported so far. */
  readonly signalsPerHour: number;
  readonly firstReportAt: number | null;
  /** Signals that were there at the first report. */
  readonly firstTotal: number;
}

const note = (context: PipelineMonitorContext, event: PipelineMonitorEvent): Partial<PipelineMonitorContext> => {
  if (event.type !== 'PIPELINE') return {};
  const { figures, stuck } = event;
  const firstReportAt = context.firstReportAt ?? figures.at;
  const grew = figures.total > context.total || context.lastSignalAt === null;
  const firstTotal = context.firstReportAt === null ? figures.total : Math.min(context.firstTotal, figures.total);
  const hours = (figures.at - firstReportAt) / 3_600_000;
  return {
    reportedAt: figures.at,
    stuckCount: figures.stuckCount,
    stuck,
    byState: figures.byState,
    total: figures.total,
    firstReportAt,
    firstTotal,
    lastSignalAt: grew ? figures.at : context.lastSignalAt,
    signalsPerHour: hours > 0 ? Math.round(((figures.total - firstTotal) / hours) * 100) / 100 : 0,
  };
};

const isQuiet = (context: PipelineMonitorContext, event: PipelineMonitorEvent): boolean =>
  event.type === 'PIPELINE' &&
  event.figures.total === context.total &&
  context.lastSignalAt !== null &&
  event.figures.at - context.lastSignalAt > QUIET_AFTER_MS;

export const pipelineMonitor = setup({
  types: { context: {} as PipelineMonitorContext, events: {} as PipelineMonitorEvent, input: {} as LifeInput },
  actors: lifeActors,
  actions: {
    ...lifeActions<PipelineMonitorContext, PipelineMonitorEvent>(),
    note: assign(({ context, event }, { status }: { status: PipelineMonitorContext['status'] }) => ({
      ...note(context, event),
      status,
    })),
    /** Hands the order to expire on to the state machine; an actor provides it. */
    askForExpiry: () => undefined,
  },
  guards: {
    ...lifeGuards,
    isCritical: ({ event }) => event.type === 'PIPELINE' && event.figures.stuckCount > CRITICAL_ABOVE,
    needsWatching: ({ context, event }) =>
      event.type === 'PIPELINE' && (event.figures.stuckCount > 0 || isQuiet(context, event)),
  },
}).createMachine({
  id: 'pipelineMonitor',
  context: ({ input }) => ({
    ...bornAs(input),
    status: 'UNKNOWN' as const,
    reportedAt: null,
    stuckCount: 0,
    stuck: [],
    byState: {},
    total: 0,
    lastSignalAt: null,
    signalsPerHour: 0,
    firstReportAt: null,
    firstTotal: 0,
  }),
  ...alive({
    initial: 'unknown',
    on: {
      PIPELINE: [
        { guard: 'isCritical', target: '.critical', actions: { type: 'note', params: { status: 'CRITICAL' } } },
        { guard: 'needsWatching', target: '.warning', actions: { type: 'note', params: { status: 'WARNING' } } },
        { target: '.healthy', actions: { type: 'note', params: { status: 'HEALTHY' } } },
      ],
      EXPIRE: { actions: 'askForExpiry' },
    },
    states: { unknown: {}, healthy: {}, warning: {}, critical: {} },
  }),
});

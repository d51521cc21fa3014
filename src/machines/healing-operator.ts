/**
 * The healing operator: watches all components, heals its own eight, and has a child, `architectureHealing`, for the
 * other five. It alone throws the kill switch, which blocks entries and never exits.
 */
import { attention, type HealerContext, healerAsBorn, healerSetup, whyOf } from './healer.ts';
import { alive, type LifeOutput, type RemedyOrder } from './life.ts';

/** How long the operator waits before it brings its child back, ms. */
export const CHILD_BACK_AFTER_MS = 1_000;

type Switched = { event: { reason?: string; by?: readonly string[]; byHand?: boolean } };

const killSwitch = healerSetup.createStateConfig({
  initial: 'armed',
  states: {
    armed: {
      on: {
        TRIP: {
          target: 'tripped',
          actions: [
            'noteTrip',
            {
              type: 'throwSwitch',
              params: ({ event }: Switched) => ({
                active: true,
                reason: whyOf(event),
                by: event.by ?? [],
                byHand: event.byHand === true,
              }),
            },
          ],
        },
      },
    },
    tripped: {
      on: {
        TRIP: {
          actions: [
            'noteTrip',
            {
              type: 'addCause',
              params: ({ event }: Switched) => ({
                reason: whyOf(event),
                by: event.by ?? [],
                byHand: event.byHand === true,
              }),
            },
          ],
        },
        RESET: {
          target: 'armed',
          actions: [
            'forgetTrip',
            {
              type: 'throwSwitch',
              params: ({ event }: Switched) => ({ active: false, reason: whyOf(event), by: [], byHand: false }),
            },
          ],
        },
      },
    },
  },
});

const architecture = healerSetup.createStateConfig({
  initial: 'up',
  states: {
    up: {
      entry: 'countChild',
      // It took no order to end, and was ended by force.
      on: {
        'CHILD.CUT': {
          target: 'down',
          actions: {
            type: 'takeChildOrder',
            params: ({ event }: { event: { order: RemedyOrder } }) => ({ order: event.order }),
          },
        },
      },
      invoke: {
        id: 'architectureHealing',
        systemId: 'architectureHealing',
        src: 'architectureHealing',
        input: ({ context }: { context: HealerContext }) => ({
          incarnation: context.child.incarnation,
          restartedBy: context.child.order,
        }),
        onDone: {
          target: 'down',
          actions: {
            type: 'takeChildOrder',
            params: ({ event }: { event: { output: unknown } }) => ({
              order: (event.output as LifeOutput | undefined)?.restart ?? null,
            }),
          },
        },
        onError: { target: 'down', actions: { type: 'takeChildOrder', params: { order: null } } },
      },
    },
    down: { after: { [CHILD_BACK_AFTER_MS]: 'up' } },
  },
});

export const healingOperator = healerSetup.createMachine({
  id: 'healingOperator',
  context: ({ input }) => healerAsBorn(input),
  ...alive({ type: 'parallel', states: { attention, killSwitch, architecture } }),
});

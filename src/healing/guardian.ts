/**
 * The guardian of one process: starts it, believes it only while it beats and its healer sweeps, ends it when it hangs,
 * starts it again after a wait, and gives up when starting again does not help. OTP's restart intensity, for a process.
 *
 * Nothing here touches a process: `start`, `kill`, `ask` and what is told are provided (`src/cli/guardian`).
 */
import { assign, setup } from 'xstate';
import { type Backoff, backoffMs } from './backoff.ts';
import { type Intensity, isSpent, usesWithin } from './budget.ts';

/** How patient the guardian is. All times in ms. */
export interface GuardianPolicy {
  /** From the start to the first beat: the program has to be read first. */
  readonly firstBeatMs: number;
  /** Without a beat for so long, it is faint … */
  readonly silenceMs: number;
  /** … and for so much longer, hung. Beats that waited while the guardian itself stood still arrive within it. */
  readonly graceMs: number;
  /** So many sweeps of the healer may be missed, … */
  readonly sweepsMissed: number;
  /** … and none is overdue sooner than this. */
  readonly sweepAtLeastMs: number;
  /** How long a healer that is late has to show that it only stood still with the guardian. */
  readonly lateMs: number;
  /** Up for so long, the process has earned a short wait again. */
  readonly calmMs: number;
  /** How long a clean stop may take of a process that beats meanwhile. */
  readonly stopMs: number;
  /** How long a process that was told to stop at once has for it. */
  readonly insistMs: number;
  readonly backoff: Backoff;
  readonly restarts: Intensity;
  /**
   * Exit codes of a process that could not reach what it needs. It is started again for as long as that takes, also before it was ever up,
   * and out of no budget: it is not the process that fails.
   */
  readonly outageCodes: readonly number[];
  /** Exit codes that another start would not change. */
  readonly finalCodes: readonly number[];
}

/** How a process ended; `hung` says why the guardian ended it. */
export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  readonly hung: string | null;
}

export type GuardianEvent =
  /** The process lives. `sweptAt` names its healer's last sweep: whatever it is, a new sweep has a new one. */
  | { readonly type: 'BEAT'; readonly ready: boolean; readonly sweptAt: number | null; readonly sweepEveryMs: number }
  /** It is stopping, of itself: its end is meant, and no sweep is expected any more. */
  | { readonly type: 'LEAVING' }
  | { readonly type: 'EXITED'; readonly code: number | null; readonly signal: string | null }
  /** Whoever is far away was told of the outage, or could not be. */
  | { readonly type: 'TOLD'; readonly delivered: boolean }
  /** Somebody wants it to stop. The second time: at once. */
  | { readonly type: 'ASKED'; readonly signal: string };

export interface GuardianContext {
  readonly asked: { readonly signal: string; readonly presses: number } | null;
  /** Why the guardian is ending the process. */
  readonly hung: string | null;
  readonly lastEnd: Ending | null;
  readonly everReady: boolean;
  readonly sweptAt: number | null;
  readonly sweepEveryMs: number;
  /** In a row, since it was last calm. */
  readonly failures: number;
  /** Ends for want of what it needs, in a row, since it was last up. */
  readonly outages: number;
  /** Somebody far away knows of them. */
  readonly outageTold: boolean;
  /** When it was started again, for the budget. */
  readonly restarts: readonly number[];
  /** Of all. */
  readonly restartCount: number;
  readonly waitMs: number;
  readonly gaveUp: boolean;
}

/** How it all came to an end. `end` is the last process's, `null` when none ran just then. */
export interface GuardianOutput {
  readonly end: Ending | null;
  readonly asked: GuardianContext['asked'];
  readonly gaveUp: boolean;
}

/** Nobody crashes by these: somebody wanted it to end. */
const ASKING_SIGNALS: readonly (string | null)[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

type Args = { context: GuardianContext; event: GuardianEvent };

export interface GuardianWorld {
  readonly now: () => number;
  /** Uniform in [0, 1): jitter of the backoff. */
  readonly chance: () => number;
}

export function guardian(policy: GuardianPolicy, { now, chance }: GuardianWorld) {
  const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
  const sweepLimit = ({ context }: { context: GuardianContext }): number =>
    Math.max(policy.sweepAtLeastMs, policy.sweepsMissed * context.sweepEveryMs);
  const isOutage = ({ event }: Pick<Args, 'event'>): boolean =>
    event.type === 'EXITED' && event.code !== null && policy.outageCodes.includes(event.code);
  const hangs = (says: string) => ({ type: 'noteHung', params: { says } }) as const;
  const silent = hangs(`its event loop gave no sign of life for ${seconds(policy.silenceMs + policy.graceMs)}`);

  return setup({
    types: { context: {} as GuardianContext, events: {} as GuardianEvent, output: {} as GuardianOutput },
    actions: {
      /** Starts a process. `after` is how the one before ended. */
      start: (_, __: { after: Ending | null; restart: number }) => undefined,
      /** SIGKILL. */
      kill: () => undefined,
      /** Tells the process to stop, cleanly at the first press. */
      ask: (_, __: { signal: string; presses: number }) => undefined,
      tellRestart: (_, __: { end: Ending; waitMs: number; restart: number }) => undefined,
      tellGaveUp: (_, __: { end: Ending; restarts: number }) => undefined,
      /** Tells people far away, and answers TOLD. `outages`: how many there were in a row. */
      tellOutage: (_, __: { end: Ending; outages: number; waitMs: number; restart: number }) => undefined,
      noteBirth: assign({ hung: null, sweptAt: null, sweepEveryMs: 0 }),
      noteReady: assign({ everReady: true, outages: 0, outageTold: false }),
      noteTold: assign({ outageTold: true }),
      noteSweep: assign(({ event }) =>
        event.type === 'BEAT' ? { sweptAt: event.sweptAt, sweepEveryMs: event.sweepEveryMs } : {},
      ),
      noteCalm: assign({ failures: 0 }),
      noteHung: assign({ hung: (_, { says }: { says: string }) => says }),
      noteAsked: assign(({ context, event }) =>
        event.type === 'ASKED' ? { asked: { signal: event.signal, presses: (context.asked?.presses ?? 0) + 1 } } : {},
      ),
      noteEnd: assign(({ context, event }) =>
        event.type === 'EXITED' ? { lastEnd: { code: event.code, signal: event.signal, hung: context.hung } } : {},
      ),
      forgetEnd: assign({ lastEnd: null }),
      noteGaveUp: assign({ gaveUp: true }),
      planRestart: assign(({ context }) => ({
        waitMs: backoffMs(policy.backoff, context.failures, chance()),
        failures: context.failures + 1,
        restarts: [...usesWithin(context.restarts, policy.restarts, now()), now()],
        restartCount: context.restartCount + 1,
      })),
      planAgain: assign(({ context }) => ({
        waitMs: backoffMs(policy.backoff, context.outages, chance()),
        outages: context.outages + 1,
        restartCount: context.restartCount + 1,
      })),
    },
    guards: {
      isReady: ({ event }) => event.type === 'BEAT' && event.ready,
      hasSwept: ({ context, event }) =>
        event.type === 'BEAT' && event.sweptAt !== null && event.sweptAt !== context.sweptAt,
      wasAsked: ({ context }) => context.asked !== null,
      isMeant: ({ event }) =>
        event.type === 'EXITED' &&
        (ASKING_SIGNALS.includes(event.signal) || (event.code !== null && policy.finalCodes.includes(event.code))),
      isOutage,
      isUntoldOutage: (args: Args) => isOutage(args) && !args.context.outageTold,
      wasDelivered: ({ event }) => event.type === 'TOLD' && event.delivered,
      /** It said why and ended, before it was ever up: it will say the same again. */
      couldNotStart: ({ context, event }) => event.type === 'EXITED' && event.code !== null && !context.everReady,
      budgetIsSpent: ({ context }) => isSpent(context.restarts, policy.restarts, now()),
    },
    delays: {
      firstBeat: policy.firstBeatMs,
      silence: policy.silenceMs,
      grace: policy.graceMs,
      overdue: sweepLimit,
      late: policy.lateMs,
      calm: policy.calmMs,
      leave: policy.silenceMs + policy.graceMs,
      stop: policy.stopMs,
      insist: policy.insistMs,
      backoff: ({ context }) => context.waitMs,
    },
  }).createMachine({
    id: 'guardian',
    context: {
      asked: null,
      hung: null,
      lastEnd: null,
      everReady: false,
      sweptAt: null,
      sweepEveryMs: 0,
      failures: 0,
      outages: 0,
      outageTold: false,
      restarts: [],
      restartCount: 0,
      waitMs: 0,
      gaveUp: false,
    },
    initial: 'watching',
    states: {
      watching: {
        type: 'parallel',
        entry: [
          'noteBirth',
          { type: 'start', params: ({ context }: Args) => ({ after: context.lastEnd, restart: context.restartCount }) },
        ],
        on: {
          ASKED: { target: 'stopping', actions: ['noteAsked', { type: 'ask', params: toAsk }] },
          LEAVING: 'stopping',
          EXITED: [
            { guard: 'isMeant', target: 'ended', actions: 'noteEnd' },
            { guard: 'isUntoldOutage', target: 'telling', actions: ['noteEnd', 'planAgain'] },
            { guard: 'isOutage', target: 'waiting', actions: ['noteEnd', 'planAgain'] },
            { guard: 'couldNotStart', target: 'ended', actions: 'noteEnd' },
            { guard: 'budgetIsSpent', target: 'gaveUp', actions: 'noteEnd' },
            { target: 'waiting', actions: ['noteEnd', 'planRestart'] },
          ],
        },
        states: {
          pulse: {
            initial: 'awaited',
            states: {
              awaited: {
                after: {
                  firstBeat: {
                    target: '#guardian.killing',
                    actions: hangs(`it gave no sign of life within ${seconds(policy.firstBeatMs)} of its start`),
                  },
                },
                on: { BEAT: 'beating' },
              },
              beating: { after: { silence: 'faint' }, on: { BEAT: { target: 'beating', reenter: true } } },
              faint: { after: { grace: { target: '#guardian.killing', actions: silent } }, on: { BEAT: 'beating' } },
            },
          },
          healer: {
            initial: 'unborn',
            states: {
              unborn: { on: { BEAT: { guard: 'isReady', target: 'onTime', actions: ['noteSweep', 'noteReady'] } } },
              onTime: {
                after: { overdue: 'late' },
                on: { BEAT: { guard: 'hasSwept', target: 'onTime', reenter: true, actions: 'noteSweep' } },
              },
              late: {
                after: {
                  late: {
                    target: '#guardian.killing',
                    actions: {
                      type: 'noteHung',
                      params: (args: Args) => ({
                        says: `its healer made no sweep for ${seconds(sweepLimit(args) + policy.lateMs)}`,
                      }),
                    },
                  },
                },
                on: { BEAT: { guard: 'hasSwept', target: 'onTime', actions: 'noteSweep' } },
              },
            },
          },
          trust: {
            initial: 'young',
            states: {
              young: { on: { BEAT: { guard: 'isReady', target: 'earning' } } },
              earning: { after: { calm: 'calm' } },
              calm: { entry: 'noteCalm' },
            },
          },
        },
      },
      killing: {
        entry: 'kill',
        on: {
          ASKED: { actions: 'noteAsked' },
          EXITED: [
            { guard: 'wasAsked', target: 'ended', actions: 'noteEnd' },
            { guard: 'budgetIsSpent', target: 'gaveUp', actions: 'noteEnd' },
            { target: 'waiting', actions: ['noteEnd', 'planRestart'] },
          ],
        },
      },
      // Before the wait: who tells holds the bot's directory, and so would the bot.
      telling: {
        entry: {
          type: 'tellOutage',
          params: ({ context }: Args) => ({
            end: context.lastEnd ?? NO_END,
            outages: context.outages,
            waitMs: context.waitMs,
            restart: context.restartCount,
          }),
        },
        on: {
          TOLD: [{ guard: 'wasDelivered', target: 'waiting', actions: 'noteTold' }, { target: 'waiting' }],
          ASKED: { target: 'ended', actions: ['noteAsked', 'forgetEnd'] },
        },
      },
      waiting: {
        entry: {
          type: 'tellRestart',
          params: ({ context }: Args) => ({
            end: context.lastEnd ?? NO_END,
            waitMs: context.waitMs,
            restart: context.restartCount,
          }),
        },
        after: { backoff: 'watching' },
        on: { ASKED: { target: 'ended', actions: ['noteAsked', 'forgetEnd'] } },
      },
      stopping: {
        initial: 'leaving',
        after: {
          stop: { target: 'killing', actions: hangs(`it did not stop within ${seconds(policy.stopMs)}`) },
        },
        on: { EXITED: { target: 'ended', actions: 'noteEnd' } },
        states: {
          leaving: {
            after: {
              leave: { target: '#guardian.killing', actions: hangs('it was told to stop and gave no sign of life') },
            },
            on: {
              BEAT: { target: 'leaving', reenter: true },
              ASKED: { target: 'insisting', actions: ['noteAsked', { type: 'ask', params: toAsk }] },
            },
          },
          insisting: {
            after: { insist: '#guardian.killing' },
            on: { ASKED: { target: '#guardian.killing', actions: 'noteAsked' } },
          },
        },
      },
      gaveUp: {
        type: 'final',
        entry: [
          'noteGaveUp',
          {
            type: 'tellGaveUp',
            params: ({ context }: Args) => ({ end: context.lastEnd ?? NO_END, restarts: context.restarts.length }),
          },
        ],
      },
      ended: { type: 'final' },
    },
    output: ({ context: { lastEnd, asked, gaveUp } }) => ({ end: lastEnd, asked, gaveUp }),
  });
}

const NO_END: Ending = { code: null, signal: null, hung: null };
const toAsk = ({ context }: Args): { signal: string; presses: number } => context.asked ?? { signal: '', presses: 0 };

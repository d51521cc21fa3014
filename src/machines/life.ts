/**
 * The life every component shares, written once: starting → running → stopping → stopped, and failed.
 *
 * While a component runs, three regions run side by side, so that a person can see what it does (`work`), what it
 * stands on (`ground`: are its files sound?) and whether it is being mended (`mending`). Work goes on during a repair.
 */
import { type AnyActorRef, assign, type EventObject, fromCallback, sendTo } from 'xstate';
import type { Evidence, FileEvidence } from './messages.ts';

/** Who ordered a remedy, in which incident, and why. */
export interface RemedyOrder {
  readonly incident: string;
  readonly reason: string;
  /** systemId of the healer, which is told what came of it. */
  readonly from: string;
}

export type HealingEvent =
  | ({ readonly type: 'EXPIRE'; readonly signalIds?: readonly string[]; readonly olderThan?: number } & RemedyOrder)
  | ({ readonly type: 'RESTART' } & RemedyOrder)
  | ({ readonly type: 'REPAIR'; readonly target: string; readonly evidence: Evidence } & RemedyOrder);

export type LifeEvent =
  | HealingEvent
  | { readonly type: 'OPENED' }
  | { readonly type: 'OPEN_FAILED'; readonly error: string }
  | { readonly type: 'FILE_SEEN'; readonly path: string; readonly evidence: FileEvidence }
  | { readonly type: 'REPAIRED'; readonly evidence: Evidence }
  | { readonly type: 'REPAIR_FAILED'; readonly error: string }
  /** Time has passed: for what only time can break. */
  | { readonly type: 'CHECK'; readonly at: number }
  | { readonly type: 'STOP' }
  | { readonly type: 'CLOSED' };

export interface Life {
  /** Counts the actors that have lived under this systemId, from 1. Effects of an earlier one are void. */
  readonly incarnation: number;
  /** The order that gave birth to this incarnation; answered when it runs. */
  readonly restartedBy: RemedyOrder | null;
  /** What was last seen of each file this component owns, by path. */
  readonly files: Readonly<Record<string, FileEvidence>>;
  /** The repair being made. */
  readonly repair: ({ readonly target: string } & RemedyOrder) | null;
  /** The restart this incarnation is ending for. */
  readonly leavingFor: RemedyOrder | null;
  readonly fault: string | null;
}

export interface LifeInput {
  readonly incarnation: number;
  readonly restartedBy: RemedyOrder | null;
}

/** How an actor ended: `restart` is the order it ended for, `null` when it was told to stop. */
export interface LifeOutput {
  readonly restart: RemedyOrder | null;
}

export type LifeContext = { readonly life: Life };

export const bornAs = (input: LifeInput): LifeContext => ({
  life: {
    incarnation: input.incarnation,
    restartedBy: input.restartedBy,
    files: {},
    repair: null,
    leavingFor: null,
    fault: null,
  },
});

export const outputOfLife = ({ context }: { context: LifeContext }): LifeOutput => ({
  restart: context.life.leavingFor,
});

const filesSound = (files: Life['files']): boolean =>
  Object.values(files).every((file) => file.exists && file.writable && file.badLines === 0);

/** An effect that has no effect until an actor provides one: what makes the machines pure. */
const nothing = <Input>() => fromCallback<EventObject, Input>(() => undefined);

/** The children a component invokes. Provided in `src/actors`. */
export const lifeActors = {
  /** Opens what the component needs; answers OPENED or OPEN_FAILED. */
  open: nothing<{ incarnation: number }>(),
  /** Looks at the component's files now and then, and when they change; says FILE_SEEN. Looks at once on LOOK. */
  eyes: nothing<null>(),
  /** Says CHECK every now and then. */
  clockwork: nothing<null>(),
  /** Makes a repair; answers REPAIRED or REPAIR_FAILED. */
  repair: nothing<{ target: string }>(),
  /** Waits for what is under way and closes; answers CLOSED. */
  close: nothing<null>(),
};

/** The actions behind {@link alive}, for a machine with context `C` and events `E`. */
export function lifeActions<C extends LifeContext, E extends { type: string }>() {
  const withLife = (change: (life: Life, event: LifeEvent) => Partial<Life>) =>
    assign<C, E, undefined, E, never>(
      ({ context, event }) =>
        ({
          life: { ...context.life, ...change(context.life, event as unknown as LifeEvent) },
        }) as unknown as Partial<C>,
    );
  return {
    noteFile: withLife((life, event) =>
      event.type === 'FILE_SEEN' ? { files: { ...life.files, [event.path]: event.evidence } } : {},
    ),
    noteFault: withLife((_, event) =>
      event.type === 'OPEN_FAILED' || event.type === 'REPAIR_FAILED' ? { fault: event.error } : {},
    ),
    forgetFault: withLife(() => ({ fault: null })),
    takeRepair: withLife((_, event) =>
      event.type === 'REPAIR'
        ? { repair: { target: event.target, incident: event.incident, reason: event.reason, from: event.from } }
        : {},
    ),
    forgetRepair: withLife(() => ({ repair: null })),
    forgetBirth: withLife(() => ({ restartedBy: null })),
    takeLeave: withLife((_, event) =>
      event.type === 'RESTART'
        ? { leavingFor: { incident: event.incident, reason: event.reason, from: event.from } }
        : {},
    ),
    /** Says what was found while it opened; an actor provides it. */
    begin: () => undefined,
    lookAgain: sendTo<C, E, undefined, AnyActorRef, E, never>('eyes', { type: 'LOOK' }),
    /** Tells the supervisor that mail may come (`ready`), or that opening failed. */
    announce: (_: unknown, __: { as: 'ready' | 'failed' }) => undefined,
    /** Answers a healer: REMEDY.DONE or REMEDY.FAILED. */
    answer: (_: unknown, __: { order: RemedyOrder | null; done: Evidence | null; failed: string | null }) => undefined,
  };
}

export const lifeGuards = {
  groundIsSound: ({ context, event }: { context: LifeContext; event: { type: string } }) => {
    const seen = event as LifeEvent;
    return seen.type === 'FILE_SEEN' && filesSound({ ...context.life.files, [seen.path]: seen.evidence });
  },
};

type LifeArgs = { context: LifeContext; event: { type: string } };
const orderIn = (event: { type: string }): RemedyOrder => event as unknown as RemedyOrder;

const refuse = (why: string) =>
  ({
    type: 'answer',
    params: ({ event }: LifeArgs) => ({ order: orderIn(event), done: null, failed: why }),
  }) as const;

/**
 * Composes a component's `work` with the life all components share.
 * @param work the state config of what this component does, an ordinary compound or parallel state
 */
export function alive<const Work>(work: Work) {
  return {
    initial: 'starting',
    states: {
      starting: {
        invoke: {
          src: 'open',
          id: 'open',
          input: ({ context }: LifeArgs) => ({ incarnation: context.life.incarnation }),
        },
        on: {
          OPENED: { target: 'running', actions: 'forgetFault' },
          OPEN_FAILED: { target: 'failed', actions: 'noteFault' },
          RESTART: { target: 'stopping', actions: 'takeLeave' },
          STOP: 'stopping',
        },
      },
      running: {
        type: 'parallel',
        tags: 'open',
        entry: [
          { type: 'announce', params: { as: 'ready' } },
          {
            type: 'answer',
            params: ({ context }: LifeArgs) => ({
              order: context.life.restartedBy,
              done: {
                says: `incarnation ${context.life.incarnation} runs`,
                figures: { incarnation: context.life.incarnation },
              },
              failed: null,
            }),
          },
          'forgetBirth',
          'begin',
        ],
        invoke: [
          { src: 'eyes', id: 'eyes', input: null },
          { src: 'clockwork', id: 'clockwork', input: null },
        ],
        on: {
          RESTART: { target: 'stopping', actions: 'takeLeave' },
          STOP: 'stopping',
          EXPIRE: { actions: refuse('only the state machine expires signals') },
        },
        states: {
          work,
          ground: {
            initial: 'unseen',
            on: {
              FILE_SEEN: [
                { guard: 'groundIsSound', target: '.sound', actions: 'noteFile' },
                { target: '.damaged', actions: 'noteFile' },
              ],
            },
            states: { unseen: {}, sound: {}, damaged: {} },
          },
          mending: {
            initial: 'idle',
            states: {
              idle: { on: { REPAIR: { target: 'repairing', actions: 'takeRepair' } } },
              repairing: {
                invoke: {
                  src: 'repair',
                  id: 'repair',
                  input: ({ context }: LifeArgs) => ({ target: context.life.repair?.target ?? '' }),
                },
                on: {
                  REPAIR: { actions: refuse('another repair of this component is still being made') },
                  REPAIRED: {
                    target: 'idle',
                    actions: [
                      {
                        type: 'answer',
                        params: ({ context, event }: LifeArgs) => ({
                          order: context.life.repair,
                          done: (event as unknown as { evidence: Evidence }).evidence,
                          failed: null,
                        }),
                      },
                      'forgetRepair',
                      'forgetFault',
                      'lookAgain',
                    ],
                  },
                  REPAIR_FAILED: {
                    target: 'idle',
                    actions: [
                      {
                        type: 'answer',
                        params: ({ context, event }: LifeArgs) => ({
                          order: context.life.repair,
                          done: null,
                          failed: (event as unknown as { error: string }).error,
                        }),
                      },
                      'forgetRepair',
                      'noteFault',
                      'lookAgain',
                    ],
                  },
                },
              },
            },
          },
        },
      },
      failed: {
        entry: [
          { type: 'announce', params: { as: 'failed' } },
          {
            type: 'answer',
            params: ({ context }: LifeArgs) => ({
              order: context.life.restartedBy,
              done: null,
              failed: context.life.fault ?? 'it could not be opened',
            }),
          },
          'forgetBirth',
        ],
        on: {
          REPAIR: { target: 'reviving', actions: 'takeRepair' },
          RESTART: { target: 'stopping', actions: 'takeLeave' },
          STOP: 'stopping',
        },
      },
      reviving: {
        invoke: {
          src: 'repair',
          id: 'repair',
          input: ({ context }: LifeArgs) => ({ target: context.life.repair?.target ?? '' }),
        },
        on: {
          REPAIRED: {
            target: 'starting',
            actions: [
              {
                type: 'answer',
                params: ({ context, event }: LifeArgs) => ({
                  order: context.life.repair,
                  done: (event as unknown as { evidence: Evidence }).evidence,
                  failed: null,
                }),
              },
              'forgetRepair',
            ],
          },
          REPAIR_FAILED: {
            target: 'failed',
            actions: [
              {
                type: 'answer',
                params: ({ context, event }: LifeArgs) => ({
                  order: context.life.repair,
                  done: null,
                  failed: (event as unknown as { error: string }).error,
                }),
              },
              'forgetRepair',
              'noteFault',
            ],
          },
          RESTART: { target: 'stopping', actions: 'takeLeave' },
          STOP: 'stopping',
        },
      },
      stopping: { invoke: { src: 'close', id: 'close', input: null }, on: { CLOSED: 'stopped' } },
      stopped: { type: 'final' },
    },
    output: outputOfLife,
  } as const;
}

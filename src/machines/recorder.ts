/**
 * A log that is written record by record, as a region: `idle`, `writing`, or `blocked` while the disk refuses. What could
 * not be written waits in order and is tried again.
 */
import { assign } from 'xstate';

export type RecorderEvent =
  | { readonly type: 'RECORDED'; readonly count: number; readonly waiting: number }
  | { readonly type: 'RECORD_REFUSED'; readonly error: string; readonly waiting: number; readonly at: number }
  | { readonly type: 'RECORDING' };

export interface Recorder {
  readonly recorded: number;
  readonly waiting: number;
  readonly refusal: string | null;
  readonly refusingSince: number | null;
}
export type RecorderContext = { readonly recorder: Recorder };

export const blankRecorder: RecorderContext = {
  recorder: { recorded: 0, waiting: 0, refusal: null, refusingSince: null },
};

/** The actions behind {@link recording}. */
export function recorderActions<C extends RecorderContext, E extends { type: string }>() {
  const withRecorder = (change: (recorder: Recorder, event: RecorderEvent) => Partial<Recorder>) =>
    assign<C, E, undefined, E, never>(
      ({ context, event }) =>
        ({
          recorder: { ...context.recorder, ...change(context.recorder, event as unknown as RecorderEvent) },
        }) as unknown as Partial<C>,
    );
  return {
    noteRecorded: withRecorder(({ recorded }, event) =>
      event.type === 'RECORDED'
        ? { recorded: recorded + event.count, waiting: event.waiting, refusal: null, refusingSince: null }
        : {},
    ),
    noteRecordRefused: withRecorder(({ refusingSince }, event) =>
      event.type === 'RECORD_REFUSED'
        ? { refusal: event.error, waiting: event.waiting, refusingSince: refusingSince ?? event.at }
        : {},
    ),
    /** Tries again to write what waits; an actor provides it. */
    recordAgain: () => undefined,
  };
}

export const recorderGuards = {
  allRecorded: ({ event }: { event: { type: string } }) => (event as unknown as { waiting: number }).waiting === 0,
};

/** The region itself. */
export const recording = {
  initial: 'idle',
  states: {
    idle: { on: { RECORDING: 'writing', RECORD_REFUSED: { target: 'blocked', actions: 'noteRecordRefused' } } },
    writing: {
      on: {
        RECORDED: [{ guard: 'allRecorded', target: 'idle', actions: 'noteRecorded' }, { actions: 'noteRecorded' }],
        RECORD_REFUSED: { target: 'blocked', actions: 'noteRecordRefused' },
      },
    },
    blocked: {
      on: {
        CHECK: { actions: 'recordAgain' },
        REPAIRED: { actions: 'recordAgain' },
        RECORD_REFUSED: { actions: 'noteRecordRefused' },
        RECORDED: [
          { guard: 'allRecorded', target: 'idle', actions: 'noteRecorded' },
          { target: 'writing', actions: 'noteRecorded' },
        ],
      },
    },
  },
} as const;

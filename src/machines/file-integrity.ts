/** Verifies every JSON and JSONL file in the bot's directory. What does not parse of the bot's is damage until it is mended; nothing is deleted. */
import { assign, type EventObject, fromCallback, setup } from 'xstate';
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
import type { DiskVitals } from './vitals.ts';

export interface DamagedFile {
  readonly path: string;
  readonly says: string;
}

export type FileIntegrityEvent =
  | LifeEvent
  | { readonly type: 'ROUND_BEGUN' }
  /**
   * `damaged`: files this component mends; `ownersDamage`: files whose owner verifies and mends them; `strangersDamage`: files of other
   * programs, which are told of and left as they are.
   */
  | {
      readonly type: 'VERIFIED';
      readonly at: number;
      readonly files: number;
      readonly damaged: readonly DamagedFile[];
      readonly ownersDamage: readonly DamagedFile[];
      readonly strangersDamage: readonly DamagedFile[];
    }
  | { readonly type: 'DISK'; readonly at: number; readonly disk: DiskVitals }
  | { readonly type: 'DISK_SILENT'; readonly at: number; readonly error: string };

export interface FileIntegrityContext extends LifeContext {
  readonly verifiedAt: number | null;
  readonly verifiedFiles: number;
  readonly damaged: readonly DamagedFile[];
  readonly ownersDamage: readonly DamagedFile[];
  readonly strangersDamage: readonly DamagedFile[];
  /** What the disk has left; `null` where it is not measured. */
  readonly disk: ({ readonly at: number } & DiskVitals) | null;
  /** Why it could not be asked. */
  readonly diskSilent: string | null;
}

export const fileIntegrity = setup({
  types: { context: {} as FileIntegrityContext, events: {} as FileIntegrityEvent, input: {} as LifeInput },
  actors: {
    ...lifeActors,
    /** Says DISK now and then; an actor provides it. */
    gauge: fromCallback<EventObject, null>(() => undefined),
  },
  actions: {
    ...lifeActions<FileIntegrityContext, FileIntegrityEvent>(),
    /** Begins a full round when one is due; an actor provides it. */
    verifyWhenDue: () => undefined,
    /** Looks at all files at once; an actor provides it. */
    verifyNow: () => undefined,
    noteVerified: assign(({ event }) =>
      event.type === 'VERIFIED'
        ? {
            verifiedAt: event.at,
            verifiedFiles: event.files,
            damaged: event.damaged,
            ownersDamage: event.ownersDamage,
            strangersDamage: event.strangersDamage,
          }
        : {},
    ),
    noteDisk: assign(({ event }) =>
      event.type === 'DISK' ? { disk: { at: event.at, ...event.disk }, diskSilent: null } : {},
    ),
    noteSilence: assign(({ event }) => (event.type === 'DISK_SILENT' ? { diskSilent: event.error } : {})),
  },
  guards: {
    ...lifeGuards,
    allSound: ({ event }) => event.type === 'VERIFIED' && event.damaged.length === 0,
  },
}).createMachine({
  id: 'fileIntegrity',
  context: ({ input }) => ({
    ...bornAs(input),
    verifiedAt: null,
    verifiedFiles: 0,
    damaged: [],
    ownersDamage: [],
    strangersDamage: [],
    disk: null,
    diskSilent: null,
  }),
  ...alive({
    initial: 'resting',
    invoke: { src: 'gauge', id: 'gauge', input: null },
    on: {
      DISK: { actions: 'noteDisk' },
      DISK_SILENT: { actions: 'noteSilence' },
      CHECK: { actions: 'verifyWhenDue' },
      REPAIRED: { actions: 'verifyNow' },
      REPAIR_FAILED: { actions: 'verifyNow' },
      ROUND_BEGUN: '.verifying',
      VERIFIED: [
        { guard: 'allSound', target: '.resting', actions: 'noteVerified' },
        { target: '.damaged', actions: 'noteVerified' },
      ],
    },
    states: { resting: {}, verifying: {}, damaged: {} },
  }),
});

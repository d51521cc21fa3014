/** What a recorder is asked for, and what it tells. */
import type { AnyActorRef, AnyStateMachine } from 'xstate';
import type { Glimpse } from '../healing/inspecting.ts';
import type { Allowed } from './allowance.ts';
import type { ActorDetail, ActorEvent, ActorView, MachineView } from './contract/actors.ts';
import type { Redact } from './digest.ts';
import type { Status } from './insides.ts';
import type { Delta, Timer } from './sampler.ts';
import type { Stretch } from './stretches.ts';
import type { InspectionTap } from './tap.ts';

export interface RecorderOptions {
  /** ms on the app's clock. */
  readonly now: () => number;
  /** A copy of a value without secrets, as {@link Redactor.value}. Asked only for what is shown. */
  readonly redact: Redact;
  /** Time of the wall. */
  readonly timer: Timer;
  /** What is known of an actor elsewhere, by its id. */
  readonly about?: (id: string) => Pick<ActorView, 'health' | 'mail'>;
  /** Machines no actor runs that are to be shown too. */
  readonly machines?: readonly AnyStateMachine[];
  readonly limits?: Partial<RecorderLimits>;
  /** Told once in words when the recorder itself fails: it goes on, and no actor is hurt. */
  readonly failed?: (words: string) => void;
}

export interface RecorderLimits {
  /** Events kept of all actors together. */
  readonly events: number;
  /** Events kept of each actor. */
  readonly perActor: number;
  /** Actors remembered after their end. */
  readonly gone: number;
  /** How often what events carried is copied; of faster ones only the type is kept. */
  readonly copies: Allowed;
  /** So many events are kept in a stretch; of more, until its end, it is counted that they were taken, and by which transitions. */
  readonly closely: Stretch;
}

/** An actor came to another state, was born (`was` is `null`), or ended. */
export interface Change {
  readonly at: number;
  readonly actor: string;
  readonly machine: string | null;
  readonly event: string;
  readonly from: string | null;
  readonly was: unknown;
  readonly value: unknown;
  readonly status: Status;
  readonly incarnation: number;
  readonly since: number;
  readonly taken: readonly string[];
  /** The actor's own, live: to be read, never written, and kept only until the next. */
  readonly context: unknown;
}

export interface Recorder {
  /** For `createActor(machine, { inspect })`, or `system.inspect`. Never throws. */
  readonly inspect: (event: Glimpse) => void;
  /** Those that live, those that crashed, and named ones that ended; parents before children. */
  actors(): readonly ActorView[];
  /** Also one of the last that are gone; `null` for an unknown one. */
  actor(id: string): ActorDetail | null;
  /** Oldest first: the first `limit` after the number `after`; without it, the last. */
  events(query: { readonly actor?: string; readonly after?: number; readonly limit: number }): readonly ActorEvent[];
  machines(): readonly MachineView[];
  /** Sampled changes, at most five times a second. @returns ends it */
  follow(listener: (delta: Delta) => void): () => void;
  /** Every change of state, at once and in the path: the listener must be quick. @returns ends it */
  onChange(listener: (change: Change) => void): () => void;
  /** Every living actor as it is, as changes without an event. */
  present(): readonly Change[];
  /** The living actor of an id, to send it an event. */
  ref(id: string): AnyActorRef | null;
  readonly tap: InspectionTap;
}

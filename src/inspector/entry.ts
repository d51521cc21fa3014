import type { AnyActorRef, AnyTransitionDefinition } from 'xstate';
import type { Status } from './insides.ts';
import { transitionId } from './machine-view.ts';
import { Ring } from './ring.ts';
import { Untaken } from './untaken.ts';

/** One event as an actor took it. What it carried is kept as a bounded copy, or not at all. */
export interface Recorded {
  readonly seq: number;
  readonly at: number;
  readonly from: string | null;
  readonly to: string;
  readonly type: string;
  readonly value: unknown;
  readonly changed: boolean;
  readonly taken: readonly string[];
  /** A digest; `undefined` where events came faster than they could be copied. */
  payload: unknown;
  /** The event itself: only of the last one an actor took, and only where there is no digest. */
  raw: object | null;
}

/** How often a transition was taken. */
export interface Visits {
  readonly id: string;
  times: number;
}

/** All that is known of one actor, over all who lived under its id. */
export interface Entry {
  readonly id: string;
  /** Order of first being seen. */
  readonly order: number;
  readonly incarnation: number;
  readonly parent: string | null;
  readonly machine: string | null;
  /** Root actors and those with a systemId are shown after their end, until somebody takes their place. */
  readonly lasting: boolean;
  /** `null`: it is gone. */
  ref: AnyActorRef | null;
  status: Status;
  /** It has told its first snapshot. */
  born: boolean;
  /** XState's active nodes: while they are the same array, the state is the same. */
  nodes: unknown;
  value: unknown;
  since: number;
  /** Events taken, without XState's own `xstate.init` and `xstate.stop`. */
  events: number;
  taken: readonly string[];
  /** By the transition's id. */
  readonly visits: Map<string, Visits>;
  /** The same, by this incarnation's own definitions: one look in the path of every event, and no text. */
  readonly known: Map<AnyTransitionDefinition, Visits>;
  readonly log: Ring<Recorded>;
  last: Recorded | null;
  /** Transitions of a step that is being made of no event of its mailbox, as its first. */
  steps: Steps;
  readonly untaken: Untaken;
  /** What is kept of the context of one that is gone. */
  context: unknown;
  /** Why it crashed, in words. */
  error: string | undefined;
  /** A listener has not heard of its last change. */
  dirty: boolean;
}

const UNTAKEN_AT_MOST = 1_000;
export const STEPS_AT_MOST = 100;

export const NONE: readonly string[] = [];
/** Transitions that were taken one after the other, for one event. */
export type Steps = readonly AnyTransitionDefinition[];
export const NO_STEPS: Steps = [];

export interface Birth {
  readonly id: string;
  readonly ref: AnyActorRef;
  readonly parent: string | null;
  readonly machine: string | null;
  readonly lasting: boolean;
  readonly incarnation: number;
  readonly at: number;
}

/** @param before who had the id last: its figures go on, and its log */
export function newEntry(birth: Birth, before: Entry | undefined, order: number, logSize: number): Entry {
  return {
    ...{ id: birth.id, ref: birth.ref, parent: birth.parent, machine: birth.machine, lasting: birth.lasting },
    incarnation: birth.incarnation,
    order: before?.order ?? order,
    status: 'active',
    born: false,
    nodes: null,
    value: null,
    since: birth.at,
    events: before?.events ?? 0,
    taken: NONE,
    visits: before?.visits ?? new Map(),
    known: new Map(),
    log: before?.log ?? new Ring(logSize),
    last: null,
    steps: NO_STEPS,
    untaken: new Untaken(UNTAKEN_AT_MOST),
    context: undefined,
    error: undefined,
    dirty: false,
  };
}

/** Is it among those that are shown? Children that ended well are not. */
export const isListed = (entry: Entry): boolean =>
  entry.born && (entry.ref !== null || entry.lasting || entry.status === 'error');

/** Counts transitions. */
export function countVisits({ known, visits }: Entry, transitions: Steps): void {
  for (const transition of transitions) {
    const seen = known.get(transition);
    if (seen !== undefined) {
      seen.times++;
      continue;
    }
    const id = transitionId(transition);
    const first = visits.get(id) ?? { id, times: 0 };
    first.times++;
    visits.set(id, first);
    known.set(transition, first);
  }
}

/** More steps of the same event. */
export const withSteps = (steps: Steps, more: Steps): Steps => (steps.length === 0 ? more : [...steps, ...more]);

/** Ids of the transitions of a step. */
export const idsOf = ({ known }: Entry, steps: Steps): readonly string[] =>
  steps.length === 0 ? NONE : steps.slice(0, STEPS_AT_MOST).map((one) => known.get(one)?.id ?? transitionId(one));

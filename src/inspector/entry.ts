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
  /** The state it has come to while its events were only counted: other than `value` until that is told. */
  unseen: unknown;
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
  /** Transitions of the step that is being made. */
  step: readonly AnyTransitionDefinition[];
  /** The event it is taking, and who sent it; `null` for one that lay in its mailbox: that is among the untaken until it is taken. */
  taking: object | null;
  sender: string | null;
  readonly untaken: Untaken;
  /** What is kept of the context of one that is gone. */
  context: unknown;
  /** Why it crashed, in words. */
  error: string | undefined;
  /** A listener has not heard of its last change. */
  dirty: boolean;
}

const UNTAKEN_AT_MOST = 1_000;
const STEPS_AT_MOST = 100;

export const NONE: readonly string[] = [];
export const NO_STEP: readonly AnyTransitionDefinition[] = [];

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
    unseen: null,
    since: birth.at,
    events: before?.events ?? 0,
    taken: NONE,
    visits: before?.visits ?? new Map(),
    known: new Map(),
    log: before?.log ?? new Ring(logSize),
    last: null,
    step: NO_STEP,
    taking: null,
    sender: null,
    untaken: new Untaken(UNTAKEN_AT_MOST),
    context: undefined,
    error: undefined,
    dirty: false,
  };
}

/** Is it among those that are shown? Children that ended well are not. */
export const isListed = (entry: Entry): boolean =>
  entry.born && (entry.ref !== null || entry.lasting || entry.status === 'error');

/** Counts transitions, and keeps them for {@link takenIn}. */
export function countVisits(entry: Entry, transitions: readonly AnyTransitionDefinition[]): void {
  for (const transition of transitions) {
    const visits = entry.known.get(transition) ?? firstVisit(entry, transition);
    visits.times++;
  }
  // Most events make one step, whose list is XState's and is not changed any more.
  if (entry.step.length === 0) entry.step = transitions;
  else if (entry.step.length < STEPS_AT_MOST) entry.step = [...entry.step, ...transitions];
}

function firstVisit(entry: Entry, transition: AnyTransitionDefinition): Visits {
  const id = transitionId(transition);
  const visits = entry.visits.get(id) ?? { id, times: 0 };
  entry.visits.set(id, visits);
  entry.known.set(transition, visits);
  return visits;
}

/** Ids of the transitions of the step that was made. */
export const takenIn = ({ step, known }: Entry): readonly string[] =>
  step.length === 0 ? NONE : step.slice(0, STEPS_AT_MOST).map((one) => known.get(one)?.id ?? transitionId(one));

/** An event is taken: it is forgotten who sent it. @returns who did */
export function senderOf(entry: Entry, event: object): string | null {
  if (entry.taking !== event) return entry.untaken.take(event);
  entry.taking = null;
  return entry.sender;
}

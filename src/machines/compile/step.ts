/** A macrostep, as XState's: the event, then what it raised, and in between whatever needs no event, until nothing does. */
import {
  type AnyActorScope,
  type AnyMachineSnapshot,
  type AnyTransitionDefinition,
  type EventObject,
  stopChild,
} from 'xstate';
import { deedOf, type Moment } from './action.ts';
import type { Children } from './acts.ts';
import type { Branch, Place, Places } from './place.ts';

const NONE: readonly AnyTransitionDefinition[] = [];

interface Inspected {
  readonly _sendInspectionEvent: (event: object) => void;
}

export function macrostep(
  places: Places,
  start: AnyMachineSnapshot,
  event: EventObject,
  scope: AnyActorScope,
): AnyMachineSnapshot {
  if (event.type === 'xstate.stop') return ended(start, 'stopped', undefined, event, scope);
  let place = placeIn(places, start);
  let branch: Branch | undefined;
  let snapshot = start;
  const queue: EventObject[] = [];
  if (event.type !== 'xstate.init') {
    branch = chosen(places.branches(place, event.type), start, event);
    if (branch === undefined && event.type.startsWith('xstate.error.actor'))
      return ended(start, 'error', (event as unknown as { readonly error?: unknown }).error, event, scope);
    snapshot = take(branch, start, event, scope, queue, start);
    if (branch !== undefined) place = branch.to;
  }
  if (snapshot.status !== 'active') return over(snapshot, event, scope);
  if (places.always(place).length === 0 && queue.length === 0) return snapshot;

  let current = event;
  let looksForEventless = true;
  const { maxIterations = Number.POSITIVE_INFINITY } = places.machine.options ?? {};
  for (let steps = 1; snapshot.status === 'active'; steps++) {
    if (steps > maxIterations)
      throw new Error(
        `Infinite loop detected: the machine has processed more than ${maxIterations} microsteps without reaching a stable state. This usually happens when there's a cycle of transitions (e.g., eventless transitions or raised events causing state A -> B -> C -> A).`,
      );
    branch = looksForEventless ? chosen(places.always(place), snapshot, current) : undefined;
    const before: AnyMachineSnapshot | undefined = branch === undefined ? undefined : snapshot;
    if (branch === undefined) {
      const raised = queue.shift();
      if (raised === undefined) break;
      current = raised;
      branch = chosen(places.branches(place, current.type), snapshot, current);
    }
    snapshot = take(branch, snapshot, current, scope, queue, start);
    if (branch !== undefined) place = branch.to;
    looksForEventless = snapshot !== before;
  }
  return snapshot.status === 'active' ? snapshot : over(snapshot, current, scope);
}

function placeIn(places: Places, snapshot: AnyMachineSnapshot): Place {
  const place = places.of(snapshot);
  if (place === undefined)
    throw new TypeError(`machine ${places.machine.id} has no state ${JSON.stringify(snapshot.value)}`);
  return place;
}

function chosen(branches: readonly Branch[], snapshot: AnyMachineSnapshot, event: EventObject): Branch | undefined {
  const [first] = branches;
  if (first === undefined || first.test === null) return first;
  for (const branch of branches) if (branch.test === null || passes(branch, snapshot, event)) return branch;
  return undefined;
}

/** A transition, and whether it is taken. */
export type Choice = Pick<Branch, 'test' | 'transition'>;

export function passes({ test, transition }: Choice, snapshot: AnyMachineSnapshot, event: EventObject): boolean {
  // XState says where an event's guard has thrown, and not where another one has.
  if (transition.eventType === '') return Boolean(test?.(snapshot, event));
  try {
    return Boolean(test?.(snapshot, event));
  } catch (error) {
    const { guard, source } = transition;
    const name = typeof guard === 'string' ? guard : typeof guard === 'object' ? guard.type : undefined;
    throw new Error(
      `Unable to evaluate guard ${name ? `'${name}' ` : ''}in transition for event '${event.type}' in state node '${source.id}':\n${(error as Error).message}`,
    );
  }
}

/** One microstep. Where nothing has changed the snapshot stays the same object, as in XState. */
function take(
  branch: Branch | undefined,
  before: AnyMachineSnapshot,
  event: EventObject,
  scope: AnyActorScope,
  queue: EventObject[],
  start: AnyMachineSnapshot,
): AnyMachineSnapshot {
  if (branch === undefined) {
    tell(before, event, scope, NONE);
    return before;
  }
  const { deeds, to } = branch;
  let { context, children, status, output } = before;
  if (deeds.length > 0) {
    const moment: Moment = { before, event, scope, queue, context, children, status, output };
    for (const deed of deeds) deed(moment);
    ({ context, children, status, output } = moment);
  }
  const same =
    context === before.context &&
    children === before.children &&
    status === before.status &&
    output === before.output &&
    to.nodes === before._nodes;
  const after = same ? before : at(to, before, { context, children, status, output }, start);
  tell(after, event, scope, branch.taken);
  return after;
}

/**
 * The snapshot of a place, in XState's shape and with XState's methods: the last one there again, if it would be the same; but for
 * `start`, which the actor has now: a way back to where it began gives a new one.
 */
export function at(
  place: Place,
  before: AnyMachineSnapshot,
  { context, children, status, output }: Pick<Moment, 'context' | 'children' | 'status' | 'output'>,
  start: AnyMachineSnapshot,
): AnyMachineSnapshot {
  const { last } = place;
  const again =
    last !== null &&
    last !== start &&
    last.context === context &&
    last.children === children &&
    last.status === status &&
    last.output === output &&
    last.error === before.error;
  if (again) return last;
  const made: AnyMachineSnapshot = {
    status: status as never,
    output: output as never,
    error: before.error as never,
    machine: before.machine,
    context,
    _nodes: place.nodes,
    value: place.value,
    tags: place.tags,
    children,
    historyValue: before.historyValue,
    matches: before.matches,
    hasTag: before.hasTag,
    can: before.can,
    getMeta: before.getMeta,
    toJSON: before.toJSON,
  };
  place.last = made;
  return made;
}

function ended(
  before: AnyMachineSnapshot,
  status: 'stopped' | 'error',
  error: unknown,
  event: EventObject,
  scope: AnyActorScope,
): AnyMachineSnapshot {
  const children = stopped(before, event, scope);
  const after: AnyMachineSnapshot = {
    ...before,
    children,
    status: status as never,
    ...(status === 'error' && { error }),
  };
  tell(after, event, scope, NONE);
  return after;
}

/** It is done, and its children with it. They stay in its snapshot, as with XState. */
function over(snapshot: AnyMachineSnapshot, event: EventObject, scope: AnyActorScope): AnyMachineSnapshot {
  stopped(snapshot, event, scope);
  return snapshot;
}

/** Stops all children. @returns those that are left */
function stopped(snapshot: AnyMachineSnapshot, event: EventObject, scope: AnyActorScope): Children {
  const { context, children, status, output, machine } = snapshot;
  const moment: Moment = { before: snapshot, event, scope, queue: [], context, children, status, output };
  for (const child of Object.values(children ?? {})) deedOf(stopChild(child as never), machine)(moment);
  return moment.children;
}

/** XState copies what it is told before it tells others: one object serves for all, and nothing is made where nobody listens. */
const told: { type: string; actorRef: unknown; event: unknown; snapshot: unknown; _transitions: unknown } = {
  type: '@xstate.microstep',
  actorRef: null,
  event: null,
  snapshot: null,
  _transitions: null,
};

/** Inspectors learn of every microstep. */
export function tell(
  snapshot: AnyMachineSnapshot,
  event: EventObject,
  { self, system }: AnyActorScope,
  transitions: readonly AnyTransitionDefinition[],
): void {
  told.actorRef = self;
  told.event = event;
  told.snapshot = snapshot;
  told._transitions = transitions;
  (system as unknown as Inspected)._sendInspectionEvent(told);
}

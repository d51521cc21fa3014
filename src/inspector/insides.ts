/** What is used of XState's insides (5.33): its public types do not tell who an actor's parent is, nor whether it is at work. */
import type { AnyActorRef, AnyMachineSnapshot } from 'xstate';

export type Status = 'active' | 'done' | 'error' | 'stopped';

interface Insides {
  readonly _parent?: AnyActorRef;
  readonly _snapshot?: { readonly status?: Status };
  readonly _processingStatus?: number;
  readonly logic?: unknown;
  readonly options?: { readonly systemId?: string };
  readonly mailbox?: { readonly _current: { readonly next: unknown } | null; readonly _active: boolean };
}

const NOT_STARTED = 0;
const STOPPED = 2;
const inside = (ref: AnyActorRef): Insides => ref as unknown as Insides;

export const parentOf = (ref: AnyActorRef): AnyActorRef | null => inside(ref)._parent ?? null;
/** The session of the actor at the top: what XState names a system by. */
export const rootOf = (ref: AnyActorRef): string => {
  const above = parentOf(ref);
  return above === null ? ref.sessionId : rootOf(above);
};
export const logicOf = (ref: AnyActorRef): unknown => inside(ref).logic;
/** The system id, also in the constructor, where XState has not set it yet. */
export const systemIdOf = (ref: AnyActorRef): string | null => inside(ref).options?.systemId ?? null;

/** Is it in the middle of an event? Whoever is, and was the last to begin, is who sends what nobody signed. */
export function isAtWork(ref: AnyActorRef): boolean {
  const { mailbox } = inside(ref);
  return mailbox?._active === true && mailbox._current !== null;
}

/** It takes what is sent to it at once. */
export function isIdle(ref: AnyActorRef): boolean {
  const { mailbox } = inside(ref);
  return mailbox?._active === true && mailbox._current === null;
}

/** It is in the middle of an event, and nothing waits behind that. */
export const isAtItsLast = (ref: AnyActorRef): boolean => inside(ref).mailbox?._current?.next === null;

/** `undefined` while it is being made: `getSnapshot` throws then. */
export const snapshotOf = (ref: AnyActorRef): unknown => inside(ref)._snapshot;

/** What an actor is now: a crash is not told to inspectors (research/xstate.md §1.3), so the actor is asked. */
export function statusOf(ref: AnyActorRef): Status {
  const { _processingStatus: processing, _snapshot: snapshot } = inside(ref);
  const status = snapshot?.status ?? 'active';
  if (status !== 'active' || processing !== STOPPED) return status;
  return 'stopped';
}

/** It was made and never started, as the children of a step that failed. */
export const isUnborn = (ref: AnyActorRef): boolean => inside(ref)._processingStatus === NOT_STARTED;

/** The active state nodes: the same array for as long as the state has not changed. */
export const nodesOf = (snapshot: unknown): unknown => (snapshot as { _nodes?: unknown })._nodes;
/** `null` for what is no machine: what logic of one's own calls its value is anything. */
export const stateOf = (snapshot: unknown): unknown => (isMachineSnapshot(snapshot) ? snapshot.value : null);
export const contextOf = (snapshot: unknown): unknown => (snapshot as { context?: unknown } | undefined)?.context;

export const isMachineSnapshot = (snapshot: unknown): snapshot is AnyMachineSnapshot =>
  typeof snapshot === 'object' && snapshot !== null && '_nodes' in snapshot && 'machine' in snapshot;

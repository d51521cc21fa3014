import type { AnyActorRef, AnyEventObject, InspectionEvent } from 'xstate';

/** Where the bridges to the official inspectors get what happens: the `inspect` callback of a system of actors. */
export interface InspectionTap {
  /**
   * Everything XState tells of the system, from now on. The observer does not throw.
   * @returns ends it
   */
  subscribe(observer: (event: InspectionEvent) => void): () => void;
  /**
   * The actors that are there already, parents first: for who comes late. Without it the tap is followed from the start, which
   * costs something although nobody looks.
   */
  living?(): readonly AnyActorRef[];
}

/** The tap of a system of actors that runs: nothing is followed before somebody subscribes. */
export const tapOf = (root: AnyActorRef): InspectionTap => ({
  subscribe: (observer) => {
    const subscription = root.system.inspect(observer);
    return () => subscription.unsubscribe();
  },
  living: () => withChildren(root),
});

/** An actor, and below it all it has spawned or invoked. */
function withChildren(actor: AnyActorRef): readonly AnyActorRef[] {
  const { children } = actor.getSnapshot() as { readonly children?: Readonly<Record<string, AnyActorRef | undefined>> };
  return [actor, ...Object.values(children ?? {}).flatMap((child) => (child === undefined ? [] : withChildren(child)))];
}

/** A snapshot as JSON: what XState would write down, without secrets. */
export interface ShownSnapshot {
  readonly status: string;
  readonly value?: unknown;
  readonly context?: unknown;
  readonly tags?: readonly string[];
}

interface Of {
  readonly session: string;
  readonly root: string;
}

/** What happened to an actor: plain, without secrets, and a copy. */
export type Fact =
  | (Of & {
      readonly kind: 'born';
      readonly id: string;
      readonly parent: string | null;
      /** What it runs: as XState has it, not yet clean. */
      readonly logic: unknown;
      /** `null`: it is being made. */
      readonly snapshot: ShownSnapshot | null;
    })
  | (Of & { readonly kind: 'took'; readonly event: AnyEventObject; readonly source: string | null })
  | (Of & { readonly kind: 'became'; readonly event: AnyEventObject; readonly snapshot: ShownSnapshot });

/** An actor as it is behind XState's types: what inspection needs of it. */
interface Ref {
  readonly id: string;
  readonly sessionId: string;
  readonly _parent?: Ref;
  readonly logic?: unknown;
  getSnapshot(): unknown;
}

const INIT: AnyEventObject = { type: 'xstate.init' };

const rootOf = (ref: Ref): string => (ref._parent === undefined ? ref.sessionId : rootOf(ref._parent));
const statusOf = (snapshot: unknown): string =>
  typeof snapshot === 'object' && snapshot !== null && 'status' in snapshot ? String(snapshot.status) : 'active';

interface Telling {
  /** Takes secrets out. */
  readonly clean: <T>(value: T) => T;
  readonly tell: (fact: Fact) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Follows a tap. Tells of every actor that lives that it was born and what it is, then what happens. An actor that ended is told
 * once as what it became, and forgotten: a machine that throws in a transition tells nobody, so whoever hears of it says so.
 * @returns ends it
 */
export function followTap(tap: InspectionTap, { clean, tell, failed }: Telling): () => void {
  const known = new Map<string, Ref>();

  const became = (ref: Ref, event: AnyEventObject, seen: unknown): void => {
    const { sessionId: session } = ref;
    tell({ kind: 'became', session, root: rootOf(ref), event: clean(event), snapshot: clean(seen) as ShownSnapshot });
    if (statusOf(seen) !== 'active') known.delete(session);
  };
  const born = (ref: Ref): void => {
    const { id, sessionId: session, logic } = ref;
    known.set(session, ref);
    // Inside its constructor it has none.
    const snapshot = (clean(ref.getSnapshot()) as ShownSnapshot | undefined) ?? null;
    tell({ kind: 'born', session, root: rootOf(ref), id, parent: ref._parent?.sessionId ?? null, logic, snapshot });
  };
  const meet = (ref: Ref): boolean => {
    if (known.has(ref.sessionId)) return true;
    if (statusOf(ref.getSnapshot()) !== 'active') return false;
    born(ref);
    return true;
  };
  /** It ended without a word. */
  const ended = (ref: Ref): void => {
    if (known.has(ref.sessionId) && statusOf(ref.getSnapshot()) !== 'active') became(ref, INIT, ref.getSnapshot());
  };

  const observe = (event: InspectionEvent): void => {
    const ref = event.actorRef as unknown as Ref;
    if (event.type === '@xstate.actor') born(ref);
    else if (event.type === '@xstate.snapshot' && meetOrEnd(ref)) became(ref, event.event, event.snapshot);
    else if (event.type === '@xstate.event') {
      const source = event.sourceRef as unknown as Ref | undefined;
      if (source !== undefined) ended(source);
      if (!meet(ref)) return;
      const took = { session: ref.sessionId, root: rootOf(ref), event: clean(event.event) };
      tell({ kind: 'took', ...took, source: source?.sessionId ?? null });
    }
  };
  /** The last snapshot of an actor comes when it is no more active. */
  const meetOrEnd = (ref: Ref): boolean => known.has(ref.sessionId) || meet(ref);

  /** XState's own call stack is around this: what breaks here would wedge the actor. */
  const safely = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      failed(error);
    }
  };
  const end = tap.subscribe((event) => safely(() => observe(event)));
  for (const ref of tap.living?.() ?? []) {
    safely(() => {
      const there = ref as unknown as Ref;
      if (!known.has(there.sessionId) && meet(there)) became(there, INIT, there.getSnapshot());
    });
  }
  return end;
}

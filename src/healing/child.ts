import { type AnyActorLogic, fromTransition, type Snapshot } from 'xstate';
import type { LifeInput, RemedyOrder } from '../machines/life.ts';
import type { Keepsake } from './keepsake.ts';

/** What a supervisor must know to keep one child alive. The order of specs is the order of dependency. */
export interface ChildSpec {
  readonly id: string;
  /** Makes the logic of a new incarnation: nothing is shared with the one before. Any XState logic. */
  readonly logic: (birth: LifeInput) => AnyActorLogic;
  /** What the incarnation gets as its input; its birth, if not given. */
  readonly input?: (birth: LifeInput) => unknown;
  /** OTP: `permanent` always comes back, `transient` only after an abnormal end, `temporary` never. */
  readonly restart: 'permanent' | 'transient' | 'temporary';
  /**
   * How long it may take to open before it is stopped by force and counts as failed, ms; `Infinity`: for ever. It says
   * `CHILD.READY`, unless `readyWhen` tells. 0: it is ready as soon as it has started, as plain XState logic is.
   */
  readonly startWithinMs: number;
  /** Tells by its snapshot that it is ready. */
  readonly readyWhen?: (snapshot: Snapshot<unknown>) => boolean;
  /**
   * How long it may take to stop after the event STOP before it is cut off, ms. As OTP's shutdown: 0 is `brutal_kill` (it is
   * not asked; right for plain XState logic, which knows no STOP), `Infinity` is `infinity` (right for supervisors).
   */
  readonly stopWithinMs: number;
  /** Where its durable snapshot is kept, if a new incarnation is to go on from the last good one. */
  readonly keepsake?: Keepsake;
  /**
   * Nobody else brings it back: where it could not open, or its restart intensity is spent, it is tried again after so long, ms.
   * Left out: it waits for an order.
   */
  readonly retryMs?: number;
  /** Restarted with this one when a restart is to take what depends on it along. */
  readonly dependsOn: readonly string[];
}

export interface Child {
  readonly id: string;
  readonly phase: 'down' | 'starting' | 'ready' | 'failed' | 'stopping';
  readonly wanted: 'up' | 'down';
  /** To be stopped and started again. */
  readonly bounce: boolean;
  /** Who ordered the next incarnation. */
  readonly order: RemedyOrder | null;
  readonly incarnation: number;
  /** Restarts made without an order, times in ms, for the restart intensity. */
  readonly restarts: readonly number[];
  readonly notBefore: number;
  /** Ended just now: a child that fails in its birth would loop in the stack of its error (xstate.md §0.1). */
  readonly inThisTurn: boolean;
  /** The restart intensity is spent: it stays down until somebody orders otherwise. */
  readonly exhausted: boolean;
  /** How the last incarnation ended, in words. */
  readonly lastEnd: string | null;
}

export const unborn = (id: string): Child => ({
  id,
  phase: 'down',
  wanted: 'up',
  bounce: false,
  order: null,
  incarnation: 0,
  restarts: [],
  notBefore: 0,
  inThisTurn: false,
  exhausted: false,
  lastEnd: null,
});

/** What a new incarnation is made of. A spec that throws has made a child that cannot start: it is the child that fails. */
export function born(spec: ChildSpec, birth: LifeInput): { readonly logic: AnyActorLogic; readonly input: unknown } {
  try {
    const logic: AnyActorLogic | undefined = spec.logic(birth);
    if (typeof logic?.transition !== 'function') throw new TypeError(`the logic of ${spec.id} is no XState logic`);
    return { logic: spec.keepsake?.heir(logic) ?? logic, input: spec.input ? spec.input(birth) : birth };
  } catch (error) {
    const initial = () => {
      throw error;
    };
    return { logic: fromTransition((state) => state, initial), input: birth };
  }
}

/** What has to be done to bring the children from what is to what is wanted. */
export type Step =
  | { readonly do: 'spawn' | 'stop'; readonly id: string }
  | { readonly do: 'wake'; readonly inMs: number };

const isSettled = (child: Child): boolean =>
  child.wanted === 'down' || child.exhausted || child.phase === 'ready' || child.phase === 'failed';
const leaves = (child: Child): boolean => (child.wanted === 'down' || child.bounce) && child.phase !== 'down';

/**
 * Level-triggered, as a Kubernetes controller: looks at all children and says the next step; `null` while one is under way, and when
 * all is as it should be. A child starts when those before it that it waits for have settled, and stops when all after it that have to
 * stop are down.
 */
export function nextStep(
  children: readonly Child[],
  now: number,
  waits: (id: string, before: string) => boolean = () => true,
): Step | null {
  const last = children.findLast(leaves);
  if (last) return last.phase === 'stopping' ? null : { do: 'stop', id: last.id };
  const unsettled = children.filter((child) => !isSettled(child));
  const free = unsettled.filter(
    ({ id, phase }, at) => phase === 'down' && !unsettled.slice(0, at).some((before) => waits(id, before.id)),
  );
  const due = free.find(({ notBefore, inThisTurn }) => now >= notBefore && !inThisTurn);
  if (due) return { do: 'spawn', id: due.id };
  if (free.length === 0) return null;
  return { do: 'wake', inMs: Math.max(0, Math.min(...free.map(({ notBefore }) => notBefore)) - now) };
}

/** Ids of a child and of all that depend on it, directly or not, in the order of the specs. */
export function withDependants(specs: readonly ChildSpec[], id: string): readonly string[] {
  const taken = new Set([id]);
  for (const spec of specs) if (spec.dependsOn.some((on) => taken.has(on))) taken.add(spec.id);
  return specs.filter((spec) => taken.has(spec.id)).map((spec) => spec.id);
}

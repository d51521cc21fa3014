import type { AnyStateMachine } from 'xstate';
import type { LifeInput, RemedyOrder } from '../machines/life.ts';
import { ACTOR_BACKOFF, backoffMs } from './backoff.ts';
import { isSpent, RESTART_INTENSITY, usesWithin } from './budget.ts';

/** What a supervisor must know to keep one child alive. The order of specs is the order of dependency. */
export interface ChildSpec {
  readonly id: string;
  /** Makes the logic of a new incarnation: nothing is shared with the one before. */
  readonly logic: (birth: LifeInput) => AnyStateMachine;
  /** OTP: `permanent` always comes back, `transient` only after a failure, `temporary` never. */
  readonly restart: 'permanent' | 'transient' | 'temporary';
  /** How long it may take to open before it is stopped by force and counts as failed, ms. */
  readonly startWithinMs: number;
  /** How long it may take to stop before it is stopped by force, ms. */
  readonly stopWithinMs: number;
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
  exhausted: false,
  lastEnd: null,
});

/** What has to be done to bring the children from what is to what is wanted. */
export type Step =
  | { readonly do: 'spawn' | 'stop'; readonly id: string }
  | { readonly do: 'wake'; readonly inMs: number };

const settled = (child: Child): boolean =>
  child.wanted === 'down' || child.exhausted || child.phase === 'ready' || child.phase === 'failed';

/**
 * Level-triggered, as a Kubernetes controller: looks at all children and says the next steps. A child starts when all
 * before it have settled and stops when all after it that have to stop are down.
 */
export function nextSteps(children: readonly Child[], now: number): readonly Step[] {
  const steps: Step[] = [];
  const leaves = (child: Child) => (child.wanted === 'down' || child.bounce) && child.phase !== 'down';
  for (const [index, child] of children.entries()) {
    if (leaves(child) && child.phase !== 'stopping' && !children.slice(index + 1).some(leaves)) {
      steps.push({ do: 'stop', id: child.id });
    }
    const mayStart = child.phase === 'down' && child.wanted === 'up' && !child.exhausted;
    if (mayStart && children.slice(0, index).every(settled) && !children.some(leaves)) {
      if (now >= child.notBefore) {
        steps.push({ do: 'spawn', id: child.id });
        break;
      }
      steps.push({ do: 'wake', inMs: child.notBefore - now });
    }
  }
  return steps;
}

/** The child after it ended by itself: waits for its backoff, or gives up when the restart intensity is spent. */
export function afterEnd(
  child: Child,
  spec: ChildSpec,
  end: string,
  failed: boolean,
  now: number,
  chance: number,
): Child {
  const down: Child = { ...child, phase: 'down', lastEnd: end };
  if (child.bounce || child.wanted === 'down') return { ...down, bounce: false };
  if (spec.restart === 'temporary' || (spec.restart === 'transient' && !failed)) return { ...down, wanted: 'down' };
  const restarts = usesWithin(child.restarts, RESTART_INTENSITY, now);
  if (isSpent(restarts, RESTART_INTENSITY, now)) return { ...down, restarts, exhausted: true };
  return {
    ...down,
    restarts: [...restarts, now],
    notBefore: now + backoffMs(ACTOR_BACKOFF, restarts.length, chance),
  };
}

/** Ids of a child and of all that depend on it, directly or not, in the order of the specs. */
export function withDependants(specs: readonly ChildSpec[], id: string): readonly string[] {
  const taken = new Set([id]);
  for (const spec of specs) if (spec.dependsOn.some((on) => taken.has(on))) taken.add(spec.id);
  return specs.filter((spec) => taken.has(spec.id)).map((spec) => spec.id);
}

/** What one child's end means for it and for its siblings: OTP's strategies, restart types and intensity, as pure functions. */
import { type Backoff, backoffMs } from './backoff.ts';
import { type Intensity, usesWithin } from './budget.ts';
import type { Child, ChildSpec } from './child.ts';
import type { Exit } from './exit.ts';

/** Who is restarted with a child that ended: nobody, all, or those that started after it. */
export type Strategy = 'one_for_one' | 'one_for_all' | 'rest_for_one';

export interface Rules {
  readonly strategy: Strategy;
  readonly intensity: Intensity;
  /**
   * `leave-down`: restarts are counted per child, and one whose intensity is spent stays down until somebody orders it up.
   * `escalate` (OTP): they are counted over all children; when they are spent, all are stopped and the supervisor fails.
   */
  readonly whenSpent: 'leave-down' | 'escalate';
  /** `retry`: a child that fails in the very first start is restarted as always. `escalate` (OTP): the supervisor fails. */
  readonly whenStartFails: 'retry' | 'escalate';
  readonly backoff: Backoff;
  /**
   * Whom a child waits for, of those before it that are down or opening, once all have been up: only those that it depends on, or all
   * of them, as in the first start. Where siblings go down together (`one_for_all`, `rest_for_one`) it is always all.
   */
  readonly restartsAfter: 'dependencies' | 'all-before';
}

/** The children, and what is counted over all of them. */
export interface Family {
  readonly children: readonly Child[];
  /** Restarts made without an order, times in ms; counted when the rules say `escalate`. */
  readonly restarts: readonly number[];
  /** All have been up once. */
  readonly begun: boolean;
  /** Why the supervisor gives up, in words. */
  readonly spent: string | null;
}

export const change = (children: readonly Child[], id: string, to: (child: Child) => Child): readonly Child[] =>
  children.map((child) => (child.id === id ? to(child) : child));

const comesBack = ({ restart }: ChildSpec, { reason }: Exit): boolean =>
  restart === 'permanent' || (restart === 'transient' && (reason === 'failed' || reason === 'killed'));

/** A sibling that is restarted with the one that ended. Temporary ones are stopped and do not come back. */
const along = (sibling: Child, spec: ChildSpec, notBefore: number): Child =>
  spec.restart === 'temporary'
    ? { ...sibling, wanted: 'down', bounce: false }
    : { ...sibling, wanted: 'up', bounce: sibling.phase !== 'down', notBefore };

export interface End {
  readonly id: string;
  readonly exit: Exit;
  readonly now: number;
  /** Uniform in [0, 1): jitter of the backoff. */
  readonly chance: number;
}

/** The family after one of its children ended: who is to come back, when, and whether the supervisor must give up. */
export function afterEnd(family: Family, specs: readonly ChildSpec[], rules: Rules, end: End): Family {
  const { id, exit, now, chance } = end;
  const index = specs.findIndex((spec) => spec.id === id);
  const spec = specs[index];
  const child = family.children[index];
  if (!spec || !child) return family;
  const becomes = (one: Child): Family => ({ ...family, children: change(family.children, id, () => one) });
  const down: Child = { ...child, phase: 'down', lastEnd: exit.says };
  if (child.bounce || child.wanted === 'down') return becomes({ ...down, bounce: false });
  if (rules.whenStartFails === 'escalate' && !family.begun && child.phase === 'starting' && exit.reason !== 'normal') {
    return { ...becomes({ ...down, wanted: 'down' }), spent: `${id} could not start: ${exit.says}` };
  }
  if (!comesBack(spec, exit)) return becomes({ ...down, wanted: 'down' });
  const { intensity, whenSpent } = rules;
  const own = usesWithin(child.restarts, intensity, now);
  const all = whenSpent === 'escalate' ? usesWithin(family.restarts, intensity, now) : null;
  if ((all ?? own).length >= intensity.most) {
    if (whenSpent === 'leave-down' && spec.retryMs !== undefined)
      return becomes({ ...down, restarts: own, notBefore: now + spec.retryMs });
    if (whenSpent === 'leave-down') return becomes({ ...down, restarts: own, exhausted: true });
    const spent = `its restart intensity, ${intensity.most} in ${intensity.withinMs} ms, is spent; the last was ${id}: ${exit.says}`;
    return { ...becomes({ ...down, wanted: 'down' }), restarts: all ?? [], spent };
  }
  const notBefore = now + backoffMs(rules.backoff, own.length, chance);
  const children = family.children.map((one, place) => {
    if (place === index) return { ...down, restarts: [...own, now], notBefore, inThisTurn: true };
    const taken = rules.strategy === 'one_for_all' || (rules.strategy === 'rest_for_one' && place > index);
    return taken ? along(one, specs[place] ?? spec, notBefore) : one;
  });
  return { ...family, children, restarts: all === null ? family.restarts : [...all, now] };
}

/** What `supervise` is given, as plain data, and what a supervisor makes of it. */
import type { AnyActorLogic, Snapshot } from 'xstate';
import type { LifeInput } from '../machines/life.ts';
import type { ChildSpec } from './child.ts';
import { Keepsake, type SnapshotStore } from './keepsake.ts';
import type { Rules } from './strategy.ts';

/** One actor to be kept alive: any XState logic (a machine, `fromCallback`, `fromPromise` …) with OTP's child spec. */
export interface Part extends Partial<Omit<ChildSpec, 'id' | 'logic' | 'input' | 'keepsake'>> {
  /** Its systemId, in all incarnations. */
  readonly id: string;
  readonly logic: AnyActorLogic | ((birth: LifeInput) => AnyActorLogic);
  /** Its input, in all incarnations. */
  readonly input?: unknown;
  /** A new incarnation goes on from the last good snapshot: kept in memory (`true`) or in a store. */
  readonly restore?: boolean | SnapshotStore;
}

/** Parts under a supervisor of their own. */
export interface Group extends Partial<Rules> {
  readonly id: string;
  readonly restart?: ChildSpec['restart'];
  readonly children: readonly (Part | Group)[];
}

export const isGroup = (one: Part | Group): one is Group => 'children' in one;

export const idsIn = (children: readonly (Part | Group)[]): readonly string[] =>
  children.flatMap((one) => [one.id, ...(isGroup(one) ? idsIn(one.children) : [])]);

/** The actors of a tree without its supervisors. */
export const partsIn = (children: readonly (Part | Group)[]): readonly Part[] =>
  children.flatMap((one) => (isGroup(one) ? partsIn(one.children) : [one]));

/** How long a part that says when it is ready may take, unless it says how long, ms. */
const START_WITHIN_MS = 10_000;

/** What was given. A field that is there and `undefined` was not. */
export const given = <Fields extends object>(fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;

/** The rules that were given: what was left out is the supervisor's to choose. */
export function rulesOf(rules: Partial<Rules>): Partial<Rules> {
  const { strategy, intensity, whenSpent, whenStartFails, restartsAfter, backoff } = rules;
  return given({ strategy, intensity, whenSpent, whenStartFails, restartsAfter, backoff });
}

export function specOfPart({ logic, input, restore, ...part }: Part): ChildSpec {
  const keepsake = restore === true ? new Keepsake() : restore ? new Keepsake(restore) : undefined;
  return {
    restart: 'permanent',
    startWithinMs: part.readyWhen ? START_WITHIN_MS : 0,
    stopWithinMs: 0,
    dependsOn: [],
    ...given(part),
    logic: typeof logic === 'function' ? logic : () => logic,
    ...(input === undefined ? {} : { input: () => input }),
    ...(keepsake ? { keepsake } : {}),
  };
}

/** A supervisor as a child: up when all below it have been, and never cut off, as OTP has it. */
export const specOfSupervisor = (
  id: string,
  logic: ChildSpec['logic'],
  restart: ChildSpec['restart'] = 'permanent',
): ChildSpec => ({
  id,
  logic,
  restart,
  startWithinMs: Number.POSITIVE_INFINITY,
  readyWhen: (snapshot: Snapshot<unknown>) => 'value' in snapshot && snapshot.value === 'running',
  stopWithinMs: Number.POSITIVE_INFINITY,
  dependsOn: [],
});

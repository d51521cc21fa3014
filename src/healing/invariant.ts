import type { Evidence } from '../machines/messages.ts';
import type { MailProgress } from './mailbox.ts';
import type { Sight } from './watch.ts';

/** What is known of all actors at one settled moment. */
export interface View {
  readonly now: number;
  /** The last sight of an actor, `undefined` before it was first attached. */
  sight(actor: string): Sight | undefined;
  mail(actor: string): MailProgress;
}

/**
 * What looking came to. `holds: null` is unknown, which is neither true nor false. `takenAt` is when the evidence was
 * taken, ms: a remedy is proven only by evidence taken after it.
 */
export interface Finding extends Evidence {
  readonly holds: boolean | null;
  readonly takenAt: number;
  /** It holds because there is nothing to judge: that is no proof of a remedy. */
  readonly isMoot?: true;
}

/** What is done about a broken invariant. `to` is the actor it is sent to, if not the invariant's own. */
export type Remedy =
  | { readonly type: 'EXPIRE'; readonly olderThanMs: number; readonly to?: string }
  | { readonly type: 'REPAIR'; readonly target: string; readonly to?: string }
  | { readonly type: 'RESTART'; readonly scope?: 'one' | 'rest'; readonly to?: string | ((view: View) => string) };

export type Severity = 'critical' | 'high' | 'medium';

/** Something that must hold, as data. */
export interface Invariant {
  readonly id: string;
  /** The component as records and status name it. */
  readonly component: string;
  /** The actor it is about. */
  readonly actor: string;
  readonly severity: Severity;
  /** While one of these is broken, this one waits for it: it is a symptom. */
  readonly dependsOn: readonly string[];
  /** How long it must be broken before it counts, ms. */
  readonly patienceMs: number;
  /** How long the proof after a remedy may take, ms. */
  readonly proofWithinMs: number;
  /**
   * How long it must hold after the answer before that is proof, ms; one look is proof enough where it is left out. What is judged
   * by age needs more than that age: a new incarnation is young, and has done nothing yet. `as it broke`: half as long again as it
   * was seen to hold before it broke, {@link proofWithinMs} at most; all of it, where it broke again soon after it was healed.
   */
  readonly provenAfterMs?: number | 'as it broke';
  /** It is looked at so often, ms, whether or not anything changed; at every sweep, where it is left out. */
  readonly everyMs?: number;
  readonly holds: (view: View) => Finding;
  /** In the order in which they are tried. */
  readonly remedies: readonly Remedy[];
  /** A restart would lose what waits in the actor's memory, and mends nothing: no disk has space because of it. */
  readonly neverRestart?: true;
  /** Nothing can be known of it before the first bar after a start, which may take so long, ms: until then that alarms nobody. */
  readonly knownWithinMs?: number;
  /** It is judged by how old something is: what a healer that was held up itself must not hold against anybody. */
  readonly timed?: true;
}

/** Every field has to be named. */
type InFull = { readonly [Field in keyof Required<Invariant>]: Invariant[Field] };

/** All in one shape, whatever was left out: V8 has to search for the fields of things of many shapes, in every round of every one. */
export const inOneShape = (given: Invariant): InFull => ({
  id: given.id,
  holds: given.holds,
  timed: given.timed,
  patienceMs: given.patienceMs,
  component: given.component,
  actor: given.actor,
  severity: given.severity,
  dependsOn: given.dependsOn,
  proofWithinMs: given.proofWithinMs,
  provenAfterMs: given.provenAfterMs,
  everyMs: given.everyMs,
  remedies: given.remedies,
  neverRestart: given.neverRestart,
  knownWithinMs: given.knownWithinMs,
});

/** The rungs of the ladder (DESIGN §6): the remedies, the first again, RESTART, RESTART with all that depend on it. */
export function rungsOf({ remedies, neverRestart }: Invariant): readonly Remedy[] {
  const [first] = remedies;
  if (neverRestart) return first ? [...remedies, first] : remedies;
  const restart = remedies.find((remedy) => remedy.type === 'RESTART') ?? { type: 'RESTART' as const };
  const tail: Remedy[] = remedies.includes(restart) ? [] : [restart];
  return [...remedies, ...(first ? [first] : []), ...tail, { ...restart, scope: 'rest' }];
}

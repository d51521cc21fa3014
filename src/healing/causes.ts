/** Causes and effects between broken invariants: what an incident waits for, and who it keeps waiting. */
import { type Incident, isBusy } from './incident.ts';
import type { Invariant } from './invariant.ts';
import type { Policy, Round } from './round.ts';

/**
 * The broken invariant furthest upstream that this one depends on, or `null`: the root cause it waits for.
 * @param unknown those of which nothing is known: what is broken above them reaches through them
 */
export function rootCause(
  invariant: Invariant,
  violated: ReadonlyMap<string, Invariant>,
  unknown: ReadonlyMap<string, Invariant> = new Map(),
): string | null {
  const seen = new Set<string>();
  const upstream = (one: Invariant): string | null => {
    for (const id of one.dependsOn) {
      if (seen.has(id)) continue;
      seen.add(id);
      const cause = violated.get(id);
      if (cause) return upstream(cause) ?? id;
      const blind = unknown.get(id);
      const beyond = blind ? upstream(blind) : null;
      if (beyond !== null) return beyond;
    }
    return null;
  };
  return upstream(invariant);
}

/** A cause that was mended lately takes its symptoms with it, if they get as long as a proof of theirs may take. */
export function recoversBy(
  invariant: Invariant,
  { invariants }: Policy,
  mendedAt: ReadonlyMap<string, number>,
  now: number,
): number {
  const upstream = new Set<string>();
  const climb = (ids: readonly string[]): void => {
    for (const id of ids) {
      if (upstream.has(id)) continue;
      upstream.add(id);
      climb(invariants.find((one) => one.id === id)?.dependsOn ?? []);
    }
  };
  climb(invariant.dependsOn);
  const last = Math.max(...[...upstream].map((id) => mendedAt.get(id) ?? Number.NEGATIVE_INFINITY));
  return Math.max(now, last + invariant.proofWithinMs);
}

/**
 * Causes and effects: every incident that waits names its root cause and that one's incident, and the cause names its
 * symptoms. What was named once stays named: a symptom outlives its cause by the time it takes to hold again.
 */
export function linked(
  open: ReadonlyMap<string, Incident>,
  elsewhere: readonly Incident[],
): ReadonlyMap<string, Incident> {
  const ids = new Map([...elsewhere, ...open.values()].map(({ invariant, id }) => [invariant.id, id]));
  const caused = [...open].map(([key, one]): readonly [string, Incident] => {
    const { waitsFor } = one;
    if (waitsFor === null) return [key, one];
    return [key, { ...one, rootCause: waitsFor, causedBy: ids.get(waitsFor) ?? null }];
  });
  const symptoms = new Map<string, string[]>();
  for (const { id, causedBy } of [...elsewhere, ...caused.map(([, one]) => one)])
    if (causedBy !== null) symptoms.set(causedBy, [...(symptoms.get(causedBy) ?? []), id]);
  return new Map(
    caused.map(([key, one]) => {
      const seen = symptoms.get(one.id);
      return [key, seen ? { ...one, symptoms: [...new Set([...one.symptoms, ...seen])] } : one];
    }),
  );
}

/** What each invariant that is broken now waits for, by the policy and the incidents of all healers. */
export function waiting(
  { violations, incidents, findings }: Round,
  policy: Policy,
): (invariant: Invariant) => string | null {
  // What is being mended is a cause still, though nobody knows how it is while it starts anew.
  const acting = [...incidents.values(), ...(policy.elsewhere?.() ?? [])].filter(isBusy);
  const violated = new Map([...violations, ...acting.map(({ invariant }) => invariant)].map((one) => [one.id, one]));
  const restarting = new Map<string, string>();
  for (const { invariant, attempts } of acting) {
    const last = attempts.at(-1);
    if (last?.remedy.type !== 'RESTART') continue;
    for (const actor of policy.affects?.(last.to, last.remedy) ?? [last.to]) restarting.set(actor, invariant.id);
  }
  let unknown: ReadonlyMap<string, Invariant> | null = null;
  return (invariant) => {
    unknown ??= new Map(
      policy.invariants.filter(({ id }) => findings.get(id)?.holds === null).map((one) => [one.id, one]),
    );
    const cause = rootCause(invariant, violated, unknown) ?? restarting.get(invariant.actor) ?? null;
    return cause === invariant.id ? null : cause;
  };
}

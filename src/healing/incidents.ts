import { isSpent, usesWithin } from './budget.ts';
import { type Incident, isActing } from './incident.ts';
import type { Invariant } from './invariant.ts';
import type { Command, Policy, Round } from './round.ts';

/** The broken invariant furthest upstream that this one depends on, or `null`: the root cause it waits for. */
export function rootCause(invariant: Invariant, violated: ReadonlyMap<string, Invariant>): string | null {
  const seen = new Set<string>();
  const upstream = (one: Invariant): string | null => {
    for (const id of one.dependsOn) {
      const cause = violated.get(id);
      if (!cause || seen.has(id)) continue;
      seen.add(id);
      return upstream(cause) ?? id;
    }
    return null;
  };
  return upstream(invariant);
}

/**
 * Causes and effects: every incident that waits names its root cause and that one's incident, and the cause names its
 * symptoms. What was named once stays named: a symptom outlives its cause by the time it takes to hold again.
 */
function linked(open: ReadonlyMap<string, Incident>, elsewhere: readonly Incident[]): ReadonlyMap<string, Incident> {
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

/**
 * Second stage: violations become incidents, one an invariant. A symptom's incident waits for its cause; an incident whose
 * invariant holds again without a remedy of ours is cleared, not healed.
 */
export function incidents(round: Round, policy: Policy): Round {
  const { now } = round;
  const violated = new Map(round.violations.map((invariant) => [invariant.id, invariant]));
  const open = new Map(round.incidents);
  const recurrences = new Map(round.recurrences);
  const commands: Command[] = [...round.commands];
  const opened: string[] = [];
  const escalations: Command[] = [];
  for (const [key, incident] of round.incidents) {
    const finding = round.findings.get(key);
    if (isActing(incident) || finding?.holds !== true) continue;
    open.delete(key);
    const cleared: Incident = { ...incident, phase: 'cleared', after: finding, closedAt: now };
    commands.push({ do: 'record', incident: cleared, what: 'closed' });
  }
  for (const invariant of round.violations) {
    if (!policy.acts(invariant)) continue;
    const waitsFor = rootCause(invariant, violated);
    const known = open.get(invariant.id);
    if (known) {
      if (isActing(known) || known.phase === 'failed' || known.phase === 'observing') continue;
      const phase = waitsFor ? 'waiting' : 'due';
      if (phase !== known.phase || waitsFor !== known.waitsFor) open.set(invariant.id, { ...known, phase, waitsFor });
      continue;
    }
    const before = round.findings.get(invariant.id);
    if (!before) continue;
    const incident: Incident = {
      id: policy.newId(),
      invariant,
      phase: waitsFor ? 'waiting' : 'due',
      waitsFor,
      rootCause: null,
      causedBy: null,
      symptoms: [],
      brokenSince: round.brokenSince.get(invariant.id) ?? now,
      openedAt: now,
      closedAt: null,
      before,
      after: null,
      rung: 0,
      attempts: [],
      dueAt: now,
      deadline: null,
      verdict: null,
    };
    open.set(invariant.id, incident);
    opened.push(invariant.id);
    const times = [...usesWithin(recurrences.get(invariant.id) ?? [], policy.recurring, now), now];
    recurrences.set(invariant.id, times);
    if (policy.mode !== 'observe' && isSpent(times, policy.recurring, now)) {
      const reason = `${invariant.id} broke ${times.length} times within ${policy.recurring.withinMs / 60_000} minutes`;
      escalations.push({ do: 'escalate', incident, reason });
    }
  }
  if (open.size === 0) return { ...round, incidents: open, recurrences, commands };
  const known = linked(open, policy.elsewhere?.() ?? []);
  for (const id of opened) {
    const incident = known.get(id);
    if (incident) commands.push({ do: 'record', incident, what: 'opened' });
  }
  return { ...round, incidents: known, recurrences, commands: [...commands, ...escalations] };
}

import { isSpent, usesWithin } from './budget.ts';
import { type Incident, isActing } from './incident.ts';
import { type Invariant, rungsOf } from './invariant.ts';
import type { Command, Policy, Round } from './round.ts';
import { isClean } from './samples.ts';

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

/** A cause that was mended lately takes its symptoms with it, if they get as long as a proof of theirs may take. */
function recoversBy(
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
 * Second stage: violations become incidents, one an invariant. A symptom's incident waits for its cause; an incident whose
 * invariant holds again without a remedy of ours is cleared, not healed.
 */
export function incidents(round: Round, policy: Policy): Round {
  const { now } = round;
  const open = new Map(round.incidents);
  const recurrences = new Map(round.recurrences);
  const mendedAt = new Map(round.mendedAt);
  const commands: Command[] = [...round.commands];
  for (const [key, incident] of round.incidents) {
    const finding = round.findings.get(key);
    if (isActing(incident) || finding?.holds !== true) continue;
    const isNoisy = incident.invariant.timed && policy.sampling !== undefined;
    if (round.flapping.has(key) || (isNoisy && !isClean(round.samples.get(key) ?? ''))) continue;
    open.delete(key);
    mendedAt.set(key, now);
    const cleared: Incident = { ...incident, phase: 'cleared', after: finding, closedAt: now };
    commands.push({ do: 'record', incident: cleared, what: 'closed' });
  }
  // What is being mended is a cause still, though nobody knows how it is while it starts anew.
  const causes = [...open.values()].filter(isActing).map(({ invariant }) => invariant);
  const violated = new Map([...round.violations, ...causes].map((invariant) => [invariant.id, invariant]));
  for (const invariant of round.violations) {
    if (!policy.acts(invariant)) continue;
    const waitsFor = rootCause(invariant, violated);
    const known = open.get(invariant.id);
    if (known) {
      if (round.flapping.has(invariant.id) && !known.flaps) {
        const flaps: Incident = { ...known, flaps: true };
        open.set(invariant.id, flaps);
        const reason = `${invariant.id} breaks and holds in turns; nothing is sent until it has come to rest`;
        commands.push({ do: 'record', incident: flaps, what: 'opened' }, { do: 'escalate', incident: flaps, reason });
        continue;
      }
      if (isActing(known) || known.phase === 'failed') continue;
      const phase = waitsFor ? 'waiting' : 'due';
      if (phase === known.phase && waitsFor === known.waitsFor) continue;
      const dueAt = phase === 'due' ? recoversBy(invariant, policy, mendedAt, now) : known.dueAt;
      open.set(invariant.id, { ...known, phase, waitsFor, dueAt });
      continue;
    }
    const before = round.findings.get(invariant.id);
    if (!before) continue;
    const incident: Incident = {
      id: policy.newId(),
      invariant,
      phase: waitsFor ? 'waiting' : 'due',
      waitsFor,
      brokenSince: round.brokenSince.get(invariant.id) ?? now,
      openedAt: now,
      closedAt: null,
      before,
      after: null,
      rung: 0,
      attempts: [],
      dueAt: recoversBy(invariant, policy, mendedAt, now),
      deadline: null,
      verdict: null,
    };
    open.set(invariant.id, incident);
    commands.push({ do: 'record', incident, what: 'opened' });
    if (rungsOf(invariant).length === 0 && invariant.severity !== 'medium') {
      const failed: Incident = { ...incident, phase: 'failed', verdict: 'no remedy of the bot mends it' };
      open.set(invariant.id, failed);
      commands.push({ do: 'record', incident: failed, what: 'failed' });
      commands.push({ do: 'escalate', incident: failed, reason: `${invariant.id}: ${before.says}` });
    }
    const times = [...usesWithin(recurrences.get(invariant.id) ?? [], policy.recurring, now), now];
    recurrences.set(invariant.id, times);
    if (isSpent(times, policy.recurring, now)) {
      const reason = `${invariant.id} broke ${times.length} times within ${policy.recurring.withinMs / 60_000} minutes`;
      commands.push({ do: 'escalate', incident, reason });
    }
  }
  return { ...round, incidents: open, recurrences, mendedAt, commands };
}

import { isSpent, usesWithin } from './budget.ts';
import { linked, recoversBy, waiting } from './causes.ts';
import { type Incident, isActing } from './incident.ts';
import { type Invariant, rungsOf } from './invariant.ts';
import { restsAt } from './proof.ts';
import type { Command, Policy, Round } from './round.ts';
import { isClean } from './samples.ts';

/** It came to hold again without a remedy of ours. What is noisy or flaps has to hold for a while first. */
function isCleared(incident: Incident, { now, findings, flapping, samples, spans }: Round, policy: Policy): boolean {
  const { id, timed } = incident.invariant;
  if (isActing(incident) || findings.get(id)?.holds !== true || flapping.has(id)) return false;
  if (now < restsAt(incident, spans)) return false;
  return !timed || policy.sampling === undefined || isClean(samples.get(id) ?? '');
}

/** An incident as it is opened, and what has to be done about it at once. */
function opening(
  invariant: Invariant,
  round: Round,
  policy: Policy,
  waitsFor: string | null,
  dueAt: number,
): { readonly incident: Incident; readonly escalations: readonly Command[] } | null {
  const { now } = round;
  const before = round.findings.get(invariant.id);
  if (!before) return null;
  const brokenSince = round.brokenSince.get(invariant.id) ?? now;
  const last = round.spans.healed.get(invariant.id);
  const relapse = last !== undefined && brokenSince - last.at < policy.recurring.withinMs;
  const heldMs = round.spans.heldMs.get(invariant.id);
  const incident: Incident = {
    id: policy.newId(),
    invariant,
    phase: waitsFor ? 'waiting' : 'due',
    waitsFor,
    rootCause: null,
    causedBy: null,
    symptoms: [],
    brokenSince,
    openedAt: now,
    closedAt: null,
    before,
    after: null,
    // What was healed by a rung and did not last is not to be healed by the same again.
    rung: relapse ? Math.min(last.rung + 1, rungsOf(invariant).length - 1) : 0,
    attempts: [],
    dueAt,
    deadline: null,
    verdict: null,
    ...(heldMs === undefined ? {} : { heldMs }),
    ...(relapse ? { relapse } : {}),
  };
  const told = rungsOf(invariant).length === 0 && invariant.severity !== 'medium' && policy.mode !== 'observe';
  if (!told || waitsFor) return { incident, escalations: [] };
  const failed: Incident = { ...incident, phase: 'failed', verdict: 'no remedy of the bot mends it' };
  const reason = `${invariant.id}: ${before.says}`;
  return {
    incident: failed,
    escalations: [
      { do: 'record', incident: failed, what: 'failed' },
      { do: 'escalate', incident: failed, reason },
    ],
  };
}

/** Critical invariants of which nothing has been known for too long: unknown is not green, and nothing is remedied on it. */
const blindSpots = (
  { unknownSince, now }: Round,
  { invariants, acts, blindAfterMs, mode }: Policy,
): readonly Invariant[] =>
  mode === 'observe' || unknownSince.size === 0
    ? []
    : invariants.filter(
        (one) =>
          one.severity === 'critical' &&
          acts(one) &&
          now - (unknownSince.get(one.id) ?? now) >=
            Math.max(blindAfterMs ?? Number.POSITIVE_INFINITY, one.knownWithinMs ?? 0),
      );

/**
 * Second stage: violations become incidents, one an invariant. A symptom's incident waits for its cause; an incident whose
 * invariant holds again without a remedy of ours is cleared, not healed.
 */
export function incidents(round: Round, policy: Policy): Round {
  const { now } = round;
  const blind = blindSpots(round, policy);
  // Most rounds find all well, and leave all as it was.
  if (round.incidents.size === 0 && round.violations.length === 0 && blind.length === 0) return round;
  const open = new Map(round.incidents);
  const recurrences = new Map(round.recurrences);
  const mendedAt = new Map(round.mendedAt);
  const commands: Command[] = [...round.commands];
  const opened: string[] = [];
  const escalations: Command[] = [];
  for (const [key, incident] of round.incidents) {
    if (!isCleared(incident, round, policy)) continue;
    open.delete(key);
    mendedAt.set(key, now);
    const after = round.findings.get(key) ?? null;
    commands.push({ do: 'record', incident: { ...incident, phase: 'cleared', after, closedAt: now }, what: 'closed' });
  }
  const waitsFor = waiting({ ...round, incidents: open }, policy);
  for (const invariant of round.violations) {
    if (!policy.acts(invariant)) continue;
    const cause = waitsFor(invariant);
    const dueAt = () => recoversBy(invariant, policy, mendedAt, now);
    const known = open.get(invariant.id);
    if (!known || known.blind) {
      const begun = opening(invariant, round, policy, cause, dueAt());
      if (!begun) continue;
      const { incident } = begun;
      open.set(invariant.id, incident);
      opened.push(invariant.id);
      escalations.push(...begun.escalations);
      const before = recurrences.get(invariant.id) ?? [];
      const recent = usesWithin(before, policy.recurring, now);
      const isTold = policy.tellsOnce && recent.length > 0 && before.length >= policy.recurring.most;
      const times = [...recent, now];
      recurrences.set(invariant.id, times);
      if (policy.mode !== 'observe' && !isTold && isSpent(times, policy.recurring, now)) {
        const reason = `${invariant.id} broke ${times.length} times within ${policy.recurring.withinMs / 60_000} minutes`;
        escalations.push({ do: 'escalate', incident, reason });
      }
    } else if (round.flapping.has(invariant.id) && !known.flaps) {
      const incident: Incident = { ...known, flaps: true };
      open.set(invariant.id, incident);
      const reason = `${invariant.id} breaks and holds in turns; nothing is sent until it has come to rest`;
      escalations.push({ do: 'record', incident, what: 'opened' });
      if (policy.mode !== 'observe') escalations.push({ do: 'escalate', incident, reason });
    } else if (known.phase === 'waiting' || known.phase === 'due') {
      if (cause === known.waitsFor) continue;
      const phase = cause ? 'waiting' : 'due';
      open.set(invariant.id, { ...known, phase, waitsFor: cause, dueAt: cause ? known.dueAt : dueAt() });
    }
  }
  // What a broken component hides is not known to be broken any more: its incident waits for that component all the same.
  const violated = new Set(round.violations.map(({ id }) => id));
  for (const [key, known] of open) {
    if (violated.has(key) || (known.phase !== 'waiting' && known.phase !== 'due')) continue;
    const cause = waitsFor(known.invariant);
    if (cause !== null && cause !== known.waitsFor) open.set(key, { ...known, phase: 'waiting', waitsFor: cause });
    else if (cause === null && known.phase === 'waiting')
      open.set(key, {
        ...known,
        phase: 'due',
        waitsFor: null,
        dueAt: recoversBy(known.invariant, policy, mendedAt, now),
      });
  }
  for (const invariant of blind) {
    if (open.has(invariant.id) || waitsFor(invariant) !== null) continue;
    const begun = opening(invariant, round, policy, null, now);
    if (!begun) continue;
    const verdict = 'nothing is known of it, and nothing is remedied on that';
    const incident: Incident = { ...begun.incident, phase: 'failed', verdict, blind: true };
    open.set(invariant.id, incident);
    opened.push(invariant.id);
    const reason = `${invariant.id}: ${incident.before.says}`;
    escalations.push({ do: 'record', incident, what: 'failed' }, { do: 'escalate', incident, reason });
  }
  const known = linked(open, policy.elsewhere?.() ?? []);
  for (const id of opened) {
    const incident = known.get(id);
    if (incident) commands.push({ do: 'record', incident, what: 'opened' });
  }
  return { ...round, incidents: known, recurrences, mendedAt, commands: [...commands, ...escalations] };
}

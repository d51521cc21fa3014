import { ACTOR_BACKOFF, backoffMs } from './backoff.ts';
import { type Incident, isActing, isOpen, withLastAttempt } from './incident.ts';
import { type Finding, rungsOf } from './invariant.ts';
import { proofMs } from './proof.ts';
import type { Command, Policy, Round } from './round.ts';

/** One rung higher, after a wait; or given up, when there is no higher one. */
const climb = (incident: Incident, says: string, now: number, policy: Policy): Incident => {
  const rung = incident.rung + 1;
  if (rung >= rungsOf(incident.invariant).length) {
    return { ...incident, phase: 'failed', rung: 0, deadline: null, dueAt: now + policy.retryFailedMs, verdict: says };
  }
  const wait = backoffMs(ACTOR_BACKOFF, incident.attempts.length - 1, policy.chance());
  return { ...incident, phase: 'due', rung, deadline: null, dueAt: now + wait };
};

/** What was not broken was not healed either, however well the remedy went that a person wanted. */
const closed = (incident: Incident, after: Finding, now: number): Incident => ({
  ...(after.isMoot ? incident : withLastAttempt(incident, { outcome: 'proven' })),
  phase: incident.before.holds === false && !after.isMoot ? 'healed' : 'cleared',
  after,
  closedAt: now,
  deadline: null,
});

/**
 * Fourth stage, and the one that makes healing believable: a remedy gets evidence. An answer `done` only starts the proof;
 * healed is the *same* invariant holding on evidence taken after the answer (DESIGN §1.2), and for as long as that takes
 * to be proof.
 */
export function evidence(round: Round, policy: Policy): Round {
  const { now, answered } = round;
  if (round.incidents.size === 0) return round;
  const incidents = new Map(round.incidents);
  const mendedAt = new Map(round.mendedAt);
  let { spans } = round;
  const commands: Command[] = [...round.commands];
  for (const [key, before] of round.incidents) {
    if (!isActing(before)) continue;
    let incident = before;
    // An answer that was received before this one was sent is to one before, which had been given up.
    const isAnswered = answered?.incident === incident.id && answered.at >= (incident.attempts.at(-1)?.at ?? 0);
    if (incident.phase === 'remedying' && isAnswered) {
      if (answered.done) {
        incident = {
          ...withLastAttempt(incident, { answeredAt: answered.at, outcome: 'done', says: answered.done.says }),
          phase: 'proving',
          deadline: now + incident.invariant.proofWithinMs,
        };
      } else {
        const says = answered.failed ?? 'it was refused without a reason';
        incident = climb(
          withLastAttempt(incident, { answeredAt: answered.at, outcome: 'refused', says }),
          says,
          now,
          policy,
        );
      }
    }
    const finding = round.findings.get(key);
    const answeredAt = incident.attempts.at(-1)?.answeredAt ?? null;
    const isProof = finding?.holds === true && answeredAt !== null && finding.takenAt >= answeredAt;
    if (incident.phase === 'proving' && isProof) {
      const holdsSince = incident.holdsSince ?? now;
      const provenAt = holdsSince + (finding.isMoot ? 0 : proofMs(incident));
      incident = now < provenAt ? { ...incident, holdsSince, deadline: provenAt } : closed(incident, finding, now);
      if (!isOpen(incident)) commands.push({ do: 'record', incident, what: 'closed' });
    } else if (incident.phase === 'proving' && typeof incident.holdsSince === 'number') {
      const { holdsSince, invariant } = incident;
      const says = `it was reported done, and held for ${now - holdsSince} ms; but ${finding?.says ?? 'there is no evidence'}`;
      incident = { ...incident, holdsSince: null, deadline: now + invariant.proofWithinMs };
      // Who may be broken for a while may also be so now; and of whom nothing is known is to be known again.
      if (round.violations.some(({ id }) => id === key))
        incident = climb(withLastAttempt(incident, { outcome: 'unproven', says }), says, now, policy);
    } else if (incident.deadline !== null && now >= incident.deadline) {
      const silent = incident.phase === 'remedying';
      const says = silent
        ? 'no answer came in time'
        : `it was reported done, but ${finding?.says ?? 'there is no evidence'}`;
      incident = climb(withLastAttempt(incident, { outcome: silent ? 'silent' : 'unproven', says }), says, now, policy);
    }
    if (incident.phase === 'failed') {
      incident = { ...incident, after: finding ?? null };
      commands.push({ do: 'record', incident, what: 'failed' });
      commands.push({
        do: 'escalate',
        incident,
        reason: `${incident.invariant.id} could not be healed: ${incident.verdict}`,
      });
    }
    if (isOpen(incident)) incidents.set(key, incident);
    else {
      incidents.delete(key);
      mendedAt.set(key, now);
      if (incident.phase === 'healed' && incident.invariant.provenAfterMs !== undefined)
        spans = { ...spans, healed: new Map(spans.healed).set(key, { rung: incident.rung, at: now }) };
    }
    if (isOpen(incident)) commands.push({ do: 'wake', at: incident.deadline ?? incident.dueAt });
  }
  return { ...round, incidents, mendedAt, spans, commands };
}

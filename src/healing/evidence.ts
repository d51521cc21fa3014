import { ACTOR_BACKOFF, backoffMs } from './backoff.ts';
import { type Incident, isActing, isOpen, withLastAttempt } from './incident.ts';
import { rungsOf } from './invariant.ts';
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

/**
 * Fourth stage, and the one that makes healing believable: a remedy gets evidence. An answer `done` only starts the proof;
 * healed is the *same* invariant holding on evidence taken after the answer (DESIGN §1.2).
 */
export function evidence(round: Round, policy: Policy): Round {
  const { now, answered } = round;
  if (round.incidents.size === 0) return round;
  const incidents = new Map(round.incidents);
  const mendedAt = new Map(round.mendedAt);
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
    if (
      incident.phase === 'proving' &&
      finding?.holds === true &&
      answeredAt !== null &&
      finding.takenAt >= answeredAt
    ) {
      // What was not broken was not healed either, however well the remedy went that a person wanted.
      const wasBroken = incident.before.holds === false;
      incident = {
        ...withLastAttempt(incident, { outcome: 'proven' }),
        phase: wasBroken ? 'healed' : 'cleared',
        after: finding,
        closedAt: now,
        deadline: null,
      };
      commands.push({ do: 'record', incident, what: 'closed' });
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
    }
    if (isOpen(incident)) commands.push({ do: 'wake', at: incident.deadline ?? incident.dueAt });
  }
  return { ...round, incidents, mendedAt, commands };
}

import { isSpent, usesWithin } from './budget.ts';
import { type Incident, isActing } from './incident.ts';
import { type Remedy, rungsOf, type View } from './invariant.ts';
import type { Command, Policy, Round } from './round.ts';

/** The actor a remedy goes to. */
export const addressee = (incident: Incident, remedy: Remedy, view: View): string => {
  const to = remedy.to ?? incident.invariant.actor;
  return typeof to === 'function' ? to(view) : to;
};

/**
 * Third stage: an incident gets a remedy: the one of its rung, when its time has come, no other remedy of that actor is
 * under way, and the budget is not spent. A spent budget fails the incident; it never loops.
 */
export function remedies(round: Round, policy: Policy): Round {
  const { now, view } = round;
  if (!view) return round;
  const incidents = new Map(round.incidents);
  const spent = new Map(round.spent);
  const commands: Command[] = [...round.commands];
  const busy = new Set<string>();
  for (const incident of incidents.values()) if (isActing(incident)) busy.add(incident.attempts.at(-1)?.to ?? '');
  for (const [key, incident] of incidents) {
    const isDue = incident.phase === 'due' || incident.phase === 'failed';
    if (!isDue || round.flapping.has(key)) continue;
    if (now < incident.dueAt) {
      commands.push({ do: 'wake', at: incident.dueAt });
      continue;
    }
    const remedy = rungsOf(incident.invariant)[incident.rung];
    if (!remedy) continue;
    const to = addressee(incident, remedy, view);
    if (busy.has(to) || busy.size >= (policy.atOnce ?? Number.POSITIVE_INFINITY)) continue;
    const purse = `${to} ${remedy.type}`;
    const intensity = remedy.type === 'RESTART' ? policy.restarts : policy.others;
    const uses = usesWithin(spent.get(purse) ?? [], intensity, now);
    if (isSpent(uses, intensity, now)) {
      const verdict = `the budget of ${intensity.most} ${remedy.type} in ${intensity.withinMs / 1000} s for ${to} is spent`;
      const failed: Incident = { ...incident, phase: 'failed', rung: 0, verdict, dueAt: now + policy.retryFailedMs };
      incidents.set(key, failed);
      if (incident.phase !== 'failed') {
        commands.push({ do: 'record', incident: failed, what: 'failed' });
        commands.push({ do: 'escalate', incident: failed, reason: `${incident.invariant.id}: ${verdict}` });
      }
      continue;
    }
    spent.set(purse, [...uses, now]);
    busy.add(to);
    const deadline = now + policy.answerWithinMs;
    const acting: Incident = {
      ...incident,
      phase: 'remedying',
      deadline,
      attempts: [...incident.attempts, { remedy, to, at: now, answeredAt: null, outcome: 'under way', says: '' }],
    };
    incidents.set(key, acting);
    commands.push({ do: 'remedy', incident: acting, remedy, to }, { do: 'wake', at: deadline });
  }
  return { ...round, incidents, spent, commands };
}

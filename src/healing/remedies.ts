import { says } from '../ports/says.ts';
import { type Intensity, isSpent, purseOf, usesWithin } from './budget.ts';
import { type Attempt, type Incident, isBusy } from './incident.ts';
import { type Remedy, rungsOf, type View } from './invariant.ts';
import { planOf } from './plan.ts';
import { restsAt } from './proof.ts';
import type { Command, Policy, Round } from './round.ts';

/** The actor a remedy goes to. */
export const addressee = (incident: Pick<Incident, 'invariant'>, remedy: Remedy, view: View): string => {
  const to = remedy.to ?? incident.invariant.actor;
  return typeof to === 'function' ? to(view) : to;
};

/** As {@link addressee}; or why there is none, where who is asked for it throws. */
export function reached(
  incident: Pick<Incident, 'invariant'>,
  remedy: Remedy,
  view: View,
): { readonly to: string } | { readonly says: string } {
  try {
    const to = addressee(incident, remedy, view);
    return typeof to === 'string' ? { to } : { says: `it is not known whom to send its ${remedy.type}` };
  } catch (error) {
    return { says: `it is not known whom to send its ${remedy.type}: ${says(error)}` };
  }
}

/** What is left of the budget of a kind of remedy for one actor. */
export interface Purse {
  readonly name: string;
  readonly intensity: Intensity;
  /** When it was used, as far as that still counts, ms. */
  readonly uses: readonly number[];
  readonly isSpent: boolean;
  /** In words, where it is spent. */
  readonly says: string;
}

export function allowance(
  to: string,
  remedy: Remedy,
  { spent, now }: Pick<Round, 'spent' | 'now'>,
  policy: Policy,
): Purse {
  const name = purseOf(to, remedy.type);
  const intensity = remedy.type === 'RESTART' ? policy.restarts : policy.others;
  const uses = usesWithin(spent.get(name) ?? [], intensity, now);
  const words = `the budget of ${intensity.most} ${remedy.type} in ${intensity.withinMs / 1000} s for ${to} is spent`;
  return { name, intensity, uses, isSpent: isSpent(uses, intensity, now), says: words };
}

/** The remedy about to be sent, as a plan. */
export function attemptAt(
  incident: Incident,
  remedy: Remedy,
  to: string,
  purse: Purse,
  now: number,
  policy: Policy,
): Attempt {
  const affects = policy.affects?.(to, remedy) ?? [to];
  const plan = planOf(incident, remedy, { to, affects, used: purse.uses.length, budget: purse.intensity });
  return { remedy, to, plan, at: now, answeredAt: null, outcome: 'under way', says: '' };
}

/** The incident with its remedy under way, and what that takes. */
export function sending(
  incident: Incident,
  attempt: Attempt,
  now: number,
  policy: Policy,
): { readonly acting: Incident; readonly commands: readonly Command[] } {
  const ms = policy.answerWithinMs + (policy.answerMs?.(attempt.to, attempt.remedy) ?? 0);
  const deadline = now + ms;
  const attempts = [...incident.attempts, attempt];
  const acting: Incident = { ...incident, phase: 'remedying', deadline, attempts, holdsSince: null };
  const { remedy, to, plan } = attempt;
  return {
    acting,
    commands: [
      { do: 'record', incident: acting, what: 'planned' },
      { do: 'remedy', incident: acting, remedy, to, plan },
      { do: 'wake', at: deadline },
    ],
  };
}

/**
 * Third stage: an incident gets a remedy: the one of its rung, when its time has come, no other remedy of that actor is
 * under way, and the budget is not spent. A spent budget fails the incident; it never loops. Every remedy is a plan first,
 * and the plan is recorded before the remedy is sent; who only observes stops there.
 */
export function remedies(round: Round, policy: Policy): Round {
  const { now, view } = round;
  if (!view || round.incidents.size === 0) return round;
  const incidents = new Map(round.incidents);
  let { spent } = round;
  const commands: Command[] = [...round.commands];
  const busy = new Set<string>();
  for (const incident of incidents.values()) if (isBusy(incident)) busy.add(incident.attempts.at(-1)?.to ?? '');
  const giveUp = (incident: Incident, verdict: string, dueAt: number): void => {
    const failed: Incident = { ...incident, phase: 'failed', rung: 0, verdict, dueAt };
    incidents.set(incident.invariant.id, failed);
    if (incident.phase === 'failed') return;
    commands.push({ do: 'record', incident: failed, what: 'failed' });
    commands.push({ do: 'escalate', incident: failed, reason: `${incident.invariant.id}: ${verdict}` });
  };
  for (const [key, incident] of incidents) {
    const isDue = incident.phase === 'due' || incident.phase === 'failed';
    if (!isDue || round.flapping.has(key) || incident.blind) continue;
    if (now < incident.dueAt) {
      commands.push({ do: 'wake', at: incident.dueAt });
      continue;
    }
    const restAt = round.findings.get(key)?.holds === true ? restsAt(incident, round.spans) : now;
    if (restAt > now) {
      commands.push({ do: 'wake', at: restAt });
      continue;
    }
    const remedy = rungsOf(incident.invariant)[incident.rung];
    if (!remedy) continue;
    const found = reached(incident, remedy, view);
    if ('says' in found) {
      giveUp(incident, found.says, now + policy.retryFailedMs);
      continue;
    }
    const { to } = found;
    if (busy.has(to) || busy.size >= (policy.atOnce ?? Number.POSITIVE_INFINITY)) continue;
    const purse = allowance(to, remedy, { spent, now }, policy);
    if (purse.isSpent) {
      // The oldest use leaves the budget first.
      const full = (purse.uses[0] ?? now) + purse.intensity.withinMs;
      giveUp(incident, purse.says, Math.min(now + policy.retryFailedMs, full));
      continue;
    }
    const attempt = attemptAt(incident, remedy, to, purse, now, policy);
    if (policy.mode === 'observe') {
      const observed = { outcome: 'observed', says: 'nothing was sent: the healer only observes' } as const;
      const attempts = [...incident.attempts, { ...attempt, ...observed }];
      const observing: Incident = { ...incident, phase: 'observing', deadline: null, attempts };
      incidents.set(key, observing);
      commands.push({ do: 'record', incident: observing, what: 'planned' });
      continue;
    }
    spent = new Map(spent).set(purse.name, [...purse.uses, now]);
    busy.add(to);
    const sent = sending(incident, attempt, now, policy);
    incidents.set(key, sent.acting);
    commands.push(...sent.commands);
  }
  return { ...round, incidents, spent, commands };
}

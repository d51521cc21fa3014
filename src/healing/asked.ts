import { type Incident, isActing } from './incident.ts';
import { rungsOf } from './invariant.ts';
import { allowance, attemptAt, reached, sending } from './remedies.ts';
import type { Impulse, Policy, Round } from './round.ts';
import type { RemedyAnswer } from './wish.ts';

/**
 * A person asks for a remedy. It goes the way of every remedy: an incident (the open one, or one of its own, where the
 * invariant holds), a plan in the ledger before it is sent, the budget, and proof by evidence taken after the answer. What
 * may not be sent now is refused in words, and nothing changes.
 */
export function asked(round: Round, impulse: Impulse, policy: Policy): Round {
  const { view, now } = round;
  if (impulse.type !== 'asked' || view === null) return round;
  const { wish } = impulse;
  const answered = (answer: RemedyAnswer): Round => ({ ...round, granted: { ask: wish.ask, answer } });
  const refuse = (says: string): Round => answered({ sent: false, says, incident: null });

  const invariant = policy.invariants.find(({ id }) => id === wish.invariant);
  const before = round.findings.get(wish.invariant);
  if (!invariant || !before || !policy.acts(invariant)) return refuse(`no invariant is called ${wish.invariant}`);
  if (policy.mode === 'observe') return refuse('nothing was sent: the healer only observes ("healing": "observe")');
  const rungs = rungsOf(invariant);
  const rung = wish.remedy === null ? 0 : rungs.findIndex(({ type }) => type === wish.remedy);
  const remedy = rungs[rung];
  if (!remedy) {
    const kinds = [...new Set(rungs.map(({ type }) => type))].join(', ');
    return refuse(
      rungs.length === 0
        ? `no remedy of the bot mends ${invariant.id}`
        : `${wish.remedy} is no remedy of ${invariant.id}; there is ${kinds}`,
    );
  }

  const found = reached({ invariant }, remedy, view);
  if ('says' in found) return refuse(found.says);
  const { to } = found;
  const everywhere = [...round.incidents.values(), ...(policy.elsewhere?.() ?? [])].filter(isActing);
  const other = everywhere.find(({ attempts }) => {
    const last = attempts.at(-1);
    return last !== undefined && (policy.affects?.(last.to, last.remedy) ?? [last.to]).includes(to);
  });
  const own = round.incidents.get(invariant.id);
  if (other || (own && isActing(own))) {
    const last = (other ?? own)?.attempts.at(-1);
    return refuse(
      `another remedy of ${to} is under way (${last?.plan.id}: ${last?.plan.does}); wait for what it comes to`,
    );
  }
  if (everywhere.length >= (policy.atOnce ?? Number.POSITIVE_INFINITY))
    return refuse(`${everywhere.length} actors are being mended, and no more may be at a time; ask again`);
  const purse = allowance(to, remedy, round, policy);
  if (purse.isSpent) {
    const seconds = Math.ceil(((purse.uses[0] ?? now) + purse.intensity.withinMs - now) / 1_000);
    return refuse(`${purse.says}; ask again in ${seconds} s`);
  }

  const { blind: _, ...known } = own ?? {
    id: policy.newId(),
    invariant,
    phase: 'due' as const,
    waitsFor: null,
    rootCause: null,
    causedBy: null,
    symptoms: [],
    brokenSince: now,
    openedAt: now,
    closedAt: null,
    before,
    after: null,
    rung,
    attempts: [],
    dueAt: now,
    deadline: null,
    verdict: null,
  };
  const incident: Incident = { ...known, rung, askedBy: wish.by, verdict: null, after: null };
  const sent = sending(incident, attemptAt(incident, remedy, to, purse, now, policy), now, policy);
  const says = `${sent.acting.attempts.at(-1)?.plan.does ?? remedy.type}: sent, as incident ${incident.id}`;
  return {
    ...answered({ sent: true, says, incident: incident.id }),
    incidents: new Map(round.incidents).set(invariant.id, sent.acting),
    spent: new Map(round.spent).set(purse.name, [...purse.uses, now]),
    commands: [
      ...round.commands,
      ...(own ? [] : [{ do: 'record' as const, incident, what: 'opened' as const }]),
      ...sent.commands,
    ],
  };
}

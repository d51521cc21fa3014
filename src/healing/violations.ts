import type { Finding, Invariant } from './invariant.ts';
import type { Command, Impulse, Policy, Round } from './round.ts';

/** A look that throws has found nothing out. */
const look = (invariant: Invariant, view: Impulse['view']): Finding => {
  try {
    return invariant.holds(view);
  } catch (error) {
    const says = `it could not be judged: ${error instanceof Error ? error.message : String(error)}`;
    return { holds: null, says, figures: {}, takenAt: view.now };
  }
};

/** First stage: snapshots become violations. An invariant counts as violated when it was broken for its whole patience. */
export function violations(round: Round, impulse: Impulse, { invariants }: Policy): Round {
  const { view } = impulse;
  const findings = new Map<string, Finding>();
  const brokenSince = new Map<string, number>();
  const violated: Invariant[] = [];
  const commands: Command[] = [];
  for (const invariant of invariants) {
    const finding = look(invariant, view);
    findings.set(invariant.id, finding);
    if (finding.holds !== false) continue;
    const since = round.brokenSince.get(invariant.id) ?? view.now;
    brokenSince.set(invariant.id, since);
    if (view.now - since >= invariant.patienceMs) violated.push(invariant);
    else commands.push({ do: 'wake', at: since + invariant.patienceMs });
  }
  return {
    ...round,
    now: view.now,
    view,
    answered: impulse.type === 'answered' ? impulse : null,
    findings,
    brokenSince,
    violations: violated,
    commands,
  };
}

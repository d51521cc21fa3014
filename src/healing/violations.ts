import { says } from '../ports/says.ts';
import type { Finding, Invariant, View } from './invariant.ts';
import { spansAfter } from './proof.ts';
import type { Command, Impulse, Policy, Round } from './round.ts';
import { isConvicted, noted } from './samples.ts';
import type { Sight } from './watch.ts';

/** After it was held up itself, a healer waits as long as that, and at most so long, before it holds an age against anybody, ms. */
const GRACE_AT_MOST_MS = 30_000;

const LATEST_MS = 8.64e15;

/** JavaScript may answer anything: a promise, or nothing. */
function sound(found: Finding, now: number): Finding {
  const { holds, says: words, figures, takenAt } = found;
  if (holds !== null && typeof holds !== 'boolean') throw new TypeError(`its \`holds\` answered ${String(holds)}`);
  const isDated = typeof takenAt === 'number' && Math.abs(takenAt) <= LATEST_MS;
  if (isDated && typeof words === 'string' && figures) return found;
  return { ...found, says: String(words), figures: figures ?? {}, takenAt: isDated ? takenAt : now };
}

/** A look that throws has found nothing out. */
const look = (invariant: Invariant, view: View): Finding => {
  try {
    return sound(invariant.holds(view), view.now);
  } catch (error) {
    return { holds: null, says: `it could not be judged: ${says(error)}`, figures: {}, takenAt: view.now };
  }
};

/** A round is one moment for all that is judged in it, and every actor is looked at once. */
const momentOf = (view: View): View => {
  const sights = new Map<string, Sight>();
  return {
    now: view.now,
    sight: (actor) => {
      const known = sights.get(actor);
      if (known !== undefined) return known;
      const sight = view.sight(actor);
      if (sight !== undefined) sights.set(actor, sight);
      return sight;
    },
    mail: (actor) => view.mail(actor),
  };
};

/** What is old may only have waited for the same event loop: that is no evidence. */
const excused = (finding: Finding): Finding => ({
  ...finding,
  holds: null,
  says: `${finding.says}; but the healer was held up itself, and does not hold it against it`,
});

/**
 * First stage: snapshots become violations. An invariant counts as violated when it was broken for its whole patience; one that
 * is judged by age, when it was broken in two of three looks.
 */
export function violations(round: Round, impulse: Impulse, { invariants, sampling }: Policy): Round {
  const { view } = impulse;
  const moment = momentOf(view);
  const { now } = moment;
  const heldUp = round.now === 0 ? 0 : now - round.now;
  const lateUntil =
    sampling && heldUp > sampling.lateAfterMs ? now + Math.min(heldUp, GRACE_AT_MOST_MS) : round.lateUntil;
  const findings = new Map<string, Finding>();
  const brokenSince = new Map<string, number>();
  const unknownSince = new Map<string, number>();
  const broken: Invariant[] = [];
  const commands: Command[] = now < lateUntil ? [{ do: 'wake', at: lateUntil }] : [];
  for (const invariant of invariants) {
    const found = look(invariant, moment);
    const finding = invariant.timed && found.holds === false && now < lateUntil ? excused(found) : found;
    const { id } = invariant;
    findings.set(id, finding);
    if (invariant.everyMs !== undefined) commands.push({ do: 'wake', at: now + invariant.everyMs });
    if (finding.holds === null) unknownSince.set(id, round.unknownSince.get(id) ?? now);
    if (finding.holds !== false) continue;
    brokenSince.set(id, round.brokenSince.get(id) ?? now);
    broken.push(invariant);
  }
  const sampled = sampling !== undefined && now - round.sampledAt >= sampling.everyMs;
  const isWell = broken.length === 0 && unknownSince.size === 0;
  const { samples, flapping, isSteady } = sampled && !(isWell && round.isSteady) ? noted(round, findings) : round;
  const violated: Invariant[] = [];
  for (const invariant of broken) {
    const { id, timed = false, patienceMs } = invariant;
    const since = brokenSince.get(id) ?? now;
    const seen = samples.get(id) ?? '';
    const convicted = !timed || sampling === undefined || round.incidents.has(id) || isConvicted(seen);
    if (now - since >= patienceMs && convicted) violated.push(invariant);
    else commands.push({ do: 'wake', at: convicted ? since + patienceMs : now + (sampling?.everyMs ?? 0) });
  }
  return {
    ...round,
    now,
    view,
    answered: impulse.type === 'answered' ? impulse : null,
    granted: null,
    findings,
    brokenSince,
    unknownSince,
    spans: spansAfter(round.spans, invariants, findings, now),
    samples,
    flapping,
    isSteady,
    sampledAt: sampled ? now : round.sampledAt,
    lateUntil,
    violations: violated,
    commands,
  };
}

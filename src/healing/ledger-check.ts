/** Whether what a ledger says can be true: proofs, budgets, transitions and times, from the records alone. Pure. */
import { REMEDY_INTENSITY, RESTART_INTENSITY, usesWithin } from './budget.ts';
import type { LedgerFinding, LedgerLine } from './chain-check.ts';
import { type IncidentRecord, incidentRecord, operatorRecord } from './ledger.ts';

type Status = IncidentRecord['status'];
type Found = (rule: string, reason: string) => void;

/** What may follow on what. A failed incident is tried again later; healed and cleared are final. */
const MAY_FOLLOW: Readonly<Record<Status, readonly Status[]>> = {
  open: ['open', 'failed', 'healed', 'cleared'],
  failed: ['open', 'failed', 'healed', 'cleared'],
  healed: [],
  cleared: [],
};

const ms = (iso: string | null): number => (iso === null ? Number.NaN : Date.parse(iso));

/** Healed is a measurement: the same invariant, holding, on evidence taken after the remedy's answer. */
function unproven({ evidence_after: after, remedies }: IncidentRecord): string | null {
  const last = remedies.at(-1);
  if (after === null) return 'it is called healed without evidence';
  if (after.holds !== true) return `it is called healed, and its evidence says: ${after.says}`;
  if (!last) return 'it is called healed, and nothing was tried';
  if (last.outcome !== 'proven') return `it is called healed, and its last remedy is "${last.outcome}"`;
  if (last.answered_at === null) return 'it is called healed by a remedy that never answered';
  return ms(after.taken_at) < ms(last.answered_at)
    ? 'its proof was taken before the remedy had answered: it proves nothing'
    : null;
}

function checkProof(one: IncidentRecord, found: Found): void {
  const { status } = one;
  // A person may want a remedy of what is not broken, or of what nothing is known.
  const isAsked = one.asked_by !== undefined;
  if (one.blind && !isAsked) {
    if (one.evidence_before.holds !== null) found('evidence', 'nothing is said to have been known, and it was');
    if (one.remedies.length > 0) found('evidence', 'a remedy was sent on no evidence');
  } else if (one.evidence_before.holds !== false && !isAsked)
    found('evidence', 'the evidence before does not say that the invariant was broken');
  if (status === 'failed' && one.verdict === null) found('evidence', 'it was given up without a word why');
  if ((status === 'healed' || status === 'cleared') && one.closed_at === null)
    found('times', 'it is over and has no end');
  if (status === 'cleared' && one.evidence_after?.holds !== true)
    found('evidence', 'it is called cleared, and no evidence says that the invariant holds');
  const want = status === 'healed' ? unproven(one) : null;
  if (want !== null) found('evidence', want);
}

function checkTimes(one: IncidentRecord, found: Found): void {
  const steps: (readonly [name: string, at: string | null])[] = [
    ['it was broken', one.broken_since],
    ['it was opened', one.opened_at],
    ...one.remedies.flatMap(({ at, answered_at }, index): (readonly [string, string | null])[] => [
      [`remedy ${index + 1} was sent`, at],
      [`remedy ${index + 1} was answered`, answered_at],
    ]),
    ['it was closed', one.closed_at],
  ];
  const known = steps.filter(([, at]) => at !== null);
  for (const [index, [name, at]] of known.entries()) {
    const before = known[index - 1];
    if (Number.isNaN(ms(at))) found('times', `the time at which ${name} is none: ${at}`);
    else if (before && ms(at) < ms(before[1])) found('times', `${name} before ${before[0]}`);
  }
  if (Math.abs(ms(one.opened_at) - ms(one.broken_since) - one.detected_ms) > 1)
    found('times', 'detected_ms is not the time from broken_since to opened_at');
  if (one.healed_ms !== null && Math.abs(ms(one.closed_at) - ms(one.opened_at) - one.healed_ms) > 1)
    found('times', 'healed_ms is not the time from opened_at to closed_at');
}

const FIXED = ['component', 'invariant', 'severity', 'broken_since', 'opened_at'] as const;

/** What one line says of an incident against the line before. */
function checkStep(before: IncidentRecord, now: IncidentRecord, found: Found): void {
  if (!MAY_FOLLOW[before.status].includes(now.status))
    found('transition', `it was ${before.status} and is ${now.status}: nothing follows on ${before.status}`);
  for (const field of FIXED)
    if (now[field] !== before[field]) found('transition', `its ${field} was ${before[field]} and is ${now[field]}`);
  const kept = before.remedies.every(({ type, to, at }, index) => {
    const same = now.remedies[index];
    return same?.type === type && same.to === to && same.at === at;
  });
  if (!kept) found('transition', 'a remedy it had been given is no longer there');
  if (now.ts < before.ts) found('times', 'it was written before the line that stands before it');
}

/** The budgets, kept as the bot keeps them; a clock that goes back (another replay in the same directory) begins anew. */
class Purses {
  #uses = new Map<string, number[]>();
  #last = Number.NEGATIVE_INFINITY;

  /** @param at when the line was written, ms */
  era(at: number): void {
    if (at < this.#last - RESTART_INTENSITY.withinMs) this.#uses.clear();
    this.#last = at;
  }

  spend({ type, to, at, outcome }: IncidentRecord['remedies'][number], found: Found): void {
    if (outcome === 'observed') return;
    const intensity = type === 'RESTART' ? RESTART_INTENSITY : REMEDY_INTENSITY;
    const now = ms(at);
    const known = [...usesWithin(this.#uses.get(`${to} ${type}`) ?? [], intensity, now), now];
    this.#uses.set(`${to} ${type}`, known);
    // Of one whose line is lost a later line tells, behind others that were sent after it.
    const uses = known.filter((use) => use <= now);
    if (uses.length > intensity.most)
      found(
        'budget',
        `${type} ${to} was sent ${uses.length} times within ${intensity.withinMs / 1_000} s, ${intensity.most} are allowed`,
      );
  }
}

export interface LedgerVerdict {
  readonly findings: readonly LedgerFinding[];
  readonly incidents: ReadonlyMap<string, IncidentRecord>;
}

/**
 * @param remembered ids the operator's state says were written
 * @param hasLoss whether records are known to be gone: then a story may begin in its middle
 */
export function checkLedger(
  lines: readonly LedgerLine[],
  remembered: readonly string[],
  hasLoss: boolean,
): LedgerVerdict {
  const findings: LedgerFinding[] = [];
  const incidents = new Map<string, IncidentRecord>();
  const purses = new Purses();
  const lineOf = new Map<string, number>();
  for (const { line, record } of lines) {
    if (record === null) continue;
    if (record.event_type === 'operator') {
      if (!operatorRecord.safeParse(record).success)
        findings.push({ rule: 'shape', line, incident: null, reason: 'it is no record of an operator' });
      continue;
    }
    const parsed = incidentRecord.safeParse(record);
    if (!parsed.success) {
      findings.push({ rule: 'shape', line, incident: null, reason: 'it is no record of an incident' });
      continue;
    }
    const now = parsed.data;
    const id = now.incident_id;
    const found: Found = (rule, reason) => void findings.push({ rule, line, incident: id, reason });
    const before = incidents.get(id);
    purses.era(now.ts * 1_000);
    for (const attempt of now.remedies.slice(before?.remedies.length ?? 0)) purses.spend(attempt, found);
    if (before) checkStep(before, now, found);
    else if (now.status !== 'open' && !hasLoss) found('transition', `it begins as ${now.status}: nobody opened it`);
    checkProof(now, found);
    checkTimes(now, found);
    incidents.set(id, now);
    lineOf.set(id, line);
  }
  const lost = (id: string, whoSays: string): void => {
    if (!hasLoss && !incidents.has(id))
      findings.push({
        rule: 'lost',
        line: lineOf.get(whoSays) ?? null,
        incident: id,
        reason: `${whoSays} speaks of it, and the ledger has no line of it`,
      });
  };
  for (const id of remembered) lost(id, "the operator's state");
  for (const one of incidents.values()) {
    if (one.caused_by !== null) lost(one.caused_by, one.incident_id);
    for (const id of one.symptoms) lost(id, one.incident_id);
  }
  return { findings, incidents };
}

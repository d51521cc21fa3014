import { z } from 'zod';
import { type Incident, isOpen } from './incident.ts';
import type { Finding } from './invariant.ts';

const evidenceRecord = z.looseObject({
  holds: z.boolean().nullable(),
  says: z.string(),
  taken_at: z.string(),
});

const attemptRecord = z.looseObject({
  type: z.enum(['EXPIRE', 'REPAIR', 'RESTART']),
  to: z.string(),
  target: z.string().nullable(),
  at: z.string(),
  answered_at: z.string().nullable(),
  outcome: z.string(),
  says: z.string(),
  /** What was planned before it was sent; `null` in records from before there were plans. */
  plan: z
    .looseObject({
      id: z.string(),
      does: z.string(),
      preconditions: z.array(z.string()),
      affects: z.array(z.string()),
      undo: z.string(),
      expects: z.string(),
    })
    .nullable()
    .default(null),
});

/**
 * One line of `logs/healing.jsonl`. An incident has several: when it was opened, before every remedy, when it was given up,
 * when it was closed; the last one wins. Every line also carries its place in the chain (`chain.ts`). Times are ISO-8601 UTC, `ts` seconds, durations milliseconds.
 */
export const incidentRecord = z.looseObject({
  event_type: z.literal('incident'),
  incident_id: z.string(),
  component: z.string(),
  invariant: z.string(),
  severity: z.string(),
  status: z.enum(['open', 'healed', 'failed', 'cleared']),
  broken_since: z.string(),
  opened_at: z.string(),
  closed_at: z.string().nullable(),
  /** From the first broken evidence to the opening. */
  detected_ms: z.number(),
  /** From the opening to the proof; `null` while there is none. */
  healed_ms: z.number().nullable(),
  waits_for: z.string().nullable(),
  /** The invariant furthest upstream that was broken with it; `null` where it is the root. */
  root_cause: z.string().nullable().default(null),
  /** Incident of the root cause. */
  caused_by: z.string().nullable().default(null),
  /** Incidents that this one caused. */
  symptoms: z.array(z.string()).default([]),
  evidence_before: evidenceRecord,
  evidence_after: evidenceRecord.nullable(),
  remedies: z.array(attemptRecord),
  verdict: z.string().nullable(),
  /** Nothing was known of a critical invariant: no remedy follows from that. */
  blind: z.literal(true).optional(),
  /** Who asked for the last remedy: then the invariant need not have been broken before it. */
  asked_by: z.string().optional(),
  ts: z.number(),
  timestamp: z.string(),
});
export type IncidentRecord = z.infer<typeof incidentRecord>;

/** What a person did to the healing, in the same file: who says so, and why. */
export const operatorRecord = z.looseObject({
  event_type: z.literal('operator'),
  action: z.enum(['resume', 'pause']),
  reason: z.string(),
  by: z.string(),
  /** Although an invariant that had tripped the kill switch did not hold. */
  forced: z.boolean(),
  /** Why the kill switch was on before; `null` where it was off. */
  was: z.string().nullable(),
  not_holding: z.array(z.string()),
  ts: z.number(),
  timestamp: z.string(),
});
export type OperatorRecord = z.infer<typeof operatorRecord>;

const iso = (ms: number): string => new Date(ms).toISOString();

const evidenceOf = ({ holds, says, figures, takenAt }: Finding) => ({
  ...figures,
  holds,
  says,
  taken_at: iso(takenAt),
});

const statusOf = (incident: Incident): IncidentRecord['status'] => {
  const { phase } = incident;
  if (phase === 'healed' || phase === 'cleared' || phase === 'failed') return phase;
  return isOpen(incident) ? 'open' : 'cleared';
};

/** The line for an incident as it stands at `now`, ms. */
export const recordOf = (incident: Incident, now: number): IncidentRecord => ({
  event_type: 'incident',
  incident_id: incident.id,
  component: incident.invariant.component,
  invariant: incident.invariant.id,
  severity: incident.invariant.severity,
  status: statusOf(incident),
  broken_since: iso(incident.brokenSince),
  opened_at: iso(incident.openedAt),
  closed_at: incident.closedAt === null ? null : iso(incident.closedAt),
  detected_ms: incident.openedAt - incident.brokenSince,
  healed_ms: incident.phase === 'healed' && incident.closedAt !== null ? incident.closedAt - incident.openedAt : null,
  waits_for: incident.waitsFor,
  root_cause: incident.rootCause,
  caused_by: incident.causedBy,
  symptoms: [...incident.symptoms],
  evidence_before: evidenceOf(incident.before),
  evidence_after: incident.after === null ? null : evidenceOf(incident.after),
  remedies: incident.attempts.map(({ remedy, to, plan, at, answeredAt, outcome, says }) => ({
    type: remedy.type,
    to,
    target: remedy.type === 'REPAIR' ? remedy.target : null,
    at: iso(at),
    answered_at: answeredAt === null ? null : iso(answeredAt),
    outcome,
    says,
    plan: { ...plan, preconditions: [...plan.preconditions], affects: [...plan.affects] },
  })),
  verdict: incident.verdict,
  ...(incident.blind ? { blind: true as const } : {}),
  ...(incident.askedBy === undefined ? {} : { asked_by: incident.askedBy }),
  ts: now / 1000,
  timestamp: iso(now),
});

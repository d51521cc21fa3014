/** Incidents as a day might have them; the newest first. */
import type { IncidentRecord } from '../../src/inspector/contract.ts';

const MINUTE = 60_000;
const iso = (ms: number): string => new Date(ms).toISOString();

type Told = readonly [
  component: string,
  invariant: string,
  before: string,
  after: string,
  does: string,
  minutesAgo: number,
  healedMs: number | null,
];
const TOLD: readonly Told[] = [
  [
    'signal_bus',
    'signal_bus/log-verifies',
    '3 corrupt lines',
    '18,204 records verify, 3 lines in quarantine',
    'ask signalBus to repair its log',
    1,
    412,
  ],
  [
    'shadow_engine',
    'shadow-engine/log-writable',
    'EACCES logs/shadow_trade_outcomes.jsonl',
    '',
    'stop shadowEngine and start it anew from its durable state',
    6,
    null,
  ],
  [
    'state_machine',
    'state-machine/nothing-stuck',
    '5 signals stuck for more than 1 h',
    'no signal is stuck',
    'ask stateMachine to expire what has not moved for 60 min',
    121,
    31_000,
  ],
  [
    'pipeline_monitor',
    'pipeline-monitor/not-critical',
    'CRITICAL: 11 stuck',
    'HEALTHY',
    'ask stateMachine to expire what has not moved for 60 min',
    130,
    44_000,
  ],
  [
    'signal_engine',
    'signal-engine/files-exist',
    'logs/signals.jsonl is missing',
    'both files are there and writable',
    'ask signalEngine to repair its files',
    300,
    12_000,
  ],
  [
    'heartbeat',
    'heartbeat/fresh',
    'no progress for 131 s',
    'tick 14:02:01 went through',
    'stop featureStore and start it anew from its durable state',
    420,
    4_000,
  ],
  [
    'safety_layer',
    'safety-layer/positions-agree',
    'positions_futures.json is unreadable',
    '3 positions, as the log and the broker say',
    'ask safetyLayer to repair its positions',
    660,
    112_000,
  ],
  [
    'decision_tracker',
    'decision-tracker/log-exists',
    'logs/signal_decisions.jsonl is missing',
    'the log is there',
    'ask decisionTracker to repair its log',
    1_140,
    9_000,
  ],
];

export const fixtureIncidents = (now: number): readonly IncidentRecord[] =>
  TOLD.map(([component, invariant, before, after, does, minutesAgo, healedMs], index): IncidentRecord => {
    const opened = now - minutesAgo * MINUTE;
    const id = `INC-00${(42 - index).toString(16).padStart(4, '0')}ab`;
    const closed = healedMs === null ? null : opened + healedMs;
    const type = does.includes('repair') ? 'REPAIR' : does.includes('expire') ? 'EXPIRE' : 'RESTART';
    const to = component.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const attempts = healedMs === null ? 3 : 1;
    return {
      event_type: 'incident',
      incident_id: id,
      component,
      invariant,
      severity: index % 3 === 1 ? 'medium' : 'critical',
      status: healedMs === null ? 'failed' : 'healed',
      broken_since: iso(opened - 350),
      opened_at: iso(opened),
      closed_at: closed === null ? null : iso(closed),
      detected_ms: 350,
      healed_ms: healedMs,
      waits_for: null,
      root_cause: null,
      caused_by: null,
      symptoms: [],
      evidence_before: { holds: false, says: before, taken_at: iso(opened - 10), verifiedTo: 4_311_202 },
      evidence_after:
        closed === null ? null : { holds: true, says: after, taken_at: iso(closed - 5), verifiedTo: 4_312_010 },
      remedies: Array.from({ length: attempts }, (_, n) => ({
        type,
        to,
        target: type === 'REPAIR' ? 'log' : null,
        at: iso(opened + 100 + n * 10_000),
        answered_at: iso(opened + 300 + n * 10_000),
        outcome: closed === null ? 'refused' : 'proven',
        says: closed === null ? 'it could not open: EACCES' : after,
        plan: {
          id: `${id}#${n + 1}`,
          does,
          preconditions: [`no other remedy of ${to} is under way`],
          affects: [to],
          undo: 'kintsugi quarantine restore puts it back',
          expects: `${invariant} holds on evidence taken after the answer`,
        },
      })),
      verdict: closed === null ? 'the budget of 3 restarts in 60 s is spent' : null,
      ts: (closed ?? opened + 40_000) / 1000,
      timestamp: iso(closed ?? opened + 40_000),
    };
  });

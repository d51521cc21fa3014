import { describe, expect, it } from 'vitest';
import { healingAlerts } from '../../src/actors/healing-alerts.ts';
import { HealingBoard } from '../../src/healing/board.ts';
import { LIMITS } from '../../src/healing/budget.ts';
import {
  alertsOperator,
  byHealth,
  type Health,
  type Judged,
  judgementOf,
  UNKNOWN_IS_RED_AFTER_MS,
  WATCHED_MS,
  worst,
} from '../../src/healing/health.ts';
import type { Incident } from '../../src/healing/incident.ts';
import type { Finding, Invariant, Severity } from '../../src/healing/invariant.ts';
import { restful } from '../../src/healing/round.ts';
import type { Alert } from '../../src/ports/alerts.ts';
import type { World } from '../../src/ports/world.ts';
import { world } from './facts.ts';

const NOW = 10_000_000;
const w = world();
const invariant = (id: string, severity: Severity = 'high'): Invariant => w.invariant(id, { severity });
const found = (holds: boolean | null): Finding => ({ holds, says: '', figures: {}, takenAt: NOW });
const incident = (phase: Incident['phase'], of: Invariant): Incident => ({
  id: `INC-${of.id}`,
  invariant: of,
  phase,
  waitsFor: null,
  rootCause: null,
  causedBy: null,
  symptoms: [],
  brokenSince: NOW,
  openedAt: NOW,
  closedAt: null,
  before: found(false),
  after: null,
  rung: 0,
  attempts: [],
  dueAt: NOW,
  deadline: null,
  verdict: null,
});
const A = invariant('a/works');
const B = invariant('a/alive');
const judged = (change: Partial<Judged> = {}): Judged => ({
  now: NOW,
  startedAt: NOW - 3_600_000,
  isJudged: true,
  invariants: [{ invariant: A, finding: found(true) }],
  open: [],
  lastHealedAt: null,
  ...change,
});
const young = { startedAt: NOW - UNKNOWN_IS_RED_AFTER_MS };
const unseen = [{ invariant: A, finding: undefined }];
const unsure = [{ invariant: A, finding: found(null) }];

describe('the health of a component', () => {
  it.each<readonly [string, Partial<Judged>, Health]>([
    ['all holds on fresh evidence', {}, 'green'],
    ['nobody judges, whatever was found before', { isJudged: false }, 'red'],
    ['a remedy failed', { open: [incident('failed', A)] }, 'red'],
    ['it is being healed', { open: [incident('remedying', A)] }, 'yellow'],
    ['a check waits for its cause', { open: [incident('waiting', A)] }, 'yellow'],
    ['it is broken, and it does not count yet', { invariants: [{ invariant: A, finding: found(false) }] }, 'yellow'],
    ['it was healed a moment ago', { lastHealedAt: NOW }, 'yellow'],
    ['it is watched for the last millisecond', { lastHealedAt: NOW - WATCHED_MS + 1 }, 'yellow'],
    ['it has been watched for long enough', { lastHealedAt: NOW - WATCHED_MS }, 'green'],
    ['nothing was looked at yet', { ...young, invariants: unseen }, 'unknown'],
    ['it could not be found out yet', { ...young, invariants: unsure }, 'unknown'],
    ['there is no evidence after the deadline', { invariants: unseen }, 'red'],
    ['it cannot be found out after the deadline', { invariants: unsure }, 'red'],
    ['it cannot say yet how it is after a remedy', { invariants: unsure, open: [incident('proving', A)] }, 'yellow'],
    [
      'it cannot say how it is, and something else is being healed',
      { invariants: unsure, open: [incident('proving', B)] },
      'red',
    ],
    [
      'what depends on something cannot say how it is while that is being healed',
      {
        invariants: [{ invariant: w.invariant('a/later', { dependsOn: [A.id] }), finding: found(null) }],
        open: [incident('proving', A)],
      },
      'yellow',
    ],
    [
      'it cannot say how it is, and is tried again after it was given up',
      { invariants: unsure, open: [{ ...incident('proving', A), verdict: 'no answer came' }] },
      'red',
    ],
    ['it cannot say how it is, and nobody heals', { invariants: unsure, open: [incident('observing', A)] }, 'red'],
    ['there is nothing to judge it by', { ...young, invariants: [] }, 'unknown'],
    ['there is nothing to judge it by for long', { invariants: [] }, 'red'],
    ['what was healed before is not known yet', { ...young, invariants: unseen, lastHealedAt: NOW }, 'yellow'],
    [
      'one check is broken and another unknown',
      { ...young, invariants: [...unseen, { invariant: A, finding: found(false) }] },
      'yellow',
    ],
  ])('%s', (_, change, health) => {
    expect(judgementOf(judged(change)).health).toBe(health);
  });

  it('is overall the worst: red before yellow before unknown before green, and unknown of nothing', () => {
    const all: readonly Health[] = ['green', 'unknown', 'yellow', 'red'];
    for (const [place, one] of all.entries()) expect(worst(all.slice(0, place + 1))).toBe(one);
    expect(worst([])).toBe('unknown');
    expect([...all].sort(byHealth)).toEqual(['red', 'yellow', 'unknown', 'green']);
  });
});

describe('whether it is critical', () => {
  const wakes = invariant('a/alive', 'critical');
  const checks = [wakes, A].map((one) => ({ invariant: one, finding: found(true) }));

  it('is what could break worst, while nothing is wrong', () => {
    expect(judgementOf(judged()).critical).toBe(false);
    expect(judgementOf(judged({ invariants: checks })).critical).toBe(true);
  });

  it('is what is wrong, as soon as something is', () => {
    const minor = judged({ invariants: checks, open: [incident('failed', A)] });
    expect(judgementOf(minor)).toEqual({ health: 'red', critical: false });
    const both = judged({ invariants: checks, open: [incident('failed', A), incident('due', wakes)] });
    expect(judgementOf(both).critical).toBe(true);
  });

  it.each<Severity>(['critical', 'high', 'medium'])('is decided as the alerts decide who is woken: %s', (severity) => {
    const raised: Alert[] = [];
    const alerts = healingAlerts({
      alerts: { raise: async (alert: Alert) => void raised.push(alert) },
      pending: { track: (promise: Promise<unknown>) => promise },
    } as unknown as Pick<World, 'alerts' | 'pending' | 'log'>);
    const one = invariant('a/x', severity);
    alerts.failed(incident('failed', one));
    expect(raised.length).toBe(alertsOperator(one) ? 1 : 0);
    expect(judgementOf(judged({ open: [incident('failed', one)] })).critical).toBe(raised.length === 1);
  });
});

describe('what is left of a budget', () => {
  const board = () =>
    new HealingBoard([
      w.invariant('bus/sound'),
      w.invariant('desk/quick', { remedies: [{ type: 'EXPIRE', olderThanMs: 1, to: 'bus' }] }),
    ]);

  it('is told of the remedies an actor can be sent, also by checks of others', () => {
    const kinds = (actor: string) =>
      board()
        .budgets(actor, NOW, LIMITS)
        .map(({ remedy }) => remedy);
    expect(kinds('bus')).toEqual(['EXPIRE', 'REPAIR', 'RESTART']);
    expect(kinds('desk')).toEqual(['RESTART']);
  });

  it('counts the uses of the healer that has spent most, and forgets those that are old', () => {
    const one = board();
    const spent = (times: readonly number[]) => ({ ...restful, spent: new Map([['bus RESTART', times]]) });
    one.publish('a', spent([NOW - 60_000, NOW - 59_999, NOW]));
    one.publish('b', spent([NOW]));
    const restart = () => one.budgets('bus', NOW, LIMITS).find(({ remedy }) => remedy === 'RESTART');
    expect(restart()).toEqual({ remedy: 'RESTART', left: 1, most: 3, within_ms: 60_000 });
    one.publish('b', spent([NOW, NOW, NOW, NOW]));
    expect(restart()?.left).toBe(0);
  });
});

it('an incident that is told to flap is counted once', () => {
  const board = new HealingBoard([A]);
  board.note(incident('due', A), 'opened');
  board.note({ ...incident('due', A), flaps: true }, 'opened');
  board.note({ ...incident('failed', A), flaps: true }, 'failed');
  expect(board.counts).toEqual({ total: 1, healed: 0, failed: 1, cleared: 0 });
});

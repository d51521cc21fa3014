import { describe, expect, it } from 'vitest';
import { LedgerUses } from '../../src/healing/ledger-uses.ts';
import type { LogRecord } from '../../src/ports/event-log.ts';

const T0 = 1_746_402_300_000;
const iso = (at: number): string => new Date(at).toISOString();

interface Sent {
  readonly to: string;
  readonly type: string;
  readonly at: number;
  readonly outcome?: string;
}
const line = (incident_id: string, ts: number, sent: readonly Sent[]): LogRecord => ({
  event_type: 'incident',
  incident_id,
  component: 'signal_bus',
  invariant: 'signal_bus/log-intact',
  severity: 'high',
  status: 'open',
  broken_since: iso(T0),
  opened_at: iso(T0),
  closed_at: null,
  detected_ms: 0,
  healed_ms: null,
  waits_for: null,
  evidence_before: { holds: false, says: 'broken', taken_at: iso(T0) },
  evidence_after: null,
  remedies: sent.map(({ to, type, at, outcome = 'sent' }) => ({
    ...{ type, to, target: null, at: iso(at), answered_at: null, outcome, says: '', plan: null },
  })),
  verdict: null,
  ts: ts / 1_000,
  timestamp: iso(ts),
});

const usesOf = (records: readonly LogRecord[]): LedgerUses => {
  const uses = new LedgerUses();
  uses.begin();
  for (const record of records) uses.note(record);
  return uses;
};
const restart = (at: number): Sent => ({ to: 'signalBus', type: 'RESTART', at });

describe('what a ledger says was used of budgets', () => {
  it('is each remedy once, though every later line of its incident repeats it', () => {
    const [one, two] = [restart(T0 + 1), restart(T0 + 20_000)];
    const uses = usesOf([line('A', T0 + 1, [one]), line('A', T0 + 5, [one]), line('A', T0 + 20_000, [one, two])]);
    expect([...uses.spent(T0 + 21_000)]).toEqual([['signalBus RESTART', [T0 + 1, T0 + 20_000]]]);
  });

  it('is two where two incidents were remedied in one instant', () => {
    const uses = usesOf([line('A', T0, [restart(T0)]), line('B', T0, [restart(T0)])]);
    expect(uses.spent(T0).get('signalBus RESTART')).toEqual([T0, T0]);
  });

  it('is nothing of what was only observed, or is older than any budget looks back', () => {
    const old = restart(T0);
    const uses = usesOf([
      line('A', T0, [old]),
      line('B', T0 + 61_000, [{ to: 'signalBus', type: 'REPAIR', at: T0 + 61_000, outcome: 'observed' }]),
    ]);
    expect(uses.spent(T0 + 61_000).get('signalBus RESTART') ?? []).toEqual([]);
    expect(uses.spent(T0 + 61_000).get('signalBus REPAIR') ?? []).toEqual([]);
    expect(
      usesOf([line('A', T0, [old])])
        .spent(T0 + 60_000)
        .get('signalBus RESTART'),
    ).toEqual([]);
  });

  it('is nothing of another time line, nor of a ledger that is read again', () => {
    const uses = usesOf([line('A', T0 + 3_600_000, [restart(T0 + 3_600_000)]), line('B', T0, [restart(T0)])]);
    expect(uses.spent(T0).get('signalBus RESTART')).toEqual([T0]);
    uses.begin();
    expect(uses.spent(T0)).toEqual(new Map());
  });

  it('is not forgotten for what somebody else wrote into the ledger, whatever time that says', () => {
    for (const ts of [1, T0 / 1_000 + 3_600]) {
      const uses = usesOf([
        line('A', T0, [restart(T0)]),
        { event_type: 'foreign', ts },
        line('A', T0 + 1, [restart(T0)]),
      ]);
      expect(uses.spent(T0 + 50_000).get('signalBus RESTART'), `${ts}`).toEqual([T0]);
      const last = usesOf([line('A', T0, [restart(T0)]), { event_type: 'foreign', ts }]);
      expect(last.spent(T0 + 50_000).get('signalBus RESTART'), `${ts}`).toEqual([T0]);
    }
  });

  it('is gathered from what is no incident, too, and of any length', () => {
    const many = Array.from({ length: 5_000 }, (_, n) => line(`I${n}`, T0 + n * 1_000, [restart(T0 + n * 1_000)]));
    const uses = usesOf([{ event_type: 'operator', ts: T0 / 1_000 }, { any: 'thing' }, ...many]);
    expect(uses.spent(T0 + 4_999_000).get('signalBus RESTART')).toHaveLength(60);
  });
});

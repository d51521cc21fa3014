import { describe, expect, it } from 'vitest';
import { type IncidentRecord, recordOf } from '../../src/healing/ledger.ts';
import { checkLedger } from '../../src/healing/ledger-check.ts';
import { heal } from '../../src/healing/loop.ts';
import type { Policy } from '../../src/healing/round.ts';
import { restful } from '../../src/healing/round.ts';
import { fc } from '../fast-check.ts';
import { world } from './facts.ts';

const asLines = (records: readonly unknown[]) =>
  records.map((record, index) => ({
    line: index + 1,
    offset: index,
    length: 1,
    record: JSON.parse(JSON.stringify(record)) as Record<string, unknown>,
  }));

type Step =
  | { readonly do: 'fact'; readonly which: number; readonly is: boolean | null }
  | { readonly do: 'answer'; readonly which: number; readonly done: boolean }
  | { readonly do: 'pass'; readonly ms: number };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('fact' as const), which: fc.nat(2), is: fc.constantFrom(true, false, null) }),
    fc.record({ do: fc.constant('answer' as const), which: fc.nat(2), done: fc.boolean() }),
    fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 90_000 }) }),
  ),
  { minLength: 20, maxLength: 120 },
);

/** What the loop writes about a world in which this happens. */
function lived(history: readonly Step[], more: Partial<Policy> = {}): readonly IncidentRecord[] {
  const w = world();
  const names = ['a/x', 'b/y', 'c/z'];
  const policy = w.policy(
    [
      w.invariant('a/x'),
      w.invariant('b/y', { dependsOn: ['a/x'], remedies: [{ type: 'RESTART' }] }),
      w.invariant('c/z', { dependsOn: ['b/y'], patienceMs: 500, remedies: [{ type: 'EXPIRE', olderThanMs: 1 }] }),
    ],
    { recurring: { most: 3, withinMs: 600_000 }, ...more },
  );
  const written: IncidentRecord[] = [];
  let round = restful;
  for (const step of history) {
    const open = round.incidents.get(names['which' in step ? step.which : 0] ?? '');
    if (step.do === 'fact') w.facts.set(names[step.which] ?? '', step.is);
    if (step.do === 'pass') w.pass(step.ms);
    const impulse =
      step.do === 'answer' && open?.phase === 'remedying'
        ? step.done
          ? w.done(open.id)
          : w.refused(open.id)
        : w.seen();
    round = heal(round, impulse, policy);
    for (const command of round.commands)
      if (command.do === 'record') written.push(recordOf(command.incident, w.view.now));
  }
  return written;
}

const findings = (records: readonly unknown[], remembered: readonly string[] = []) =>
  checkLedger(asLines(records), remembered, false).findings.map(
    ({ rule, line, reason }) => `${rule} ${line}: ${reason}`,
  );

/** A world that breaks and is mended: three lines. */
const healed = (): readonly IncidentRecord[] =>
  lived([
    { do: 'fact', which: 0, is: false },
    { do: 'pass', ms: 20 },
    { do: 'fact', which: 0, is: true },
    { do: 'answer', which: 0, done: true },
  ]);

describe('a ledger that verifies', () => {
  it('finds nothing wrong with what the loop itself writes, whatever happens to it', () => {
    const met = new Set<string>();
    fc.assert(
      fc.property(steps, fc.constantFrom('act' as const, 'observe' as const), (history, mode) => {
        const written = lived(history, { mode });
        for (const { status, remedies } of written)
          for (const word of [status, ...remedies.map(({ outcome }) => outcome)]) met.add(word);
        expect(findings(written)).toEqual([]);
      }),
      { numRuns: 300 },
    );
    const all = [
      'open',
      'healed',
      'failed',
      'cleared',
      'observed',
      'under way',
      'refused',
      'silent',
      'unproven',
      'proven',
    ];
    expect(all.filter((word) => !met.has(word))).toEqual([]);
  });

  it('never lets a status that is final be followed by another', () => {
    const written = healed();
    expect(written.map(({ status }) => status)).toEqual(['open', 'open', 'healed']);
    expect(findings([...written, written[0]])).toEqual([
      'transition 4: it was healed and is open: nothing follows on healed',
      'transition 4: a remedy it had been given is no longer there',
      'times 4: it was written before the line that stands before it',
    ]);
  });

  it.each<[string, (one: IncidentRecord) => unknown, string]>([
    ['no evidence', (one) => ({ ...one, evidence_after: null }), 'without evidence'],
    ['evidence that it is broken', (one) => ({ ...one, evidence_after: one.evidence_before }), 'its evidence says'],
    [
      'evidence from before the answer',
      (one) => ({ ...one, evidence_after: { ...one.evidence_after, taken_at: one.opened_at } }),
      'before the remedy had answered',
    ],
    ['nothing tried', (one) => ({ ...one, remedies: [] }), 'nothing was tried'],
    [
      'a remedy that was refused',
      (one) => ({ ...one, remedies: one.remedies.map((attempt) => ({ ...attempt, outcome: 'refused' })) }),
      'its last remedy is "refused"',
    ],
    [
      'a remedy that never answered',
      (one) => ({ ...one, remedies: one.remedies.map((attempt) => ({ ...attempt, answered_at: null })) }),
      'never answered',
    ],
    [
      'an end before its beginning',
      (one) => ({ ...one, closed_at: '1969-01-01T00:00:00.000Z' }),
      'it was closed before',
    ],
    ['another component', (one) => ({ ...one, component: 'other' }), 'its component was a and is other'],
    ['a time to repair that is not true', (one) => ({ ...one, healed_ms: 1_000_000 }), 'healed_ms is not'],
  ])('finds a healed incident forged with %s', (_, forge, says) => {
    const written = healed();
    const last = written.at(-1);
    if (!last) throw new Error('nothing was written');
    expect(findings([...written.slice(0, -1), forge(last)]).join('\n')).toContain(says);
  });

  it('finds a budget that was overspent, per addressee, and is not misled by a clock that went back', () => {
    const [opened] = healed();
    if (!opened) throw new Error('nothing was written');
    const attempt = (second: number) => ({
      type: 'RESTART',
      to: 'a',
      target: null,
      at: new Date(second * 1_000).toISOString(),
      answered_at: null,
      outcome: 'silent',
      says: '',
      plan: null,
    });
    const line = (id: string, seconds: readonly number[]) => ({
      ...opened,
      incident_id: id,
      broken_since: new Date(0).toISOString(),
      opened_at: new Date(0).toISOString(),
      detected_ms: 0,
      remedies: seconds.map(attempt),
      ts: seconds.at(-1) ?? 0,
    });
    expect(findings([line('i', [100, 110, 120]), line('j', [161, 171])])).toEqual([]);
    expect(findings([line('i', [100, 110, 120]), line('j', [159])])).toEqual([
      'budget 2: RESTART a was sent 4 times within 60 s, 3 are allowed',
    ]);
    expect(findings([line('i', [900, 910, 920]), line('j', [100]), line('k', [905])])).toEqual([]);
    // The line in which its remedy was sent is lost, and its end repeats it.
    expect(findings([line('j', [101, 102, 160]), { ...line('i', [100]), ts: 161 }])).toEqual([]);
    expect(findings([line('j', [101, 102, 103]), { ...line('i', [99, 104]), ts: 161 }])).toEqual([
      'budget 2: RESTART a was sent 5 times within 60 s, 3 are allowed',
    ]);
  });

  it('finds an incident that was lost, by who remembers it and by who names it', () => {
    expect(findings(healed(), ['INC-1', 'INC-77'])).toEqual([
      "lost null: the operator's state speaks of it, and the ledger has no line of it",
    ]);
    const caused = healed().map((one) => ({ ...one, caused_by: 'INC-9' }));
    expect(findings(caused)).toEqual(['lost 3: INC-1 speaks of it, and the ledger has no line of it']);
  });

  it('finds a story without a beginning, unless records are known to be gone', () => {
    const [, , last] = healed();
    expect(findings([last])).toEqual(['transition 1: it begins as healed: nobody opened it']);
    expect(checkLedger(asLines([last]), [], true).findings).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { WATCHED_MS } from '../../src/healing/health.ts';
import type { IncidentRecord } from '../../src/healing/ledger.ts';
import { heldShare, repairsOf } from '../../src/inspector/repairs.ts';
import { fc } from '../fast-check.ts';

const iso = (ms: number): string => new Date(ms).toISOString();
const healed = (id: number, invariant: string, openedAt: number, tookMs: number): IncidentRecord =>
  ({
    incident_id: `i${id}`,
    invariant,
    status: 'healed',
    opened_at: iso(openedAt),
    closed_at: iso(openedAt + tookMs),
    healed_ms: tookMs,
  }) as IncidentRecord;

describe('repairs that held', () => {
  it('are those whose invariant was not broken again within ten minutes, in whatever order they are told', () => {
    const some = fc.array(
      fc.record({
        invariant: fc.constantFrom('a', 'b'),
        minute: fc.integer({ min: 0, max: 60 }),
        took: fc.constantFrom(0, 60_000),
      }),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(some, (all) => {
        const incidents = all.map(({ invariant, minute, took }, id) => healed(id, invariant, minute * 60_000, took));
        const held = incidents.filter((one) =>
          incidents.every((other) => {
            const after = Date.parse(other.opened_at) - Date.parse(one.closed_at ?? '');
            return other === one || other.invariant !== one.invariant || after < 0 || after > WATCHED_MS;
          }),
        );
        expect(heldShare(incidents, Number.POSITIVE_INFINITY)).toBe(held.length / incidents.length);
        // Nobody knows yet whether it holds: not a moment after the last was healed.
        const last = Math.max(...incidents.map(({ closed_at: closed }) => Date.parse(closed ?? '')));
        const young = incidents.filter(({ closed_at: closed }) => last - Date.parse(closed ?? '') < WATCHED_MS);
        if (young.length === incidents.length && held.length === incidents.length)
          expect(heldShare(incidents, last)).toBe(null);
      }),
    );
  });

  it('cost the bot no more than a blink on the worst of days: it is asked twice a second', () => {
    const many = Array.from({ length: 10_000 }, (_, id) => healed(id, `x${id % 39}`, id * 8_000, 20));
    const from = process.threadCpuUsage();
    expect(repairsOf(many, 10_000 * 8_000, { all_green: null, observed_ms: 0 }).healed).toBe(10_000);
    // Comparing each with each took some 30 s.
    expect(process.threadCpuUsage(from).user / 1_000).toBeLessThan(1_000);
  });
});

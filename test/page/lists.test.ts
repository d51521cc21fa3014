import { describe, expect, it } from 'vitest';
import { joined, pieces } from '../../inspector/src/log/lines.ts';
import { healingRows, lanesOf } from '../../inspector/src/overview/healing-rows.ts';
import { fixtureIncidents } from '../browser/fixture-incidents.ts';
import { fc } from '../fast-check.ts';

const NOW = Date.parse('2026-11-28T14:07:41.000Z');
const HOUR = 3_600_000;
const line = fc.record({
  at: fc.integer({ min: 0, max: 40 }),
  level: fc.constantFrom('debug' as const, 'info' as const, 'warn' as const, 'error' as const),
  message: fc.string({ maxLength: 3 }),
});

describe('the log on the page', () => {
  it('shows a line once, although two pages of it have it', () => {
    fc.assert(
      fc.property(fc.uniqueArray(line, { selector: (one) => JSON.stringify(one) }), fc.nat(), (all, at) => {
        const cut = all.length === 0 ? 0 : at % all.length;
        const overlap = Math.max(0, cut - 2);
        expect(joined(all.slice(0, cut), all.slice(overlap))).toEqual(all);
      }),
    );
  });

  it('loses no letter of a message when it lights what is searched for', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ maxLength: 3 }), (message, search) => {
        expect(
          pieces(message, search)
            .map(({ text }) => text)
            .join(''),
        ).toBe(message);
      }),
    );
    expect(pieces('a log, a Log', 'log').filter(({ lit }) => lit)).toHaveLength(2);
  });
});

describe('the healing on the page', () => {
  const all = fixtureIncidents(NOW);

  it('tells a healed incident as found, tried and proven, newest first', () => {
    const rows = healingRows(all, NOW - 90_000, NOW);
    expect(rows.map(({ result, health }) => [result, health])).toEqual([
      ['proven in 412 ms', 'green'],
      ['proven', 'green'],
      ['found in 350 ms', 'unknown'],
    ]);
  });

  it('tells nothing of another time', () => {
    for (const { at } of healingRows(all, NOW - HOUR, NOW)) expect(at).toBeGreaterThanOrEqual(NOW - HOUR);
  });

  it('has a lane for each component that had trouble, and one that could not be healed goes on until now', () => {
    const lanes = lanesOf(all, NOW - HOUR, NOW);
    expect(lanes.map(({ component }) => component)).toEqual(['signal_bus', 'shadow_engine']);
    expect(lanes[1]?.bars).toMatchObject([{ to: NOW, health: 'red', watched: null }]);
    expect(lanes[0]?.bars[0]?.watched).toBe(NOW - 60_000 + 412 + 600_000);
  });
});

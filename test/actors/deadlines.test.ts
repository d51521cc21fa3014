import { describe, expect, it } from 'vitest';
import { Deadlines } from '../../src/actors/deadlines.ts';
import { fc } from '../fast-check.ts';

describe('deadlines in order', () => {
  it('finds what a look at all of them finds, whatever was set before, earlier or later, and holds little', () => {
    const set = fc.record({ slot: fc.nat({ max: 90 }), time: fc.integer({ min: -50, max: 50 }), armed: fc.boolean() });
    const ask = fc.record({ border: fc.integer({ min: -60, max: 60 }) });
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 4, arbitrary: set }, { weight: 1, arbitrary: ask }), { maxLength: 600 }),
        (steps) => {
          const deadlines = new Deadlines();
          const model = new Map<number, number>();
          for (const step of steps) {
            if ('slot' in step) {
              deadlines.set(step.slot, step.time, step.armed);
              if (step.armed) model.set(step.slot, step.time);
              else model.delete(step.slot);
              expect(deadlines.timeOf(step.slot)).toBe(step.time);
              expect(deadlines.held).toBeLessThanOrEqual(2 * model.size + 64);
              continue;
            }
            const all = [...model].sort(([a, s], [b, t]) => s - t || a - b);
            const expected = all.filter(([, time]) => time < step.border).map(([slot]) => slot);
            expect(deadlines.before((time) => time < step.border)).toEqual(expected);
            const first = deadlines.earliest();
            expect(first === null ? null : deadlines.timeOf(first)).toBe(all[0]?.[1] ?? null);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('costs what it finds, also after all have moved on', () => {
    const deadlines = new Deadlines();
    const many = 200_000;
    for (let slot = 0; slot < many; slot++) deadlines.set(slot, slot, true);
    for (let slot = 0; slot < many; slot++) if (slot !== 7) deadlines.set(slot, many + slot, true);
    let asked = 0;
    const late = (time: number): boolean => {
      asked++;
      return time < 100;
    };
    expect(deadlines.before(late)).toEqual([7]);
    // What has moved is met once, and put right.
    expect(asked).toBeLessThan(1_000);
    asked = 0;
    expect(deadlines.before(late)).toEqual([7]);
    expect(asked).toBeLessThan(10);
    expect(deadlines.earliest()).toBe(7);
    expect(deadlines.held).toBe(many);
    // So are those that are no longer waited for.
    for (let slot = 0; slot < 50_000; slot++) deadlines.set(slot, 0, false);
    const soon = (time: number): boolean => {
      asked++;
      return time < many + 50_010;
    };
    expect(deadlines.before(soon)).toHaveLength(10);
    asked = 0;
    expect(deadlines.before(soon)).toHaveLength(10);
    expect(asked).toBeLessThan(100);
  });
});

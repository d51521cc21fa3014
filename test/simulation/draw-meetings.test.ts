import { describe, expect, it } from 'vitest';
import { drawScript } from '../../src/sim/draw-script.ts';
import { FAULT_KINDS } from '../../src/sim/fault-kinds.ts';
import { meetable } from '../../src/sim/meetable.ts';
import { componentOf } from '../../src/sim/meetings.ts';
import type { ScriptedFault } from '../../src/sim/script.ts';
import { countedAs } from '../../src/sim/standings.ts';

const MOST_KINDS = FAULT_KINDS.length;
const drawn = (seed: number): readonly ScriptedFault[] => {
  const plain = new Set(drawScript(seed, { hours: 2 }).faults.map((fault) => JSON.stringify(fault)));
  return drawScript(seed, { hours: 2, meet: true }).faults.filter((fault) => !plain.has(JSON.stringify(fault)));
};
const cellOf = ({ kind, aim }: ScriptedFault): string =>
  aim ? `${kind} ${componentOf(aim.actor)} ${countedAs(aim.state)}` : '';

describe('seeds that go for meetings', () => {
  it('have the faults they would have without, and for every state one that waits for it', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const plain = drawScript(seed, { hours: 2 });
      const meeting = drawScript(seed, { hours: 2, meet: true });
      expect(meeting).toMatchObject({ setting: plain.setting, faultyMs: plain.faultyMs });
      expect(meeting.faults.length - plain.faults.length).toBe(drawn(seed).length);
      const states = drawn(seed).map(({ aim }) => `${aim?.actor} ${aim?.state}`);
      expect(new Set(states).size).toBe(states.length);
      expect(states.length).toBeGreaterThan(200);
      expect(meeting.faults.every(({ at }, n) => n === 0 || at >= (meeting.faults[n - 1]?.at ?? 0))).toBe(true);
      expect(meeting.faults.every(({ at }) => at < meeting.faultyMs)).toBe(true);
    }
  });

  it('go through all meetings there can be, in as many seeds as there are kinds', () => {
    const tried = new Set<string>();
    for (let seed = 1; seed <= MOST_KINDS; seed++) for (const fault of drawn(seed)) tried.add(cellOf(fault));
    const wanted = meetable(FAULT_KINDS).map(({ fault, component, state }) => `${fault} ${component} ${state}`);
    expect(wanted.filter((cell) => !tried.has(cell))).toEqual([]);
    expect(tried.size).toBe(wanted.length);
  });

  it('keep to the kinds that were asked for', () => {
    const { faults } = drawScript(3, { hours: 1, kinds: ['crash', 'crash', 'disk-full'], meet: true });
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(['crash', 'disk-full']));
  });
});

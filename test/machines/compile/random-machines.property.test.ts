import { beforeEach, expect, it, vi } from 'vitest';
import { fc } from '../../fast-check.ts';
import { drawnMachine, EVENTS, machineOf, sizeOf } from './random-machine.ts';
import { Twins } from './twins.ts';

const RUNS = Number(process.env.MACHINES ?? 60);

const deed = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...EVENTS).map((event) => (twins: Twins) => twins.send(event)) },
  { weight: 2, arbitrary: fc.constantFrom(5, 10, 22).map((ms) => (twins: Twins) => twins.pass(ms)) },
  { weight: 1, arbitrary: fc.constant((twins: Twins) => twins.swap()) },
);

// Events that come too late for both are not worth a line each.
beforeEach(() => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  return () => warn.mockRestore();
});

it('any machine, compiled, does what the machine does', () => {
  const ends: Record<string, number> = {};
  let largest = 0;
  fc.assert(
    fc.property(drawnMachine, fc.array(deed, { minLength: 10, maxLength: 25 }), (drawn, deeds) => {
      const twins = new Twins(machineOf(drawn), EVENTS);
      for (const step of deeds) if (twins.status === 'active') step(twins);
      ends[twins.status] = (ends[twins.status] ?? 0) + 1;
      largest = Math.max(largest, sizeOf(drawn));
    }),
    { numRuns: RUNS },
  );
  // The draws must be worth something: machines that live on, that end and that fail, and large ones.
  expect(Object.keys(ends).sort()).toEqual(['active', 'done', 'error']);
  expect(largest).toBeGreaterThan(12);
});

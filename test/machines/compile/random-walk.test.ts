/** Long random walks beside XState itself: `WALK=1000000 npx vitest run test/machines/compile/random-walk.test.ts`. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { seededChance } from '../../../src/adapters/seeded-chance.ts';
import { SAMPLES } from './samples.ts';
import { Twins } from './twins.ts';

const STEPS = Number(process.env.WALK ?? 10_000);

// Events that come too late for both are not worth a line each.
beforeEach(() => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  return () => warn.mockRestore();
});

describe.each(SAMPLES)('$name, compiled', ({ making, events }) => {
  it(`goes the way of the machine for ${STEPS.toLocaleString('en-US')} events`, {
    timeout: STEPS * 20 + 60_000,
  }, () => {
    const chance = seededChance(8);
    let lives = 1;
    const twins = new Twins(making, events);
    for (let step = 0; step < STEPS; step++) {
      if (twins.status !== 'active') {
        twins.again();
        lives++;
      }
      const event = events[Math.floor(chance.next() * events.length)];
      if (event) twins.send(event);
      if (step % 7 === 0) twins.pass(20);
      if (step % 500 === 0 && twins.status === 'active') twins.swap();
    }
    expect(lives).toBeGreaterThan(0);
  });
});

import { describe, expect, it } from 'vitest';
import type { AnyEventObject } from 'xstate';
import { InFlight } from '../../src/healing/in-flight.ts';
import { fc } from '../fast-check.ts';

const EVENTS: readonly AnyEventObject[] = ['A', 'B', 'C', 'D'].map((type) => ({ type }));
const eventIn = fc.constantFrom(...EVENTS);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: fc.constant('add' as const), event: eventIn }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant('remove' as const), event: eventIn }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('recall' as const), event: eventIn }) },
);

/** The same steps on a ring and on a list. */
function asList(
  steps: readonly { readonly does: 'add' | 'remove' | 'recall'; readonly event: AnyEventObject }[],
): void {
  const ring = new InFlight();
  let list: { readonly event: AnyEventObject; readonly since: number }[] = [];
  for (const [now, { does, event }] of steps.entries()) {
    if (does === 'add') {
      ring.add(event, now);
      list.push({ event, since: now });
    } else if (does === 'remove') {
      const at = list.findIndex((one) => one.event === event);
      expect(ring.remove(event)).toBe(at >= 0);
      list = list.filter((_, place) => place !== at);
    } else {
      expect(ring.recall()).toEqual(list.map((one) => one.event));
      list = [];
    }
    expect([ring.size, ring.oldestSince]).toEqual([list.length, list[0]?.since ?? null]);
    for (const one of EVENTS) expect(ring.has(one)).toBe(list.some((pair) => pair.event === one));
  }
}

describe('what is in flight', () => {
  it('is as a list of pairs has it, whatever comes and goes', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 200 }), asList));
  });
});

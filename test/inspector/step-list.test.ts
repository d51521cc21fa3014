/** Time travel of an app without a directory: the last steps, in memory. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { Allowed } from '../../src/inspector/allowance.ts';
import type { Change } from '../../src/inspector/recording.ts';
import { StepList } from '../../src/inspector/step-list.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** A list of what is told to it, at moments that are given. */
function listing(allowed?: Allowed) {
  let at = 1_000;
  let tell: (change: Change) => void = () => undefined;
  const steps = new StepList({
    source: {
      present: () => [],
      onChange: (listener: typeof tell) => {
        tell = listener;
        return () => undefined;
      },
    } as never,
    now: () => at,
    timer: { now: () => at } as never,
    redact: (value) => value,
    ...(allowed && { allowed }),
  });
  const change = (actor: string, was: string | null, value: string, more: Partial<Change> = {}): void =>
    tell({
      ...{ at, actor, machine: 'm', event: 'GO', from: null, was, value, status: 'active' },
      ...{ incarnation: 1, since: at, taken: [], context: {} },
      ...more,
    });
  const pass = (ms: number): void => {
    at += ms;
  };
  const states = (moment: number) => steps.at(moment).map(({ id, value }) => `${id} ${value}`);
  return { steps, change, pass, states, now: () => at };
}

describe('the list of steps', () => {
  it('is in order, also where more came than could be made steps of at once', () => {
    const { steps, change, pass, states } = listing({ perSecond: 1, burst: 2 });
    change('a', null, 'one');
    change('b', null, 'one');
    pass(100);
    change('a', 'one', 'two');
    pass(10_000);
    for (let i = 0; i < 100; i++) change('b', 'one', 'two');
    expect(states(1_000)).toEqual(['a one', 'b one']);
    expect(states(5_000)).toEqual(['a two', 'b one']);
    expect(states(12_000)).toEqual(['a two', 'b two']);
    const ats = steps.page({ from: 0, to: 20_000, limit: 1_000 }).steps.map(({ at }) => at);
    expect(ats).toEqual([...ats].sort((a, b) => a - b));
  });

  it.each(['done', 'error'] as const)('grows no larger with actors that come and go by thousands (%s)', (status) => {
    const { steps, change, pass, now } = listing();
    const live = (actor: string): void => {
      const context = { text: actor.repeat(100), more: Array.from({ length: 300 }, (_, n) => n) };
      change(actor, null, 'one', { context });
      change(actor, 'one', 'end', { status, context });
      pass(0.5);
    };
    const heapAfter = (from: number, to: number): number => {
      for (let n = from; n < to; n++) live(`kid${n}`);
      collect();
      return process.memoryUsage().heapUsed;
    };
    const before = heapAfter(0, 20_000);
    expect(heapAfter(20_000, 60_000) - before).toBeLessThan(8_000_000);
    // Those that were over well are not there, and no more of the others than a person reads.
    expect(steps.at(now()).length).toBeLessThanOrEqual(status === 'done' ? 0 : 5_000);
  });
});

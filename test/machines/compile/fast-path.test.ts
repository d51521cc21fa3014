/** A component's machine with its fast path, beside the machine as XState runs it: what is told to one is told to the other. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type AnyStateMachine, assign, type EventObject, emit, fromCallback, raise, sendTo, setup } from 'xstate';
import { withFastPath } from '../../../src/machines/compile/fast-path.ts';
import { provided } from '../../../src/machines/compile/provided.ts';
import { fc } from '../../fast-check.ts';
import { drawnMachine, EVENTS, machineOf, sizeOf } from './random-machine.ts';
import { type Making, Twins } from './twins.ts';

const RUNS = Number(process.env.MACHINES ?? 60);

beforeEach(() => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  return () => warn.mockRestore();
});

const deed = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...EVENTS).map((event) => (twins: Twins) => twins.send(event)) },
  { weight: 2, arbitrary: fc.constantFrom(5, 10, 22).map((ms) => (twins: Twins) => twins.pass(ms)) },
  { weight: 1, arbitrary: fc.constant((twins: Twins) => twins.swap()) },
);

/** How often XState itself was asked, and how often there was no need. */
function counted(machine: AnyStateMachine, count: { all: number; slow: number }): AnyStateMachine {
  const slowly = machine.transition;
  const slow: typeof slowly = (...args) => {
    count.slow++;
    return slowly(...args);
  };
  Object.defineProperty(machine, 'transition', { value: slow, configurable: true, writable: true });
  const quick = withFastPath(machine);
  const { transition } = quick;
  const all: typeof transition = (...args) => {
    count.all++;
    return transition(...args);
  };
  Object.defineProperty(quick, 'transition', { value: all });
  return quick;
}

describe('a machine with a fast path', () => {
  it.each([false, true])('does what the machine does, whatever machine it is (parallel regions: %s)', (parallel) => {
    const ends: Record<string, number> = {};
    const count = { all: 0, slow: 0 };
    let largest = 0;
    fc.assert(
      fc.property(drawnMachine, fc.array(deed, { minLength: 10, maxLength: 25 }), (drawn, deeds) => {
        const twins = new Twins(machineOf(drawn, { parallel }), EVENTS, (machine) => counted(machine, count));
        for (const step of deeds) if (twins.status === 'active') step(twins);
        ends[twins.status] = (ends[twins.status] ?? 0) + 1;
        largest = Math.max(largest, sizeOf(drawn));
      }),
      { numRuns: RUNS },
    );
    expect(Object.keys(ends)).toEqual(expect.arrayContaining(['active', 'error']));
    expect(largest).toBeGreaterThan(12);
    // The short way was taken, and the long one as well.
    expect(count.slow).toBeGreaterThan(count.all / 20);
    expect(count.slow).toBeLessThan(count.all);
  });

  it.each([false, true])('has learned what another of the same states has (parallel regions: %s)', (parallel) => {
    const told = fc.array(deed, { minLength: 10, maxLength: 25 });
    const counts = [0, 1].map(() => ({ all: 0, slow: 0 }));
    fc.assert(
      fc.property(drawnMachine, told, (drawn, deeds) => {
        let states: AnyStateMachine | null = null;
        for (const count of counts) {
          const twins = new Twins(machineOf(drawn, { parallel }), EVENTS, (machine) => {
            states ??= machine;
            return counted(provided(states, machine.implementations as never), count);
          });
          for (const step of deeds) if (twins.status === 'active') step(twins);
        }
      }),
      { numRuns: RUNS },
    );
    const [first, second] = counts;
    expect(second?.all).toBe(first?.all);
    expect(second?.slow).toBeGreaterThan(0);
    expect(second?.slow).toBeLessThan(first?.slow ?? 0);
  });

  const events: readonly EventObject[] = [{ type: 'COUNT' }, { type: 'MOVE' }, { type: 'BOTH' }, { type: 'NOBODY' }];
  const component: Making = (note) =>
    setup({
      types: { context: {} as { count: number }, events: {} as EventObject },
      actors: {
        helper: fromCallback(({ receive }) => receive((event) => note('helped', event.type))),
      },
      actions: {
        count: assign({ count: ({ context }) => context.count + 1 }),
        ask: sendTo('helper', { type: 'ASK' }),
        say: emit(({ context }) => ({ type: 'counted', count: context.count })),
        again: raise({ type: 'MOVE' }),
        note: ({ context, event }) => note('did', context, event.type),
      },
      guards: { few: ({ context }) => context.count < 5 },
    }).createMachine({
      type: 'parallel',
      context: { count: 0 },
      invoke: { src: 'helper', id: 'helper' },
      on: { COUNT: { actions: 'note' } },
      states: {
        work: {
          initial: 'idle',
          on: { BOTH: { actions: ['count', 'note', 'say', 'ask'] } },
          states: {
            idle: { on: { MOVE: 'busy', COUNT: { guard: 'few', actions: ['count', 'note'] } } },
            busy: { on: { MOVE: { guard: 'few', target: 'idle' }, COUNT: { actions: ['count', 'again'] } } },
          },
        },
        ground: { initial: 'sound', states: { sound: { on: { BOTH: { actions: 'note' } } } } },
      },
    }) as unknown as AnyStateMachine;

  it('with children and regions of its own: what it sends, raises, emits and counts is the same, in the same order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events), { maxLength: 30 }), (told) => {
        const count = { all: 0, slow: 0 };
        const twins = new Twins(component, events, (machine) => counted(machine, count));
        for (const event of told) twins.send(event);
        const moves = told.filter(({ type }) => type === 'MOVE').length;
        // Each type once; one, which is guarded, twice.
        if (moves === 0) expect(count.slow).toBeLessThanOrEqual(events.length);
      }),
      { numRuns: RUNS },
    );
  });

  it('says what XState says of a guard that nobody implemented', () => {
    const errors: unknown[] = [];
    const making: Making = () => {
      const machine = setup({}).createMachine({ on: { A: { guard: 'unheardOf' as never } } });
      return machine as unknown as AnyStateMachine;
    };
    const twins = new Twins(making, [], withFastPath);
    for (const { actor } of [twins.plain, twins.compiled])
      actor.subscribe({ error: (error) => errors.push(`${error}`) });
    twins.send({ type: 'A' });
    expect(errors).toHaveLength(2);
    expect(errors[1]).toBe(errors[0]);
    expect(errors[0]).toContain('unheardOf');
  });
});

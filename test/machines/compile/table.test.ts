import { describe, expect, it } from 'vitest';
import { type AnyStateMachine, createActor, createMachine, enqueueActions, raise, spawnChild } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { pathOf } from '../../../src/machines/compile/place.ts';
import { compileTable } from '../../../src/machines/compile/table.ts';
import { SIGNAL_EVENTS, signalLifecycle } from '../../../src/machines/signal-lifecycle.ts';

describe('a machine as a table of numbers', () => {
  it('equals the machine in every cell', () => {
    const table = compileTable(signalLifecycle);
    expect([...table.events].sort()).toEqual(SIGNAL_EVENTS.map(({ type }) => type).sort());
    const paths = getShortestPaths(signalLifecycle, { events: [...SIGNAL_EVENTS] });
    // Contexts differ by path (a reason is remembered or not): the states are those without it.
    const states = new Set(paths.map(({ state }) => pathOf(state.value)));
    expect(new Set(table.states)).toEqual(states);
    let cells = 0;
    for (const { state, steps } of paths) {
      for (const event of SIGNAL_EVENTS) {
        // A live actor that was sent there, not the pure function the table was made with.
        const actor = createActor(signalLifecycle).start();
        for (const step of steps)
          if (SIGNAL_EVENTS.some(({ type }) => type === step.event.type)) actor.send(step.event);
        expect(pathOf(actor.getSnapshot().value)).toBe(pathOf(state.value));
        const takes = actor.getSnapshot().can(event);
        // An actor in its final state takes nothing; sending would only warn.
        if (takes) actor.send(event);
        const next = table.next(table.states.indexOf(pathOf(state.value)), table.events.indexOf(event.type));
        expect(table.states[next] ?? 'refused', `${pathOf(state.value)} --${event.type}-->`).toBe(
          takes ? pathOf(actor.getSnapshot().value) : 'refused',
        );
        cells++;
      }
    }
    expect(cells).toBeGreaterThanOrEqual(table.states.length * table.events.length);
    expect(table.states.filter((_, place) => table.final[place]).sort()).toEqual(['expired', 'learned']);
    expect(table.states[0]).toBe('generated');
  });

  it('has the initial state first, wherever it stands, and none that cannot be reached', () => {
    const machine = createMachine({
      initial: 'b',
      states: { a: { on: { X: 'b' } }, b: { on: { GO: 'c', NO: {} } }, c: { on: { GO: 'b' } } },
    });
    const table = compileTable(machine);
    expect(table.states).toEqual(['b', 'c']);
    expect(table.events.map((_, event) => table.next(0, event))).toEqual(
      table.events.map((type) => (type === 'GO' ? 1 : -1)),
    );
  });

  it('is refused for a machine whose next state depends on more than state and event', () => {
    const refused =
      (a: object, extra: object = {}) =>
      () =>
        compileTable(
          createMachine({ initial: 'a', states: { a, b: {} }, ...extra } as never) as unknown as AnyStateMachine,
        );
    expect(refused({ on: { GO: { target: 'b', guard: () => true } } })).toThrow(/guards GO/);
    expect(refused({ always: 'b' })).toThrow(/eventless/);
    expect(refused({ after: { 10: 'b' } })).toThrow(/delayed/);
    expect(refused({ entry: raise({ type: 'GO' }) })).toThrow(/raises/);
    expect(refused({ exit: spawnChild('x' as never) })).toThrow(/spawns/);
    expect(refused({ entry: enqueueActions(() => undefined) })).toThrow(/enqueues/);
    expect(refused({ on: { '*': 'b' } })).toThrow(/takes \*/);
    expect(refused({ invoke: { src: 'x' } })).toThrow(/invokes/);
    expect(refused({ type: 'parallel', states: { x: {}, y: {} } })).toThrow(/parallel/);
  });
});

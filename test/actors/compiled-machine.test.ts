import { describe, expect, it } from 'vitest';
import { createActor, createMachine } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { compileTable, pathOf } from '../../src/actors/compiled-machine.ts';
import { SIGNAL_EVENTS, signalLifecycle } from '../../src/machines/signal-lifecycle.ts';

describe('a machine compiled to a table', () => {
  it('equals the machine in every cell', () => {
    const table = compileTable(signalLifecycle, [...SIGNAL_EVENTS]);
    const paths = getShortestPaths(signalLifecycle, { events: [...SIGNAL_EVENTS] });
    // Contexts differ by path (a reason is remembered or not): the states are those without it.
    const states = new Set(paths.map(({ state }) => pathOf(state.value)));
    expect(new Set(table.states)).toEqual(states);
    let cells = 0;
    for (const { state, steps } of paths) {
      for (const [column, event] of SIGNAL_EVENTS.entries()) {
        // A live actor that was sent there, not the pure function the table was made with.
        const actor = createActor(signalLifecycle).start();
        for (const step of steps)
          if (SIGNAL_EVENTS.some(({ type }) => type === step.event.type)) actor.send(step.event);
        expect(pathOf(actor.getSnapshot().value)).toBe(pathOf(state.value));
        const takes = actor.getSnapshot().can(event);
        // An actor in its final state takes nothing; sending would only warn.
        if (takes) actor.send(event);
        const next = table.next(table.states.indexOf(pathOf(state.value)), column);
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

  it('is refused for a machine whose next state depends on more than state and event', () => {
    const events = [{ type: 'GO' }];
    const refused =
      (states: object, extra: object = {}) =>
      () =>
        compileTable(createMachine({ initial: 'a', states: { a: states, b: {} }, ...extra }), events);
    expect(refused({ on: { GO: { target: 'b', guard: () => true } } })).toThrow(/guards GO/);
    expect(refused({ always: 'b' })).toThrow(/eventless/);
    expect(refused({ after: { 10: 'b' } })).toThrow(/delayed/);
    expect(refused({ invoke: { src: 'x' } })).toThrow(/invokes/);
    expect(refused({ type: 'parallel', states: { x: {}, y: {} } })).toThrow(/parallel/);
  });
});

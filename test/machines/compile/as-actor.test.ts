/** A compiled machine is actor logic as any other: for parents, systems, persistence, time and XState's pure functions. */
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type ActorRefFrom,
  createActor,
  fromPromise,
  getInitialSnapshot,
  type InspectionEvent,
  initialTransition,
  SimulatedClock,
  type SnapshotFrom,
  sendParent,
  setup,
  toPromise,
  transition,
} from 'xstate';
import { compile, signalLifecycle } from '../../../src/machines/index.ts';

const lamp = setup({
  types: { context: {} as { pressed: number }, events: {} as { type: 'PRESS' }, input: {} as { pressed: number } },
}).createMachine({
  id: 'lamp',
  context: ({ input }) => ({ pressed: input.pressed }),
  initial: 'off',
  states: {
    off: { on: { PRESS: { target: 'on', actions: ({ context }) => void context } } },
    on: { tags: 'bright', after: { 1000: 'off' }, on: { PRESS: 'burnt' } },
    burnt: { type: 'final' },
  },
  output: ({ context }) => context.pressed,
});

describe('a compiled machine', () => {
  it('has the types of its machine', () => {
    const compiled = compile(signalLifecycle);
    expectTypeOf<SnapshotFrom<typeof compiled>>().toEqualTypeOf<SnapshotFrom<typeof signalLifecycle>>();
    const actor: ActorRefFrom<typeof compiled> = createActor(compiled);
    actor.start();
    actor.send({ type: 'EVALUATE' });
    expect(actor.getSnapshot().matches('evaluating')).toBe(true);
  });

  it('takes input, counts time, and tells its output to those who wait', async () => {
    const clock = new SimulatedClock();
    const actor = createActor(compile(lamp), { input: { pressed: 4 }, clock }).start();
    actor.send({ type: 'PRESS' });
    expect(actor.getSnapshot().hasTag('bright')).toBe(true);
    clock.increment(999);
    expect(actor.getSnapshot().value).toBe('on');
    clock.increment(1);
    expect(actor.getSnapshot().value).toBe('off');
    actor.send({ type: 'PRESS' });
    actor.send({ type: 'PRESS' });
    expect(await toPromise(actor)).toBe(4);
  });

  it('lives under a parent: invoked, sent to, and heard when it is done', async () => {
    const child = setup({ types: { events: {} as { type: 'GO' } } }).createMachine({
      id: 'child',
      initial: 'waits',
      states: {
        waits: { on: { GO: { target: 'ends', actions: sendParent({ type: 'HEARD' }) } } },
        ends: { type: 'final' },
      },
      output: 'from a table',
    });
    const parent = setup({
      types: { events: {} as { type: 'HEARD' } | { type: 'GO' }, context: {} as { heard: number } },
      actors: { child: compile(child), after: fromPromise(async () => 1) },
    }).createMachine({
      context: { heard: 0 },
      initial: 'works',
      states: {
        works: {
          invoke: { src: 'child', id: 'kid', systemId: 'kid', onDone: 'done' },
          on: { GO: { actions: ({ system }) => system.get('kid').send({ type: 'GO' }) }, HEARD: '.told' },
          initial: 'quiet',
          states: { quiet: {}, told: {} },
        },
        done: { type: 'final', output: 1 },
      },
      output: ({ event }) => event.output,
    });
    const values: unknown[] = [];
    const actor = createActor(parent);
    actor.subscribe(({ value }) => values.push(value));
    actor.start();
    actor.send({ type: 'GO' });
    expect(await toPromise(actor)).toBe(1);
    expect(values).toEqual([{ works: 'quiet' }, { works: 'quiet' }, { works: 'told' }, 'done']);
  });

  it("goes on from its own persisted snapshot and from its machine's, each from the other's", () => {
    const compiled = compile(signalLifecycle);
    const before = createActor(compiled).start();
    for (const type of ['EVALUATE', 'APPROVE', 'EXECUTE', 'LOSE'] as const) before.send({ type });
    const text = JSON.stringify(before.getPersistedSnapshot());
    for (const logic of [compiled, signalLifecycle]) {
      const after = createActor(logic as typeof signalLifecycle, { snapshot: JSON.parse(text) }).start();
      expect(after.getSnapshot().value).toEqual({ executing: 'reconciling' });
      after.send({ type: 'FILL' });
      expect(after.getSnapshot().value).toBe('executed');
    }
    expect(() => compile(lamp).restoreSnapshot?.(JSON.parse(text), {} as never)).toThrow();
  });

  it("serves XState's pure functions", () => {
    const compiled = compile(lamp);
    const [first] = initialTransition(compiled, { pressed: 1 });
    expect(first).toMatchObject({ value: 'off', context: { pressed: 1 } });
    const [second, actions] = transition(compiled, first, { type: 'PRESS' });
    expect(second.value).toBe('on');
    expect(actions.map(({ type }) => type)).toContain('xstate.raise');
    expect(first.value).toBe('off');
    expect(getInitialSnapshot(compiled, { pressed: 2 }).context).toEqual({ pressed: 2 });
  });

  it('is inspected as its machine is', () => {
    const told = (logic: typeof lamp): unknown[] => {
      const seen: unknown[] = [];
      const inspect = (event: InspectionEvent) => seen.push([event.type, 'event' in event ? event.event.type : null]);
      const actor = createActor(logic, { input: { pressed: 0 }, inspect }).start();
      actor.send({ type: 'PRESS' });
      actor.stop();
      return seen;
    };
    expect(told(compile(lamp) as unknown as typeof lamp)).toEqual(told(lamp));
    expect(compile(lamp)).toMatchObject({ id: 'lamp', config: lamp.config, root: lamp.root, machine: lamp });
  });

  it('does not take snapshots of a machine that has other states', () => {
    const other = createActor(signalLifecycle).getSnapshot();
    expect(() => transition(compile(lamp), other as never, { type: 'PRESS' })).toThrow(/lamp has no state "generated"/);
  });
});

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { type AnyActorRef, type AnyStateMachine, createActor, createMachine, fromPromise, setup } from 'xstate';
import { fc } from '../fast-check.ts';
import { recording } from './recording-habitat.ts';

const EVENTS = ['A', 'B', 'C', 'D'] as const;

interface Shape {
  readonly parallel: boolean;
  readonly children: readonly Shape[];
  /** By event: which sibling (or itself) it leads to, none for one that stays. */
  readonly on: readonly {
    readonly event: (typeof EVENTS)[number];
    readonly to: number | null;
    readonly raises: boolean;
  }[];
  /** Goes to the next sibling without an event; only the first of siblings does, so that none goes round for ever. */
  readonly falls: boolean;
}

const shape: fc.Arbitrary<Shape> = fc.letrec<{ shape: Shape }>((tie) => ({
  shape: fc.record({
    parallel: fc.boolean(),
    children: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constant([]),
      fc.array(tie('shape'), { minLength: 2, maxLength: 3 }),
    ),
    on: fc.array(
      fc.record({
        event: fc.constantFrom(...EVENTS),
        to: fc.option(fc.nat(2)),
        raises: fc.boolean(),
      }),
      { maxLength: 3 },
    ),
    falls: fc.boolean(),
  }),
})).shape;

function configOf({ parallel, children, on }: Shape, siblings: number, inParallel: boolean): Record<string, unknown> {
  const leads = on.map(({ event, to, raises }) => [
    event,
    { ...(to === null || inParallel ? {} : { target: `s${to % siblings}` }), actions: raises ? 'note' : [] },
  ]);
  const isParallel = parallel && children.length > 0;
  return {
    ...(isParallel ? { type: 'parallel' } : children.length > 0 ? { initial: 's0' } : {}),
    ...(siblings > 0 ? { on: Object.fromEntries(leads) } : {}),
    states: Object.fromEntries(
      children.map((child, i) => [
        `s${i}`,
        {
          ...configOf(child, children.length, isParallel),
          ...(child.falls && i === 0 && !isParallel ? { always: { target: 's1' } } : {}),
        },
      ]),
    ),
  };
}

const machineOf = (given: Shape): AnyStateMachine =>
  createMachine({ id: 'any', ...configOf(given, 0, true) } as never).provide({
    actions: { note: () => undefined },
  } as never);

describe('the recorder, for any machine and any events', () => {
  it('tells the state the actor is in, counts every transition taken, and keeps no more than it may', () => {
    fc.assert(
      fc.property(shape, fc.array(fc.constantFrom(...EVENTS), { maxLength: 60 }), (given, events) => {
        const { recorder, inspect, failures } = recording({ limits: { events: 20, perActor: 10 } });
        let steps = 0;
        const actor = createActor(machineOf(given), {
          systemId: 'any',
          inspect: (event) => {
            inspect(event);
            if (event.type === '@xstate.microstep') steps += event._transitions.length;
          },
        }).start();
        let previous = JSON.stringify(recorder.actor('any')?.value);
        for (const type of events) {
          actor.send({ type });
          const told = recorder.actor('any');
          expect(told?.value).toEqual(actor.getSnapshot().value);
          const value = JSON.stringify(actor.getSnapshot().value);
          expect(told?.log.at(-1)).toMatchObject({ type, changed: value !== previous });
          previous = value;
        }
        const told = recorder.actor('any');
        expect(told?.events).toBe(events.length);
        expect(Object.values(told?.visits ?? {}).reduce((sum, n) => sum + n, 0)).toBe(steps);
        expect(recorder.events({ limit: 1_000 }).length).toBe(Math.min(20, events.length + 1));
        expect(told?.log.length).toBe(Math.min(10, events.length + 1));
        expect(failures).toEqual([]);
        const known = JSON.stringify(recorder.machines());
        for (const id of Object.keys(told?.visits ?? {})) expect(known).toContain(JSON.stringify(id));
        actor.stop();
      }),
      { numRuns: 150 },
    );
  });

  it('tells and counts the same of events that it has no time to look at', () => {
    fc.assert(
      fc.property(shape, fc.array(fc.constantFrom(...EVENTS), { maxLength: 60 }), fc.nat(9), (given, events, few) => {
        const closely = recording({ limits: { closely: { events: 10_000, ms: 100 } } });
        const hasty = recording({ limits: { closely: { events: few, ms: 100 } } });
        const actors = [closely, hasty].map(({ inspect }) =>
          createActor(machineOf(given), { systemId: 'any', inspect }).start(),
        );
        for (const type of events) {
          for (const actor of actors) actor.send({ type });
          for (const { clock } of [closely, hasty]) clock.advance(7);
        }
        const [all, some] = [closely, hasty].map(({ recorder }) => recorder.actor('any'));
        for (const key of ['value', 'since', 'events', 'visits', 'accepts'] as const)
          expect(some?.[key]).toEqual(all?.[key]);
        expect(hasty.failures).toEqual([]);
        for (const actor of actors) actor.stop();
      }),
      { numRuns: 150 },
    );
  });

  it('accepts exactly what the state can take, where nothing is guarded', () => {
    fc.assert(
      fc.property(shape, fc.array(fc.constantFrom(...EVENTS), { maxLength: 10 }), (given, events) => {
        const { recorder, inspect } = recording();
        const actor = createActor(machineOf(given), { systemId: 'any', inspect }).start();
        for (const type of events) actor.send({ type });
        const can = EVENTS.filter((type) => actor.getSnapshot().can({ type }));
        expect(recorder.actor('any')?.accepts).toEqual(can);
        actor.stop();
      }),
      { numRuns: 150 },
    );
  });
});

/** Without it what was not collected yet would be measured, which is anything. */
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

describe('short-lived actors', () => {
  it('are forgotten but for the last ones: 100,000 of them leave no more behind than 1,000', () => {
    const { recorder, inspect } = recording();
    const worker = setup({ types: { events: {} as { type: 'WORK'; load: string } } }).createMachine({
      id: 'worker',
      initial: 'waiting',
      states: { waiting: { on: { WORK: 'over' } }, over: { type: 'final' } },
    });
    const run = (count: number): void => {
      for (let i = 0; i < count; i++) {
        const actor = createActor(worker, { id: `worker-${i}`, inspect }).start();
        if (i % 3 === 0) actor.stop();
        else actor.send({ type: 'WORK', load: 'x'.repeat(100) });
      }
    };
    run(1_000);
    const sizes = (): readonly number[] => [
      recorder.actors().length,
      recorder.tap.living().length,
      recorder.events({ limit: 1_000_000 }).length,
      JSON.stringify(recorder.machines()).length,
    ];
    const [listed = 0, living] = sizes();
    expect(listed).toBeLessThanOrEqual(200);
    expect(living).toBe(0);
    run(10_000);
    collect();
    const before = process.memoryUsage().heapUsed;
    run(100_000);
    collect();
    const grown = process.memoryUsage().heapUsed - before;
    expect(sizes()).toEqual([200, 0, 5_000, JSON.stringify(recorder.machines()).length]);
    expect(grown).toBeLessThan(3e6);
    expect(recorder.actor('worker-99999')).toMatchObject({ status: 'stopped' });
    expect(recorder.actor('worker-5')).toBe(null);
  });

  it('that were never started, or never told their end, leave nothing either', () => {
    const { recorder, inspect } = recording();
    const child = fromPromise(async () => 1);
    const parent = setup({ actors: { child } }).createMachine({
      id: 'parent',
      initial: 'a',
      states: { a: { invoke: { src: 'child', id: 'child' }, on: { GO: 'b' } }, b: { on: { GO: 'a' } } },
    });
    const actor = createActor(parent, { systemId: 'parent', inspect }).start();
    for (let i = 0; i < 500; i++) actor.send({ type: 'GO' });
    for (let i = 0; i < 500; i++) createActor(parent, { id: `unborn-${i}`, inspect });
    const ids = recorder.actors().map(({ id }) => id);
    expect(ids).toEqual(['parent', 'parent.child']);
    expect(recorder.actor('parent.child')?.incarnation).toBe(251);
    expect(recorder.ref('parent') as AnyActorRef).toBe(actor);
  });

  it('that nobody starts are let go; one that is started at last is there again', () => {
    const { recorder, inspect, failures } = recording();
    const idle = setup({}).createMachine({ id: 'idle', initial: 'a', states: { a: { on: { GO: 'b' } }, b: {} } });
    const slow = createActor(idle, { id: 'slow', inspect });
    for (let i = 0; i < 10_000; i++) createActor(idle, { id: `idle-${i}`, inspect });
    expect(recorder.tap.living().length).toBeLessThanOrEqual(2_000);
    expect(recorder.actors()).toEqual([]);
    slow.start().send({ type: 'GO' });
    expect(recorder.actors()).toMatchObject([{ id: 'slow', value: 'b', status: 'active' }]);
    expect(failures).toEqual([]);
  });
});

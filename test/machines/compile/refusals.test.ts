import { describe, expect, it } from 'vitest';
import {
  type AnyActorLogic,
  type AnyStateMachine,
  assign,
  createActor,
  createMachine,
  type EventObject,
  enqueueActions,
  fromCallback,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import { CannotCompile, compile, marketFeed, signalLifecycle } from '../../../src/machines/index.ts';

const idle = fromCallback(() => undefined);
const machineWith = (a: object, extra: object = {}): AnyStateMachine =>
  createMachine({ id: 'm', initial: 'a', states: { a, b: {} }, ...extra } as never);
const refusalOf = (machine: AnyStateMachine): CannotCompile => {
  try {
    compile(machine);
  } catch (error) {
    if (error instanceof CannotCompile) return error;
    throw error;
  }
  throw new Error(`machine ${machine.id} was compiled`);
};

/** What an actor of this logic fails with. */
const fails = (logic: AnyActorLogic, event: EventObject): unknown => {
  let error: unknown = null;
  const actor = createActor(logic);
  actor.subscribe({ error: (thrown) => (error = thrown) });
  actor.start();
  actor.send(event);
  return error;
};

describe('what cannot be compiled is refused with the reason and the place', () => {
  it.each<[string, AnyStateMachine, string, RegExp]>([
    ['parallel regions', machineWith({ type: 'parallel', states: { x: {}, y: {} } }), 'state m.a', /parallel regions/],
    ['history', machineWith({ initial: 'x', states: { x: {}, h: { type: 'history' } } }), 'state m.a.h', /history/],
    ['an invoked actor', machineWith({ invoke: { src: idle } }), 'state m.a', /invokes/],
    [
      'a spawned actor',
      machineWith({ on: { GO: { actions: spawnChild(idle) } } }),
      'state m.a',
      /on GO xstate.spawnChild/,
    ],
    ['a stopped actor', machineWith({ exit: stopChild('x') }), 'state m.a', /on exit xstate.stopChild/],
    [
      'actions found while running',
      machineWith({ entry: enqueueActions(() => undefined) }),
      'state m.a',
      /on entry xstate.enqueueActions/,
    ],
    ['several targets', machineWith({ on: { GO: { target: ['a', 'b'] } } }), 'state m.a', /on GO to 2 states/],
    [
      'a guard without a body',
      machineWith({ on: { GO: { guard: 'absent', target: 'b' } } }),
      'state m.a',
      /on GO is guarded by absent/,
    ],
    [
      'an eventless one',
      machineWith({ always: { guard: 'absent', target: 'b' } }),
      'state m.a',
      /without an event is guarded by absent/,
    ],
    [
      'deep inside',
      machineWith({ initial: 'x', states: { x: { initial: 'y', states: { y: { invoke: { src: idle } } } } } }),
      'state m.a.x.y',
      /invokes/,
    ],
  ])('%s', (_, machine, place, reason) => {
    const refusal = refusalOf(machine);
    expect(refusal).toMatchObject({ machine: 'm', place });
    expect(refusal.reason).toMatch(reason);
    expect(refusal.message).toContain('machine m cannot be compiled: state m.a');
  });

  it('says so of the components of the bot, which have children', () => {
    expect(refusalOf(marketFeed)).toMatchObject({ machine: 'marketFeed', place: 'state marketFeed.starting' });
  });

  it('finds what a named implementation hides', () => {
    const machine = setup({ actions: { start: spawnChild(idle) } }).createMachine({ id: 'n', entry: 'start' });
    expect(refusalOf(machine)).toMatchObject({
      machine: 'n',
      place: 'state n',
      reason: expect.stringMatching(/start/),
    });
  });

  it('lets an actor fail that spawns where nobody could have seen it before', () => {
    const machine = createMachine({
      id: 'late',
      context: {},
      on: { GO: { actions: assign(({ spawn }) => ({ child: spawn(idle) })) } },
    });
    const failed = fails(compile(machine), { type: 'GO' });
    expect(String(failed)).toMatch(/an assign of machine late spawns/);
    const born = createMachine({ id: 'born', context: ({ spawn }) => ({ child: spawn(idle, { id: 'kid' }) }) });
    expect(String(fails(compile(born), { type: 'GO' }))).toMatch(/its context spawns kid/);
  });

  it('and names no place that there is not', () => {
    expect(() => compile(signalLifecycle).ways('nowhere', 'GO')).toThrow(RangeError);
  });
});

import { describe, expect, it } from 'vitest';
import { type AnyStateMachine, createMachine, fromCallback } from 'xstate';
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

describe('what cannot be compiled is refused with the reason and the place', () => {
  it.each<[string, AnyStateMachine, string, RegExp]>([
    ['parallel regions', machineWith({ type: 'parallel', states: { x: {}, y: {} } }), 'state m.a', /parallel regions/],
    ['history', machineWith({ initial: 'x', states: { x: {}, h: { type: 'history' } } }), 'state m.a.h', /history/],
    ['an invoked actor', machineWith({ invoke: { src: idle } }), 'state m.a', /invokes/],
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
    [
      'a second state of one id',
      machineWith({ initial: 'x', states: { x: { id: 'm.b' } } }),
      'state m.b',
      /id that another state has/,
    ],
    [
      'a second state by the same path',
      machineWith(
        {},
        {
          states: {
            a: { initial: 'b.c', states: { 'b.c': { id: 'm.one' } } },
            'a.b': { id: 'm.two', initial: 'c', states: { c: { id: 'm.other' } } },
          },
        },
      ),
      'state m.other',
      /a.b.c is the path of another state/,
    ],
  ])('%s', (_, machine, place, reason) => {
    const refusal = refusalOf(machine);
    expect(refusal).toMatchObject({ machine: 'm', place });
    expect(refusal.reason).toMatch(reason);
    expect(refusal.message).toContain(`machine m cannot be compiled: ${place} `);
  });

  it('says so of the components of the bot, which invoke', () => {
    expect(refusalOf(marketFeed)).toMatchObject({ machine: 'marketFeed', place: 'state marketFeed.starting' });
  });

  it('and names no place that there is not', () => {
    expect(() => compile(signalLifecycle).ways('nowhere', 'GO')).toThrow(RangeError);
  });
});

/** What hardly anybody sends or writes, and XState has an answer to all the same. */
import { describe, expect, it } from 'vitest';
import { type AnyStateMachine, createMachine, type EventObject } from 'xstate';
import { type Making, Twins } from './twins.ts';

const taking =
  (descriptor: string): Making =>
  () =>
    createMachine({ id: 'm', initial: 'a', states: { a: { on: { [descriptor]: 'b' } }, b: {} } });

describe('a compiled machine, told what is no event of its own', () => {
  it.each<[string, unknown]>([
    ['none', undefined],
    ['a number', 5],
    ['null', null],
    ['that of a beginning', 'xstate.init'],
    ['that of a child that failed', 'xstate.error.actor.kid'],
  ])('of a type that is %s, does as the machine does', (_, type) => {
    for (const descriptor of ['*', 'GO']) new Twins(taking(descriptor), []).send({ type } as EventObject);
  });
});

describe('a compiled machine', () => {
  it('asks for what its end brings no oftener than the machine', () => {
    for (const whole of [undefined, ({ event }: { event: EventObject }) => event]) {
      const making: Making = (note) =>
        createMachine({
          id: 'm',
          initial: 'a',
          states: {
            a: { on: { GO: 'z' } },
            z: {
              type: 'final',
              output: () => {
                note('brings');
                return 1;
              },
            },
          },
          ...(whole && { output: whole }),
        }) as unknown as AnyStateMachine;
      new Twins(making, []).send({ type: 'GO' });
    }
  });
});

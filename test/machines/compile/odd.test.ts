/** What hardly anybody sends or writes, and XState has an answer to all the same. */
import { describe, expect, it } from 'vitest';
import { type AnyStateMachine, createActor, createMachine, type EventObject } from 'xstate';
import { compile } from '../../../src/machines/index.ts';
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

  it('of eight thousand states is made, and gone through once, in seconds', { timeout: 120_000 }, () => {
    const size = 8_000;
    const states = Object.fromEntries(
      Array.from({ length: size }, (_, n) => [`s${n}`, { on: { NEXT: `s${(n + 1) % size}` } }]),
    );
    const machine = createMachine({ initial: 's0', states } as never) as unknown as AnyStateMachine;
    const began = performance.now();
    const actor = createActor(compile(machine)).start();
    for (let n = 0; n < size; n++) actor.send({ type: 'NEXT' });
    expect(actor.getSnapshot().value).toBe('s0');
    // A second and a half; forty where every state was looked for among all.
    expect(performance.now() - began).toBeLessThan(15_000);
  });
});

/** What hardly anybody sends or writes, and XState has an answer to all the same. */
import { describe, expect, it } from 'vitest';
import { type AnyStateMachine, createActor, createMachine, type EventObject, raise } from 'xstate';
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

  it('of a machine that an older XState 5 made, which knew no options, takes what is raised and what needs no event', () => {
    const making: Making = () => {
      const machine = createMachine({
        id: 'm',
        initial: 'a',
        states: { a: { on: { GO: { actions: raise({ type: 'NEXT' }) }, NEXT: 'b' } }, b: { always: 'c' }, c: {} },
      });
      // As of 5.20.
      Reflect.deleteProperty(machine, 'options');
      return machine as unknown as AnyStateMachine;
    };
    const twins = new Twins(making, []);
    twins.send({ type: 'GO' });
    expect(twins.compiled.snapshot).toMatchObject({ value: 'c', status: 'active' });
  });

  it('of eight thousand states is made, and gone through once, in seconds', { timeout: 600_000 }, () => {
    const size = 8_000;
    const states = Object.fromEntries(
      Array.from({ length: size }, (_, n) => [`s${n}`, { on: { NEXT: `s${(n + 1) % size}` } }]),
    );
    const machine = createMachine({ initial: 's0', states } as never) as unknown as AnyStateMachine;
    const began = process.threadCpuUsage();
    const actor = createActor(compile(machine)).start();
    for (let n = 0; n < size; n++) actor.send({ type: 'NEXT' });
    expect(actor.getSnapshot().value).toBe('s0');
    // Microseconds of work, however busy the machine is: a second and a half, and forty where every state was looked for among all.
    expect(process.threadCpuUsage(began).user).toBeLessThan(15e6);
  });
});

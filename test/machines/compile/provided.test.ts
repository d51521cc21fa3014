/** A machine with implementations that shares its states, beside `machine.provide`, which makes them anew. */
import { describe, expect, it } from 'vitest';
import { assign, createActor, fromCallback, SimulatedClock, setup } from 'xstate';
import { provided } from '../../../src/machines/compile/provided.ts';

const machine = setup({
  types: { context: {} as { said: readonly string[]; born: number }, input: {} as { born: number } },
  actors: { helper: fromCallback(() => undefined) },
  actions: {
    say: () => undefined,
    note: assign({ said: ({ context }) => [...context.said, 'noted'] }),
  },
  guards: { may: () => true },
  delays: { wait: 1_000 },
}).createMachine({
  id: 'someone',
  context: ({ input }) => ({ said: [], born: input.born }),
  initial: 'waiting',
  entry: 'say',
  invoke: { src: 'helper', id: 'helper' },
  states: {
    waiting: { after: { wait: { guard: 'may', target: 'working' } } },
    working: { entry: ['note', 'say'] },
  },
});

function livedBy(made: typeof machine, born: number): object {
  const clock = new SimulatedClock();
  const actor = createActor(made, { clock, input: { born } }).start();
  clock.increment(40);
  const half = { value: actor.getSnapshot().value, context: actor.getSnapshot().context };
  const persisted = JSON.parse(JSON.stringify(actor.getPersistedSnapshot()));
  actor.stop();
  const again = createActor(made, { clock, snapshot: persisted, input: { born } }).start();
  clock.increment(1_000);
  const { value, context } = again.getSnapshot();
  const isOwn = again.getSnapshot().machine === made;
  again.stop();
  return { half, value, context, isOwn, persisted };
}

describe('a machine with implementations of its own', () => {
  const heard: string[] = [];
  const implementations = (name: string, may: boolean) => ({
    actors: { helper: fromCallback(() => void heard.push(`${name} is helped`)) },
    actions: { say: () => void heard.push(name) },
    guards: { may: () => may },
    delays: { wait: 30 },
  });
  const told = (made: typeof machine, born: number): object => {
    heard.length = 0;
    return { ...livedBy(made, born), heard: [...heard] };
  };

  it('lives as the one that XState makes, each with its own, and has the same states as all others', () => {
    const [one, other] = [
      provided(machine, implementations('one', true)),
      provided(machine, implementations('other', false)),
    ];
    for (const made of [one, other]) expect(made.root).toBe(machine.root);
    expect(told(one, 1)).toEqual(told(machine.provide(implementations('one', true)) as typeof machine, 1));
    expect(told(other, 2)).toEqual(told(machine.provide(implementations('other', false)) as typeof machine, 2));
    expect(told(one, 1)).toMatchObject({ value: 'working', context: { said: ['noted'], born: 1 }, isOwn: true });
    expect(told(other, 2)).toMatchObject({ value: 'waiting', context: { said: [], born: 2 }, isOwn: true });
    // The machine itself knows of nobody's.
    expect(told(machine, 3)).toMatchObject({ value: 'waiting', heard: [] });
  });

  it('can be given more of them', () => {
    const made = provided(provided(machine, implementations('first', true)), {
      actions: { say: () => void heard.push('second') },
    });
    expect(told(made, 4)).toMatchObject({
      value: 'working',
      heard: expect.arrayContaining(['second', 'first is helped']),
    });
    expect(heard).not.toContain('first');
  });
});

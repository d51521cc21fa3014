import { describe, expect, it } from 'vitest';
import {
  type AnyStateMachine,
  and,
  assign,
  cancel,
  createActor,
  fromPromise,
  not,
  or,
  raise,
  setup,
  stateIn,
} from 'xstate';
import { supervisable } from '../../src/healing/supervisable.ts';
import type { StateView, TransitionView } from '../../src/inspector/contract/actors.ts';
import { isMachine, machineView, transitionId } from '../../src/inspector/machine-view.ts';
import * as exported from '../../src/machines/index.ts';

const machines = Object.entries<unknown>(exported).filter((one): one is [string, AnyStateMachine] => isMachine(one[1]));

const statesOf = (state: StateView): readonly StateView[] => [state, ...state.children.flatMap(statesOf)];
const transitionsOf = (machine: AnyStateMachine): readonly TransitionView[] =>
  statesOf(machineView(machine).root).flatMap(({ transitions }) => transitions);

const everything = setup({
  types: { context: {} as { n: number }, events: {} as { type: 'GO' } | { type: 'BACK' } | { type: 'ON' } },
  actors: { fetch: fromPromise(async () => 1) },
  guards: { warm: () => true, atLeast: (_, params: { n: number }) => params.n > 0 },
  actions: { greet: () => undefined },
  delays: { soon: 250, later: () => 500 },
}).createMachine({
  id: 'all',
  context: { n: 0 },
  initial: 'idle',
  states: {
    idle: {
      description: 'Waits for a person.',
      tags: ['quiet'],
      entry: ['greet', assign({ n: 1 })],
      exit: cancel('wake'),
      after: { 1000: { target: 'work' }, soon: 'work', later: 'work' },
      always: { guard: ({ context }) => context.n > 3, target: 'over' },
      on: {
        GO: [
          { guard: and(['warm', not(stateIn('work'))]), target: 'work' },
          { guard: or([{ type: 'atLeast', params: { n: 3 } }, 'warm']), actions: raise({ type: 'ON' }) },
        ],
      },
    },
    work: {
      type: 'parallel',
      invoke: { src: 'fetch', id: 'first', onDone: '.left.b', onError: 'over' },
      onDone: 'over',
      states: {
        left: {
          initial: 'a',
          states: { a: {}, b: { type: 'final' }, past: { type: 'history', history: 'deep', target: 'b' } },
        },
        right: { initial: 'x', states: { x: { on: { ON: 'y' } }, y: { type: 'final' } } },
      },
    },
    over: { type: 'final' },
  },
});
const view = machineView(everything);
const all = statesOf(view.root);
const state = (id: string): StateView => {
  const found = all.find((one) => one.id === id);
  if (!found) throw new Error(`no ${id} among ${all.map((one) => one.id).join(', ')}`);
  return found;
};

describe('a machine as data', () => {
  it('tells its states as they are nested, with what they do', () => {
    expect(view.root).toMatchObject({ id: 'all', type: 'compound', initial: 'idle' });
    expect(all.map(({ id, type }) => `${id} ${type}`)).toEqual([
      'all compound',
      'all.idle atomic',
      'all.work parallel',
      'all.work.left compound',
      'all.work.left.a atomic',
      'all.work.left.b final',
      'all.work.left.past history',
      'all.work.right compound',
      'all.work.right.x atomic',
      'all.work.right.y final',
      'all.over final',
    ]);
    expect(state('all.idle')).toMatchObject({
      description: 'Waits for a person.',
      tags: ['quiet'],
      entry: ['greet', 'assign'],
      exit: ['cancel wake'],
    });
    expect(state('all.work').invoke).toEqual(['fetch']);
  });

  it('names guards as a person would, composed and written in place too', () => {
    expect(state('all.idle').transitions.map(({ id, guard }) => [id, guard])).toEqual([
      ['all.idle|GO|0', 'warm and not (in work)'],
      ['all.idle|GO|1', 'atLeast(3) or warm'],
      ['all.idle|xstate.after.1000.all.idle|0', null],
      ['all.idle|xstate.after.soon.all.idle|0', null],
      ['all.idle|xstate.after.later.all.idle|0', null],
      ['all.idle||0', 'context.n > 3'],
    ]);
    expect(state('all.idle').transitions[1]?.actions).toEqual(['raise ON']);
  });

  it('tells delays in ms where they are known, ends of what it waits for, and where history leads without one', () => {
    expect(state('all.idle').transitions.map(({ delay_ms }) => delay_ms)).toEqual([null, null, 1000, 250, null, null]);
    expect(state('all.work').transitions.map(({ event, targets }) => [event, targets])).toEqual([
      ['xstate.done.state.all.work', ['all.over']],
      ['xstate.done.actor.first', ['all.work.left.b']],
      ['xstate.error.actor.first', ['all.over']],
    ]);
    expect(state('all.work.left.past').transitions).toMatchObject([{ event: '', targets: ['all.work.left.b'] }]);
  });
});

describe('the machines of the bot', () => {
  it('are all there', () => {
    expect(machines.map(([name]) => name)).toHaveLength(17);
  });

  it.each(machines)(
    '%s can be drawn: every transition has an id of its own and leads to a state there is',
    (_, machine) => {
      const { root, id } = machineView(machine);
      const states = statesOf(root);
      const ids = new Set(states.map((one) => one.id));
      expect(root.id).toBe(id);
      expect(ids.size).toBe(states.length);
      const transitions = transitionsOf(machine);
      expect(transitions.length).toBeGreaterThan(3);
      expect(new Set(transitions.map((one) => one.id)).size).toBe(transitions.length);
      for (const { targets } of transitions) for (const target of targets) expect(ids).toContain(target);
      for (const { children, initial, type } of states)
        if (type === 'compound') expect(children.map(({ key }) => key)).toContain(initial);
      expect(JSON.parse(JSON.stringify(root))).toEqual(root);
    },
  );

  it.each(machines)('%s names its guards and actions: none is anonymous', (_, machine) => {
    const states = statesOf(machineView(machine).root);
    const words = states.flatMap(({ entry, exit, invoke, transitions }) => [
      ...entry,
      ...exit,
      ...invoke,
      ...transitions.flatMap(({ guard, actions }) => [guard ?? '', ...actions]),
    ]);
    expect(words.filter((word) => /^(an action|a condition|an actor)$/.test(word))).toEqual([]);
  });

  it.each(machines)(
    '%s keeps the ids of its transitions when it is given implementations and wrapped',
    (_, machine) => {
      const copy = supervisable(machine.provide({ actions: {} }), () => undefined);
      expect(isMachine(copy)).toBe(true);
      expect(machineView(copy)).toEqual(machineView(machine));
    },
  );
});

it('what a microstep says was taken is a transition of the view', () => {
  const taken: string[] = [];
  const actor = createActor(everything, {
    inspect: (event) => {
      if (event.type === '@xstate.microstep') taken.push(...event._transitions.map(transitionId));
    },
  }).start();
  actor.send({ type: 'GO' });
  actor.send({ type: 'ON' });
  expect(taken).toEqual(['all.idle|GO|0', 'all.work.right.x|ON|0']);
  const known = transitionsOf(everything).map(({ id }) => id);
  for (const id of taken) expect(known).toContain(id);
  actor.stop();
});

/** Machines that spawn, stop and decide while they run: compiled, they bear and bury the same children at the same moments. */
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
  fromTransition,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import { acts } from '../../../src/machines/compile/acts.ts';
import { compile } from '../../../src/machines/index.ts';
import { type Making, type Note, Twins } from './twins.ts';

const EVENTS: readonly EventObject[] = ['GO', 'BACK', 'DECIDE', 'ADOPT', 'KILL', 'END', 'strange'].map((type) => ({
  type,
}));

/** XState cannot know the names here that `setup` is being told. */
type Loose = (named: string) => unknown;

const household =
  (more: object = {}): Making =>
  (note: Note) =>
    setup({
      types: { context: {} as { count: number }, events: {} as EventObject },
      actors: {
        singer: fromCallback<EventObject, { song: number }>(({ input, receive }) => {
          note('sings', input.song);
          receive(({ type }) => note('hears', type));
          return () => note('falls silent');
        }),
        fragile: fromTransition((state, { type }) => {
          if (type === 'KILL') throw new Error('broke');
          return state;
        }, 0),
      },
      guards: { even: ({ context }) => context.count % 2 === 0 },
      actions: {
        count: assign({ count: ({ context }) => context.count + 1 }),
        kids: ({ self }) => note('kids', Object.keys(self.getSnapshot().children ?? {})),
        bear: spawnChild('singer', {
          id: 'first',
          systemId: 'first',
          input: ({ context }) => ({ song: context.count }),
        }),
        bury: stopChild('first'),
        decide: enqueueActions(({ context, enqueue, check }) => {
          note('decides', context.count);
          enqueue.assign({ count: ({ context: present }) => present.count + 10 });
          (enqueue as unknown as Loose)('count');
          if ((check as unknown as Loose)('even'))
            enqueue.spawnChild('singer', { id: `n${context.count}`, input: { song: context.count } });
          enqueue.sendTo(({ self }) => self, { type: 'strange' });
          enqueue.raise({ type: 'ADOPT' }, { delay: 10 });
        }),
        adopt: assign(({ spawn, context }) => {
          spawn('fragile', { id: 'glass', systemId: `glass${context.count}` });
          return { count: context.count + 1 };
        }),
        kill: ({ self }) => self.getSnapshot().children.glass?.send({ type: 'KILL' }),
      },
    }).createMachine({
      id: 'household',
      context: { count: 0 },
      initial: 'alone',
      on: { ADOPT: { actions: ['adopt', 'kids'] }, KILL: { actions: 'kill' }, ...more },
      states: {
        alone: { on: { GO: { target: 'together', actions: 'bear' }, DECIDE: { actions: 'decide' } } },
        together: {
          entry: 'kids',
          exit: 'bury',
          on: { BACK: { target: 'alone', actions: 'count' }, END: 'over', DECIDE: { actions: ['decide', 'kids'] } },
        },
        over: { type: 'final' },
      },
    }) as unknown as AnyStateMachine;

const tell = (twins: Twins, types: readonly string[]): void => {
  for (const type of types) twins.send({ type });
};

describe('children of a compiled machine', () => {
  it('are born, told and buried as those of the machine', () => {
    const twins = new Twins(household(), EVENTS);
    tell(twins, ['GO', 'BACK', 'DECIDE', 'GO', 'DECIDE', 'BACK', 'GO', 'ADOPT', 'DECIDE']);
    twins.pass(10);
    tell(twins, ['GO', 'BACK', 'GO']);
    expect(Object.keys(twins.compiled.snapshot.children)).toEqual(expect.arrayContaining(['first', 'glass', 'n12']));
  });

  it('end with it: when it is done, and when it is stopped', () => {
    const twins = new Twins(household(), EVENTS);
    tell(twins, ['DECIDE', 'GO', 'END']);
    expect(twins.status).toBe('done');
    const stopped = new Twins(household(), EVENTS);
    tell(stopped, ['DECIDE', 'GO']);
    stopped.again();
  });

  it('that fail make it fail, and with it all others end; unless it takes it', () => {
    const twins = new Twins(household(), EVENTS);
    tell(twins, ['GO', 'ADOPT', 'KILL']);
    expect(twins.status).toBe('error');
    const taking = new Twins(household({ 'xstate.error.actor.*': { actions: 'count' } }), EVENTS);
    tell(taking, ['GO', 'ADOPT', 'KILL', 'BACK']);
    expect(taking.compiled.snapshot).toMatchObject({ status: 'active', context: { count: 3 } });
  });

  it('go on from a persisted snapshot, of either', () => {
    const twins = new Twins(household(), EVENTS);
    tell(twins, ['DECIDE', 'GO']);
    twins.swap();
    tell(twins, ['BACK', 'GO', 'DECIDE']);
  });

  it('may come from its context', () => {
    const kid = fromCallback(() => undefined);
    const machine = createMachine({ id: 'born', context: ({ spawn }) => ({ child: spawn(kid, { id: 'kid' }) }) });
    const actor = createActor(compile(machine)).start();
    expect(Object.keys(actor.getSnapshot().children)).toEqual(['kid']);
  });

  it('that nobody implemented fail what wants them', () => {
    const wanting = (actions: unknown): unknown => {
      const machine = createMachine({ id: 'm', context: {}, on: { GO: { actions } } } as never) as AnyStateMachine;
      return [machine, compile(machine) as AnyActorLogic].map((logic) => {
        let error: unknown = null;
        const actor = createActor(logic as AnyActorLogic);
        actor.subscribe({ error: (thrown) => (error = thrown) });
        actor.start();
        actor.send({ type: 'GO' });
        return String(error);
      });
    };
    expect(wanting(assign(({ spawn }) => ({ child: spawn('nobody' as never) })))).toEqual([
      "Error: Actor logic 'nobody' not implemented in machine 'm'",
      "Error: Actor logic 'nobody' not implemented in machine 'm'",
    ]);
    expect(wanting(spawnChild('nobody' as never, { id: 'x' }))).toEqual(['null', 'null']);
  });
});

describe('an action of hands', () => {
  const doing: Making = (note) =>
    setup({
      types: { context: {} as { count: number }, events: {} as EventObject },
      actions: {
        work: acts<{ count: number }, EventObject>((hands) => {
          const { context, event, self } = hands;
          const kid = fromCallback(() => {
            note('kid starts');
            return () => note('kid stops');
          });
          const known = hands.children.kid;
          if (known) hands.stop(known);
          else hands.spawn('kid', kid, { systemId: 'kid' });
          hands.whenRunning(() => note('does', event.type, context.count));
          if (event.type === 'GO') hands.raise({ type: 'BACK' });
          hands.send(self, { type: 'strange' });
          hands.raiseLater({ type: 'DECIDE' }, 10, 'later');
          if (context.count % 3 === 2) hands.cancel('later');
          return { count: context.count + 1 };
        }),
        turn: acts<{ count: number }, EventObject>((hands) => {
          hands.raiseInTurn({ type: 'BACK' }, () => hands.context.count % 2 === 1);
          return undefined;
        }),
      },
    }).createMachine({
      id: 'm',
      context: { count: 0 },
      initial: 'a',
      entry: 'work',
      on: { BACK: { actions: 'work' }, DECIDE: { actions: 'work' }, ADOPT: { actions: 'turn' } },
      states: { a: { on: { GO: { target: 'b', actions: 'work' } } }, b: { exit: 'work', on: { GO: 'a' } } },
    }) as unknown as AnyStateMachine;

  it('does the same in a machine that XState runs and in a compiled one', () => {
    const twins = new Twins(doing, EVENTS);
    tell(twins, ['GO', 'BACK', 'GO', 'GO', 'ADOPT']);
    twins.pass(0);
    tell(twins, ['DECIDE', 'ADOPT']);
    twins.pass(0);
    twins.pass(30);
    tell(twins, ['GO']);
  });

  it('does not raise in a later turn what is not wanted then, or when it is over', () => {
    const said: string[] = [];
    const machine = (isWanted: boolean): AnyStateMachine =>
      setup({
        actions: {
          ask: acts((hands) => {
            hands.raiseInTurn({ type: 'LATER' }, () => isWanted);
            return undefined;
          }),
          say: () => void said.push(isWanted ? 'wanted' : 'unwanted'),
        },
      }).createMachine({ entry: 'ask', on: { LATER: { actions: 'say' } } }) as unknown as AnyStateMachine;
    const turns: (() => void)[] = [];
    const clock = { setTimeout: (turn: () => void) => turns.push(turn), clearTimeout: () => undefined };
    for (const wanted of [true, false]) createActor(compile(machine(wanted)), { clock: clock as never }).start();
    createActor(compile(machine(true)), { clock: clock as never })
      .start()
      .stop();
    expect(said).toEqual([]);
    for (const turn of turns) turn();
    expect(turns).toHaveLength(3);
    expect(said).toEqual(['wanted']);
  });
});

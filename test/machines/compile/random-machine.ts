/** Machines that nobody would write: any tree of states, transitions from anywhere to anywhere, and every kind of action. */

import {
  type AnyStateMachine,
  and,
  assign,
  cancel,
  type EventObject,
  emit,
  enqueueActions,
  fromCallback,
  log,
  not,
  or,
  raise,
  sendTo,
  setup,
  spawnChild,
  stateIn,
  stopChild,
} from 'xstate';
import { fc } from '../../fast-check.ts';
import type { Making, Note } from './twins.ts';

export const EVENTS: readonly EventObject[] = [
  { type: 'A' },
  { type: 'B', by: 3 },
  { type: 'feed.tick' },
  { type: 'feed.gap.long' },
  { type: 'strange' },
] as readonly EventObject[];
const DESCRIPTORS = ['A', 'B', 'feed.tick', 'feed.*', '*'];
const GUARDS = ['even', 'below', 'notEven', 'both', 'either', 'inFirst', 'throwsAtSeven'] as const;
const ACTIONS = [
  ...['note', 'count', 'set', 'raiseB', 'raiseCount', 'later', 'unlater', 'tell', 'self', 'speak'],
  ...['bear', 'adopt', 'leave', 'decide'],
] as const;

/** XState cannot know the names here that `setup` is being told. */
type Loose = (named: string | object) => unknown;

interface Branch {
  readonly target: number | null;
  readonly guard: (typeof GUARDS)[number] | null;
  readonly actions: readonly (typeof ACTIONS)[number][];
  readonly reenter: boolean;
}
interface Drawn {
  readonly children: readonly Drawn[];
  readonly initial: number;
  readonly initialActions: Branch['actions'];
  readonly final: boolean;
  readonly output: boolean;
  readonly entry: Branch['actions'];
  readonly exit: Branch['actions'];
  readonly on: readonly (readonly [string, readonly Branch[]])[];
  readonly always: readonly Branch[];
  readonly after: readonly Branch[];
  readonly done: readonly Branch[];
  readonly tag: string | null;
}

const actions = fc.array(fc.constantFrom(...ACTIONS), { maxLength: 2 });
const branch = (guarded: boolean): fc.Arbitrary<Branch> =>
  fc.record({
    target: fc.option(fc.nat({ max: 30 }), { nil: null }),
    guard: guarded ? fc.constantFrom(...GUARDS) : fc.option(fc.constantFrom(...GUARDS), { nil: null }),
    actions,
    reenter: fc.boolean(),
  });
const some = (guarded: boolean) => fc.array(branch(guarded), { maxLength: 2 });
const seldom = <T>(arbitrary: fc.Arbitrary<readonly T[]>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant<readonly T[]>([]) }, { weight: 1, arbitrary });

const { root } = fc.letrec<{ node: Drawn; root: Drawn }>((tie) => {
  const node = (children: fc.Arbitrary<Drawn[]>): fc.Arbitrary<Drawn> =>
    fc.record({
      children,
      initial: fc.nat({ max: 3 }),
      initialActions: seldom(actions),
      final: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
      output: fc.boolean(),
      entry: seldom(actions),
      exit: seldom(actions),
      on: fc.array(fc.tuple(fc.constantFrom(...DESCRIPTORS), some(false)), { maxLength: 3 }),
      always: seldom(some(true)),
      after: seldom(some(false)),
      done: some(false),
      tag: fc.option(fc.constantFrom('red', 'green'), { nil: null }),
    });
  return {
    node: node(
      fc.oneof(
        { maxDepth: 3, depthIdentifier: 'machine' },
        fc.constant<Drawn[]>([]),
        fc.array(tie('node'), { minLength: 1, maxLength: 3, depthIdentifier: 'machine' }),
      ),
    ),
    root: node(fc.array(tie('node'), { minLength: 2, maxLength: 4 })),
  };
});
export const drawnMachine: fc.Arbitrary<Drawn> = root;

export const sizeOf = ({ children }: Drawn): number => children.reduce((sum, child) => sum + sizeOf(child), 1);

/** The machine that was drawn; what it does it notes. With `parallel`, states with a tag have their children side by side. */
export const machineOf =
  (drawn: Drawn, { parallel = false } = {}): Making =>
  (note: Note) => {
    let made = 0;
    const total = sizeOf(drawn);
    const shape = (node: Drawn, isRoot: boolean): object => {
      const order = made++;
      const children = node.children.map((child, index) => [`s${index}`, shape(child, false)] as const);
      const branches = (list: readonly Branch[]): object[] =>
        list.map(({ target, guard, actions: does, reenter }) => ({
          ...(target !== null && { target: `#n${target % total}` }),
          ...(guard !== null && { guard: guard === 'below' ? { type: 'below', params: { limit: order + 2 } } : guard }),
          actions: does.map((name) => (name === 'note' ? { type: 'note', params: { order } } : name)),
          reenter,
        }));
      if (children.length === 0)
        return {
          id: `n${order}`,
          ...(node.final && {
            type: 'final',
            output: node.output ? ({ context }: { context: object }) => context : order,
          }),
          entry: node.entry,
          exit: node.exit,
          tags: node.tag ?? [],
          meta: { order },
          ...(!node.final && {
            on: Object.fromEntries(node.on.map(([type, list]) => [type, branches(list)])),
            always: branches(node.always),
            after: node.after.length > 0 ? { 10: branches(node.after) } : {},
          }),
        };
      const sideBySide = parallel && node.tag !== null;
      return {
        id: `n${order}`,
        ...(sideBySide
          ? { type: 'parallel' }
          : { initial: { target: `s${node.initial % children.length}`, actions: node.initialActions } }),
        states: Object.fromEntries(children),
        entry: node.entry,
        exit: node.exit,
        tags: node.tag ?? [],
        on: Object.fromEntries(node.on.map(([type, list]) => [type, branches(list)])),
        always: branches(node.always),
        after: node.after.length > 0 ? { wait: branches(node.after) } : {},
        ...(isRoot ? { output: ({ event }: { event: EventObject }) => event } : { onDone: branches(node.done) }),
      };
    };
    return setup({
      types: { context: {} as { count: number; seen: string }, events: {} as EventObject, emitted: {} as EventObject },
      actors: {
        kid: fromCallback<EventObject, { age: number }>(({ input }) => {
          note('kid starts', input.age);
          return () => note('kid stops');
        }),
      },
      delays: { wait: ({ context }) => 20 + (context.count % 3) },
      guards: {
        even: ({ context }) => context.count % 2 === 0,
        below: ({ context }, params: { limit: number }) => context.count % 7 < params.limit,
        notEven: not('even'),
        both: and(['even', ({ event }) => event.type !== 'B']),
        either: or(['even', ({ event }) => event.type === 'A']),
        inFirst: stateIn({ s0: 's0' }),
        throwsAtSeven: ({ context }) => {
          if (context.count === 7) throw new Error('seven');
          return context.count % 3 === 0;
        },
      },
      actions: {
        note: ({ context, event }, params: { order: number } | undefined) =>
          note('note', context, event, params?.order ?? null),
        count: assign({ count: ({ context }) => context.count + 1 }),
        set: assign(({ event }) => ({ seen: event.type })),
        raiseB: raise({ type: 'B' }),
        raiseCount: raise(({ context }) => ({ type: context.count % 2 === 0 ? 'feed.tick' : 'A' })),
        later: raise({ type: 'A' }, { delay: 15, id: 'later' }),
        unlater: cancel('later'),
        tell: emit(({ context }) => ({ type: 'told', count: context.count })),
        self: sendTo(({ self }) => self, { type: 'strange' }, { delay: 5 }),
        bear: spawnChild('kid', { id: 'kid', input: ({ context }) => ({ age: context.count }) }),
        adopt: assign(({ context, spawn }) => {
          spawn('kid', { id: 'pup', input: { age: 1 } });
          return { count: context.count + 1 };
        }),
        leave: stopChild('kid'),
        decide: enqueueActions(({ context, enqueue, check }) => {
          enqueue.assign({ count: context.count + 1 });
          if ((check as unknown as Loose)('even')) enqueue.spawnChild('kid', { id: 'kid', input: { age: -1 } });
          else enqueue.stopChild('pup');
          (enqueue as unknown as Loose)('count');
          (enqueue as unknown as Loose)({ type: 'note', params: { order: context.count } });
          if (context.count % 5 === 0) enqueue.raise({ type: 'B' });
          enqueue(() => note('decided'));
        }),
        speak: log(({ context }) => `count ${context.count}`, 'speaks'),
      },
    }).createMachine({
      context: { count: 0, seen: '' },
      options: { maxIterations: 25 },
      ...(shape(drawn, true) as object),
    } as never) as unknown as AnyStateMachine;
  };

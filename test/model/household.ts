/** A supervisor with three children on a virtual clock, which open, note their mail, crash, end and turn deaf as told. */
import { type AnyStateMachine, createActor, fromCallback, setup } from 'xstate';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import { Mailboxes } from '../../src/healing/mailbox.ts';
import type { Rules } from '../../src/healing/strategy.ts';
import { supervisor } from '../../src/healing/supervisor.ts';
import {
  alive,
  bornAs,
  type LifeContext,
  type LifeEvent,
  type LifeInput,
  lifeActions,
  lifeActors,
  lifeGuards,
} from '../../src/machines/life.ts';
import type { Coverage } from './coverage.ts';

export const IDS = ['bus', 'engine', 'desk'] as const;
export type Id = (typeof IDS)[number];

type ChildEvent = LifeEvent | { readonly type: 'MAIL'; readonly n: number } | { readonly type: 'BOOM' };

interface World {
  readonly clock: VirtualClock;
  readonly read: Map<Id, number[]>;
  readonly deaf: Set<Id>;
  readonly announce: (id: Id, incarnation: number, as: 'ready' | 'failed') => void;
}

/** A component that takes 10 ms to open, notes its mail, and crashes or ends when told. A deaf one does not close. */
const child = (name: Id, { clock, read, deaf, announce }: World): AnyStateMachine =>
  setup({
    types: { context: {} as LifeContext, events: {} as ChildEvent, input: {} as LifeInput },
    actors: {
      ...lifeActors,
      open: fromCallback(({ sendBack }) => {
        const timer = clock.setTimeout(() => sendBack({ type: 'OPENED' }), 10);
        return () => clock.clearTimeout(timer);
      }),
      close: fromCallback(({ sendBack }) => {
        if (!deaf.delete(name)) sendBack({ type: 'CLOSED' });
      }),
    },
    actions: {
      ...lifeActions<LifeContext, ChildEvent>(),
      announce: ({ context }, { as }: { as: 'ready' | 'failed' }) => announce(name, context.life.incarnation, as),
      note: ({ event }) => void (event.type === 'MAIL' && read.get(name)?.push(event.n)),
      boom: () => {
        throw new Error('boom');
      },
    },
    guards: lifeGuards,
  }).createMachine({
    id: name,
    context: ({ input }) => bornAs(input),
    ...alive({
      initial: 'reading',
      states: { reading: { on: { MAIL: { actions: 'note' }, BOOM: { actions: 'boom' } } } },
    }),
  });

interface Watched {
  readonly ids?: readonly Id[];
  readonly coverage?: Coverage | undefined;
}

export function household(rules: Partial<Rules> = {}, { ids = IDS, coverage }: Watched = {}) {
  const clock = new VirtualClock(0);
  const mailboxes = new Mailboxes(ids, () => clock.now());
  const read = new Map<Id, number[]>(ids.map((name) => [name, []]));
  const deaf = new Set<Id>();
  const ready: string[] = [];
  let stopped = 0;
  const world: World = {
    clock,
    read,
    deaf,
    announce: (name, incarnation, as) => {
      ready.push(`${name}#${incarnation}`);
      clock.setTimeout(
        () => actor.send({ type: as === 'ready' ? 'CHILD.READY' : 'CHILD.FAILED', id: name, incarnation }),
        0,
      );
    },
  };
  const machine = supervisor({
    id: 'root',
    specs: ids.map((name, index) => ({
      id: name,
      logic: () => child(name, world),
      restart: 'permanent',
      startWithinMs: 2_000,
      stopWithinMs: 1_000,
      dependsOn: ids.slice(Math.max(0, index - 1), index),
    })),
    mailboxes,
    now: () => clock.now(),
    chance: () => 0.5,
    stopped: () => stopped++,
    ...rules,
  });
  const actor = createActor(coverage?.watch(machine) ?? machine, {
    systemId: 'root',
    clock,
    ...(coverage && { inspect: coverage.inspect }),
  });
  actor.subscribe({ error: () => undefined });
  return { clock, mailboxes, read, deaf, actor, ready, stops: () => stopped };
}

/** A supervisor over three recorders, each of which writes what it is told to a log of its own on a real disk. */
import { type Actor, type AnyActorRef, type AnyStateMachine, createActor, setup } from 'xstate';
import { type Habitat, lifeEffects } from '../../../src/actors/effects.ts';
import { ownedLog } from '../../../src/actors/owned-log.ts';
import { recordWriter } from '../../../src/actors/recorder.ts';
import type { Child } from '../../../src/healing/child.ts';
import { Mailboxes } from '../../../src/healing/mailbox.ts';
import { type SupervisorContext, supervisor } from '../../../src/healing/supervisor.ts';
import {
  alive,
  bornAs,
  type LifeContext,
  type LifeEvent,
  type LifeInput,
  lifeActions,
  lifeActors,
  lifeGuards,
} from '../../../src/machines/life.ts';
import {
  blankRecorder,
  type RecorderContext,
  type RecorderEvent,
  recorderActions,
  recorderGuards,
  recording,
} from '../../../src/machines/recorder.ts';
import { type TestHabitat, testHabitat } from '../../actors/habitat.ts';

/** They stand for three components; the names are those that mail knows. */
export const CHILDREN = ['decisionTracker', 'shadowEngine', 'exitGates'] as const;
export type ChildId = (typeof CHILDREN)[number];

const pathOf = (id: ChildId): string => `logs/${id}.jsonl`;

type Event = LifeEvent | RecorderEvent | { readonly type: 'MAIL'; readonly n: number } | { readonly type: 'BOOM' };
type Context = LifeContext & RecorderContext;

/** A component at work: opens its log, writes each letter, closes when all is written. */
function recorder(id: ChildId, habitat: Habitat): AnyStateMachine {
  const { world } = habitat;
  const log = ownedLog(world, pathOf(id));
  let self: AnyActorRef | null = null;
  const writer = recordWriter(world, log, (event) => {
    if (self?.getSnapshot().status === 'active') self.send(event);
  });
  const life = lifeEffects(id, habitat, {
    open: async (ref) => {
      self = ref;
      await log.open();
    },
    files: [log],
    repair: () => log.repair(),
    close: async () => {
      await writer.settle();
      await log.close();
    },
  });
  return setup({
    types: { context: {} as Context, events: {} as Event, input: {} as LifeInput },
    actors: lifeActors,
    actions: {
      ...lifeActions<Context, Event>(),
      ...recorderActions<Context, Event>(),
      write: ({ event }) => {
        if (event.type === 'MAIL') writer.write({ n: event.n });
      },
      boom: () => {
        throw new Error('boom');
      },
    },
    guards: { ...lifeGuards, ...recorderGuards },
  })
    .createMachine({
      id,
      context: ({ input }) => ({ ...bornAs(input), ...blankRecorder }),
      ...alive({
        type: 'parallel',
        on: { MAIL: { actions: 'write' }, BOOM: { actions: 'boom' } },
        states: { recording },
      }),
    })
    .provide({
      actors: life.actors as never,
      actions: { ...life.actions, recordAgain: () => writer.again() } as never,
    }) as unknown as AnyStateMachine;
}

export class SupervisorBench {
  readonly #habitat: TestHabitat;
  readonly #mailboxes: Mailboxes;
  readonly #actor: Actor<AnyStateMachine>;

  private constructor(habitat: TestHabitat) {
    this.#habitat = habitat;
    const { clock } = habitat;
    this.#mailboxes = new Mailboxes(CHILDREN, () => clock.now());
    const family: Habitat = {
      ...habitat.habitat,
      mail: {
        post: (to, event) => this.#mailboxes.post(to, event),
        leave: (id, self) => {
          if (this.#mailboxes.ref(id) === self) this.#mailboxes.leave(id);
        },
        announce: (id, incarnation, as) => {
          const type = as === 'ready' ? 'CHILD.READY' : 'CHILD.FAILED';
          clock.setTimeout(() => this.#actor.send({ type, id, incarnation }), 0);
        },
      },
    };
    const machine = supervisor({
      id: 'root',
      specs: CHILDREN.map((id, index) => ({
        id,
        logic: () => recorder(id, family),
        restart: 'permanent',
        startWithinMs: 10_000,
        stopWithinMs: 5_000,
        dependsOn: CHILDREN.slice(Math.max(0, index - 1), index),
      })),
      mailboxes: this.#mailboxes,
      now: () => clock.now(),
      chance: () => 0.5,
    });
    this.#actor = createActor(machine as unknown as AnyStateMachine, { systemId: 'root', clock });
    this.#actor.subscribe({ error: () => undefined });
  }

  static async begin(): Promise<SupervisorBench> {
    const bench = new SupervisorBench(await testHabitat());
    bench.#actor.start();
    await bench.wait(0);
    return bench;
  }

  get now(): number {
    return this.#habitat.clock.now();
  }

  get status(): string {
    return this.#actor.getSnapshot().status;
  }

  get living(): readonly string[] {
    return CHILDREN.filter((id) => this.#mailboxes.ref(id)?.getSnapshot().status === 'active');
  }

  childOf(id: ChildId): Child {
    const child = (this.#actor.getSnapshot().context as SupervisorContext).children.find((one) => one.id === id);
    if (!child) throw new Error(`the supervisor knows no ${id}`);
    return child;
  }

  post(id: ChildId, n: number): void {
    this.#mailboxes.post(id, { type: 'MAIL', n });
  }

  /** @returns whether there was one to strike */
  async strike(id: ChildId, how: 'crash' | 'kill'): Promise<boolean> {
    const { phase } = this.childOf(id);
    if (phase !== 'ready') return false;
    if (how === 'kill') this.#actor.send({ type: 'KILL_CHILD', id });
    else this.#mailboxes.ref(id)?.send({ type: 'BOOM' });
    return true;
  }

  async order(id: ChildId, scope: 'one' | 'rest'): Promise<void> {
    const order = { incident: 'i', reason: 'a test', from: 'healingOperator' };
    this.#actor.send({ type: 'RESTART_CHILD', id, scope, ...order });
    await this.wait(0);
  }

  async wait(ms: number): Promise<void> {
    await this.#habitat.advance(ms);
  }

  /** What is in its log, as a stranger reads it. */
  async written(id: ChildId): Promise<readonly number[]> {
    const bytes = await this.#habitat.world.files.read(pathOf(id));
    const lines = new TextDecoder().decode(bytes ?? undefined).split('\n');
    return lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line).n);
  }

  async stop(): Promise<void> {
    this.#actor.send({ type: 'STOP' });
    await this.wait(20_000);
  }

  async end(): Promise<void> {
    this.#actor.stop();
    await this.#habitat.end();
  }
}

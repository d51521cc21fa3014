/** The scenarios on our supervisor, in virtual time. What differs from OTP on purpose, the backoff, is off by option. */
import { type AnyActorRef, type AnyStateMachine, createActor, fromCallback, setup } from 'xstate';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import type { ChildSpec } from '../../src/healing/child.ts';
import { Mailboxes } from '../../src/healing/mailbox.ts';
import type { Happening } from '../../src/healing/supervision.ts';
import { supervisor } from '../../src/healing/supervisor.ts';
import type { Outcome, Reason, Scenario, Step, Tree, Worker } from './scenarios.ts';

/** As long as the scenarios wait on OTP after each step. */
const SETTLE_MS = 100;

/** What the children do, told by themselves; and what their supervisors say of how they ended. */
interface Diary {
  readonly trace: string[];
  readonly births: Map<string, number>;
  readonly running: Set<string>;
  /** By birth: `a#2`. */
  readonly reasons: Map<string, string>;
}

type WorkerEvent = { readonly type: 'LEAVE'; readonly reason: Reason } | { readonly type: 'STOP' };

/** An ordinary machine: it notes its own start, and its own end by the clean-up of what it invokes. */
function workerLogic({ id, stops, startsFailing }: Worker, { trace, births, running }: Diary): AnyStateMachine {
  const birth = births.get(id) ?? 0;
  const stopping = stops === 'never' ? {} : { STOP: stops === 'at_once' ? '#ended' : 'ending' };
  return setup({
    types: { events: {} as WorkerEvent },
    actors: {
      body: fromCallback(() => {
        trace.push(`start ${id}`);
        running.add(id);
        return () => {
          trace.push(`stop ${id}#${birth}`);
          running.delete(id);
        };
      }),
    },
    actions: {
      crash: () => {
        throw new Error('boom');
      },
    },
    guards: {
      isNormal: ({ event }) => event.type === 'LEAVE' && event.reason === 'normal',
      isCrash: ({ event }) => event.type === 'LEAVE' && event.reason === 'boom',
    },
  }).createMachine({
    id,
    context: () => {
      if (!startsFailing.includes(birth)) return {};
      trace.push(`fail ${id}`);
      throw new Error('it could not start');
    },
    initial: 'working',
    states: {
      working: {
        invoke: { src: 'body' },
        initial: 'awake',
        on: {
          LEAVE: [
            { guard: 'isNormal', target: 'ended' },
            { guard: 'isCrash', actions: 'crash' },
            { target: 'leftForShutdown' },
          ],
        },
        states: {
          awake: { on: stopping },
          ending: typeof stops === 'number' ? { after: { [stops]: '#ended' } } : {},
        },
      },
      ended: { id: 'ended', type: 'final' },
      leftForShutdown: { type: 'final', output: { exit: 'shutdown' } },
    },
    output: ({ event }) => event.output,
  }) as unknown as AnyStateMachine;
}

const isTree = (child: Worker | Tree): child is Tree => 'children' in child;
const idsOf = (tree: Tree): string[] =>
  tree.children.flatMap((child) => [child.id, ...(isTree(child) ? idsOf(child) : [])]);

const supervisorsIn = (tree: Tree): string[] =>
  tree.children.filter(isTree).flatMap((below) => [below.id, ...supervisorsIn(below)]);

export function liveOnOurs({ top, steps }: Scenario): Outcome {
  const clock = new VirtualClock(0);
  const now = () => clock.now();
  const mailboxes = new Mailboxes(idsOf(top), now);
  const diary: Diary = { trace: [], births: new Map(), running: new Set(), reasons: new Map() };
  const supervises = new Map<string, string>();

  const treeLogic = (tree: Tree): AnyStateMachine => {
    const specs = tree.children.map((child): ChildSpec => {
      supervises.set(child.id, tree.id);
      if (isTree(child)) {
        const readyWhen = (snapshot: unknown) => (snapshot as { value: unknown }).value === 'running';
        const waits = { startWithinMs: Number.POSITIVE_INFINITY, stopWithinMs: Number.POSITIVE_INFINITY };
        return {
          id: child.id,
          restart: child.restart,
          dependsOn: [],
          logic: () => treeLogic(child),
          readyWhen,
          ...waits,
        };
      }
      const { id, restart, shutdown } = child;
      const stopWithinMs =
        shutdown === 'infinity' ? Number.POSITIVE_INFINITY : shutdown === 'brutal_kill' ? 0 : shutdown;
      return { id, restart, startWithinMs: 0, stopWithinMs, dependsOn: [], logic: () => workerLogic(child, diary) };
    });
    const isSupervisor = (id: string) => tree.children.some((child) => child.id === id && isTree(child));
    return supervisor({
      id: tree.id,
      specs,
      mailboxes,
      now,
      chance: () => 0,
      strategy: tree.strategy,
      intensity: { most: tree.most, withinMs: tree.withinS * 1_000 },
      whenSpent: 'escalate',
      whenStartFails: 'escalate',
      backoff: { firstMs: 0, capMs: 0 },
      happens: (happening: Happening) => {
        const { id } = happening;
        if (happening.type === 'started') {
          diary.births.set(id, (diary.births.get(id) ?? 0) + 1);
          if (isSupervisor(id)) diary.trace.push(`start ${id}`);
        } else if (happening.type === 'ended') {
          const { reason } = happening.exit;
          if (isSupervisor(id)) diary.trace.push(`stop ${id} ${reason}`);
          else diary.reasons.set(`${id}#${diary.births.get(id)}`, reason);
        }
      },
    }) as AnyStateMachine;
  };

  const root = createActor(treeLogic(top), { clock, systemId: 'top' });
  const end = () => diary.trace.push('stop top shutdown');
  root.subscribe({ error: end, complete: end });
  const supervisorOf = (id: string): AnyActorRef => {
    const above = supervises.get(id) ?? 'top';
    return (above === 'top' ? root : mailboxes.ref(above)) as AnyActorRef;
  };
  const take = (step: Step): void => {
    if (step[0] === 'exit') mailboxes.post(step[1], { type: 'LEAVE', reason: step[2] });
    else if (step[0] === 'kill') supervisorOf(step[1]).send({ type: 'KILL_CHILD', id: step[1] });
    else if (step[0] === 'terminate') supervisorOf(step[2]).send({ type: 'TERMINATE_CHILD', id: step[2] });
    else if (step[0] === 'start') supervisorOf(step[2]).send({ type: 'START_CHILD', id: step[2] });
    else if (step[0] === 'wait') clock.advance(step[1]);
    else root.send({ type: 'STOP' });
  };

  diary.trace.push('start top');
  root.start();
  clock.advance(SETTLE_MS);
  for (const step of steps) {
    take(step);
    clock.advance(SETTLE_MS);
  }
  const lives = root.getSnapshot().status === 'active';
  const supervisors = supervisorsIn(top).filter((id) => mailboxes.ref(id)?.getSnapshot().status === 'active');
  return {
    // An end no supervisor speaks of is that of a child whose supervisor was killed over it.
    trace: diary.trace.map((line) =>
      line.replace(
        /^stop (\w+)#(\d+)$/,
        (_, id, birth) => `stop ${id} ${diary.reasons.get(`${id}#${birth}`) ?? 'killed'}`,
      ),
    ),
    alive: [...diary.running, ...supervisors, ...(lives ? ['top'] : [])].sort(),
    lives,
  };
}

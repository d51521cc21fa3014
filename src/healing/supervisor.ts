/**
 * A supervisor for XState actors, after Erlang/OTP: children start in the order of their specs, stop in reverse, and come
 * back when they end. A restart is always a new incarnation, made by a delayed event and never in the stack of the error
 * (research/xstate.md §0.1); mail that reaches a child meanwhile is kept (see `mailbox.ts`).
 */
import { type AnyActorRef, assign, enqueueActions, setup } from 'xstate';
import type { LifeInput, LifeOutput, RemedyOrder } from '../machines/life.ts';
import { afterEnd, type Child, type ChildSpec, nextSteps, unborn, withDependants } from './child.ts';
import type { Mailboxes } from './mailbox.ts';
import { supervisable } from './supervisable.ts';

export type SupervisorEvent =
  | { readonly type: 'CHILD.READY' | 'CHILD.FAILED'; readonly id: string; readonly incarnation: number }
  | ({ readonly type: 'RESTART_CHILD'; readonly id: string; readonly scope: 'one' | 'rest' } & RemedyOrder)
  /** It had so long to start, or to stop, and may have done neither. */
  | {
      readonly type: 'FORCE';
      readonly id: string;
      readonly incarnation: number;
      readonly during: 'starting' | 'stopping';
    }
  | { readonly type: 'SETTLE' }
  | { readonly type: 'STOP' }
  | { readonly type: `xstate.done.actor.${string}`; readonly actorId: string; readonly output: LifeOutput | undefined }
  | { readonly type: `xstate.error.actor.${string}`; readonly actorId: string; readonly error: unknown };

export interface SupervisorContext {
  readonly children: readonly Child[];
}

export interface SupervisorOptions {
  readonly id: string;
  readonly specs: readonly ChildSpec[];
  readonly mailboxes: Mailboxes;
  readonly now: () => number;
  /** Uniform in [0, 1): jitter of the backoff. */
  readonly chance: () => number;
  readonly stopped?: () => void;
}

const says = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export function supervisor({ id, specs, mailboxes, now, chance, stopped }: SupervisorOptions) {
  const specOf = (childId: string): ChildSpec => {
    const spec = specs.find((candidate) => candidate.id === childId);
    if (!spec) throw new Error(`${id} supervises no ${childId}`);
    return spec;
  };
  const change = (children: readonly Child[], childId: string, to: (child: Child) => Child) =>
    children.map((child) => (child.id === childId ? to(child) : child));

  return setup({
    types: { context: {} as SupervisorContext, events: {} as SupervisorEvent },
    actions: {
      noteAnnouncement: assign(({ context, event }) => {
        if (event.type !== 'CHILD.READY' && event.type !== 'CHILD.FAILED') return {};
        const phase = event.type === 'CHILD.READY' ? 'ready' : 'failed';
        return {
          children: change(context.children, event.id, (child) =>
            child.incarnation === event.incarnation && child.phase !== 'stopping'
              ? { ...child, phase, order: null }
              : child,
          ),
        };
      }),
      openMailbox: ({ context, event }) => {
        if (event.type !== 'CHILD.READY') return;
        const child = context.children.find((candidate) => candidate.id === event.id);
        if (child?.incarnation === event.incarnation && child.phase === 'ready') mailboxes.open(event.id);
      },
      noteEnd: enqueueActions(({ context, event, enqueue, system }) => {
        if (!('actorId' in event)) return;
        const failed = 'error' in event;
        const childId = event.actorId;
        if (!specs.some((spec) => spec.id === childId)) return;
        const order = failed ? null : (event.output?.restart ?? null);
        const end = failed
          ? `it failed: ${says(event.error)}`
          : order
            ? `it was restarted: ${order.reason}`
            : 'it stopped';
        mailboxes.shut(childId);
        enqueue.stopChild(system.get(childId) ?? childId);
        enqueue.assign({
          children: change(context.children, childId, (child) => {
            const ordered = order ? { ...child, bounce: true, order } : child;
            return afterEnd(ordered, specOf(childId), end, failed, now(), chance());
          }),
        });
      }),
      noteRestart: assign(({ context, event }) => {
        if (event.type !== 'RESTART_CHILD') return {};
        const { incident, reason, from } = event;
        const taken = event.scope === 'rest' ? withDependants(specs, event.id) : [event.id];
        return {
          children: context.children.map((child) =>
            taken.includes(child.id)
              ? {
                  ...child,
                  bounce: child.phase !== 'down',
                  wanted: 'up' as const,
                  exhausted: false,
                  notBefore: 0,
                  order: child.id === event.id ? { incident, reason, from } : child.order,
                }
              : child,
          ),
        };
      }),
      wantAllDown: assign(({ context }) => ({
        children: context.children.map((child) => ({ ...child, wanted: 'down' as const })),
      })),
      force: enqueueActions(({ context, event, enqueue, system }) => {
        if (event.type !== 'FORCE') return;
        const child = context.children.find((candidate) => candidate.id === event.id);
        if (child?.phase !== event.during || child.incarnation !== event.incarnation) return;
        const spec = specOf(child.id);
        mailboxes.shut(child.id);
        enqueue.stopChild(system.get(child.id) ?? child.id);
        const [verb, ms] = child.phase === 'starting' ? ['start', spec.startWithinMs] : ['stop', spec.stopWithinMs];
        const end = `it did not ${verb} within ${ms} ms and was stopped by force`;
        enqueue.assign({
          children: change(context.children, child.id, (it) =>
            it.phase === 'starting'
              ? afterEnd(it, spec, end, true, now(), chance())
              : { ...it, phase: 'down', bounce: false, lastEnd: end },
          ),
        });
      }),
      settle: enqueueActions(({ context, enqueue }) => {
        for (const step of nextSteps(context.children, now())) {
          if (step.do === 'wake') {
            enqueue.raise({ type: 'SETTLE' }, { delay: step.inMs, id: 'wake' });
            continue;
          }
          const child = context.children.find((candidate) => candidate.id === step.id);
          if (!child) continue;
          const spec = specOf(child.id);
          if (step.do === 'stop') {
            const restart = child.bounce && child.wanted === 'up' ? child.order : null;
            mailboxes.shut(child.id);
            enqueue.assign(({ context: present }) => ({
              children: change(present.children, child.id, (it) => ({ ...it, phase: 'stopping' })),
            }));
            enqueue(() => mailboxes.ref(child.id)?.send(restart ? { type: 'RESTART', ...restart } : { type: 'STOP' }));
            enqueue.raise(
              { type: 'FORCE', id: child.id, incarnation: child.incarnation, during: 'stopping' },
              { delay: spec.stopWithinMs, id: `stop.${child.id}` },
            );
            continue;
          }
          const birth: LifeInput = { incarnation: child.incarnation + 1, restartedBy: child.order };
          enqueue.assign(({ context: present }) => ({
            children: change(present.children, child.id, (it) => ({
              ...it,
              phase: 'starting',
              incarnation: birth.incarnation,
              bounce: false,
            })),
          }));
          const logic = supervisable(spec.logic(birth), (event) => mailboxes.processed(child.id, event));
          // The ids are known only here, and XState's types want literal ones.
          enqueue.spawnChild(logic, { id: child.id, systemId: child.id, input: birth } as never);
          enqueue.raise(
            { type: 'FORCE', id: child.id, incarnation: birth.incarnation, during: 'starting' },
            { delay: spec.startWithinMs, id: `start.${child.id}` },
          );
          enqueue(({ system }) => {
            const ref = system.get(child.id) as AnyActorRef | undefined;
            if (ref) mailboxes.attach(child.id, ref);
          });
        }
      }),
      /** XState delivers delayed events to an actor that has ended, and complains. */
      cancelTimers: enqueueActions(({ enqueue }) => {
        enqueue.cancel('wake');
        for (const { id: childId } of specs) for (const what of ['start', 'stop']) enqueue.cancel(`${what}.${childId}`);
      }),
      tellStopped: () => stopped?.(),
    },
    guards: {
      allUp: ({ context }) =>
        context.children.every(
          (child) =>
            child.wanted === 'down' ||
            (child.phase === 'down' && child.exhausted) ||
            child.phase === 'ready' ||
            child.phase === 'failed',
        ),
      someDown: ({ context }) =>
        context.children.some(
          (child) =>
            child.wanted === 'up' &&
            !child.exhausted &&
            (child.phase === 'down' || child.phase === 'stopping' || child.phase === 'starting'),
        ),
      allDown: ({ context }) => context.children.every((child) => child.phase === 'down'),
    },
  }).createMachine({
    id,
    context: { children: specs.map((spec) => unborn(spec.id)) },
    initial: 'starting',
    on: {
      'CHILD.READY': { actions: ['noteAnnouncement', 'openMailbox', 'settle'] },
      'CHILD.FAILED': { actions: ['noteAnnouncement', 'settle'] },
      'xstate.done.actor.*': { actions: ['noteEnd', 'settle'] },
      'xstate.error.actor.*': { actions: ['noteEnd', 'settle'] },
      RESTART_CHILD: { actions: ['noteRestart', 'settle'] },
      FORCE: { actions: ['force', 'settle'] },
      SETTLE: { actions: 'settle' },
      STOP: '.stopping',
    },
    states: {
      starting: { entry: 'settle', always: { guard: 'allUp', target: 'running' } },
      running: { always: { guard: 'someDown', target: 'mending' } },
      mending: { always: { guard: 'allUp', target: 'running' } },
      stopping: {
        entry: ['wantAllDown', 'settle'],
        on: { STOP: {}, RESTART_CHILD: {} },
        always: { guard: 'allDown', target: 'stopped' },
      },
      stopped: { type: 'final', entry: ['cancelTimers', 'tellStopped'] },
    },
  });
}

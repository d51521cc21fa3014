/**
 * A supervisor for XState actors, after Erlang/OTP: children start in the order of their specs, stop in reverse, and come
 * back when they end. A restart is always a new incarnation, made by a delayed event and never in the stack of the error
 * (research/xstate.md §0.1); mail that reaches a child meanwhile is kept (see `mailbox.ts`). A supervisor is a machine, so
 * it can be the child of another.
 */
import { filter, take } from 'rxjs';
import { type AnyActorRef, assign, enqueueActions, setup } from 'xstate';
import type { LifeInput } from '../machines/life.ts';
import { ACTOR_BACKOFF } from './backoff.ts';
import { RESTART_INTENSITY } from './budget.ts';
import { born, type Child, type ChildSpec, nextSteps, unborn, withDependants } from './child.ts';
import { cutOff } from './cut-off.ts';
import { type Exit, exitOf } from './exit.ts';
import { afterEnd, change, type Rules } from './strategy.ts';
import { supervisable } from './supervisable.ts';
import {
  type Happening,
  type SupervisorContext,
  type SupervisorEvent,
  SupervisorGaveUp,
  type SupervisorOptions,
} from './supervision.ts';
import { watch } from './watch.ts';

export type { SupervisorContext, SupervisorEvent, SupervisorOptions } from './supervision.ts';

export function supervisor({ id, specs, mailboxes, now, chance, stopped, happens, ...given }: SupervisorOptions) {
  const rules: Rules = {
    strategy: 'one_for_one',
    intensity: RESTART_INTENSITY,
    whenSpent: 'leave-down',
    whenStartFails: 'retry',
    backoff: ACTOR_BACKOFF,
    ...given,
  };
  const specOf = (childId: string): ChildSpec => {
    const spec = specs.find((candidate) => candidate.id === childId);
    if (!spec) throw new Error(`${id} supervises no ${childId}`);
    return spec;
  };
  const childIn = ({ children }: SupervisorContext, childId: string): Child | undefined =>
    children.find((child) => child.id === childId);
  const tell = (happening: Happening) => happens?.(happening);
  const isGone = (child: Child): boolean => child.wanted === 'down' && specOf(child.id).restart === 'temporary';
  const ended = (context: SupervisorContext, childId: string, exit: Exit): SupervisorContext => {
    const { incarnation } = childIn(context, childId) ?? { incarnation: 0 };
    tell({ type: 'ended', id: childId, incarnation, exit });
    return afterEnd(context, specs, rules, { id: childId, exit, now: now(), chance: chance() });
  };

  return setup({
    types: { context: {} as SupervisorContext, events: {} as SupervisorEvent },
    actions: {
      noteAnnouncement: assign(({ context, event }) => {
        if (event.type !== 'CHILD.READY' && event.type !== 'CHILD.FAILED') return {};
        const phase = event.type === 'CHILD.READY' ? 'ready' : 'failed';
        const child = childIn(context, event.id);
        // It may have ended, or been told to, since it said so.
        if (child?.incarnation !== event.incarnation || child.phase === 'stopping' || child.phase === 'down') return {};
        const { incarnation, order } = child;
        tell({ type: phase === 'ready' ? 'ready' : 'refused', id: child.id, incarnation, order });
        const { retryMs } = specOf(child.id);
        const again = phase === 'failed' && retryMs !== undefined ? { bounce: true, notBefore: now() + retryMs } : {};
        return { children: change(context.children, event.id, (it) => ({ ...it, phase, order: null, ...again })) };
      }),
      openMailbox: ({ context, event }) => {
        if (event.type !== 'CHILD.READY') return;
        const child = childIn(context, event.id);
        if (child?.incarnation === event.incarnation && child.phase === 'ready') mailboxes.open(event.id);
      },
      noteEnd: enqueueActions(({ context, event, enqueue, system }) => {
        if (!('actorId' in event)) return;
        const child = childIn(context, event.actorId);
        if (!child || child.phase === 'down') return;
        /** Its own word that it ends to be restarted. */
        const asked = 'error' in event ? null : (event.output?.restart ?? null);
        const exit = exitOf(event, child.phase === 'stopping' || asked !== null);
        const order = asked ?? ('error' in event || !child.bounce ? null : child.order);
        mailboxes.shut(child.id);
        enqueue.stopChild(system.get(child.id) ?? child.id);
        const children = asked
          ? change(context.children, child.id, (it) => ({ ...it, bounce: true, order: asked }))
          : context.children;
        const says = order ? `it was restarted: ${order.reason}` : exit.says;
        enqueue.assign(ended({ ...context, children }, child.id, { ...exit, says }));
      }),
      noteRestart: assign(({ context, event }) => {
        if (event.type !== 'RESTART_CHILD') return {};
        const { incident, reason, from } = event;
        const taken = event.scope === 'rest' ? withDependants(specs, event.id) : [event.id];
        return {
          children: context.children.map((child) =>
            taken.includes(child.id) && !isGone(child)
              ? {
                  ...child,
                  bounce: child.phase !== 'down',
                  wanted: 'up' as const,
                  exhausted: false,
                  notBefore: 0,
                  inThisTurn: false,
                  order: child.id === event.id ? { incident, reason, from } : child.order,
                }
              : child,
          ),
        };
      }),
      noteTermination: assign(({ context, event }) =>
        event.type === 'TERMINATE_CHILD'
          ? { children: change(context.children, event.id, (child) => ({ ...child, wanted: 'down', bounce: false })) }
          : {},
      ),
      noteStart: assign(({ context, event }) => {
        const child = event.type === 'START_CHILD' ? childIn(context, event.id) : undefined;
        if (child?.phase !== 'down' || isGone(child)) return {};
        const up = { wanted: 'up' as const, exhausted: false, notBefore: 0, inThisTurn: false, order: null };
        return { children: change(context.children, child.id, (it) => ({ ...it, ...up })) };
      }),
      nextTurn: assign(({ context }) => ({
        children: context.children.map((child) => (child.inThisTurn ? { ...child, inThisTurn: false } : child)),
      })),
      wantAllDown: assign(({ context }) => ({
        children: context.children.map((child) => ({ ...child, wanted: 'down' as const })),
      })),
      force: enqueueActions(({ context, event, enqueue, system }) => {
        if (event.type !== 'FORCE' && event.type !== 'KILL_CHILD') return;
        const child = childIn(context, event.id);
        if (!child || child.phase === 'down') return;
        if (event.type === 'FORCE' && (child.phase !== event.during || child.incarnation !== event.incarnation)) return;
        const spec = specOf(child.id);
        const ref = system.get(child.id) as AnyActorRef | undefined;
        mailboxes.shut(child.id);
        if (ref) enqueue(() => cutOff(ref));
        enqueue.stopChild(ref ?? child.id);
        const [verb, ms] = child.phase === 'starting' ? ['start', spec.startWithinMs] : ['stop', spec.stopWithinMs];
        const says =
          event.type === 'KILL_CHILD' ? 'it was killed' : `it did not ${verb} within ${ms} ms and was stopped by force`;
        enqueue.assign(ended(context, child.id, { reason: 'killed', says }));
      }),
      settle: enqueueActions(({ context, enqueue }) => {
        for (const child of context.children) {
          if (child.phase === 'down' && child.wanted === 'down') enqueue(() => mailboxes.end(child.id));
        }
        /** The id says which wait this replaces: XState would let the one before it go on. */
        const later = (event: SupervisorEvent, delay: number, timer: string) => {
          enqueue.cancel(timer);
          if (Number.isFinite(delay)) enqueue.raise(event, { delay, id: timer });
        };
        for (const step of nextSteps(context.children, now())) {
          if (step.do === 'wake') {
            later({ type: 'SETTLE' }, step.inMs, 'wake');
            continue;
          }
          const child = childIn(context, step.id);
          if (!child) continue;
          const spec = specOf(child.id);
          if (step.do === 'stop') {
            mailboxes.shut(child.id);
            enqueue.assign(({ context: present }) => ({
              children: change(present.children, child.id, (it) => ({ ...it, phase: 'stopping' })),
            }));
            const force = { type: 'FORCE', id: child.id, incarnation: child.incarnation, during: 'stopping' } as const;
            if (spec.stopWithinMs === 0) {
              enqueue.raise(force);
              continue;
            }
            const ref = mailboxes.ref(child.id);
            if (ref) enqueue.sendTo(ref, { type: 'STOP' });
            later(force, spec.stopWithinMs, `stop.${child.id}`);
            continue;
          }
          const incarnation = child.incarnation + 1;
          const birth: LifeInput = { incarnation, restartedBy: child.order };
          enqueue.assign(({ context: present }) => ({
            children: change(present.children, child.id, (it) => ({
              ...it,
              phase: 'starting',
              incarnation,
              bounce: false,
            })),
          }));
          tell({ type: 'started', id: child.id, incarnation });
          const { logic, input } = born(spec, birth);
          const supervised = supervisable(logic, (event) => mailboxes.processed(child.id, event));
          // The ids are known only here, and XState's types want literal ones.
          enqueue.spawnChild(supervised, { id: child.id, systemId: child.id, input } as never);
          const ready = { type: 'CHILD.READY', id: child.id, incarnation } as const;
          enqueue(({ system, self }) => {
            const ref = system.get(child.id) as AnyActorRef | undefined;
            if (!ref) return;
            mailboxes.attach(child.id, ref);
            const isReady = spec.readyWhen;
            if (!isReady) return;
            watch(ref, now)
              .pipe(
                filter(({ status, snapshot }) => status === 'active' && isReady(snapshot)),
                take(1),
              )
              .subscribe(() => self.send(ready));
          });
          // Told once it has started, behind whatever its start came to.
          if (spec.startWithinMs === 0) enqueue.sendTo(({ self }) => self, ready);
          const force = { type: 'FORCE', id: child.id, incarnation, during: 'starting' } as const;
          if (spec.startWithinMs > 0) later(force, spec.startWithinMs, `start.${child.id}`);
        }
      }),
      noteBegun: assign({ begun: true }),
      /** XState delivers delayed events to an actor that has ended, and complains. */
      cancelTimers: enqueueActions(({ enqueue }) => {
        enqueue.cancel('wake');
        for (const { id: childId } of specs) for (const what of ['start', 'stop']) enqueue.cancel(`${what}.${childId}`);
      }),
      tellStopped: () => stopped?.(),
      giveUp: ({ context }) => {
        throw new SupervisorGaveUp(id, context.spent ?? 'it was told to');
      },
    },
    guards: {
      isSpent: ({ context }) => context.spent !== null,
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
    context: { children: specs.map((spec) => unborn(spec.id)), restarts: [], begun: false, spent: null },
    initial: 'starting',
    on: {
      'CHILD.READY': { actions: ['noteAnnouncement', 'openMailbox', 'settle'] },
      'CHILD.FAILED': { actions: ['noteAnnouncement', 'settle'] },
      'xstate.done.actor.*': { actions: ['noteEnd', 'settle'] },
      'xstate.error.actor.*': { actions: ['noteEnd', 'settle'] },
      RESTART_CHILD: { actions: ['noteRestart', 'settle'] },
      TERMINATE_CHILD: { actions: ['noteTermination', 'settle'] },
      START_CHILD: { actions: ['noteStart', 'settle'] },
      KILL_CHILD: { actions: ['force', 'settle'] },
      FORCE: { actions: ['force', 'settle'] },
      SETTLE: { actions: ['nextTurn', 'settle'] },
      STOP: '.stopping',
    },
    states: {
      starting: {
        entry: 'settle',
        always: [
          { guard: 'isSpent', target: 'escalating' },
          { guard: 'allUp', target: 'running' },
        ],
        exit: 'noteBegun',
      },
      running: {
        always: [
          { guard: 'isSpent', target: 'escalating' },
          { guard: 'someDown', target: 'mending' },
        ],
      },
      mending: {
        always: [
          { guard: 'isSpent', target: 'escalating' },
          { guard: 'allUp', target: 'running' },
        ],
      },
      stopping: {
        entry: ['wantAllDown', 'settle'],
        on: { STOP: {}, RESTART_CHILD: {}, START_CHILD: {} },
        always: { guard: 'allDown', target: 'stopped' },
      },
      stopped: { type: 'final', entry: ['cancelTimers', 'tellStopped'] },
      escalating: {
        entry: ['wantAllDown', 'settle'],
        on: { STOP: {}, RESTART_CHILD: {}, START_CHILD: {} },
        always: { guard: 'allDown', target: 'givenUp' },
      },
      /** In a turn of its own: what was stopped in this one must be gone when the supervisor fails. */
      givenUp: {
        entry: ['cancelTimers', 'tellStopped'],
        on: { STOP: {}, RESTART_CHILD: {}, START_CHILD: {} },
        after: { 0: { actions: 'giveUp' } },
      },
    },
    output: { exit: 'shutdown' as const },
  });
}

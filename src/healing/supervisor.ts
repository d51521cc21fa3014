/**
 * A supervisor for XState actors, after Erlang/OTP: children start in the order of their specs, stop in reverse, and come
 * back when they end. A restart is always a new incarnation, made by a delayed event and never in the stack of the error
 * (research/xstate.md §0.1); mail that reaches a child meanwhile is kept (see `mailbox.ts`). A supervisor is a machine, so
 * it can be the child of another.
 */
import { filter, take } from 'rxjs';
import { type AnyActorLogic, type AnyActorRef, setup } from 'xstate';
import { acts, type Hands } from '../machines/compile/acts.ts';
import { compiledInPlace } from '../machines/compile/compile.ts';
import type { LifeInput } from '../machines/life.ts';
import { says } from '../ports/says.ts';
import { ACTOR_BACKOFF } from './backoff.ts';
import { RESTART_INTENSITY } from './budget.ts';
import { born, type Child, type ChildSpec, nextStep, type Step, unborn, withDependants } from './child.ts';
import { cutOff } from './cut-off.ts';
import { type Exit, exitOf, orderIn } from './exit.ts';
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

type Doing = Hands<SupervisorContext, SupervisorEvent>;
const does = acts<SupervisorContext, SupervisorEvent>;
const changed = (family: SupervisorContext, id: string, to: Partial<Child>): SupervisorContext => ({
  ...family,
  children: change(family.children, id, (child) => ({ ...child, ...to })),
});

export function supervisor({ id, specs, mailboxes, now, chance, stopped, happens, ...given }: SupervisorOptions) {
  const rules: Rules = {
    strategy: 'one_for_one',
    intensity: RESTART_INTENSITY,
    whenSpent: 'leave-down',
    whenStartFails: 'retry',
    backoff: ACTOR_BACKOFF,
    restartsAfter: 'dependencies',
    ...given,
  };
  mailboxes.supervise(
    id,
    specs.map((spec) => spec.id),
  );
  const specOf = (childId: string): ChildSpec => {
    const spec = specs.find((candidate) => candidate.id === childId);
    if (!spec) throw new Error(`${id} supervises no ${childId}`);
    return spec;
  };
  const childIn = ({ children }: SupervisorContext, childId: string): Child | undefined =>
    children.find((child) => child.id === childId);
  const boundaries = new Map<string, { readonly logic: AnyActorLogic; readonly bounded: AnyActorLogic }>();
  /** Made once where all incarnations have the same logic: a crash should not wait for it. */
  const bounded = (childId: string, logic: AnyActorLogic): AnyActorLogic => {
    const known = boundaries.get(childId);
    if (known?.logic === logic) return known.bounded;
    const made = supervisable(logic, (event) => mailboxes.processed(childId, event));
    boundaries.set(childId, { logic, bounded: made });
    return made;
  };
  const dependants = new Map(specs.map((spec) => [spec.id, withDependants(specs, spec.id)]));
  /** Whether a child that comes back waits for another. */
  const waits = (childId: string, before: string): boolean =>
    rules.strategy !== 'one_for_one' ||
    rules.restartsAfter === 'all-before' ||
    dependants.get(before)?.includes(childId) === true;
  const tell = (happening: Happening) => happens?.(happening);
  const isGone = (child: Child): boolean => child.wanted === 'down' && specOf(child.id).restart === 'temporary';
  const ended = (context: SupervisorContext, childId: string, exit: Exit): SupervisorContext => {
    const { incarnation } = childIn(context, childId) ?? { incarnation: 0 };
    tell({ type: 'ended', id: childId, incarnation, exit });
    return afterEnd(context, specs, rules, { id: childId, exit, now: now(), chance: chance() });
  };

  /** A wait that never ends only takes the place of the one before it. */
  const later = (hands: Doing, event: SupervisorEvent, delay: number, timer: string): void => {
    if (Number.isFinite(delay)) hands.raiseLater(event, delay, timer);
    else hands.cancel(timer);
  };

  let turns = 0;
  /** Behind whatever this turn has begun: who looks on is to see an end before it is mended. */
  const inNextTurn = (hands: Doing): void => {
    const turn = ++turns;
    hands.raiseInTurn({ type: 'SETTLE' }, () => turn === turns);
  };

  const stop = (hands: Doing, family: SupervisorContext, childId: string): SupervisorContext => {
    const child = childIn(family, childId);
    if (!child) return family;
    const { stopWithinMs } = specOf(childId);
    mailboxes.shut(childId);
    const force = { type: 'FORCE', id: childId, incarnation: child.incarnation, during: 'stopping' } as const;
    if (stopWithinMs === 0) hands.raise(force);
    else {
      const ref = mailboxes.ref(childId);
      if (ref) hands.send(ref, { type: 'STOP' });
      later(hands, force, stopWithinMs, `stop.${childId}`);
    }
    return changed(family, childId, { phase: 'stopping' });
  };

  const start = (hands: Doing, family: SupervisorContext, childId: string): SupervisorContext => {
    const child = childIn(family, childId);
    if (!child) return family;
    const spec = specOf(childId);
    const { startWithinMs, readyWhen } = spec;
    const incarnation = child.incarnation + 1;
    const birth: LifeInput = { incarnation, restartedBy: child.order };
    tell({ type: 'started', id: childId, incarnation });
    const { logic, input } = born(spec, birth);
    hands.spawn(childId, bounded(childId, logic), { systemId: childId, input });
    const ready = { type: 'CHILD.READY', id: childId, incarnation } as const;
    const { self, system } = hands;
    hands.whenRunning(() => {
      const ref: AnyActorRef | undefined = system.get(childId);
      if (!ref) return;
      mailboxes.attach(childId, ref);
      if (!readyWhen) return;
      watch(ref, now)
        .pipe(
          filter(({ status, snapshot }) => status === 'active' && readyWhen(snapshot)),
          take(1),
        )
        .subscribe({
          next: () => self.send(ready),
          error: (error) =>
            self.send({
              type: 'FORCE',
              id: childId,
              incarnation,
              during: 'starting',
              failed: `its readyWhen failed: ${says(error)}`,
            }),
        });
    });
    // Told once it has started, behind whatever its start came to.
    if (startWithinMs === 0) hands.send(self, ready);
    const force = { type: 'FORCE', id: childId, incarnation, during: 'starting' } as const;
    if (startWithinMs > 0) later(hands, force, startWithinMs, `start.${childId}`);
    return changed(family, childId, { phase: 'starting', incarnation, bounce: false });
  };

  const machine = setup({
    types: { context: {} as SupervisorContext, events: {} as SupervisorEvent },
    actions: {
      noteAnnouncement: does(({ context, event }) => {
        if (event.type !== 'CHILD.READY' && event.type !== 'CHILD.FAILED') return context;
        const phase = event.type === 'CHILD.READY' ? 'ready' : 'failed';
        const child = childIn(context, event.id);
        // It may have ended, or been told to, since it said so.
        if (child?.incarnation !== event.incarnation || child.phase === 'stopping' || child.phase === 'down')
          return context;
        const { incarnation, order } = child;
        tell({ type: phase === 'ready' ? 'ready' : 'refused', id: child.id, incarnation, order });
        const { retryMs } = specOf(child.id);
        const again = phase === 'failed' && retryMs !== undefined ? { bounce: true, notBefore: now() + retryMs } : {};
        return changed(context, event.id, { phase, order: null, ...again });
      }),
      openMailbox: does(({ context, event }) => {
        if (event.type !== 'CHILD.READY') return context;
        const child = childIn(context, event.id);
        if (child?.incarnation === event.incarnation && child.phase === 'ready') mailboxes.open(event.id);
        return context;
      }),
      noteEnd: does((hands) => {
        const { context, event, system } = hands;
        if (!('actorId' in event)) return context;
        const child = childIn(context, event.actorId);
        if (!child || child.phase === 'down') return context;
        /** Its own word that it ends to be restarted. */
        const asked = 'error' in event ? null : orderIn(event.output);
        const exit = exitOf(event, child.phase === 'stopping' || asked !== null);
        const order = asked ?? ('error' in event || !child.bounce ? null : child.order);
        mailboxes.shutAll(child.id);
        const ref: AnyActorRef | undefined = system.get(child.id) ?? hands.children[child.id];
        // Where the first entry fails, XState leaves running what it had begun by then.
        if (ref && 'error' in event) cutOff(ref);
        const family = asked ? changed(context, child.id, { bounce: true, order: asked }) : context;
        const words = order ? `it was restarted: ${order.reason}` : exit.says;
        const after = ended(family, child.id, { ...exit, says: words });
        if (ref) hands.stop(ref);
        return after;
      }),
      noteRestart: does(({ context, event }) => {
        if (event.type !== 'RESTART_CHILD') return context;
        const { incident, reason, from } = event;
        const taken = event.scope === 'rest' ? withDependants(specs, event.id) : [event.id];
        return {
          ...context,
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
      noteTermination: does(({ context, event }) =>
        event.type === 'TERMINATE_CHILD' ? changed(context, event.id, { wanted: 'down', bounce: false }) : context,
      ),
      noteStart: does(({ context, event }) => {
        const child = event.type === 'START_CHILD' ? childIn(context, event.id) : undefined;
        if (child?.phase !== 'down' || isGone(child)) return context;
        return changed(context, child.id, {
          wanted: 'up',
          exhausted: false,
          notBefore: 0,
          inThisTurn: false,
          order: null,
        });
      }),
      nextTurn: does(({ context }) => ({
        ...context,
        children: context.children.map((child) => (child.inThisTurn ? { ...child, inThisTurn: false } : child)),
      })),
      wantAllDown: does(({ context }) => ({
        ...context,
        children: context.children.map((child) => ({ ...child, wanted: 'down' as const })),
      })),
      force: does((hands) => {
        const { context, event, system } = hands;
        if (event.type !== 'FORCE' && event.type !== 'KILL_CHILD') return context;
        const child = childIn(context, event.id);
        if (!child || child.phase === 'down') return context;
        if (event.type === 'FORCE' && (child.phase !== event.during || child.incarnation !== event.incarnation))
          return context;
        const spec = specOf(child.id);
        const ref: AnyActorRef | undefined = system.get(child.id) ?? hands.children[child.id];
        mailboxes.shutAll(child.id);
        const [verb, ms] = child.phase === 'starting' ? ['start', spec.startWithinMs] : ['stop', spec.stopWithinMs];
        const late = `it did not ${verb} within ${ms} ms and was stopped by force`;
        const failed = event.type === 'FORCE' ? event.failed : undefined;
        const because = event.type === 'KILL_CHILD' ? 'it was killed' : (failed ?? late);
        // Told before those below it are cut off, and tell the same.
        const family = ended(context, child.id, { reason: failed === undefined ? 'killed' : 'failed', says: because });
        if (ref) {
          cutOff(ref);
          hands.stop(ref);
        }
        return family;
      }),
      settle: does((hands) => {
        for (const child of hands.context.children)
          if (child.phase === 'down' && child.wanted === 'down') mailboxes.end(child.id);
        let family = hands.context;
        const next = (): Step | null => nextStep(family.children, now(), family.begun ? waits : undefined);
        let step = next();
        for (; step?.do === 'spawn'; step = next()) family = start(hands, family, step.id);
        if (step?.do === 'stop') return stop(hands, family, step.id);
        if (step?.do === 'wake' && step.inMs === 0) inNextTurn(hands);
        else if (step?.do === 'wake') later(hands, { type: 'SETTLE' }, step.inMs, 'wake');
        return family;
      }),
      noteBegun: does(({ context }) => ({ ...context, begun: true })),
      /** XState delivers delayed events to an actor that has ended, and complains. */
      cancelTimers: does((hands) => {
        hands.cancel('wake');
        for (const { id: childId } of specs) for (const what of ['start', 'stop']) hands.cancel(`${what}.${childId}`);
        return hands.context;
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
  return compiledInPlace(machine);
}

/** A healer that cannot lie: what it calls healed was measured, and what stands still, outlives or deafens is found. */
import { describe, expect, it } from 'vitest';
import {
  type AnyActorRef,
  type AnyStateMachine,
  assign,
  createMachine,
  emit,
  fromCallback,
  setup,
  spawnChild,
} from 'xstate';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import { cutOff } from '../../src/healing/cut-off.ts';
import { appOf, counter } from './app.ts';

const HOUR_MS = 3_600_000;

describe('the healer', () => {
  it.each(['cannot be made', 'starts and fails', 'never becomes ready'] as const)(
    'never shows a component green whose owner is dead: it %s',
    (how) => {
      const dead = {
        'cannot be made': () => {
          throw new Error('dead');
        },
        'starts and fails': () =>
          fromCallback(() => {
            throw new Error('dead');
          }),
        'never becomes ready': () => createMachine({}),
      }[how];
      const readyWhen = how === 'never becomes ready' ? { readyWhen: () => false, startWithinMs: 1_000 } : {};
      const remedies = [
        { type: 'REPAIR', target: 'it' },
        { type: 'EXPIRE', olderThanMs: 1 },
        { type: 'RESTART' },
      ] as const;
      const { app, colours, escalations } = appOf({
        children: [
          { id: 'other', logic: counter() },
          { id: 'owner', logic: dead, ...readyWhen },
        ],
        invariants: [{ id: 'owner/works', actor: 'owner', broken: () => null, remedies }],
      });
      expect(colours('owner', HOUR_MS).has('green')).toBe(false);
      const { status, actors, incidents } = app.status();
      expect([status, actors.owner?.status, incidents.healed]).toEqual(['red', 'red', 0]);
      expect(escalations.join()).toContain('owner/alive');
      expect(actors.other?.status).toBe('green');
    },
  );

  it('is itself missed: without a judgement there is no green', () => {
    const { app, clock } = appOf({ children: [{ id: 'a', logic: counter() }], sweepMs: 1_000 });
    clock.advance(5_000);
    expect(app.status().status).toBe('green');
    app.root.send({ type: 'TERMINATE_CHILD', id: 'healer' });
    clock.advance(10_000);
    expect(app.ref('a')?.getSnapshot().status).toBe('active');
    expect(app.status().status).toBe('red');
    app.root.send({ type: 'START_CHILD', id: 'healer' });
    clock.advance(5_000);
    expect(app.status().status).toBe('green');
  });

  it('comes back when it fails, and goes on with the incidents it had', () => {
    let broken = false;
    const { app, clock, last } = appOf({
      children: [{ id: 'a', logic: counter() }],
      sweepMs: 1_000,
      invariants: [{ id: 'a/right', actor: 'a', proofWithinMs: 20_000, broken: () => (broken ? 'it is wrong' : null) }],
    });
    clock.advance(1_500);
    broken = true;
    clock.advance(2_000);
    expect(last('a/right')?.status).toBe('open');
    app.post('healer', { type: 'BROKEN', error: new Error('a bug in the loop') });
    broken = false;
    clock.advance(5_000);
    expect(last('a/right')?.status).toBe('healed');
    expect(app.status().incidents).toMatchObject({ total: 1, healed: 1 });
  });

  it('records as failed a remedy that reports done and changes nothing, climbs all rungs, and escalates', () => {
    const liar = setup({ types: { events: {} as { type: 'REPAIR'; incident: string } } }).createMachine({
      on: {
        REPAIR: {
          actions: emit((({ event }: { event: { incident: string } }) => ({
            type: 'REMEDY.DONE',
            incident: event.incident,
            evidence: { says: 'all done', figures: {} },
          })) as never),
        },
      },
    });
    const { app, clock, last, escalations } = appOf({
      children: [{ id: 'liar', logic: liar }],
      invariants: [
        { id: 'liar/dry', actor: 'liar', broken: () => 'it is wet', remedies: [{ type: 'REPAIR', target: 'roof' }] },
      ],
    });
    clock.advance(120_000);
    const incident = last('liar/dry');
    expect(incident).toMatchObject({ status: 'failed', evidence_after: { holds: false, says: 'it is wet' } });
    expect(incident?.remedies.map(({ type, outcome, says }) => `${type} ${outcome}: ${says}`)).toEqual([
      'REPAIR unproven: it was reported done, but it is wet',
      'REPAIR unproven: it was reported done, but it is wet',
      'RESTART unproven: it was reported done, but it is wet',
      'RESTART unproven: it was reported done, but it is wet',
    ]);
    expect(escalations).toEqual([expect.stringContaining('liar/dry could not be healed')]);
    expect(app.status()).toMatchObject({ status: 'red', incidents: { total: 1, healed: 0, failed: 1 } });
  });

  it('restarts what stands still behind a beating heart', () => {
    const clock = new VirtualClock(0);
    let stuck = true;
    const worker = setup({
      types: { context: {} as { beats: number; done: number; doneAt: number } },
      actors: {
        heart: fromCallback(({ sendBack }) => {
          let timer = clock.setTimeout(function beat() {
            sendBack({ type: 'BEAT' });
            timer = clock.setTimeout(beat, 100);
          }, 100);
          return () => clock.clearTimeout(timer);
        }),
        hands: fromCallback(({ sendBack }) => {
          if (stuck) return undefined;
          let timer = clock.setTimeout(function work() {
            sendBack({ type: 'WORK' });
            timer = clock.setTimeout(work, 500);
          }, 500);
          return () => clock.clearTimeout(timer);
        }),
      },
      actions: {
        beat: assign({ beats: ({ context }) => context.beats + 1 }),
        work: assign({ done: ({ context }) => context.done + 1, doneAt: () => clock.now() }),
      },
    }).createMachine({
      context: () => ({ beats: 0, done: 0, doneAt: clock.now() }),
      invoke: [{ src: 'heart' }, { src: 'hands' }],
      on: { BEAT: { actions: 'beat' }, WORK: { actions: 'work' } },
    });
    const { app, last } = appOf({
      clock,
      children: [{ id: 'worker', logic: worker }],
      invariants: [
        {
          id: 'worker/progresses',
          actor: 'worker',
          broken: ({ context, now }) =>
            now - context.doneAt > 2_000
              ? { says: `no work for ${now - context.doneAt} ms`, figures: { beats: context.beats } }
              : null,
        },
      ],
    });
    clock.advance(1_900);
    stuck = false;
    clock.advance(5_000);
    expect(last('worker/progresses')).toMatchObject({
      status: 'healed',
      remedies: [{ type: 'RESTART', outcome: 'proven' }],
    });
    expect(Number(last('worker/progresses')?.evidence_before.beats)).toBeGreaterThan(15);
    expect(app.ref('worker')?.getSnapshot().context.done).toBeGreaterThan(5);
  });
});

describe('a throwing inspector', () => {
  it('cannot hurt when it was given to supervise: it is guarded, and said', () => {
    const { app, clock, lines, context } = appOf({
      children: [{ id: 'a', logic: counter() }],
      inspect: () => {
        throw new Error('I inspect badly');
      },
    });
    app.post('a', { type: 'ADD', n: 1 });
    app.post('a', { type: 'ADD', n: 2 });
    clock.advance(1_000);
    expect(context('a').sum).toBe(3);
    expect(lines).toContain('an inspector failed and was ignored: I inspect badly');
    expect(app.status().status).toBe('green');
  });

  it('that was attached past supervise wedges the actor; it is found by its mail, restarted, and no mail is lost', () => {
    const { app, clock, last, context } = appOf({ children: [{ id: 'a', logic: counter() }] });
    clock.advance(100);
    const wedged = app.ref('a') as AnyActorRef;
    const inspection = app.root.system.inspect({
      next: (event) => {
        if (event.type === '@xstate.snapshot' && (event.actorRef as AnyActorRef) === wedged)
          throw new Error('I inspect badly');
      },
    });
    app.post('a', { type: 'ADD', n: 1 });
    inspection.unsubscribe();
    app.post('a', { type: 'ADD', n: 2 });
    clock.advance(5_000);
    expect([wedged.getSnapshot().status, wedged.getSnapshot().context.sum]).toEqual(['active', 1]);
    clock.advance(70_000);
    expect(last('a/mail-drains')).toMatchObject({
      status: 'healed',
      remedies: [{ type: 'RESTART', outcome: 'proven' }],
    });
    expect(wedged.getSnapshot().status).toBe('stopped');
    expect(app.ref('a')).not.toBe(wedged);
    expect(context('a').sum).toBe(2);
  });

  it('that eats an event makes the actor deaf: what it did not get, and all behind it, is taken by the next, in order', () => {
    const { app, clock, last, context } = appOf({ children: [{ id: 'a', logic: counter() }] });
    clock.advance(100);
    const inspection = app.root.system.inspect({
      next: (event) => {
        if (event.type === '@xstate.event' && event.event.type === 'ADD') throw new Error('I inspect badly');
      },
    });
    app.post('a', { type: 'ADD', n: 1 });
    inspection.unsubscribe();
    app.post('a', { type: 'ADD', n: 2 });
    expect(context('a').sum).toBe(0);
    clock.advance(70_000);
    expect(last('a/mail-drains')?.status).toBe('healed');
    expect(context('a').sum).toBe(3);
  });
});

describe('a child that outlives its parent', () => {
  const ticksOf = (hurt: (app: ReturnType<typeof appOf>['app'], clock: VirtualClock) => void): number => {
    const clock = new VirtualClock(0);
    let ticks = 0;
    const { app } = appOf({ clock, children: [{ id: 'a', logic: () => counter(() => ticks++, clock) }] });
    clock.advance(100);
    hurt(app, clock);
    clock.advance(60_000);
    ticks = 0;
    clock.advance(10_000);
    return ticks;
  };

  it('is what plain XState leaves behind, when a machine fails', () => {
    const clock = new VirtualClock(0);
    let ticks = 0;
    const parent = createMachine({
      invoke: { src: counter(() => ticks++, clock), id: 'child' },
      on: { 'xstate.error.actor.child': {} },
    });
    const { app } = appOf({ clock, children: [{ id: 'grandparent', logic: parent }] });
    const child = app.ref('grandparent')?.getSnapshot().children.child as AnyActorRef;
    clock.advance(100);
    child.send({ type: 'BOOM' });
    clock.advance(10_000);
    expect(child.getSnapshot().status).toBe('error');
    expect(ticks).toBe(10);
  });

  it('cannot be, where the parent is supervised: one ticker after a crash, a kill and a wedge', () => {
    expect(ticksOf((app) => app.post('a', { type: 'BOOM' }))).toBe(10);
    expect(ticksOf((app) => app.kill('a'))).toBe(10);
    expect(
      ticksOf((app) => {
        (app.ref('a') as unknown as { mailbox: { _current: object } }).mailbox._current = {};
        app.kill('a');
      }),
    ).toBe(10);
  });

  it('is cut off with a parent that no longer takes its own stop', () => {
    const clock = new VirtualClock(0);
    let ticks = 0;
    const { app } = appOf({ clock, children: [{ id: 'a', logic: counter(() => ticks++, clock) }] });
    const ref = app.ref('a') as AnyActorRef;
    const [ticker] = Object.values(ref.getSnapshot().children as Record<string, AnyActorRef>);
    for (const one of [ref, ticker]) (one as unknown as { mailbox: { _current: object } }).mailbox._current = {};
    cutOff(ref);
    clock.advance(10_000);
    expect([ref.getSnapshot().status, ticker?.getSnapshot().status, ticks]).toEqual(['stopped', 'stopped', 0]);
  });

  it('does not hold its systemId against the next incarnation, when the step that made it failed', () => {
    let fails = true;
    const spawner = (): AnyStateMachine =>
      createMachine({
        initial: 'a',
        states: {
          a: { on: { GO: 'b' } },
          b: {
            entry: [
              spawnChild(createMachine({}), { id: 'named', systemId: 'named' }),
              () => {
                if (fails) throw new Error('half way');
              },
            ],
          },
        },
      });
    const { app, clock } = appOf({ children: [{ id: 'a', logic: spawner }] });
    app.post('a', { type: 'GO' });
    clock.advance(5_000);
    expect(app.root.system.get('named')).toBeUndefined();
    fails = false;
    app.post('a', { type: 'GO' });
    clock.advance(5_000);
    expect(app.root.system.get('named')).toBeDefined();
    expect(app.status().actors.a?.restarts).toBe(1);
  });
});

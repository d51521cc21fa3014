import { describe, expect, it } from 'vitest';
import { type AnyActorRef, createMachine, emit, fromCallback, fromPromise, sendTo, setup } from 'xstate';
import { supervise } from '../../src/healing/index.ts';
import { appOf, counter } from './app.ts';

describe('supervise', () => {
  it('keeps any XState logic alive: machines, callbacks, promises', async () => {
    const calls = { callback: 0, promise: 0 };
    const { app, clock, context } = appOf({
      children: [
        { id: 'machine', logic: counter() },
        {
          id: 'callback',
          logic: fromCallback(({ receive }) => {
            calls.callback++;
            receive(() => {
              throw new Error('boom');
            });
          }),
        },
        {
          id: 'promise',
          restart: 'transient',
          logic: () =>
            fromPromise(async () => {
              if (++calls.promise < 3) throw new Error('not yet');
            }),
        },
      ],
    });
    for (let i = 0; i < 20; i++) await clock.advanceAsync(200);
    app.post('callback', { type: 'ANYTHING' });
    app.post('machine', { type: 'BOOM' });
    app.post('machine', { type: 'ADD', n: 2 });
    clock.advance(5_000);
    expect(calls).toEqual({ callback: 2, promise: 3 });
    expect(context('machine')).toEqual({ sum: 2 });
    const { actors } = app.status();
    expect(actors.promise?.last_end).toBe('it stopped');
    expect(actors.machine).toMatchObject({ restarts: 1, last_end: 'it failed: boom' });
    await Promise.all([app.stop(), clock.advance(100)]);
    expect(clock.pending).toBe(0);
  });

  it('is green when all is well, and only when nothing was restarted lately', () => {
    const { app, clock } = appOf({ children: [{ id: 'a', logic: counter() }] });
    clock.advance(1_000);
    expect(app.status()).toMatchObject({ status: 'green', actors: { a: { state: 'counting', restarts: 0 } } });
    app.post('a', { type: 'BOOM' });
    clock.advance(1_000);
    expect(app.status().status).toBe('yellow');
    clock.advance(660_000);
    expect(app.status().status).toBe('green');
  });

  it('keeps subscribers over restarts, and what was last good when it is asked to', () => {
    const { app, clock } = appOf({ children: [{ id: 'a', logic: counter(), restore: true }] });
    const sums: number[] = [];
    app.follow('a').subscribe(({ snapshot }) => sums.push(snapshot.context.sum));
    for (const n of [1, 2]) app.post('a', { type: 'ADD', n });
    app.post('a', { type: 'BOOM' });
    app.post('a', { type: 'ADD', n: 4 });
    clock.advance(1_000);
    expect(sums.at(-1)).toBe(7);
    expect(app.ref('a')?.getSnapshot().context.sum).toBe(7);
  });

  it('does not go on for ever from a snapshot that kills its heir', () => {
    let reads = 0;
    const poisoned = { status: 'active', value: 'nowhere', children: {}, context: {}, historyValue: {} };
    const read = () => {
      reads++;
      return poisoned as never;
    };
    const store = { read, write: () => undefined };
    const { app, clock } = appOf({ children: [{ id: 'a', logic: counter(), restore: store }] });
    clock.advance(5_000);
    expect(reads).toBe(1);
    expect(app.status().actors.a).toMatchObject({ state: 'counting', restarts: 1 });
    expect(app.status().actors.a?.last_end).toContain('nowhere');
  });

  it('shows mail that reached nobody, also what was sent past it', () => {
    const { app, clock } = appOf({ children: [{ id: 'a', restart: 'temporary', logic: counter() }] });
    clock.advance(10);
    const stale = app.ref('a') as AnyActorRef;
    app.post('a', { type: 'END' });
    clock.advance(10);
    app.post('a', { type: 'ADD', n: 1 });
    stale.send({ type: 'ADD', n: 2 });
    app.post('b', { type: 'ADD', n: 3 });
    expect(app.deadLetters.map(({ to, event, reason }) => [to, event.n, reason])).toEqual([
      ['a', 1, 'the actor had ended'],
      ['a', 2, 'the actor had ended'],
      ['b', 3, 'no such actor'],
    ]);
  });

  it.each([null, undefined, 'ADD', {}, { type: 7 }])(
    'shows mail that is no event (%j), and hurts nobody with it',
    (mail) => {
      const { app, clock } = appOf({ children: [{ id: 'a', logic: counter() }] });
      clock.advance(10);
      app.post('a', mail as never);
      app.post('a', { type: 'ADD', n: 1 });
      clock.advance(10);
      expect(app.deadLetters).toEqual([{ to: 'a', event: mail, reason: 'no event' }]);
      expect(app.ref('a')?.getSnapshot().context.sum).toBe(1);
      expect(app.status()).toMatchObject({ status: 'green', actors: { a: { restarts: 0 } } });
    },
  );

  it.each(['sends to the healer', 'emits'] as const)('believes the evidence of a repair whose actor %s', (how) => {
    const done = ({ event }: { event: { incident?: string } }) => ({
      type: 'REMEDY.DONE' as const,
      incident: event.incident ?? '',
      evidence: { says: 'oiled', figures: {} },
    });
    let dry = true;
    const door = setup({ types: { events: {} as { type: 'REPAIR'; incident: string } } }).createMachine({
      on: {
        REPAIR: {
          actions: [
            () => {
              dry = false;
            },
            how === 'emits' ? emit(done as never) : sendTo(({ system }) => system.get('healer'), done as never),
          ],
        },
      },
    });
    const { app, clock, last } = appOf({
      children: [{ id: 'door', logic: door }],
      invariants: [
        {
          id: 'door/oiled',
          actor: 'door',
          broken: () => (dry ? 'it creaks' : null),
          remedies: [{ type: 'REPAIR', target: 'hinge' }],
        },
      ],
    });
    clock.advance(1_000);
    expect(last('door/oiled')).toMatchObject({
      status: 'healed',
      remedies: [{ type: 'REPAIR', to: 'door', target: 'hinge', outcome: 'proven', says: 'oiled' }],
    });
    expect(app.status().incidents).toEqual({ total: 1, healed: 1, failed: 0, cleared: 0 });
  });

  it('supervises groups in groups, and says why it ended when one gives up', async () => {
    const { app, clock } = appOf({
      whenSpent: 'escalate',
      intensity: { most: 1, withinMs: 60_000 },
      children: [
        { id: 'a', logic: counter() },
        {
          id: 'group',
          strategy: 'one_for_all',
          whenSpent: 'escalate',
          intensity: { most: 0, withinMs: 1_000 },
          children: [
            { id: 'b', logic: counter() },
            { id: 'c', logic: counter() },
          ],
        },
      ],
    });
    clock.advance(10);
    app.post('b', { type: 'BOOM' });
    clock.advance(5_000);
    expect(app.status().actors.c).toMatchObject({ state: 'counting' });
    app.post('c', { type: 'BOOM' });
    clock.advance(5_000);
    expect(await app.ended).toContain('the supervisor app gave up and stopped its children');
    expect(app.ref('a')?.getSnapshot().status).toBe('stopped');
    expect(app.status().status).toBe('red');
    expect(clock.pending).toBe(0);
  });

  it('terminates, starts and kills by hand', () => {
    const { app, clock } = appOf({ children: [{ id: 'a', logic: counter() }] });
    clock.advance(10);
    app.terminate('a');
    clock.advance(60_000);
    expect(app.ref('a')?.getSnapshot().status).toBe('stopped');
    app.start('a');
    clock.advance(10);
    expect(app.status().actors.a).toMatchObject({ restarts: 1, state: 'counting' });
    app.kill('a');
    clock.advance(5_000);
    expect(app.status().actors.a).toMatchObject({ restarts: 2, last_end: 'it was killed' });
  });

  it('restarts a child whose logic cannot even be made, and lets the supervisor live', () => {
    let births = 0;
    const logic = () => {
      if (++births === 1) throw new Error('no paper');
      return counter();
    };
    const { app, clock } = appOf({ children: [{ id: 'a', logic }] });
    clock.advance(5_000);
    expect(app.status().actors.a).toMatchObject({ restarts: 1, state: 'counting', last_end: 'it failed: no paper' });
  });

  it('says at once what is wrong with its ids, and runs on the real clock by default', async () => {
    const a = { id: 'a', logic: createMachine({}) };
    expect(() => supervise({ children: [a, a] })).toThrow('the id a is taken');
    expect(() => supervise({ children: [a], invariants: [{ id: 'x', actor: 'b', broken: () => null }] })).toThrow(
      'the invariant x is about b, which is not among a',
    );
    const app = supervise({ children: [a] });
    expect(app.ref('a')?.getSnapshot().status).toBe('active');
    await app.stop();
    expect(await app.ended).toBeNull();
    expect(app.ref('a')?.getSnapshot().status).toBe('stopped');
  });
});

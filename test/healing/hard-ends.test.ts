/** Ends that supervision has to live through: what user code throws where nobody expects it, and what must be gone afterwards. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMachine, fromCallback, setup } from 'xstate';
import type { Supervised } from '../../src/healing/supervise.ts';
import { appOf } from './app.ts';

const idle = createMachine({});
const stateOf = (app: Supervised, id: string) => app.ref(id)?.getSnapshot().status;

const boom = (): never => {
  throw new Error('boom');
};

/** A machine with a child, which is told of each that lives, and fails as it is told. */
const withTicker = (living: { count: number }, fails: (birth: number) => unknown) => {
  let births = 0;
  return setup({
    actors: {
      ticker: fromCallback(() => {
        living.count++;
        return () => {
          living.count--;
        };
      }),
    },
  }).createMachine({
    invoke: { src: 'ticker' },
    initial: 'there',
    on: {
      BOOM: {
        actions: () => {
          throw Object.create(null);
        },
      },
    },
    states: {
      there: {
        entry: () => {
          const thrown = fails(++births);
          if (thrown) throw thrown;
        },
      },
    },
  });
};

describe('an end', () => {
  const uncaught = vi.fn();
  beforeEach(() => void process.on('uncaughtException', uncaught));
  afterEach(() => {
    process.off('uncaughtException', uncaught);
    uncaught.mockClear();
  });

  it('in the first entry leaves nothing running that was begun by then', () => {
    const living = { count: 0 };
    const logic = withTicker(living, (birth) => (birth <= 2 ? new Error('not yet') : null));
    const { app, clock } = appOf({ children: [{ id: 'x', logic }] });
    clock.advance(20_000);
    expect([stateOf(app, 'x'), living.count]).toEqual(['active', 1]);
  });

  it('by something that has no words stops what is below, as any other', () => {
    const living = { count: 0 };
    const { app, clock, lines } = appOf({ children: [{ id: 'x', logic: withTicker(living, () => null) }] });
    clock.advance(10);
    app.post('x', { type: 'BOOM' });
    clock.advance(20_000);
    expect([stateOf(app, 'x'), living.count]).toEqual(['active', 1]);
    expect(lines).toContain('x ended (failed): it failed: what was thrown cannot be put into words');
  });

  it('by a readyWhen that throws is its own, and says why', async () => {
    const readyWhen = (): boolean => {
      throw new TypeError('no db');
    };
    const { app, clock, lines } = appOf({
      children: [
        { id: 'x', logic: idle, readyWhen, startWithinMs: 1_000 },
        { id: 'y', logic: idle },
      ],
    });
    clock.advance(600_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(uncaught).not.toHaveBeenCalled();
    expect(lines).toContain('x ended (failed): its readyWhen failed: no db');
    expect([stateOf(app, 'y'), app.status().actors.x?.status]).toEqual(['active', 'red']);
  });

  it('for want of a logic is its own', () => {
    const { app, clock, lines } = appOf({
      children: [
        { id: 'x', logic: (() => undefined) as never },
        { id: 'y', logic: idle },
      ],
    });
    clock.advance(600_000);
    expect(lines).toContain('x ended (failed): it failed: the logic of x is no XState logic');
    expect(stateOf(app, 'y')).toBe('active');
  });

  it('with an output that is called restart is no order of a healer', () => {
    let births = 0;
    const logic = createMachine({
      context: () => {
        if (++births > 50) throw new Error('for ever');
        return {};
      },
      initial: 'over',
      states: { over: { type: 'final' } },
      output: { restart: true },
    });
    const { clock } = appOf({ children: [{ id: 'x', logic, restart: 'temporary' }] });
    clock.advance(1_000);
    expect(births).toBe(1);
  });

  it('of a group that was cut off keeps the mail of all below it for the next, or tells that it is dead', () => {
    const taken: string[] = [];
    const logic = createMachine({ on: { '*': { actions: ({ event }) => taken.push(event.type) } } });
    const { app, clock } = appOf({
      children: [
        { id: 'x', logic: idle },
        { id: 'back', children: [{ id: 'b', logic }] },
        { id: 'gone', restart: 'temporary', children: [{ id: 'g', logic }] },
      ],
    });
    clock.advance(10);
    app.kill('back');
    app.kill('gone');
    clock.advance(1);
    for (const id of ['b', 'g']) app.post(id, { type: `FOR ${id}` });
    clock.advance(600_000);
    expect(taken).toEqual(['FOR b']);
    expect(app.deadLetters.map(({ to, reason }) => [to, reason])).toEqual([['g', 'the actor had ended']]);
  });

  it('of one holds up nobody but those that need it; in the first start each waits for all before it', () => {
    let broken = false;
    const births: string[] = [];
    const db = createMachine({
      context: () => {
        births.push('db');
        if (broken) throw new Error('no disk');
        return {};
      },
      on: { BOOM: { actions: boom } },
    });
    const other = (id: string) =>
      createMachine({
        context: () => {
          births.push(id);
          return {};
        },
        on: { BOOM: { actions: boom } },
      });
    const { app, clock } = appOf({
      children: [
        { id: 'db', logic: db },
        { id: 'orders', logic: other('orders'), dependsOn: ['db'] },
        { id: 'web', logic: other('web') },
      ],
    });
    clock.advance(10);
    expect(births).toEqual(['db', 'orders', 'web']);
    broken = true;
    for (const id of ['db', 'orders', 'web']) app.post(id, { type: 'BOOM' });
    clock.advance(400);
    expect([stateOf(app, 'web'), stateOf(app, 'orders')]).toEqual(['active', 'error']);
    broken = false;
    clock.advance(600_000);
    expect([stateOf(app, 'db'), stateOf(app, 'orders')]).toEqual(['active', 'active']);
  });

  it('in the midst of its own step leaves no timer of that step', () => {
    const logic = createMachine({
      initial: 'a',
      states: {
        a: { on: { GO: { target: 'b', actions: () => void given.app.stop() } } },
        b: { after: { 3600000: 'a' } },
      },
    });
    const given = appOf({ children: [{ id: 'x', logic }] });
    given.clock.advance(10);
    given.app.post('x', { type: 'GO' });
    given.clock.advance(100);
    expect(given.clock.pending).toBe(0);
  });
});

/** Supervisors under supervisors: what a group that gave up or began anew means for those below it. */
import { describe, expect, it } from 'vitest';
import type { LifeInput } from '../../src/machines/life.ts';
import { appOf, counter } from './app.ts';

const soonSpent = { whenSpent: 'escalate', intensity: { most: 0, withinMs: 60_000 } } as const;

describe('a group', () => {
  it('that its supervisor has given up is an incident, is restarted, and is told when that does not help', () => {
    const { app, clock, last } = appOf({
      children: [
        { id: 'x', logic: counter() },
        { id: 'g', ...soonSpent, children: [{ id: 'b', logic: counter() }] },
      ],
    });
    clock.advance(10);
    for (let i = 0; i < 4; i++) {
      app.post('b', { type: 'BOOM' });
      clock.advance(5_000);
    }
    clock.advance(15_000);
    expect(last('g/alive')).toMatchObject({
      status: 'healed',
      remedies: [{ type: 'RESTART', to: 'g', outcome: 'proven', plan: { affects: ['g', 'b'] } }],
    });
    expect(app.ref('b')?.getSnapshot().status).toBe('active');
    expect(app.status()).toMatchObject({ status: 'yellow', beside: { g: { status: 'yellow' } } });
  });

  it.each(['transient', 'temporary'] as const)('that gave up and is %s is somebody’s', (restart) => {
    const { app, clock, last, escalations } = appOf({
      children: [
        { id: 'x', logic: counter() },
        { id: 'g', restart, ...soonSpent, children: [{ id: 'b', logic: counter() }] },
      ],
    });
    clock.advance(10);
    app.post('b', { type: 'BOOM' });
    clock.advance(100);
    expect(last('g/alive')?.evidence_before.says).toContain('nobody brings back g');
    clock.advance(60_000);
    if (restart === 'transient') {
      expect(last('g/alive')?.status).toBe('healed');
      expect(app.ref('b')?.getSnapshot().status).toBe('active');
    } else {
      expect(escalations.join()).toContain('g/alive could not be healed');
      expect(app.status()).toMatchObject({ status: 'red', beside: { g: { status: 'red' } } });
      app.terminate('g');
      clock.advance(700_000);
      expect(app.status().status).toBe('green');
    }
  });

  it('goes on with what its children were, when it begins anew', () => {
    const births: number[] = [];
    const logic = ({ incarnation }: LifeInput) => {
      births.push(incarnation);
      return counter();
    };
    const { app, clock, context, lines } = appOf({
      children: [
        { id: 'x', logic: counter() },
        {
          id: 'g',
          whenSpent: 'escalate',
          intensity: { most: 1, withinMs: 60_000 },
          children: [
            { id: 'b', logic, restore: true },
            { id: 'c', logic: counter(), restore: true },
          ],
        },
      ],
    });
    clock.advance(10);
    app.post('c', { type: 'ADD', n: 6 });
    for (let i = 0; i < 2; i++) {
      app.post('b', { type: 'ADD', n: 3 });
      app.post('b', { type: 'BOOM' });
      clock.advance(3_000);
    }
    expect(lines.join()).toContain('g ended (shutdown)');
    expect([context('b').sum, context('c').sum, births]).toEqual([6, 6, [1, 2, 3]]);
    expect(app.status().actors.b).toMatchObject({ restarts: 2, status: 'yellow' });
    expect(app.status().actors.c?.restarts).toBe(1);
  });

  it('waits for all before it when it comes back, where that is said', () => {
    const isUp = (restartsAfter?: 'all-before'): boolean => {
      let isAway = false;
      const logic = () => {
        if (isAway) throw new Error('away');
        return counter();
      };
      const { app, clock } = appOf({
        intensity: { most: 100, withinMs: 60_000 },
        ...(restartsAfter ? { restartsAfter } : {}),
        children: [
          { id: 'a', logic },
          { id: 'b', logic: counter() },
        ],
      });
      clock.advance(10);
      isAway = true;
      app.post('a', { type: 'BOOM' });
      clock.advance(10);
      app.post('b', { type: 'BOOM' });
      clock.advance(20_000);
      return app.ref('b')?.getSnapshot().status === 'active';
    };
    expect([isUp(), isUp('all-before')]).toEqual([true, false]);
  });

  it('that is gone for good leaves dead letters, and nobody is missed', () => {
    const { app, clock } = appOf({
      children: [
        { id: 'x', logic: counter() },
        { id: 'g', restart: 'temporary', children: [{ id: 'h', children: [{ id: 'b', logic: counter() }] }] },
      ],
    });
    clock.advance(10);
    app.kill('g');
    clock.advance(1_000);
    for (let n = 0; n < 3; n++) app.post('b', { type: 'ADD', n });
    clock.advance(120_000);
    expect(app.deadLetters.map(({ reason }) => reason)).toEqual(Array(3).fill('the actor had ended'));
    expect(app.status()).toMatchObject({ status: 'green', incidents: { total: 0 }, dead_letters: 3 });
  });

  it('may be what a law is about', () => {
    const { app, clock, last } = appOf({
      children: [{ id: 'g', children: [{ id: 'b', logic: counter() }] }],
      invariants: [{ id: 'g/quorum', actor: 'g', broken: () => 'no quorum' }],
    });
    clock.advance(100_000);
    expect(last('g/quorum')?.status).toBe('failed');
    expect(app.status()).toMatchObject({ status: 'red', beside: { g: { status: 'red' } } });
  });
});

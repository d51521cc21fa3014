/** When a law is judged, and what comes of answers that nobody expected. */
import { describe, expect, it } from 'vitest';
import { type AnyStateMachine, assign, createMachine, emit, fromCallback, setup } from 'xstate';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import type { Invariant } from '../../src/healing/invariant.ts';
import { inMemory } from '../../src/healing/keepsake.ts';
import type { Law } from '../../src/healing/vital.ts';
import { appOf, counter } from './app.ts';

/** Ready only after so long. */
const slow = (readyAfterMs: number): AnyStateMachine =>
  createMachine({ initial: 'opening', states: { opening: { after: { [readyAfterMs]: 'open' } }, open: {} } });
const isOpen = (snapshot: unknown): boolean => (snapshot as { value: unknown }).value === 'open';
const law = (change: Partial<Law> = {}): Law => ({ id: 'a/sane', actor: 'a', broken: () => null, ...change });
/** As JavaScript would hand it over. */
const untyped = <Whole>(value: unknown): Whole => value as Whole;

describe('a law', () => {
  it('is not judged while its actor opens, and a restart may take as long as its actor may take to open', () => {
    let judged = 0;
    let wrong = false;
    const { app, clock, last } = appOf({
      sweepMs: 1_000,
      children: [{ id: 'a', logic: slow(8_000), readyWhen: isOpen, startWithinMs: 9_000 }],
      invariants: [
        law({
          broken: ({ snapshot }) => {
            judged++;
            return snapshot.value !== 'open' || wrong ? 'it is not open' : null;
          },
        }),
      ],
    });
    clock.advance(7_900);
    expect([judged, app.status().incidents.total]).toEqual([0, 0]);
    clock.advance(10_000);
    wrong = true;
    clock.advance(1_000);
    wrong = false;
    clock.advance(7_000);
    expect(app.insight().open.map(({ invariant, phase }) => [invariant, phase])).toEqual([['a/sane', 'remedying']]);
    clock.advance(10_000);
    expect(last('a/sane')).toMatchObject({ status: 'healed', remedies: [{ type: 'RESTART', outcome: 'proven' }] });
    expect(app.status().actors.a?.restarts).toBe(1);
  });

  it.each(['it was done', 'it was terminated', 'its group was terminated'] as const)(
    'holds nothing against an actor that is not wanted: %s',
    (how) => {
      const a = { id: 'a', restart: 'transient' as const, logic: counter() };
      const { app, clock } = appOf({
        children: [how === 'its group was terminated' ? { id: 'g', children: [a] } : a, { id: 'b', logic: counter() }],
        invariants: [law({ broken: ({ snapshot }) => (snapshot.status === 'active' ? null : 'it has ended') })],
      });
      clock.advance(10);
      if (how === 'it was done') app.post('a', { type: 'END' });
      else app.terminate(how === 'it was terminated' ? 'a' : 'g');
      clock.advance(120_000);
      expect(app.ref('a')?.getSnapshot().status).not.toBe('active');
      expect(app.status()).toMatchObject({ status: 'green', incidents: { total: 0 } });
      expect(
        app
          .status()
          .actors.a?.invariants.map(({ evidence }) => evidence.says)
          .join(),
      ).toContain('not wanted');
    },
  );

  it('is not healed by the end of its actor', () => {
    const { app, clock, last } = appOf({
      sweepMs: 1_000,
      children: [{ id: 'a', logic: counter() }],
      invariants: [law({ broken: () => 'always' })],
    });
    clock.advance(100);
    expect(last('a/sane')?.remedies).toHaveLength(0);
    app.terminate('a');
    clock.advance(20_000);
    expect(last('a/sane')?.status).toBe('cleared');
    expect(app.status().incidents).toMatchObject({ total: 1, healed: 0, cleared: 1 });
  });

  it('is looked at as often as it says, though nothing changes', () => {
    const clock = new VirtualClock(0);
    const broken: Law['broken'] = ({ now }) => (now > 500 ? 'too old' : null);
    const { app, last } = appOf({
      clock,
      children: [{ id: 'a', logic: createMachine({}) }],
      invariants: [law({ everyMs: 100, broken })],
    });
    clock.advance(620);
    expect(last('a/sane')?.status).toBe('open');
    expect(app.status().incidents.total).toBe(1);
  });

  it('that breaks again and again is told once, until it has rested', () => {
    const clock = new VirtualClock(0);
    let wrong = false;
    const { app, escalations } = appOf({
      clock,
      children: [{ id: 'a', logic: counter() }],
      invariants: [
        law({
          ...{ severity: 'medium', everyMs: 1_000, remedies: [], neverRestart: true },
          broken: () => (wrong ? 'wrong' : null),
        }),
      ],
      policy: { recurring: { most: 3, withinMs: 60_000 } },
    });
    const breaks = (times: number): void => {
      for (let i = 0; i < times; i++) {
        wrong = true;
        clock.advance(2_000);
        wrong = false;
        clock.advance(8_000);
      }
    };
    breaks(6);
    const told = () => escalations.filter((one) => one.includes('times within'));
    expect(app.status().incidents.total).toBe(6);
    expect(told()).toHaveLength(1);
    clock.advance(60_000);
    breaks(3);
    expect(told()).toHaveLength(2);
  });

  it.each([undefined, false, 0, Promise.resolve(null), { figures: {} }])(
    'that answers %s has found nothing out, which is neither green nor an incident',
    (answer) => {
      const { app, clock } = appOf({
        children: [{ id: 'a', logic: counter() }],
        invariants: [law({ broken: () => untyped(answer) })],
      });
      clock.advance(40_000);
      expect(app.status()).toMatchObject({ status: 'red', incidents: { total: 0 } });
      const says = app.status().actors.a?.invariants.find(({ id }) => id === 'a/sane')?.evidence.says;
      expect(says).toMatch(/^it could not be judged: it answered .*, and not words or null$/);
    },
  );
});

describe('an invariant', () => {
  const invariant = (holds: Invariant['holds']): Invariant => ({
    ...{ id: 'billing/paid', component: 'billing', actor: 'a', severity: 'critical', dependsOn: [] },
    ...{ patienceMs: 0, proofWithinMs: 1_000, remedies: [], holds },
  });

  it('counts in the status of the whole, whatever component it names', () => {
    const unpaid = invariant(({ now }) => ({ holds: false, says: 'unpaid', figures: {}, takenAt: now }));
    const { app, clock } = appOf({ children: [{ id: 'a', logic: counter() }], invariants: [unpaid] });
    clock.advance(100_000);
    expect(app.status()).toMatchObject({
      status: 'red',
      actors: { a: { status: 'yellow' } },
      beside: { billing: { status: 'red', critical: true } },
      incidents: { failed: 1 },
    });
  });

  it.each([
    ['nothing', undefined],
    ['no date', { holds: true, says: 'paid', figures: {} }],
    ['no date that can be', { holds: true, says: 'paid', figures: {}, takenAt: Number.NaN }],
    ['a promise', Promise.resolve()],
  ])('that answers %s ends neither the healer nor the status', (_, answer) => {
    const { app, clock } = appOf({
      children: [{ id: 'a', logic: counter() }],
      invariants: [invariant(() => untyped(answer))],
    });
    clock.advance(5_000);
    const isDateless = answer !== undefined && 'holds' in answer;
    expect(app.status().beside.billing?.status).toBe(isDateless ? 'green' : 'unknown');
    expect(app.insight().invariants.find(({ id }) => id === 'billing/paid')?.holds).toBe(isDateless ? true : null);
    expect(app.status().actors.a?.restarts).toBe(0);
  });
});

describe('a restart for a broken invariant', () => {
  it('goes on from what was kept, and where that was not enough begins without, and sets it aside', () => {
    const aside: unknown[] = [];
    const kept = inMemory();
    const stuck = createMachine({
      initial: 'well',
      states: { well: { on: { JAM: 'jammed' } }, jammed: {} },
    });
    const { app, clock, last } = appOf({
      children: [{ id: 'a', logic: stuck, restore: { ...kept, setAside: (left) => aside.push(left) } }],
      invariants: [law({ broken: ({ snapshot }) => (snapshot.value === 'jammed' ? 'it is jammed' : null) })],
    });
    clock.advance(100);
    app.post('a', { type: 'JAM' });
    clock.advance(30_000);
    expect(last('a/sane')?.remedies.map(({ type, outcome }) => `${type} ${outcome}`)).toEqual([
      'RESTART unproven',
      'RESTART proven',
    ]);
    expect(app.status().actors.a).toMatchObject({ state: 'well', restarts: 2 });
    expect(aside).toMatchObject([{ value: 'jammed' }]);
  });
});

describe('a restart of what ends again and again', () => {
  it('never begins without what was kept: that the world is away is no reason to forget', () => {
    const clock = new VirtualClock(0);
    let isAway = false;
    const lives = setup({
      types: { context: {} as { sum: number } },
      actors: {
        link: fromCallback(({ sendBack }) => {
          sendBack({ type: 'TICK' });
          const timer = clock.setTimeout(() => sendBack({ type: isAway ? 'LOST' : 'TICK' }), 100);
          return () => clock.clearTimeout(timer);
        }),
      },
      actions: {
        add: assign({ sum: ({ context }) => context.sum + 1 }),
        end: () => {
          throw new Error('the link is away');
        },
      },
    }).createMachine({
      context: { sum: 0 },
      invoke: { src: 'link' },
      on: { TICK: {}, ADD: { actions: 'add' }, LOST: { actions: 'end' } },
    });
    const { app, last, context } = appOf({ clock, children: [{ id: 'a', logic: lives, restore: true }] });
    clock.advance(10);
    app.post('a', { type: 'ADD' });
    isAway = true;
    app.post('a', { type: 'LOST' });
    clock.advance(200_000);
    expect(
      last('a/alive')
        ?.remedies.map(({ outcome }) => outcome)
        .slice(0, 2),
    ).toEqual(['unproven', 'unproven']);
    expect(app.status().incidents).toMatchObject({ total: 1, healed: 0 });
    isAway = false;
    clock.advance(600_000);
    expect([app.ref('a')?.getSnapshot().status, context('a').sum]).toEqual(['active', 1]);
    expect(last('a/alive')?.status).toBe('healed');
  });
});

describe('what is handed over', () => {
  it('may throw where it is told: a log that fails ends nothing, and is said', () => {
    const { app, clock } = appOf({
      children: [{ id: 'a', logic: counter() }],
      log: () => {
        throw new Error('the disk is full');
      },
    });
    clock.advance(10);
    app.post('a', { type: 'BOOM' });
    clock.advance(5_000);
    expect(app.status()).toMatchObject({ log_failed: 'the disk is full', actors: { a: { state: 'counting' } } });
  });

  it('may throw where it is asked whom to send a remedy: a person is told, and the healer goes on', () => {
    const to = () => {
      throw new Error('nobody knows');
    };
    const { app, clock, escalations, last } = appOf({
      children: [{ id: 'a', logic: counter() }],
      invariants: [law({ broken: () => 'always', remedies: [{ type: 'RESTART', to }] })],
    });
    clock.advance(30_000);
    expect(escalations).toEqual(['a/sane: it is not known whom to send its RESTART: nobody knows']);
    expect(last('a/sane')?.status).toBe('failed');
    expect(app.ref('healer')?.getSnapshot().status).toBe('active');
  });

  it.each(['oiled', undefined, { says: 'oiled' }])('may answer a remedy by %s', (evidence) => {
    let dry = true;
    const door = createMachine({
      on: {
        REPAIR: {
          actions: [
            () => {
              dry = false;
            },
            emit((({ event }: { event: { incident: string } }) => ({
              type: 'REMEDY.DONE',
              incident: event.incident,
              evidence,
            })) as never),
          ],
        },
      },
    });
    const { clock, last } = appOf({
      children: [{ id: 'a', logic: door }],
      invariants: [law({ broken: () => (dry ? 'it creaks' : null), remedies: [{ type: 'REPAIR', target: 'hinge' }] })],
    });
    clock.advance(1_000);
    expect(last('a/sane')?.remedies).toMatchObject([
      { outcome: 'proven', says: evidence === undefined ? 'done' : 'oiled' },
    ]);
  });
});

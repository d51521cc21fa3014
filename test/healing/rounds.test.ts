/** Laws of single rounds: what is opened, what waits, what is told, and when the next look is due. */
import { describe, expect, it } from 'vitest';
import { ACTOR_BACKOFF, backoffMs } from '../../src/healing/backoff.ts';
import { LIMITS } from '../../src/healing/budget.ts';
import type { Incident } from '../../src/healing/incident.ts';
import { type Invariant, rungsOf } from '../../src/healing/invariant.ts';
import { heal } from '../../src/healing/loop.ts';
import { type Policy, type Round, restful } from '../../src/healing/round.ts';
import { withSample } from '../../src/healing/samples.ts';
import { recorded, sent, world } from './facts.ts';

const escalated = (round: Round) =>
  round.commands.flatMap((command) => (command.do === 'escalate' ? [command.reason] : []));
const wakes = (round: Round) => round.commands.flatMap((command) => (command.do === 'wake' ? [command.at] : []));
const told = (round: Round) => round.commands.map((command) => command.do);

/** A world with its invariants, and rounds that follow each other. */
const scene = (invariants: (w: ReturnType<typeof world>) => readonly Invariant[], more: Partial<Policy> = {}) => {
  const w = world();
  const policy = w.policy(invariants(w), more);
  let round = restful;
  const on = (impulse = w.seen()): Round => {
    round = heal(round, impulse, policy);
    return round;
  };
  const incident = (id: string): Incident => {
    const found = round.incidents.get(id);
    if (!found) throw new Error(`no incident of ${id} is open`);
    return found;
  };
  return {
    ...w,
    on,
    incident,
    round: () => round,
    set: (id: string, holds: boolean | null) => void w.facts.set(id, holds),
  };
};
const HOPELESS = { remedies: [], neverRestart: true } as const;

describe('what no remedy mends', () => {
  it('is given up and told at once, with what was seen', () => {
    const s = scene((w) => [w.invariant('disk/space', HOPELESS)]);
    s.set('disk/space', false);
    const round = s.on();
    expect(recorded(round)).toEqual(['opened failed', 'failed failed']);
    expect(escalated(round)).toEqual(['disk/space: disk/space is false']);
    expect(s.incident('disk/space')).toMatchObject({ phase: 'failed', verdict: 'no remedy of the bot mends it' });
    expect(told(s.on())).toEqual([]);
  });

  it.each([
    ['of medium severity', { ...HOPELESS, severity: 'medium' }, {}, 'due'],
    ['where the healer only observes', HOPELESS, { mode: 'observe' }, 'due'],
  ] as const)('is written down and told nobody: %s', (_, kind, more, phase) => {
    const s = scene((w) => [w.invariant('disk/space', kind)], more);
    s.set('disk/space', false);
    const round = s.on();
    expect(recorded(round)).toEqual([`opened ${phase}`]);
    expect(escalated(round)).toEqual([]);
  });

  it('is told nobody while its cause is being mended', () => {
    const s = scene((w) => [w.invariant('a/x'), w.invariant('b/y', { ...HOPELESS, dependsOn: ['a/x'] })]);
    s.set('a/x', false);
    s.set('b/y', false);
    expect(escalated(s.on())).toEqual([]);
    expect(s.incident('b/y')).toMatchObject({ phase: 'waiting', waitsFor: 'a/x' });
  });
});

describe('what nothing is known of', () => {
  const AFTER = { blindAfterMs: 1_000 };
  it('is told once after its time, is remedied by nobody, and is over when it is known to hold', () => {
    const s = scene((w) => [w.invariant('a/x')], AFTER);
    expect(told(s.on())).toEqual([]);
    s.pass(999);
    expect(told(s.on())).toEqual([]);
    s.pass(1);
    const round = s.on();
    expect(recorded(round)).toEqual(['opened failed', 'failed failed']);
    expect(escalated(round)).toEqual(['a/x: a/x is undefined']);
    expect(s.incident('a/x')).toMatchObject({
      blind: true,
      verdict: 'nothing is known of it, and nothing is remedied on that',
    });
    s.pass(1_000_000);
    expect(told(s.on())).toEqual([]);
    s.set('a/x', true);
    expect(recorded(s.on())).toEqual(['closed cleared']);
  });

  it('counts from when it was last known', () => {
    const s = scene((w) => [w.invariant('a/x')], AFTER);
    s.on();
    s.pass(900);
    s.set('a/x', true);
    s.on();
    s.set('a/x', null);
    s.pass(900);
    s.on();
    s.pass(999);
    expect(told(s.on())).toEqual([]);
    s.pass(1);
    expect(escalated(s.on())).toHaveLength(1);
  });

  it('and is found broken is a new incident, with a remedy', () => {
    const s = scene((w) => [w.invariant('a/x')], AFTER);
    s.on();
    s.pass(1_000);
    s.on();
    s.set('a/x', false);
    const round = s.on();
    expect(recorded(round)).toEqual(['opened due', 'planned remedying']);
    expect(sent(round)).toEqual(['REPAIR a']);
    expect(s.incident('a/x').blind).toBeUndefined();
  });

  it.each([
    ['it is not critical', { severity: 'high' }, AFTER],
    ['nobody said how long', {}, {}],
    ['the healer only observes', {}, { ...AFTER, mode: 'observe' }],
    ['another healer acts for it', {}, { ...AFTER, acts: () => false }],
  ] as const)('is told nobody where %s', (_, kind, more) => {
    const s = scene((w) => [w.invariant('a/x', kind)], more);
    s.on();
    s.pass(10_000);
    expect(told(s.on())).toEqual([]);
  });

  it('is no news while what it depends on is broken', () => {
    const s = scene((w) => [w.invariant('a/x'), w.invariant('b/y', { dependsOn: ['a/x'] })], AFTER);
    s.set('a/x', false);
    s.on();
    s.pass(1_000);
    expect(escalated(s.on())).toEqual([]);
    expect([...s.round().incidents.keys()]).toEqual(['a/x']);
  });
});

describe('an incident that waits', () => {
  const chain = (w: ReturnType<typeof world>) => [
    w.invariant('a/x'),
    w.invariant('b/y', { dependsOn: ['a/x'], proofWithinMs: 700 }),
  ];
  it('begins to wait when its cause breaks later, and keeps when it was due', () => {
    const s = scene(chain, { answerWithinMs: 100_000 });
    s.set('b/y', false);
    s.on();
    const { attempts } = s.incident('b/y');
    expect(attempts).toHaveLength(1);
    s.on(s.refused('INC-1'));
    const { dueAt } = s.incident('b/y');
    s.set('a/x', false);
    s.on();
    expect(s.incident('b/y')).toMatchObject({ phase: 'waiting', waitsFor: 'a/x', dueAt });
  });

  it('gets, when its cause is mended, as long as its proof may take to come right by itself', () => {
    const s = scene(chain);
    s.set('a/x', false);
    s.set('b/y', false);
    s.on();
    s.set('a/x', true);
    s.pass(50);
    const mended = s.on(s.done('INC-1'));
    expect(recorded(mended)).toEqual(['closed healed']);
    expect(s.incident('b/y')).toMatchObject({
      phase: 'due',
      waitsFor: null,
      dueAt: 1_050 + 700,
      // What was named once stays named.
      rootCause: 'a/x',
      causedBy: 'INC-1',
    });
    expect(wakes(mended)).toEqual([1_750]);
    s.pass(699);
    expect(sent(s.on())).toEqual([]);
    s.pass(1);
    expect(sent(s.on())).toEqual(['REPAIR b']);
  });

  it('is the same when its cause came right by itself', () => {
    const s = scene(chain);
    s.set('a/x', false);
    s.set('b/y', false);
    s.on();
    s.on(s.refused('INC-1'));
    s.set('a/x', true);
    expect(recorded(s.on())).toEqual(['closed cleared']);
    expect(s.incident('b/y')).toMatchObject({ phase: 'due', dueAt: 1_000 + 700 });
  });

  it('waits for what is being mended, though nobody knows how that is while it starts anew', () => {
    const s = scene(chain);
    s.set('a/x', false);
    s.on();
    s.set('a/x', null);
    s.set('b/y', false);
    s.on();
    expect(s.incident('b/y')).toMatchObject({ phase: 'waiting', waitsFor: 'a/x' });
  });

  it('waits for a restart that takes its actor along', () => {
    const s = scene((w) => [w.invariant('a/x', { remedies: [{ type: 'RESTART' }] }), w.invariant('b/y')], {
      affects: (to) => [to, 'b'],
    });
    s.set('a/x', false);
    s.on();
    s.set('b/y', false);
    s.on();
    expect(s.incident('b/y')).toMatchObject({ phase: 'waiting', waitsFor: 'a/x' });
  });

  it('does not wait for a repair beside it', () => {
    const s = scene((w) => [w.invariant('a/x'), w.invariant('b/y')], { affects: (to) => [to, 'b'] });
    s.set('a/x', false);
    s.on();
    s.set('b/y', false);
    expect(sent(s.on())).toEqual(['REPAIR b']);
  });

  it('waits for a restart of its own actor', () => {
    const s = scene((w) => [w.invariant('a/x', { remedies: [{ type: 'RESTART' }] }), w.invariant('a/y')]);
    s.set('a/x', false);
    s.on();
    s.set('a/y', false);
    s.on();
    expect(s.incident('a/y')).toMatchObject({ phase: 'waiting', waitsFor: 'a/x' });
  });

  it('does not wait for what nobody mends and nothing is known of', () => {
    const s = scene(chain, { blindAfterMs: 10 });
    s.set('b/y', true);
    s.on();
    s.pass(10);
    s.on();
    expect(s.incident('a/x').blind).toBe(true);
    s.set('b/y', false);
    expect(sent(s.on())).toEqual(['REPAIR b']);
  });

  it('waits for the one furthest upstream, when that breaks later', () => {
    const s = scene((w) => [
      w.invariant('a/x'),
      w.invariant('b/y', { dependsOn: ['a/x'] }),
      w.invariant('c/z', { dependsOn: ['b/y'] }),
    ]);
    s.set('a/x', true);
    s.set('b/y', false);
    s.set('c/z', false);
    s.on();
    expect(s.incident('c/z').waitsFor).toBe('b/y');
    s.set('a/x', false);
    s.on();
    expect(s.incident('c/z')).toMatchObject({ phase: 'waiting', waitsFor: 'a/x' });
  });

  it('gets its time also where the cause that was mended is further up, and no time for the cause of another', () => {
    const s = scene((w) => [
      w.invariant('z/z'),
      w.invariant('a/x', { dependsOn: ['z/z'] }),
      w.invariant('b/y', { dependsOn: ['a/x'] }),
      w.invariant('c/z', { dependsOn: ['b/y'], proofWithinMs: 700 }),
      w.invariant('d/d', { proofWithinMs: 700 }),
    ]);
    for (const id of ['z/z', 'b/y', 'c/z', 'd/d']) s.set(id, true);
    s.set('a/x', false);
    s.on();
    s.set('a/x', true);
    s.pass(5);
    s.on(s.done('INC-1'));
    s.set('c/z', false);
    s.set('d/d', false);
    s.on();
    expect([s.incident('c/z').dueAt, s.incident('d/d').dueAt]).toEqual([1_705, 1_005]);
  });

  it('is one that nothing is done about yet: what is under way goes on when its cause breaks later', () => {
    const s = scene(chain);
    s.set('b/y', false);
    s.on();
    s.set('a/x', false);
    s.on();
    expect(s.incident('b/y')).toMatchObject({ phase: 'remedying', waitsFor: null });
  });

  it('waits for nothing that is judged nowhere', () => {
    const s = scene((w) => [w.invariant('b/y', { dependsOn: ['a/x'] })]);
    s.set('b/y', false);
    expect(sent(s.on())).toEqual(['REPAIR b']);
  });

  it('does not wait in a circle', () => {
    const s = scene((w) => [w.invariant('a/x', { dependsOn: ['b/y'] }), w.invariant('b/y', { dependsOn: ['a/x'] })]);
    s.set('a/x', false);
    s.set('b/y', false);
    s.on();
    expect([s.incident('a/x').waitsFor, s.incident('b/y').waitsFor]).toEqual([null, null]);
  });
});

describe('a remedy', () => {
  it('that was refused is tried again after a wait that doubles, and says by whom it was refused', () => {
    const s = scene((w) => [
      w.invariant('a/x', {
        remedies: [
          { type: 'REPAIR', target: 'it' },
          { type: 'EXPIRE', olderThanMs: 60_000 },
        ],
      }),
    ]);
    s.set('a/x', false);
    s.on();
    const first = s.on(s.refused('INC-1'));
    const wait = (failures: number) => backoffMs(ACTOR_BACKOFF, failures, 0.5);
    expect(s.incident('a/x')).toMatchObject({ phase: 'due', rung: 1, deadline: null, dueAt: 1_000 + wait(0) });
    expect(s.incident('a/x').attempts).toMatchObject([{ outcome: 'refused', says: 'no', answeredAt: 1_000 }]);
    expect(new Set(wakes(first))).toEqual(new Set([1_000 + wait(0)]));
    s.pass(wait(0));
    expect(sent(s.on())).toEqual(['EXPIRE a']);
    s.on(s.refused('INC-1'));
    expect(s.incident('a/x').dueAt).toBe(1_000 + wait(0) + wait(1));
  });

  it('that was refused heals nothing, though its invariant holds just then', () => {
    const s = scene((w) => [w.invariant('a/x')]);
    s.set('a/x', false);
    s.on();
    s.set('a/x', true);
    expect(recorded(s.on(s.refused('INC-1')))).toEqual(['closed cleared']);
  });

  it('is planned with what it is about before it is sent', () => {
    const s = scene((w) => [w.invariant('a/x')]);
    s.set('a/x', false);
    s.on();
    expect(s.incident('a/x').attempts).toMatchObject([
      { outcome: 'under way', says: '', to: 'a', at: 1_000, answeredAt: null, plan: { id: 'INC-1#1', affects: ['a'] } },
    ]);
  });

  it('of an invariant that is judged no more comes to nothing, and says so', () => {
    const w = world();
    w.facts.set('a/x', false);
    const before = heal(
      heal(restful, w.seen(), w.policy([w.invariant('a/x')])),
      w.done('INC-1'),
      w.policy([w.invariant('a/x')]),
    );
    expect(before.incidents.get('a/x')?.attempts).toMatchObject([{ outcome: 'done' }]);
    w.pass(2_000);
    const after = heal(before, w.seen(), w.policy([]));
    expect(after.incidents.get('a/x')?.attempts[0]).toMatchObject({
      outcome: 'unproven',
      says: 'it was reported done, but there is no evidence',
    });
  });

  it('that was refused without a word is said to be so', () => {
    const s = scene((w) => [w.invariant('a/x')]);
    s.set('a/x', false);
    s.on();
    s.on({ ...s.refused('INC-1'), failed: null } as ReturnType<typeof s.refused>);
    expect(s.incident('a/x').attempts[0]?.says).toBe('it was refused without a reason');
  });

  it('is not proven by an answer to another incident, nor by a second answer', () => {
    const s = scene((w) => [w.invariant('a/x')]);
    s.set('a/x', false);
    s.on();
    s.on(s.done('INC-9'));
    expect(s.incident('a/x').phase).toBe('remedying');
    s.on(s.done('INC-1'));
    expect(s.incident('a/x')).toMatchObject({ phase: 'proving', deadline: 3_000 });
    s.on(s.refused('INC-1'));
    expect(s.incident('a/x').phase).toBe('proving');
  });

  it('is not proven by an answer that was received before it was sent: that was to an earlier one', () => {
    const s = scene((w) => [w.invariant('a/x')]);
    s.set('a/x', false);
    s.on();
    s.pass(5_000);
    s.on();
    // The answer to the first is received, and before the loop takes it the clock is set forward, and the second is sent.
    const late = s.done('INC-1');
    s.pass(3_600_000);
    s.on();
    expect(s.incident('a/x').attempts).toHaveLength(2);
    s.set('a/x', true);
    s.on(late);
    expect(s.incident('a/x')).toMatchObject({
      phase: 'remedying',
      attempts: [{ outcome: 'silent' }, { answeredAt: null }],
    });
    s.on(s.done('INC-1'));
    expect(s.round().incidents.size).toBe(0);
  });

  it('is unproven in words: what was seen, or that nothing was', () => {
    for (const [holds, says] of [
      [false, 'it was reported done, but a/x is false'],
      [null, 'it was reported done, but a/x is null'],
    ] as const) {
      const s = scene((w) => [w.invariant('a/x')]);
      s.set('a/x', false);
      s.on();
      s.on(s.done('INC-1'));
      s.set('a/x', holds);
      s.pass(1_999);
      s.on();
      expect(s.incident('a/x').phase).toBe('proving');
      s.pass(1);
      s.on();
      expect(s.incident('a/x').attempts[0]).toMatchObject({ outcome: 'unproven', says });
    }
  });

  it('that nobody answers is over when its time is, not before', () => {
    const s = scene((w) => [w.invariant('a/x')]);
    s.set('a/x', false);
    expect(wakes(s.on())).toEqual([6_000]);
    s.pass(4_999);
    expect(wakes(s.on())).toEqual([6_000]);
    expect(s.incident('a/x').phase).toBe('remedying');
    s.pass(1);
    s.on();
    expect(s.incident('a/x').attempts[0]).toMatchObject({ outcome: 'silent', says: 'no answer came in time' });
  });

  it('that healed leaves what was seen after, and when', () => {
    const s = scene((w) => [w.invariant('a/x')]);
    s.set('a/x', false);
    s.on();
    s.pass(20);
    s.set('a/x', true);
    const round = s.on(s.done('INC-1'));
    expect(round.commands).toMatchObject([
      {
        do: 'record',
        what: 'closed',
        incident: {
          phase: 'healed',
          closedAt: 1_020,
          deadline: null,
          before: { holds: false },
          after: { holds: true, takenAt: 1_020 },
          attempts: [{ outcome: 'proven', says: 'I did it', answeredAt: 1_020 }],
        },
      },
    ]);
    expect(round.mendedAt.get('a/x')).toBe(1_020);
  });

  it('goes to whom it names, by name or by what is seen', () => {
    const s = scene((w) => [
      w.invariant('a/x', { remedies: [{ type: 'REPAIR', target: 'it', to: 'keeper' }] }),
      w.invariant('b/y', { remedies: [{ type: 'RESTART', to: (view) => `at${view.now}` }] }),
    ]);
    s.set('a/x', false);
    s.set('b/y', false);
    expect(sent(s.on())).toEqual(['REPAIR keeper', 'RESTART at1000']);
  });

  it('is under way for so many actors at once, and the next when one is done', () => {
    const s = scene((w) => ['a/x', 'b/x', 'c/x'].map((id) => w.invariant(id)), { atOnce: 2 });
    for (const id of ['a/x', 'b/x', 'c/x']) s.set(id, false);
    expect(sent(s.on())).toEqual(['REPAIR a', 'REPAIR b']);
    expect(sent(s.on())).toEqual([]);
    s.set('a/x', true);
    expect(sent(s.on(s.done('INC-1')))).toEqual(['REPAIR c']);
  });

  it('is only planned where the healer observes, and costs no budget', () => {
    const s = scene((w) => [w.invariant('a/x')], { mode: 'observe' });
    s.set('a/x', false);
    const round = s.on();
    expect(recorded(round)).toEqual(['opened due', 'planned observing']);
    expect(s.incident('a/x')).toMatchObject({
      phase: 'observing',
      deadline: null,
      attempts: [
        { outcome: 'observed', says: 'nothing was sent: the healer only observes', answeredAt: null, at: 1_000 },
      ],
    });
    expect(round.spent.size).toBe(0);
    expect(told(s.on())).toEqual([]);
  });
});

describe('a budget that is spent', () => {
  const restarting = (w: ReturnType<typeof world>) => [w.invariant('a/x', { remedies: [{ type: 'RESTART' }] })];
  const spend = (s: ReturnType<typeof scene>, first: number) => {
    for (let i = 0; i < 3; i++) {
      s.set('a/x', false);
      s.on();
      s.set('a/x', true);
      s.pass(10);
      s.on(s.done(`INC-${first + i}`));
    }
    s.set('a/x', false);
    return s.on();
  };

  it('fails the incident once, and is tried again when its oldest use no longer counts', () => {
    const s = scene(restarting);
    const round = spend(s, 1);
    const says = 'the budget of 3 RESTART in 60 s for a is spent';
    expect(recorded(round)).toEqual(['opened due', 'failed failed']);
    expect(escalated(round)).toEqual([`a/x: ${says}`]);
    expect(s.incident('a/x')).toMatchObject({ rung: 0, verdict: says, dueAt: 61_000 });
    s.pass(61_000 - 1_030 - 1);
    expect(sent(s.on())).toEqual([]);
    expect(escalated(s.round())).toEqual([]);
    s.pass(1);
    expect(sent(s.on())).toEqual(['RESTART a']);
  });

  it('is tried again earlier, where what failed is tried again earlier; and tells nobody a second time', () => {
    const s = scene(restarting, { retryFailedMs: 5_000 });
    spend(s, 1);
    expect(s.incident('a/x').dueAt).toBe(1_030 + 5_000);
    s.pass(5_000);
    const again = s.on();
    expect([recorded(again), escalated(again), sent(again)]).toEqual([[], [], []]);
    expect(s.incident('a/x').dueAt).toBe(1_030 + 10_000);
  });

  it('of repairs is another one', () => {
    const s = scene((w) => [w.invariant('a/x')], { others: { most: 1, withinMs: 30_000 } });
    s.set('a/x', false);
    s.on();
    s.on(s.refused('INC-1'));
    s.pass(1_000);
    expect(escalated(s.on())).toEqual(['a/x: the budget of 1 REPAIR in 30 s for a is spent']);
  });
});

describe('what comes again and again', () => {
  it('is told with how often and in which time, from the time on that it is too often', () => {
    const s = scene((w) => [w.invariant('a/x')], { recurring: { most: 3, withinMs: 600_000 } });
    const reasons: string[][] = [];
    for (let i = 1; i <= 4; i++) {
      s.set('a/x', false);
      reasons.push([...escalated(s.on())]);
      s.set('a/x', true);
      s.pass(1);
      s.on(s.done(`INC-${i}`));
      if (i === 3) s.pass(600_000 - 3);
    }
    const three = 'a/x broke 3 times within 10 minutes';
    // The first is ten minutes ago when the fourth comes.
    expect(reasons).toEqual([[], [], [three], [three]]);
    expect(s.round().recurrences.get('a/x')).toHaveLength(3);
  });

  it('is told nobody where the healer only observes', () => {
    const s = scene((w) => [w.invariant('a/x')], { recurring: { most: 1, withinMs: 600_000 }, mode: 'observe' });
    s.set('a/x', false);
    expect(escalated(s.on())).toEqual([]);
  });
});

describe('what is judged by its age', () => {
  const SAMPLING = { sampling: { everyMs: 1_000, lateAfterMs: 5_000 } };
  const aged = (w: ReturnType<typeof world>) => [w.invariant('a/x', { timed: true }), w.invariant('b/y')];

  it('is looked at again after a sample, while one bad look is all there is', () => {
    const s = scene(aged, SAMPLING);
    s.set('b/y', true);
    s.set('a/x', false);
    const round = s.on();
    expect([wakes(round), round.violations]).toEqual([[2_000], []]);
    expect(round.samples.get('a/x')).toBe(withSample('', false));
  });

  it('is held against it at the first look of all, however late that is', () => {
    const s = scene(aged, SAMPLING);
    s.pass(1_000_000);
    s.set('a/x', false);
    expect(s.on().findings.get('a/x')?.holds).toBe(false);
  });

  it('is not held against it after the healer was held up, for as long as that, and not what no clock judges', () => {
    const s = scene(aged, SAMPLING);
    s.set('a/x', true);
    s.set('b/y', true);
    s.on();
    s.pass(5_000);
    expect(wakes(s.on())).toEqual([]);
    s.pass(5_001);
    const held = s.on();
    expect(held.findings.get('a/x')?.holds).toBe(true);
    expect(wakes(held)).toEqual([11_001 + 5_001]);
    s.set('a/x', false);
    s.set('b/y', false);
    s.pass(5_000);
    const late = s.on();
    expect(late.findings.get('a/x')).toMatchObject({ holds: null, says: expect.stringMatching(/^a\/x is false; but/) });
    expect(late.findings.get('b/y')?.holds).toBe(false);
    s.pass(1);
    const over = s.on();
    expect(over.findings.get('a/x')?.holds).toBe(false);
    expect(wakes(over)).not.toContain(16_002);
  });

  it('waits half a minute at most, however long it was held up', () => {
    const s = scene(aged, SAMPLING);
    s.on();
    s.pass(3_600_000);
    expect(wakes(s.on())).toContain(1_000 + 3_600_000 + 30_000);
  });

  it('is cleared after three good looks, and at once where nothing is sampled', () => {
    const s = scene((w) => [w.invariant('a/x', { ...HOPELESS, timed: true })], SAMPLING);
    const look = (holds: boolean) => {
      s.set('a/x', holds);
      s.pass(1_000);
      return recorded(s.on());
    };
    look(false);
    look(false);
    expect(s.incident('a/x').phase).toBe('failed');
    expect([look(true), look(true), look(true)]).toEqual([[], [], ['closed cleared']]);
    const plain = scene((w) => [w.invariant('a/x', { ...HOPELESS, timed: true })]);
    plain.set('a/x', false);
    plain.on();
    plain.set('a/x', true);
    expect(recorded(plain.on())).toEqual(['closed cleared']);
  });
});

it.each([
  ['acts', 'act', 1],
  ['observes', 'observe', 0],
] as const)('what flaps is written down once, and told where the healer %s', (_, mode, tellings) => {
  const s = scene((w) => [w.invariant('a/x', { neverRestart: true, severity: 'medium' })], {
    mode,
    sampling: { everyMs: 1_000, lateAfterMs: 5_000 },
    recurring: { most: 1_000, withinMs: 1_000 },
    answerWithinMs: 1_000_000,
  });
  const written: unknown[] = [];
  const reasons: string[] = [];
  for (let i = 0; i < 40; i++) {
    s.set('a/x', i % 2 === 0);
    s.pass(1_000);
    const round = s.on();
    for (const command of round.commands)
      if (command.do === 'record' && command.incident.flaps) written.push(command.what);
    reasons.push(...escalated(round).filter((reason) => reason.includes('in turns')));
  }
  expect(written).toEqual(['opened']);
  expect(reasons).toHaveLength(tellings);
});

it('an incident knows since when its invariant is broken, not only since when it is patient no more', () => {
  const s = scene((w) => [w.invariant('a/x', { patienceMs: 500 })]);
  s.set('a/x', false);
  s.on();
  s.pass(500);
  s.on();
  expect(s.incident('a/x')).toMatchObject({ brokenSince: 1_000, openedAt: 1_500 });
});

it('a round is about one answer, or none', () => {
  const s = scene((w) => [w.invariant('a/x')]);
  s.set('a/x', false);
  expect(s.on().answered).toBeNull();
  expect(s.on(s.done('INC-1')).answered?.incident).toBe('INC-1');
  expect(s.on().answered).toBeNull();
});

describe('the ladder', () => {
  const repair = { type: 'REPAIR', target: 'it' } as const;
  const restart = { type: 'RESTART', to: 'keeper' } as const;
  const rungs = (remedies: Invariant['remedies'], neverRestart?: true) =>
    rungsOf({ ...world().invariant('a/x', { remedies }), ...(neverRestart ? { neverRestart } : {}) });

  it('has the remedies, the first again, a restart, and a restart with all that depend on it', () => {
    expect(rungs([repair])).toEqual([repair, repair, { type: 'RESTART' }, { type: 'RESTART', scope: 'rest' }]);
    expect(rungs([])).toEqual([{ type: 'RESTART' }, { type: 'RESTART', scope: 'rest' }]);
  });

  it('restarts by the restart that is among them, once', () => {
    expect(rungs([repair, restart])).toEqual([repair, restart, repair, { ...restart, scope: 'rest' }]);
  });

  it('is empty where nothing may be restarted and there is no remedy', () => {
    expect(rungs([], true)).toEqual([]);
  });
});

it('what a healer allows itself where nothing is said: three restarts a minute, twenty other remedies', () => {
  expect(LIMITS).toEqual({ restarts: { most: 3, withinMs: 60_000 }, others: { most: 20, withinMs: 60_000 } });
});

it('what another healer acts for is judged, and not opened', () => {
  const s = scene((w) => [w.invariant('a/x')], { acts: () => false });
  s.set('a/x', false);
  const round = s.on();
  expect(round.violations.map(({ id }) => id)).toEqual(['a/x']);
  expect([told(round), round.incidents.size]).toEqual([[], 0]);
});

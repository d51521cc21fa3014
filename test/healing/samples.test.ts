import { describe, expect, it } from 'vitest';
import type { Finding, Invariant, View } from '../../src/healing/invariant.ts';
import { heal } from '../../src/healing/loop.ts';
import { type Impulse, type Policy, type Round, restful } from '../../src/healing/round.ts';
import { changing, isClean, isConvicted, isFlapping, LOOKS, withSample } from '../../src/healing/samples.ts';
import { fc } from '../fast-check.ts';

const look = fc.constantFrom(true, false, null);
const seen = (looks: readonly (boolean | null)[]) => looks.reduce((samples, one) => withSample(samples, one), '');

describe('samples', () => {
  it('are bounded, and what is unknown changes nothing', () => {
    fc.assert(
      fc.property(fc.array(look, { maxLength: 60 }), (looks) => {
        const samples = seen(looks);
        expect(samples.length).toBe(Math.min(LOOKS, looks.length));
        expect(changing(samples)).toBeGreaterThanOrEqual(0);
        expect(changing(samples)).toBeLessThanOrEqual(1);
        expect(changing(`${samples.slice(0, 10)}${samples.slice(10)}`)).toBe(changing(samples));
        expect(changing(samples.replaceAll('?', ''))).toBe(changing(samples));
      }),
    );
  });

  it('convict after two failures of three, and clear after three clean looks', () => {
    expect(
      [seen([false]), seen([false, true, true]), seen([false, true, false]), seen([true, false, false])].map(
        isConvicted,
      ),
    ).toEqual([false, false, true, true]);
    expect([seen([true, true]), seen([true, true, true]), seen([true, true, null])].map(isClean)).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('flap from 30 % changes over 21 looks, and rest below 20 %', () => {
    const turns = (changes: number) => {
      const looks: boolean[] = [];
      for (let i = 0, now = true; i < LOOKS; i++) {
        if (i > 0 && i <= changes) now = !now;
        looks.push(now);
      }
      return seen(looks);
    };
    expect(isFlapping(turns(5), false)).toBe(false);
    expect(isFlapping(turns(6), false)).toBe(true);
    expect(isFlapping(turns(4), true)).toBe(true);
    expect(isFlapping(turns(3), true)).toBe(false);
    expect(isFlapping(seen(Array.from({ length: 20 }, (_, i) => i % 2 === 0)), false)).toBe(false);
  });
});

/** One healer, invariants that hold as they are told, and time that passes by hand. */
function bench(invariants: readonly Partial<Invariant>[], more: Partial<Policy> = {}) {
  let now = 1_000;
  const facts = new Map<string, boolean | null>();
  const told = (id: string): boolean | null => facts.get(id) ?? (facts.has(id) ? null : true);
  const view: View = {
    get now() {
      return now;
    },
    sight: () => undefined,
    mail: () => ({ accepted: 0, processed: 0, held: 0, unprocessedSince: null }),
  };
  const all = invariants.map(
    (given, i): Invariant => ({
      id: `a${i}/holds`,
      component: `a${i}`,
      actor: `a${i}`,
      severity: 'high',
      dependsOn: [],
      patienceMs: 0,
      proofWithinMs: 2_000,
      holds: (): Finding => ({ holds: told(`a${i}/holds`), says: 'as told', figures: {}, takenAt: now }),
      remedies: [{ type: 'RESTART' }],
      ...given,
    }),
  );
  const policy: Policy = {
    invariants: all,
    acts: () => true,
    newId: () => `INC-${now}`,
    chance: () => 0.5,
    restarts: { most: 100, withinMs: 60_000 },
    others: { most: 100, withinMs: 60_000 },
    recurring: { most: 1_000, withinMs: 600_000 },
    retryFailedMs: 300_000,
    answerWithinMs: 5_000,
    sampling: { everyMs: 1_000, lateAfterMs: 5_000 },
    ...more,
  };
  let round: Round = restful;
  const sent: string[] = [];
  const said: string[] = [];
  const step = (impulse: Impulse): Round => {
    round = heal(round, impulse, policy);
    for (const command of round.commands) {
      if (command.do === 'remedy') sent.push(`${command.remedy.type} ${command.to}`);
      if (command.do === 'escalate') said.push(command.reason);
    }
    return round;
  };
  return {
    facts,
    sent,
    said,
    round: () => round,
    /** A look each `everyMs`, for so long. */
    pass: (ms: number, everyMs = 1_000) => {
      for (let passed = 0; passed < ms; passed += everyMs) {
        now += everyMs;
        step({ type: 'seen', view });
      }
    },
    answer: () => {
      for (const incident of round.incidents.values())
        if (incident.phase === 'remedying')
          step({
            type: 'answered',
            view,
            incident: incident.id,
            at: now,
            done: { says: 'done', figures: {} },
            failed: null,
          });
    },
  };
}

describe('a healer with hysteresis', () => {
  it('sends nothing for one late look, and acts on two of three', () => {
    const b = bench([{ timed: true }]);
    b.pass(3_000);
    b.facts.set('a0/holds', false);
    b.pass(1_000);
    b.facts.set('a0/holds', true);
    b.pass(5_000);
    expect(b.sent).toEqual([]);
    b.facts.set('a0/holds', false);
    b.pass(3_000);
    expect(b.sent).toEqual(['RESTART a0']);
  });

  it('acts at once on what no clock judges', () => {
    const b = bench([{}]);
    b.pass(1_000);
    b.facts.set('a0/holds', false);
    b.pass(100, 100);
    expect(b.sent).toEqual(['RESTART a0']);
  });

  it('holds an age against nobody when it was held up itself, and does when the grace is over', () => {
    const b = bench([{ timed: true }]);
    b.pass(5_000);
    b.facts.set('a0/holds', false);
    b.pass(8_000, 8_000);
    b.pass(7_000);
    expect(b.round().findings.get('a0/holds')).toMatchObject({
      holds: null,
      says: expect.stringContaining('held up itself'),
    });
    expect(b.sent).toEqual([]);
    b.pass(5_000);
    expect(b.sent).toEqual(['RESTART a0']);
  });

  it('stops sending to what breaks and holds in turns, says so once, and goes on when it has come to rest', () => {
    const b = bench([{}]);
    for (let i = 0; i < 40; i++) {
      b.facts.set('a0/holds', i % 2 === 0);
      b.pass(1_000);
      b.answer();
    }
    const before = b.sent.length;
    expect(before).toBeLessThan(12);
    expect(b.said.filter((words) => words.includes('in turns'))).toHaveLength(1);
    for (let i = 0; i < 20; i++) {
      b.facts.set('a0/holds', i % 2 === 0);
      b.pass(1_000);
    }
    expect(b.sent.length).toBe(before);
    b.facts.set('a0/holds', false);
    b.pass(30_000);
    expect(b.sent.length).toBeGreaterThan(before);
  });

  it('mends so many at once and no more, the others after them', () => {
    const b = bench(
      Array.from({ length: 10 }, () => ({})),
      { atOnce: 3 },
    );
    b.pass(1_000);
    for (let i = 0; i < 10; i++) b.facts.set(`a${i}/holds`, false);
    b.pass(100, 100);
    expect(b.sent).toHaveLength(3);
    for (let i = 0; i < 10; i++) {
      for (const sent of b.sent) b.facts.set(`${sent.split(' ')[1]}/holds`, true);
      b.answer();
      b.pass(100, 100);
    }
    expect(new Set(b.sent).size).toBe(10);
    expect(b.round().incidents.size).toBe(0);
  });

  it('gives the symptoms of a cause that was mended the time to recover by themselves', () => {
    const state = [true, true];
    const told =
      (i: number) =>
      (view: View): Finding => ({ holds: state[i] ?? null, says: '', figures: {}, takenAt: view.now });
    const b = bench([
      { id: 'feed/fresh', holds: told(0) },
      { id: 'features/fresh', dependsOn: ['feed/fresh'], holds: told(1) },
    ]);
    b.pass(1_000);
    state[0] = false;
    state[1] = false;
    b.pass(100, 100);
    expect(b.sent).toEqual(['RESTART a0']);
    state[0] = true;
    b.answer();
    b.pass(1_500, 100);
    expect(b.sent).toEqual(['RESTART a0']);
    state[1] = true;
    b.pass(100, 100);
    expect(b.round().incidents.size).toBe(0);
    // One that does not recover is mended after all.
    state[1] = false;
    b.pass(5_000, 100);
    expect(b.sent).toEqual(['RESTART a0', 'RESTART a1']);
  });

  it('tells the operator at once of what no remedy of the bot mends', () => {
    const b = bench([
      { remedies: [], neverRestart: true, severity: 'critical' },
      { remedies: [], neverRestart: true, severity: 'medium' },
    ]);
    b.facts.set('a0/holds', false);
    b.facts.set('a1/holds', false);
    b.pass(10_000);
    expect(b.sent).toEqual([]);
    expect(b.said).toEqual(['a0/holds: as told']);
    expect([...b.round().incidents.values()].map(({ phase }) => phase)).toEqual(['failed', 'due']);
    b.facts.set('a0/holds', true);
    b.pass(1_000);
    expect(b.round().incidents.has('a0/holds')).toBe(false);
  });

  it('remembers of each what was found of it at every look, however long all was well', () => {
    const stretch = fc.oneof(
      fc.record({
        looks: fc.integer({ min: 1, max: 30 }),
        found: fc.constant<readonly (boolean | null)[]>([true, true]),
      }),
      fc.record({ looks: fc.integer({ min: 1, max: 3 }), found: fc.array(look, { minLength: 2, maxLength: 2 }) }),
    );
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 12 }), (stretches) => {
        const b = bench([{}, { timed: true }]);
        const all = stretches.flatMap(({ looks, found }) => Array.from({ length: looks }, () => found));
        const flaps = [false, false];
        for (const [n, found] of all.entries()) {
          for (const [i, holds] of found.entries()) b.facts.set(`a${i}/holds`, holds);
          b.pass(1_000);
          for (const i of [0, 1]) {
            const samples = seen(all.slice(0, n + 1).map((one) => one[i] ?? null));
            flaps[i] = isFlapping(samples, flaps[i] ?? false);
            expect(b.round().samples.get(`a${i}/holds`)).toBe(samples);
            expect(b.round().flapping.has(`a${i}/holds`)).toBe(flaps[i]);
          }
        }
      }),
    );
  });

  it('does nothing about what is unknown, tells the operator in time, and mends it when it turns out broken', () => {
    const b = bench([{ severity: 'critical' }, { severity: 'high' }], { blindAfterMs: 10_000 });
    b.facts.set('a0/holds', null);
    b.facts.set('a1/holds', null);
    b.pass(10_000);
    expect([b.sent, b.said]).toEqual([[], []]);
    b.pass(5_000);
    expect([b.sent, b.said]).toEqual([[], ['a0/holds: as told']]);
    b.facts.set('a0/holds', false);
    b.pass(1_000);
    expect(b.sent).toEqual(['RESTART a0']);
    b.facts.set('a0/holds', true);
    b.answer();
    b.pass(1_000);
    expect(b.round().incidents.size).toBe(0);
    b.facts.set('a0/holds', null);
    b.pass(15_000);
    b.facts.set('a0/holds', true);
    b.pass(1_000);
    expect(b.round().incidents.size).toBe(0);
    expect(b.sent).toHaveLength(1);
  });
});

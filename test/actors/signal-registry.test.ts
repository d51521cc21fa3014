import { describe, expect, it } from 'vitest';
import { type IntentFate, SignalRegistry } from '../../src/actors/signal-registry.ts';
import { SIGNAL_STATES, type SignalState } from '../../src/machines/messages.ts';
import { fc } from '../fast-check.ts';
import { NOW } from './samples.ts';

const HOUR = 3_600_000;
const born = (id: string, at = NOW) => ({ id, symbol: 'BTCUSDT', direction: 'LONG' as const, at });
const registry = (...ids: string[]) => {
  const made = new SignalRegistry();
  for (const id of ids) made.add(born(id));
  return made;
};
const through = (made: SignalRegistry, id: string, ...states: SignalState[]) =>
  states.every((state) => made.transition(id, state, NOW).ok);

describe('the registry of signals', () => {
  it('follows the lifecycle of the bus', () => {
    const made = registry('a', 'b', 'c');
    expect(through(made, 'a', 'evaluating', 'approved', 'executing', 'executed', 'learned')).toBe(true);
    expect(through(made, 'b', 'evaluating', 'blocked', 'learned')).toBe(true);
    expect(through(made, 'c', 'evaluating', 'approved', 'expired')).toBe(true);
    expect(made.counts()).toMatchObject({ learned: 2, expired: 1, generated: 0 });
  });
  it('refuses what the lifecycle does not know, and says why', () => {
    const made = registry('a');
    expect(made.transition('a', 'executed', NOW)).toEqual({
      ok: false,
      reason: 'signal a cannot go from generated to executed',
    });
    expect(made.transition('zzz', 'expired', NOW)).toEqual({ ok: false, reason: 'signal zzz is not known' });
    expect(made.add(born('a'))).toEqual({ ok: false, reason: 'signal a is known already' });
    expect(made.transition('a', 'evaluating', NOW + 5)).toEqual({ ok: true, from: 'generated' });
    expect(made.get('a')).toMatchObject({
      state: 'evaluating',
      createdAt: NOW,
      changedAt: NOW + 5,
      intent: null,
      intentOpen: false,
    });
  });
  it('does not let a signal expire while its order may fill', () => {
    const made = registry('a');
    through(made, 'a', 'evaluating', 'approved', 'executing');
    expect(made.get('a')).toMatchObject({ intent: 'open', intentOpen: true });
    expect(made.transition('a', 'expired', NOW)).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/may still fill; reconcile/),
    });
    expect(made.intent('a', 'unknown')).toEqual({ ok: true, from: 'executing' });
    expect(made.transition('a', 'expired', NOW)).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/unknown fate/),
    });
    expect(made.intent('a', 'closed').ok).toBe(true);
    expect(made.get('a')).toMatchObject({ intent: 'closed', intentOpen: false });
    expect(made.intent('a', 'open').ok).toBe(false);
    expect(made.transition('a', 'expired', NOW)).toEqual({ ok: true, from: 'executing' });
  });
  it('takes the same fate twice, and none where there is no order', () => {
    const made = registry('a', 'b');
    through(made, 'a', 'evaluating', 'approved', 'executing');
    expect([made.intent('a', 'unknown').ok, made.intent('a', 'unknown').ok]).toEqual([true, true]);
    expect(made.intent('b', 'open')).toEqual({
      ok: false,
      reason: 'the order of signal b cannot be open: the signal is generated',
    });
    expect(made.intent('zzz', 'open').ok).toBe(false);
    // Approved is one event before an order, and has none: to say that it is open would submit it unseen.
    through(made, 'b', 'evaluating', 'approved');
    expect(made.intent('b', 'open').ok).toBe(false);
    expect(made.counts()).toMatchObject({ approved: 1, executing: 1 });
  });
});

describe('what is stuck', () => {
  it('is what rests unfinished for longer than allowed; executed and blocked may rest', () => {
    const made = registry('generated', 'blocked', 'executed', 'executing', 'expired');
    through(made, 'blocked', 'evaluating', 'blocked');
    through(made, 'executed', 'evaluating', 'approved', 'executing', 'executed');
    through(made, 'executing', 'evaluating', 'approved', 'executing');
    through(made, 'expired', 'expired');
    expect(made.stuck(NOW + HOUR, HOUR)).toEqual([]);
    expect(made.stuck(NOW + HOUR + 1, HOUR).map(({ id }) => id)).toEqual(['generated', 'executing']);
    expect(made.old(NOW + 2 * HOUR + 1, 2 * HOUR).map(({ id }) => id)).toEqual(['generated', 'executing']);
  });
  it('counts rest from the last change of state, age from birth; asking about the order is no change', () => {
    const made = registry('a');
    made.transition('a', 'evaluating', NOW + HOUR);
    made.transition('a', 'approved', NOW + HOUR);
    made.transition('a', 'executing', NOW + HOUR);
    made.intent('a', 'unknown');
    expect(made.stuck(NOW + 2 * HOUR, HOUR)).toEqual([]);
    expect(made.old(NOW + HOUR + 1, HOUR)).toHaveLength(1);
    expect([made.oldestBirth, made.oldestChange]).toEqual([NOW, NOW + HOUR]);
  });
});

describe('a state that does not exist', () => {
  it('is kept as it was found, seen, and moves no more until it is set right', () => {
    const made = registry('a');
    made.transition('a', 'evaluating', NOW);
    expect(made.setState('a', 'evaluatingg', NOW + 1)).toEqual({ ok: true, from: 'evaluating' });
    expect(made.get('a')).toMatchObject({ state: 'evaluating', unknownState: 'evaluatingg' });
    expect(made.unknown().map(({ id }) => id)).toEqual(['a']);
    expect(made.counts().evaluating).toBe(0);
    expect(made.transition('a', 'approved', NOW)).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/"evaluatingg", which does not exist/),
    });
    made.setState('a', 'evaluating', NOW + 2);
    expect(made.unknown()).toEqual([]);
    expect(made.transition('a', 'approved', NOW + 3).ok).toBe(true);
  });
});

describe('a replay', () => {
  it('sets what the log says; an order of which nothing is known may be out there', () => {
    const made = registry('a', 'b');
    made.setState('a', 'executing', NOW);
    made.setState('b', 'executing', NOW, 'closed');
    expect(made.get('a')?.intentOpen).toBe(true);
    expect(made.transition('b', 'expired', NOW).ok).toBe(true);
    expect(made.setState('zzz', 'expired', NOW).ok).toBe(false);
  });
  it('may bring a finished signal back to an unfinished state', () => {
    const made = registry('a');
    made.setState('a', 'expired', NOW);
    made.setState('a', 'approved', NOW + 1);
    expect(made.stuck(NOW + 10, 5)).toMatchObject([{ id: 'a', state: 'approved' }]);
    expect(made.old(NOW + 10, 5)).toHaveLength(1);
  });
});

describe('finished signals', () => {
  it('are forgotten beyond a bound; their counts stay, unfinished ones are never forgotten', () => {
    const made = new SignalRegistry({ keepFinished: 100 });
    for (let i = 0; i < 5_000; i++) {
      made.add(born(`s${i}`, NOW + i));
      if (i % 100 !== 0) made.transition(`s${i}`, 'expired', NOW + i);
    }
    expect(made.size).toBe(150);
    expect(made.get('s1')).toBe(null);
    expect(made.get('s4999')?.state).toBe('expired');
    expect(made.counts()).toMatchObject({ generated: 50, expired: 4_950 });
    expect(made.held).toBeLessThan(4 * 50 + 140);
  });
});

describe('a finished signal that is brought back', () => {
  it('is not forgotten: it is unfinished again', () => {
    const made = new SignalRegistry({ keepFinished: 1 });
    for (const id of ['a', 'b', 'c']) made.add(born(id));
    made.transition('a', 'expired', NOW);
    made.setState('a', 'approved', NOW);
    made.transition('b', 'expired', NOW);
    made.transition('c', 'expired', NOW);
    expect([...made.all()].map(({ id }) => id)).toEqual(['a', 'c']);
  });
});

describe('the registry against a naive model', () => {
  const EDGES: Readonly<Record<SignalState, readonly SignalState[]>> = {
    generated: ['evaluating', 'expired'],
    evaluating: ['approved', 'blocked', 'expired'],
    approved: ['executing', 'expired'],
    executing: ['executed', 'expired'],
    executed: ['learned'],
    blocked: ['learned'],
    expired: [],
    learned: [],
  };
  const FATES: Readonly<Record<IntentFate, readonly IntentFate[]>> = {
    open: ['open', 'unknown', 'closed'],
    unknown: ['unknown', 'open', 'closed'],
    closed: ['closed'],
  };
  const UNFINISHED = ['generated', 'evaluating', 'approved', 'executing'];
  interface Model {
    readonly id: string;
    readonly createdAt: number;
    changedAt: number;
    state: SignalState;
    unknownState: string | null;
    fate: IntentFate;
  }

  it('allows, refuses, counts and finds the same, in any order of events and times', () => {
    const id = fc.integer({ min: 0, max: 6 }).map((n) => `s${n}`);
    const state = fc.constantFrom(...SIGNAL_STATES);
    const fate = fc.constantFrom<IntentFate>('open', 'unknown', 'closed');
    const wait = fc.integer({ min: -5, max: 40 });
    const commands = fc.array(
      fc.oneof(
        { weight: 2, arbitrary: fc.record({ do: fc.constant('add' as const), id, wait }) },
        { weight: 9, arbitrary: fc.record({ do: fc.constant('go' as const), id, state, wait }) },
        { weight: 4, arbitrary: fc.record({ do: fc.constant('next' as const), id, pick: fc.nat(), wait }) },
        { weight: 2, arbitrary: fc.record({ do: fc.constant('order' as const), id, fate, wait }) },
        {
          weight: 1,
          arbitrary: fc.record({
            do: fc.constant('set' as const),
            id,
            to: fc.oneof(state, fc.constant('nonsense')),
            fate,
            wait,
          }),
        },
      ),
      { maxLength: 250 },
    );
    fc.assert(
      fc.property(commands, (steps) => {
        const made = new SignalRegistry();
        const models = new Map<string, Model>();
        let now = NOW;
        for (const step of steps) {
          now += step.wait;
          const model = models.get(step.id);
          if (step.do === 'add') {
            expect(made.add(born(step.id, now)).ok).toBe(!model);
            if (!model)
              models.set(step.id, {
                id: step.id,
                createdAt: now,
                changedAt: now,
                state: 'generated',
                unknownState: null,
                fate: 'open',
              });
          } else if (step.do === 'order') {
            const allowed =
              model?.state === 'executing' && model.unknownState === null && FATES[model.fate].includes(step.fate);
            expect(made.intent(step.id, step.fate).ok).toBe(allowed);
            if (allowed && model) model.fate = step.fate;
          } else if (step.do === 'set') {
            expect(made.setState(step.id, step.to, now, step.fate).ok).toBe(model !== undefined);
            if (!model) continue;
            model.changedAt = now;
            if (step.to === 'nonsense') model.unknownState = step.to;
            else {
              model.state = step.to as SignalState;
              model.unknownState = null;
              model.fate = step.fate;
            }
          } else {
            const to =
              step.do === 'go'
                ? step.state
                : model && EDGES[model.state][step.pick % Math.max(1, EDGES[model.state].length)];
            if (!to) continue;
            const held = model?.state === 'executing' && to === 'expired' && model.fate !== 'closed';
            const allowed =
              model !== undefined && model.unknownState === null && EDGES[model.state].includes(to) && !held;
            expect(made.transition(step.id, to, now).ok, `${model?.state} → ${to}`).toBe(allowed);
            if (!allowed) continue;
            model.state = to;
            model.changedAt = now;
            model.fate = 'open';
          }
          const all = [...models.values()];
          const waiting = all.filter((one) => one.unknownState === null && UNFINISHED.includes(one.state));
          const ids = (found: readonly { readonly id: string }[]) => found.map((one) => one.id).sort();
          expect(ids(made.stuck(now, 30))).toEqual(ids(waiting.filter((one) => now - one.changedAt > 30)));
          expect(ids(made.old(now, 60))).toEqual(ids(waiting.filter((one) => now - one.createdAt > 60)));
          expect(ids(made.unknown())).toEqual(ids(all.filter((one) => one.unknownState !== null)));
          const counts = made.counts();
          for (const name of SIGNAL_STATES)
            expect(counts[name], name).toBe(
              all.filter((one) => one.unknownState === null && one.state === name).length,
            );
        }
        for (const model of models.values())
          expect(made.get(model.id)).toMatchObject({
            state: model.state,
            unknownState: model.unknownState,
            changedAt: model.changedAt,
          });
        expect([...made.all()].map((one) => one.id)).toEqual([...models.keys()]);
      }),
    );
  });
});

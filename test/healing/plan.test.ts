import { describe, expect, it } from 'vitest';
import { recordOf } from '../../src/healing/ledger.ts';
import { heal } from '../../src/healing/loop.ts';
import { restful } from '../../src/healing/round.ts';
import { recorded, sent, world } from './facts.ts';

describe('a plan before an act', () => {
  it('is recorded before the remedy is sent, and says what is sent', () => {
    const w = world();
    const policy = w.policy([w.invariant('a/x', { remedies: [{ type: 'RESTART', scope: 'rest', to: 'b' }] })], {
      affects: (to) => [to, 'c', 'd'],
    });
    w.facts.set('a/x', false);
    const { commands } = heal(restful, w.seen(), policy);
    const order = commands.map((command) => command.do);
    expect(order.lastIndexOf('record')).toBeLessThan(order.indexOf('remedy'));
    const remedy = commands.find((command) => command.do === 'remedy');
    const record = commands.findLast((command) => command.do === 'record');
    if (remedy?.do !== 'remedy' || record?.do !== 'record') throw new Error('nothing was sent');
    const [written] = recordOf(record.incident, 1_000).remedies;
    expect(written).toMatchObject({ type: remedy.remedy.type, to: remedy.to, outcome: 'under way', plan: remedy.plan });
    expect(remedy.plan).toEqual({
      id: 'INC-1#1',
      does: 'stop b and start it anew from its durable state, and in order all that depend on it',
      preconditions: ['no other remedy of b is under way', '0 of 3 RESTART in 60 s for b are used'],
      affects: ['b', 'c', 'd'],
      undo: expect.stringContaining('nothing is lost'),
      expects: 'a/x holds on evidence taken after the answer, within 2000 ms of it',
    });
  });

  it('has an id of its own for every rung', () => {
    const w = world();
    const policy = w.policy([w.invariant('a/x')]);
    w.facts.set('a/x', false);
    let round = heal(restful, w.seen(), policy);
    for (let i = 0; i < 20; i++) {
      w.pass(1_000);
      const acting = round.incidents.get('a/x');
      round = heal(round, acting?.phase === 'remedying' ? w.refused(acting.id) : w.seen(), policy);
    }
    const ids = round.incidents.get('a/x')?.attempts.map(({ plan }) => plan.id) ?? [];
    expect(ids).toEqual(['INC-1#1', 'INC-1#2', 'INC-1#3', 'INC-1#4']);
  });
});

describe('a healer that only observes', () => {
  const observing = () => {
    const w = world();
    const policy = w.policy([w.invariant('a/x'), w.invariant('b/y', { dependsOn: ['a/x'] })], {
      mode: 'observe',
      recurring: { most: 2, withinMs: 600_000 },
    });
    return { ...w, policy };
  };

  it('plans and records what the acting one would send, and sends nothing, escalates nothing, spends nothing', () => {
    const w = observing();
    w.facts.set('a/x', false);
    w.facts.set('b/y', false);
    let round = heal(restful, w.seen(), w.policy);
    expect(recorded(round)).toEqual(['opened due', 'opened waiting', 'planned observing']);
    const [attempt] = round.incidents.get('a/x')?.attempts ?? [];
    expect(attempt).toMatchObject({ remedy: { type: 'REPAIR', target: 'it' }, to: 'a', outcome: 'observed' });
    expect(attempt?.plan.does).toBe('ask a to repair its it');
    for (let i = 0; i < 30; i++) {
      w.pass(60_000);
      round = heal(round, w.seen(), w.policy);
      expect(sent(round)).toEqual([]);
      expect(round.commands.filter((command) => command.do === 'escalate')).toEqual([]);
      expect(recorded(round)).toEqual([]);
    }
    expect(round.incidents.get('a/x')?.phase).toBe('observing');
    expect(round.spent.size).toBe(0);
  });

  it('calls what comes right again cleared, never healed, and does not trip on what recurs', () => {
    const w = observing();
    let round = restful;
    for (let i = 0; i < 4; i++) {
      w.facts.set('a/x', false);
      round = heal(round, w.seen(), w.policy);
      w.pass(100);
      w.facts.set('a/x', true);
      round = heal(round, w.seen(), w.policy);
      expect(recorded(round)).toEqual(['closed cleared']);
      expect(round.commands.filter((command) => command.do === 'escalate')).toEqual([]);
    }
  });
});

import { describe, expect, it } from 'vitest';
import type { Incident } from '../../src/healing/incident.ts';
import { type Invariant, rungsOf } from '../../src/healing/invariant.ts';
import { heal } from '../../src/healing/loop.ts';
import { restful } from '../../src/healing/round.ts';
import { recorded, sent, world } from './facts.ts';

describe('the healing loop', () => {
  it('opens an incident for what is broken and sends its first remedy at once', () => {
    const w = world();
    const policy = w.policy([w.invariant('log/sound')]);
    w.facts.set('log/sound', false);
    const round = heal(restful, w.seen(), policy);
    expect(sent(round)).toEqual(['REPAIR log']);
    expect(recorded(round)).toEqual(['opened due', 'planned remedying']);
  });

  it('calls nothing healed on the word of the one who mended it', () => {
    const w = world();
    const policy = w.policy([w.invariant('log/sound')]);
    w.facts.set('log/sound', false);
    let round = heal(restful, w.seen(), policy);
    round = heal(round, w.done('INC-1'), policy);
    expect(round.incidents.get('log/sound')?.phase).toBe('proving');
    w.pass(2_000);
    round = heal(round, w.seen(), policy);
    const incident = round.incidents.get('log/sound');
    expect(incident?.phase).toBe('due');
    expect(incident?.attempts[0]?.outcome).toBe('unproven');
  });

  it('does not take evidence from before the remedy for proof', () => {
    const w = world();
    const policy = w.policy([w.invariant('log/sound')]);
    w.facts.set('log/sound', false);
    let round = heal(restful, w.seen(), policy);
    w.pass(100);
    w.facts.set('log/sound', true);
    w.taken.set('log/sound', 1_050);
    round = heal(round, w.done('INC-1'), policy);
    expect(round.incidents.get('log/sound')?.phase).toBe('proving');
    w.taken.set('log/sound', 1_100);
    round = heal(round, w.seen(), policy);
    expect(recorded(round)).toEqual(['closed healed']);
    expect(round.incidents.size).toBe(0);
  });

  it('keeps both pieces of evidence', () => {
    const w = world();
    const policy = w.policy([w.invariant('log/sound')]);
    w.facts.set('log/sound', false);
    let round = heal(restful, w.seen(), policy);
    w.facts.set('log/sound', true);
    round = heal(round, w.done('INC-1'), policy);
    const closed = round.commands.find((command) => command.do === 'record');
    expect(closed?.do === 'record' && [closed.incident.before.holds, closed.incident.after?.holds]).toEqual([
      false,
      true,
    ]);
  });

  it('heals the root cause and lets its symptoms wait for it', () => {
    const w = world();
    const policy = w.policy([
      w.invariant('feed/fresh'),
      w.invariant('features/fresh', { dependsOn: ['feed/fresh'] }),
      w.invariant('heart/beats', { dependsOn: ['features/fresh'] }),
    ]);
    for (const id of ['feed/fresh', 'features/fresh', 'heart/beats']) w.facts.set(id, false);
    const round = heal(restful, w.seen(), policy);
    expect(sent(round)).toEqual(['REPAIR feed']);
    expect([...round.incidents.values()].map(({ phase, waitsFor }) => [phase, waitsFor])).toEqual([
      ['remedying', null],
      ['waiting', 'feed/fresh'],
      ['waiting', 'feed/fresh'],
    ]);
  });

  it('lets a symptom wait for its cause also through what nobody knows while that is broken', () => {
    const w = world();
    const policy = w.policy([
      w.invariant('bus/alive'),
      w.invariant('bus/accepts', { dependsOn: ['bus/alive'] }),
      w.invariant('tracker/written', { dependsOn: ['bus/accepts'] }),
    ]);
    w.facts.set('bus/alive', false);
    w.facts.set('bus/accepts', null);
    w.facts.set('tracker/written', false);
    const round = heal(restful, w.seen(), policy);
    expect(sent(round)).toEqual(['REPAIR bus']);
    expect(round.incidents.get('tracker/written')).toMatchObject({ phase: 'waiting', waitsFor: 'bus/alive' });
  });

  it('sends nothing for what its broken component hides: that comes first', () => {
    const w = world();
    const policy = w.policy([w.invariant('engine/alive'), w.invariant('engine/log', { dependsOn: ['engine/alive'] })]);
    w.facts.set('engine/log', false);
    let round = heal(restful, w.seen(), policy);
    round = heal(round, w.refused('INC-1'), policy);
    w.facts.set('engine/alive', false);
    w.facts.set('engine/log', null);
    w.pass(60_000);
    round = heal(round, w.seen(), policy);
    expect(round.incidents.get('engine/log')).toMatchObject({ phase: 'waiting', waitsFor: 'engine/alive' });
    expect(sent(round)).toEqual(['REPAIR engine']);
    expect(round.commands.filter((command) => command.do === 'remedy').map(({ incident }) => incident.id)).toEqual([
      'INC-2',
    ]);
  });

  it('names the root cause and its incident in every symptom, and the symptoms in the cause', () => {
    const w = world();
    const policy = w.policy([
      w.invariant('feed/fresh'),
      w.invariant('features/fresh', { dependsOn: ['feed/fresh'] }),
      w.invariant('heart/beats', { dependsOn: ['features/fresh'] }),
    ]);
    for (const id of ['feed/fresh', 'features/fresh']) w.facts.set(id, false);
    let round = heal(restful, w.seen(), policy);
    w.pass(10);
    w.facts.set('heart/beats', false);
    round = heal(round, w.seen(), policy);
    const link = ({ id, rootCause, causedBy }: Incident) => [id, rootCause, causedBy];
    expect([...round.incidents.values()].map(link)).toEqual([
      ['INC-1', null, null],
      ['INC-2', 'feed/fresh', 'INC-1'],
      ['INC-3', 'feed/fresh', 'INC-1'],
    ]);
    for (const id of ['feed/fresh', 'features/fresh', 'heart/beats']) w.facts.set(id, true);
    round = heal(round, w.done('INC-1'), policy);
    const closed = round.commands.flatMap((command) => (command.do === 'record' ? [command.incident] : []));
    expect(closed.map(({ id, phase }) => [id, phase])).toEqual([
      ['INC-1', 'healed'],
      ['INC-2', 'cleared'],
      ['INC-3', 'cleared'],
    ]);
    expect(closed[0]?.symptoms).toEqual(['INC-2', 'INC-3']);
    expect(closed.slice(1).map(link)).toEqual([
      ['INC-2', 'feed/fresh', 'INC-1'],
      ['INC-3', 'feed/fresh', 'INC-1'],
    ]);
  });

  it('finds cause and symptom also where another healer has the incident', () => {
    const w = world();
    const invariants = [w.invariant('feed/fresh'), w.invariant('features/fresh', { dependsOn: ['feed/fresh'] })];
    w.facts.set('feed/fresh', false);
    w.facts.set('features/fresh', false);
    const mine = { feed: restful, features: restful };
    const policyOf = (own: 'feed' | 'features', other: 'feed' | 'features') =>
      w.policy(invariants, {
        acts: ({ component }) => component === own,
        elsewhere: () => [...mine[other].incidents.values()],
      });
    for (let i = 0; i < 2; i++) {
      mine.feed = heal(mine.feed, w.seen(), policyOf('feed', 'features'));
      mine.features = heal(mine.features, w.seen(), policyOf('features', 'feed'));
    }
    expect(mine.features.incidents.get('features/fresh')).toMatchObject({ rootCause: 'feed/fresh', causedBy: 'INC-1' });
    expect(mine.feed.incidents.get('feed/fresh')).toMatchObject({ causedBy: null, symptoms: ['INC-2'] });
  });

  it('clears, and does not claim, what came right without a remedy', () => {
    const w = world();
    const policy = w.policy([w.invariant('a/x'), w.invariant('b/y', { dependsOn: ['a/x'] })]);
    w.facts.set('a/x', false);
    w.facts.set('b/y', false);
    let round = heal(restful, w.seen(), policy);
    w.facts.set('b/y', true);
    round = heal(round, w.seen(), policy);
    expect(recorded(round)).toEqual(['closed cleared']);
  });

  it('waits for the patience of an invariant, and asks to be woken', () => {
    const w = world();
    const policy = w.policy([w.invariant('a/x', { patienceMs: 500 })]);
    w.facts.set('a/x', false);
    let round = heal(restful, w.seen(), policy);
    expect(round.incidents.size).toBe(0);
    expect(round.commands).toEqual([{ do: 'wake', at: 1_500 }]);
    w.pass(500);
    round = heal(round, w.seen(), policy);
    expect(sent(round)).toEqual(['REPAIR a']);
  });

  it('never acts on what it does not know', () => {
    const w = world();
    const policy = w.policy([w.invariant('a/x')]);
    const round = heal(restful, w.seen(), policy);
    expect(sent(round)).toEqual([]);
    expect(round.findings.get('a/x')?.holds).toBeNull();
  });

  it('has one remedy under way per actor', () => {
    const w = world();
    const policy = w.policy([w.invariant('a/x'), w.invariant('a/y')]);
    w.facts.set('a/x', false);
    w.facts.set('a/y', false);
    const round = heal(restful, w.seen(), policy);
    expect(sent(round)).toEqual(['REPAIR a']);
  });

  it('climbs the ladder: remedy, again, restart, restart with dependants, then gives up and escalates once', () => {
    const w = world();
    const policy = w.policy([w.invariant('a/x')]);
    w.facts.set('a/x', false);
    let round = heal(restful, w.seen(), policy);
    const tried = [...sent(round)];
    let escalations = 0;
    for (let i = 0; i < 40 && round.incidents.get('a/x')?.phase !== 'failed'; i++) {
      w.pass(1_000);
      const acting = round.incidents.get('a/x');
      round = heal(round, acting?.phase === 'remedying' ? w.refused(acting.id) : w.seen(), policy);
      tried.push(...sent(round));
      escalations += round.commands.filter((command) => command.do === 'escalate').length;
    }
    expect(tried).toEqual(['REPAIR a', 'REPAIR a', 'RESTART a', 'RESTART a']);
    expect(round.incidents.get('a/x')?.phase).toBe('failed');
    expect(escalations).toBe(1);
    expect(recorded(round)).toEqual(['failed failed']);
  });

  it('takes silence for failure after the deadline', () => {
    const w = world();
    const policy = w.policy([w.invariant('a/x')]);
    w.facts.set('a/x', false);
    let round = heal(restful, w.seen(), policy);
    w.pass(5_000);
    round = heal(round, w.seen(), policy);
    expect(round.incidents.get('a/x')?.attempts[0]?.outcome).toBe('silent');
  });

  it('never restarts where that would lose what waits: the remedy, again, and then it says that it failed', () => {
    expect(
      rungsOf({ remedies: [{ type: 'REPAIR', target: 'log' }], neverRestart: true } as unknown as Invariant),
    ).toEqual([
      { type: 'REPAIR', target: 'log' },
      { type: 'REPAIR', target: 'log' },
    ]);
  });

  it('stops restarting when the restart intensity is spent, and says so', () => {
    const w = world();
    const policy = w.policy([w.invariant('a/x', { remedies: [{ type: 'RESTART' }] })]);
    let round = restful;
    for (let i = 0; i < 3; i++) {
      w.facts.set('a/x', false);
      round = heal(round, w.seen(), policy);
      expect(sent(round)).toEqual(['RESTART a']);
      w.facts.set('a/x', true);
      w.pass(10);
      round = heal(round, w.done(`INC-${i + 1}`), policy);
      expect(recorded(round)).toEqual(['closed healed']);
    }
    w.facts.set('a/x', false);
    round = heal(round, w.seen(), policy);
    expect(sent(round)).toEqual([]);
    expect(round.incidents.get('a/x')?.verdict).toContain('the budget of 3 RESTART in 60 s for a is spent');
    expect(round.commands.some((command) => command.do === 'escalate')).toBe(true);
  });

  it('escalates what keeps coming back', () => {
    const w = world();
    const policy = w.policy([w.invariant('a/x')], { recurring: { most: 3, withinMs: 600_000 } });
    let round = restful;
    const escalated: boolean[] = [];
    for (let i = 1; i <= 3; i++) {
      w.facts.set('a/x', false);
      round = heal(round, w.seen(), policy);
      escalated.push(round.commands.some((command) => command.do === 'escalate'));
      w.facts.set('a/x', true);
      round = heal(round, w.done(`INC-${i}`), policy);
    }
    expect(escalated).toEqual([false, false, true]);
  });

  it('judges all of a round at one moment, however long it takes', () => {
    const w = world();
    const judgedAt = (id: string): Invariant => ({
      ...w.invariant(id),
      holds: ({ now }) => ({ holds: true, says: 'it holds', figures: {}, takenAt: now }),
    });
    const { view } = w.seen();
    let now = 1_000;
    const late = {
      get now() {
        return now++;
      },
      sight: view.sight,
      mail: view.mail,
    };
    const round = heal(restful, { type: 'seen', view: late }, w.policy([judgedAt('a'), judgedAt('b')]));
    expect([round.now, ...[...round.findings.values()].map(({ takenAt }) => takenAt)]).toEqual([1_000, 1_000, 1_000]);
  });

  it('goes on when an invariant throws: that one is unknown', () => {
    const w = world();
    const broken = w.invariant('a/x', {
      holds: () => {
        throw new Error('no such field');
      },
    });
    w.facts.set('b/y', false);
    const round = heal(restful, w.seen(), w.policy([broken, w.invariant('b/y')]));
    expect(round.findings.get('a/x')).toMatchObject({ holds: null, says: 'it could not be judged: no such field' });
    expect(sent(round)).toEqual(['REPAIR b']);
  });
});

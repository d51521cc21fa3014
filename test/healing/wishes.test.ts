/** A person asks for a remedy: what is sent, what is refused, and in which words. */
import { describe, expect, it } from 'vitest';
import type { Invariant } from '../../src/healing/invariant.ts';
import { heal } from '../../src/healing/loop.ts';
import { type Impulse, type Policy, type Round, restful } from '../../src/healing/round.ts';
import { type RemedyWish, Wishes } from '../../src/healing/wish.ts';
import { recorded, sent, world } from './facts.ts';

const scene = (invariants: (w: ReturnType<typeof world>) => readonly Invariant[], more: Partial<Policy> = {}) => {
  const w = world();
  const policy = w.policy(invariants(w), more);
  let round: Round = restful;
  const on = (impulse: Impulse = w.seen()): Round => {
    round = heal(round, impulse, policy);
    return round;
  };
  const ask = (invariant: string, remedy: RemedyWish['remedy'] = null): Round =>
    on({ type: 'asked', view: w.view, wish: { ask: 'wish-1', invariant, remedy, by: 'me' } });
  return { ...w, on, ask, round: () => round };
};
const answer = (round: Round) => round.granted?.answer;
const holding = (w: ReturnType<typeof world>) => {
  w.facts.set('a/x', true);
  return [w.invariant('a/x')];
};

describe('a wish', () => {
  it('is granted where the invariant holds: an incident of its own, planned, sent, and proven as any other', () => {
    const s = scene(holding);
    const round = s.ask('a/x');
    expect(recorded(round)).toEqual(['opened due', 'planned remedying']);
    expect(sent(round)).toEqual(['REPAIR a']);
    expect(round.granted).toEqual({
      ask: 'wish-1',
      answer: { sent: true, says: 'ask a to repair its it: sent, as incident INC-1', incident: 'INC-1' },
    });
    expect(round.incidents.get('a/x')).toMatchObject({
      askedBy: 'me',
      before: { holds: true },
      openedAt: 1_000,
      brokenSince: 1_000,
      dueAt: 1_000,
      closedAt: null,
      after: null,
      verdict: null,
      symptoms: [],
      rung: 0,
    });
    expect(round.spent.get('a REPAIR')).toEqual([1_000]);
    s.pass(5);
    const closed = s.on(s.done('INC-1'));
    // What was not broken was not healed.
    expect(recorded(closed)).toEqual(['closed cleared']);
    expect(closed.granted).toBeNull();
  });

  it('for what is broken goes on in its own incident, and what came of that is healed', () => {
    const s = scene(holding, { retryFailedMs: 1_000_000, others: { most: 100, withinMs: 60_000 } });
    s.facts.set('a/x', false);
    s.on();
    for (let i = 0; i < 4; i++) {
      s.on(s.refused('INC-1'));
      s.pass(20_000);
      s.on();
    }
    expect(s.round().incidents.get('a/x')).toMatchObject({ phase: 'failed', verdict: 'no', after: { holds: false } });
    const before = s.round().incidents.get('a/x')?.attempts.length ?? 0;
    const round = s.ask('a/x', 'REPAIR');
    expect(answer(round)).toMatchObject({ sent: true, incident: 'INC-1' });
    expect(recorded(round)).toEqual(['planned remedying']);
    expect(round.commands.map((command) => command.do)).toEqual(['wake', 'record', 'remedy', 'wake']);
    const own = round.incidents.get('a/x');
    expect(own).toMatchObject({ askedBy: 'me', verdict: null, after: null });
    expect(own?.attempts).toHaveLength(before + 1);
    s.facts.set('a/x', true);
    expect(recorded(s.on(s.done('INC-1')))).toEqual(['closed healed']);
  });

  it('of a kind is the first remedy of that kind', () => {
    const s = scene(holding);
    const round = s.ask('a/x', 'RESTART');
    expect(sent(round)).toEqual(['RESTART a']);
    expect(round.incidents.get('a/x')?.rung).toBe(2);
    expect(answer(round)?.says).toBe('stop a and start it anew from its durable state: sent, as incident INC-1');
  });

  it('for what nothing is known of ends its blindness', () => {
    const s = scene((w) => [w.invariant('a/x')], { blindAfterMs: 10 });
    s.on();
    s.pass(10);
    s.on();
    expect(s.round().incidents.get('a/x')?.blind).toBe(true);
    s.ask('a/x');
    expect(s.round().incidents.get('a/x')).toMatchObject({ phase: 'remedying' });
    expect(s.round().incidents.get('a/x')?.blind).toBeUndefined();
  });

  it.each([
    ['nothing of that name', 'c/z', null, {}, 'no invariant is called c/z'],
    ['another healer acts for it', 'a/x', null, { acts: () => false }, 'no invariant is called a/x'],
    [
      'the healer only observes',
      'a/x',
      null,
      { mode: 'observe' },
      'nothing was sent: the healer only observes ("healing": "observe")',
    ],
    ['no remedy of that kind', 'a/x', 'EXPIRE', {}, 'EXPIRE is no remedy of a/x; there is REPAIR, RESTART'],
  ] as const)('is refused, and nothing changes: %s', (_, invariant, remedy, more, says) => {
    const s = scene(holding, more);
    const before = s.on();
    const round = s.ask(invariant, remedy);
    expect(answer(round)).toEqual({ sent: false, says, incident: null });
    expect([round.commands, round.incidents.size, round.spent]).toEqual([[], 0, before.spent]);
  });

  it('for what no remedy mends is refused', () => {
    const s = scene((w) => {
      w.facts.set('a/x', true);
      return [w.invariant('a/x', { remedies: [], neverRestart: true })];
    });
    expect(answer(s.ask('a/x'))?.says).toBe('no remedy of the bot mends a/x');
  });

  it('is refused while a remedy of that actor is under way, here or with another healer, and says which', () => {
    const s = scene(holding);
    s.ask('a/x');
    const under = 'another remedy of a is under way (INC-1#1: ask a to repair its it); wait for what it comes to';
    expect(answer(s.ask('a/x'))).toEqual({ sent: false, says: under, incident: null });

    const elsewhere = [...s.round().incidents.values()];
    const other = scene(holding, { elsewhere: () => elsewhere });
    expect(answer(other.ask('a/x'))?.says).toBe(under);
    const beside = scene((w) => [w.invariant('b/y')], { elsewhere: () => elsewhere, affects: (to) => [to, 'b'] });
    expect(answer(beside.ask('b/y'))?.says).toContain('another remedy of b is under way (INC-1#1');
    const apart = scene((w) => [w.invariant('b/y')], { elsewhere: () => elsewhere });
    expect(answer(apart.ask('b/y'))?.sent).toBe(true);
    const enough = scene((w) => [w.invariant('b/y')], { elsewhere: () => elsewhere, atOnce: 1 });
    expect(answer(enough.ask('b/y'))?.says).toBe('1 actors are being mended, and no more may be at a time; ask again');
  });

  it('is about the invariant it names', () => {
    const s = scene((w) => [...holding(w), w.invariant('b/y')]);
    expect(sent(s.ask('b/y'))).toEqual(['REPAIR b']);
  });

  it('is refused while its own incident has a remedy under way, whoever has that', () => {
    const s = scene((w) => [w.invariant('a/x', { remedies: [{ type: 'REPAIR', target: 'it', to: 'keeper' }] })]);
    s.facts.set('a/x', false);
    s.on();
    const round = s.ask('a/x', 'RESTART');
    expect(answer(round)?.says).toContain('is under way (INC-1#1');
    expect(sent(round)).toEqual([]);
  });

  it('is refused beyond the budget, and says when there is one again', () => {
    const s = scene(holding, { others: { most: 1, withinMs: 30_000 } });
    s.ask('a/x');
    s.pass(10);
    s.on(s.done('INC-1'));
    s.pass(5_490);
    expect(answer(s.ask('a/x'))?.says).toBe('the budget of 1 REPAIR in 30 s for a is spent; ask again in 25 s');
    s.pass(24_500);
    expect(answer(s.ask('a/x'))?.sent).toBe(true);
  });

  it('is answered once, to who waits for it', () => {
    const wishes = new Wishes();
    const heard: string[] = [];
    const first = wishes.wait(({ says }) => heard.push(`first ${says}`));
    const second = wishes.wait(({ says }) => heard.push(`second ${says}`));
    expect(first).not.toBe(second);
    const no = { sent: false, says: 'no', incident: null };
    wishes.answer(second, no);
    wishes.answer(second, no);
    wishes.answer('nobody', no);
    expect(heard).toEqual(['second no']);
  });
});

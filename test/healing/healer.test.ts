/** The loop at work: what it is told, what it sends, when it wakes, and how it ends. */
import { describe, expect, it } from 'vitest';
import { type AnyActorRef, createActor, createMachine } from 'xstate';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import { type HealerOptions, healer } from '../../src/healing/healer.ts';
import type { Invariant } from '../../src/healing/invariant.ts';
import { Mailboxes } from '../../src/healing/mailbox.ts';
import { type Policy, restful } from '../../src/healing/round.ts';
import { world } from './facts.ts';

const SWEEP_MS = 60_000;

/** A healer over one actor, `a`, that keeps what it is sent; its invariants hold by the world's facts. */
function scene(
  invariants: (w: ReturnType<typeof world>) => readonly Invariant[],
  more: Partial<Policy & HealerOptions> = {},
) {
  const w = world();
  const clock = new VirtualClock(1_000);
  const mailboxes = new Mailboxes(['a'], () => clock.now());
  const got: { type: string; [field: string]: unknown }[] = [];
  const born = (): AnyActorRef => {
    const actor = createActor(createMachine({ on: { '*': { actions: ({ event }) => got.push(event) } } }), { clock });
    mailboxes.attach('a', actor.start());
    mailboxes.open('a');
    return actor;
  };
  const told: string[] = [];
  const failures: unknown[] = [];
  const loop = healer({
    id: 'healer',
    mailboxes,
    clock,
    policy: w.policy(
      invariants(w).map((one) => ({
        ...one,
        holds: (view) => ({ ...one.holds(view), takenAt: w.taken.get(one.id) ?? clock.now() }),
      })),
      more,
    ),
    sweepMs: SWEEP_MS,
    from: restful,
    restart: () => false,
    begun: () => undefined,
    obeyed: (round, impulse) => void told.push(`${impulse} at ${round.now}`),
    remedying: ({ remedy, to }) => void told.push(`remedy ${remedy.type} ${to}`),
    record: ({ phase }, what) => void told.push(`${what} ${phase}`),
    escalate: (_, reason) => void told.push(`escalated: ${reason}`),
    granted: (ask, { sent }) => void told.push(`${ask} ${sent}`),
    failed: (error) => void failures.push(error),
    ...more,
  });
  const set = (id: string, holds: boolean | null) => void w.facts.set(id, holds);
  return { clock, mailboxes, got, told, failures, loop, born, set, heard: () => told.splice(0) };
}
const one =
  (more: Partial<Invariant> = {}) =>
  (w: ReturnType<typeof world>) => [w.invariant('a/x', more)];

describe('a healer', () => {
  it('judges nothing before it has seen anybody, and then what it sees, once a moment', () => {
    const s = scene(one());
    s.set('a/x', true);
    s.loop.ask({ ask: 'wish-1', invariant: 'a/x', remedy: null, by: 'me' });
    s.loop.answer('INC-1', null, 'no');
    s.clock.advance(2 * SWEEP_MS);
    expect(s.heard()).toEqual([]);
    const actor = s.born();
    actor.send({ type: 'HELLO' });
    actor.send({ type: 'HELLO' });
    s.clock.advance(0);
    expect(s.heard()).toEqual([`seen at ${1_000 + 2 * SWEEP_MS}`]);
  });

  describe('that gathers what changes', () => {
    const gathering = () => {
      const s = scene(one(), { judgeMs: 500 });
      s.set('a/x', true);
      const actor = s.born();
      s.clock.advance(0);
      expect(s.heard()).toEqual(['seen at 1000']);
      return { ...s, actor };
    };

    it('judges it once in its time while all is well', () => {
      const s = gathering();
      for (let at = 0; at < 10; at++) {
        s.clock.advance(100);
        s.actor.send({ type: 'HELLO' });
      }
      s.clock.advance(500);
      expect(s.heard()).toEqual(['seen at 1500', 'seen at 2000', 'seen at 2500']);
    });

    it('judges what has ended at once: its supervisor brings it back before anybody else would have seen', () => {
      const s = gathering();
      s.clock.advance(100);
      s.actor.send({ type: 'HELLO' });
      s.clock.advance(100);
      s.actor.stop();
      s.clock.advance(0);
      expect(s.heard()).toEqual(['seen at 1200']);
      s.clock.advance(1_000);
      expect(s.heard()).toEqual([]);
    });

    it('judges at once while anything is broken', () => {
      const s = gathering();
      s.set('a/x', false);
      s.clock.advance(100);
      s.actor.send({ type: 'HELLO' });
      s.clock.advance(400);
      expect(s.heard()[0]).toMatch('opened');
      s.actor.send({ type: 'HELLO' });
      s.clock.advance(0);
      expect(s.heard()).toContain('seen at 1500');
    });

    it('does not wait after a clock that went back', () => {
      const later = scene(one(), { judgeMs: 500, from: { ...restful, now: 1_000_000 } });
      later.set('a/x', true);
      later.born();
      later.clock.advance(0);
      expect(later.heard()).toEqual(['seen at 1000']);
    });
  });

  it('sweeps on time, whether or not anything changes', () => {
    const s = scene(one());
    s.set('a/x', true);
    s.born();
    s.clock.advance(0);
    s.heard();
    s.clock.advance(2 * SWEEP_MS);
    expect(s.heard()).toEqual([`swept at ${1_000 + SWEEP_MS}`, `swept at ${1_000 + 2 * SWEEP_MS}`]);
  });

  it('wakes when something is due, at the earliest of what is due, and once', () => {
    const s = scene((w) => [w.invariant('a/x', { patienceMs: 900 }), w.invariant('a/y', { patienceMs: 300 })]);
    s.set('a/x', false);
    s.set('a/y', false);
    s.born();
    s.clock.advance(0);
    expect(s.heard()).toEqual(['seen at 1000']);
    s.clock.advance(299);
    expect(s.heard()).toEqual([]);
    s.clock.advance(1);
    expect(s.heard()).toEqual([
      'opened due',
      'planned remedying',
      'remedy REPAIR a',
      'woken at 1300',
      // The actor has taken its remedy.
      'seen at 1300',
    ]);
    s.set('a/y', true);
    s.loop.answer('INC-1', { says: 'done', figures: {} }, null);
    s.clock.advance(0);
    expect(s.heard()).toContain('closed healed');
    s.clock.advance(599);
    expect(s.heard().filter((line) => line.startsWith('woken'))).toEqual([]);
    s.clock.advance(1);
    expect(s.heard().filter((line) => line.startsWith('woken'))).toEqual(['woken at 1900']);
  });

  it('wakes for what is due first, also where that is said first', () => {
    const s = scene((w) => [w.invariant('a/y', { patienceMs: 300 }), w.invariant('a/x', { patienceMs: 900 })]);
    s.set('a/x', false);
    s.set('a/y', false);
    s.born();
    s.clock.advance(300);
    expect(s.heard()).toContain('woken at 1300');
  });

  it('sends what its actor takes: who orders it, in which incident, why, and with which evidence', () => {
    const s = scene(
      one({ remedies: [{ type: 'REPAIR', target: 'log' }, { type: 'EXPIRE', olderThanMs: 5 }, { type: 'RESTART' }] }),
      { restarts: { most: 100, withinMs: 1 } },
    );
    s.set('a/x', false);
    s.born();
    s.clock.advance(0);
    for (const incident of ['INC-1', 'INC-1', 'INC-1']) {
      s.loop.answer(incident, null, 'no');
      s.clock.advance(5_000);
    }
    const order = { incident: 'INC-1', reason: 'a/x is false', from: 'healer' };
    expect(s.got.slice(0, 3)).toEqual([
      {
        type: 'REPAIR',
        target: 'log',
        evidence: expect.objectContaining({ says: 'a/x is false', holds: false }),
        ...order,
      },
      { type: 'EXPIRE', olderThan: 5, ...order },
      { type: 'RESTART', ...order },
    ]);
  });

  it('asks a supervisor for a restart, and sends the event where none restarts that actor', () => {
    const asked: unknown[] = [];
    const s = scene(one({ remedies: [{ type: 'RESTART' }, { type: 'RESTART', scope: 'rest' }] }), {
      restart: (...args) => {
        asked.push(args);
        return true;
      },
    });
    s.set('a/x', false);
    s.born();
    s.clock.advance(0);
    s.loop.answer('INC-1', null, 'no');
    s.clock.advance(1_000);
    const order = { incident: 'INC-1', reason: 'a/x is false', from: 'healer' };
    expect(asked.slice(0, 2)).toEqual([
      ['a', 'one', order],
      ['a', 'rest', order],
    ]);
    expect(s.got).toEqual([]);
  });

  it('takes an actor that is down for a refusal', () => {
    const said: unknown[] = [];
    const s = scene(one(), {
      begun: ({ incidents }) => void said.push(incidents.get('a/x')?.attempts[0]?.says),
    });
    s.set('a/x', false);
    const actor = s.born();
    actor.stop();
    s.clock.advance(0);
    expect(s.heard()).toEqual([
      'opened due',
      'planned remedying',
      'remedy REPAIR a',
      'seen at 1000',
      'answered at 1000',
    ]);
    expect(s.got).toEqual([]);
    expect(said.at(-1)).toBe('a is down');
    // Not in silence until the deadline: the next rung is due after its wait.
    s.clock.advance(1_000);
    expect(s.heard()).toContain('remedy REPAIR a');
  });

  it('answers a wish when its round is obeyed', () => {
    const s = scene(one());
    s.set('a/x', true);
    s.born();
    s.clock.advance(0);
    s.heard();
    s.loop.ask({ ask: 'wish-1', invariant: 'a/x', remedy: null, by: 'me' });
    // Not in the stack of who asks.
    expect(s.heard()).toEqual([]);
    s.clock.advance(0);
    expect(s.heard()).toEqual([
      'opened due',
      'planned remedying',
      'remedy REPAIR a',
      'wish-1 true',
      'asked at 1000',
      'seen at 1000',
    ]);
  });

  it('grants a wish whether or not anybody wants to hear of it', () => {
    const s = scene(one(), { granted: undefined } as never);
    s.set('a/x', true);
    s.born();
    s.clock.advance(0);
    s.loop.ask({ ask: 'wish-1', invariant: 'a/x', remedy: null, by: 'me' });
    s.clock.advance(0);
    expect([s.failures, s.heard().includes('remedy REPAIR a')]).toEqual([[], true]);
  });

  it('tells of a round before it is obeyed, and after', () => {
    const order: string[] = [];
    const s = scene(one(), {
      begun: ({ commands }) => void order.push(`begun, ${commands.length} commands`),
      remedying: () => void order.push('remedying'),
      obeyed: () => void order.push('obeyed'),
    });
    s.set('a/x', false);
    s.born();
    s.clock.advance(0);
    expect(order.slice(0, 3)).toEqual(['begun, 4 commands', 'remedying', 'obeyed']);
  });

  it('escalates what failed', () => {
    const s = scene(one({ remedies: [], neverRestart: true }));
    s.set('a/x', false);
    s.born();
    s.clock.advance(0);
    expect(s.heard()).toEqual(['opened failed', 'failed failed', 'escalated: a/x: a/x is false', 'seen at 1000']);
  });

  it('says that it has ended when it falls over itself, and does nothing more', () => {
    const broken = new Error('the disk is gone');
    const s = scene(one(), {
      record: () => {
        throw broken;
      },
    });
    s.set('a/x', false);
    s.born();
    s.clock.advance(0);
    expect(s.failures).toEqual([broken]);
    s.clock.advance(3 * SWEEP_MS);
    expect([s.failures.length, s.heard()]).toEqual([1, []]);
  });

  it('says so, too, where the judging itself falls over', () => {
    const broken = new Error('no id');
    const s = scene(one(), {
      newId: () => {
        throw broken;
      },
    });
    s.set('a/x', false);
    s.born();
    s.clock.advance(0);
    expect(s.failures).toEqual([broken]);
    expect(s.clock.pending).toBe(0);
  });

  it('that is stopped leaves no timer and is told nothing', () => {
    const s = scene(one({ patienceMs: 500 }));
    s.set('a/x', false);
    const actor = s.born();
    s.clock.advance(0);
    s.heard();
    s.loop.stop();
    expect(s.clock.pending).toBe(0);
    actor.send({ type: 'HELLO' });
    s.clock.advance(2 * SWEEP_MS);
    expect(s.heard()).toEqual([]);
  });
});

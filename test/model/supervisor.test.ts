/** The supervisor under random histories: crashes, ends, orders, and mail that must reach each child once and in order. */

import { describe, expect, it } from 'vitest';
import type { AnyActorRef } from 'xstate';
import type { SupervisorContext } from '../../src/healing/supervisor.ts';
import { fc } from '../fast-check.ts';
import { BEYOND_REACH } from './beyond-reach.ts';
import { Coverage } from './coverage.ts';
import { household, IDS, type Id } from './household.ts';

type Move =
  | { readonly do: 'crash' | 'end' | 'deafen' | 'kill'; readonly id: Id }
  | { readonly do: 'restart'; readonly id: Id; readonly scope: 'one' | 'rest' }
  | { readonly do: 'mail'; readonly id: Id }
  | { readonly do: 'wait'; readonly ms: number };

const id = fc.constantFrom(...IDS);
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('crash' as const, 'end' as const, 'kill' as const), id }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('deafen' as const), id }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('restart' as const),
      id,
      scope: fc.constantFrom('one' as const, 'rest' as const),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('mail' as const), id }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 20, 500, 5_000) }) },
);

const strategy = fc.constantFrom('one_for_one' as const, 'one_for_all' as const, 'rest_for_one' as const);

const DAY_MS = 86_400_000;

describe('a supervisor under any history', () => {
  it('brings all children back, loses no mail, delivers none twice, and stops everything', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 30 }), strategy, (moves, strategy) => {
        const { clock, mailboxes, read, deaf, actor, ready, stops } = household({ strategy });
        actor.start();
        const sent = new Map<Id, number[]>(IDS.map((name) => [name, []]));
        let n = 0;
        for (const one of moves) {
          if (one.do === 'wait') clock.advance(one.ms);
          else if (one.do === 'mail') {
            sent.get(one.id)?.push(++n);
            mailboxes.post(one.id, { type: 'MAIL', n });
          } else if (one.do === 'deafen') deaf.add(one.id);
          else if (one.do === 'kill') actor.send({ type: 'KILL_CHILD', id: one.id });
          else if (one.do === 'restart') {
            const order = { incident: 'i', reason: 'a test', from: 'healingOperator' as const };
            actor.send({ type: 'RESTART_CHILD', id: one.id, scope: one.scope, ...order });
          } else {
            const ref = mailboxes.ref(one.id);
            // One that neither runs nor ends is for its healer to see; the supervisor cannot know.
            const hangs = one.do === 'end' && deaf.has(one.id) && ref?.getSnapshot().hasTag('open');
            if (ref?.getSnapshot().status === 'active' && !hangs)
              ref.send({ type: one.do === 'crash' ? 'BOOM' : 'STOP' });
          }
        }
        clock.advance(DAY_MS);
        const { children } = actor.getSnapshot().context as SupervisorContext;
        for (const [index, one] of children.entries()) {
          // One that spent its restart intensity stays down until it is ordered up; nothing else is ever down.
          expect(one.phase).toBe(one.exhausted ? 'down' : 'ready');
          const name = IDS[index] as Id;
          if (one.exhausted) continue;
          const ref: AnyActorRef | undefined = actor.system.get(name);
          expect(ref).toBe(mailboxes.ref(name));
          expect(ref?.getSnapshot().context.life.incarnation).toBe(one.incarnation);
          expect(read.get(name)).toEqual(sent.get(name));
        }
        expect(new Set(ready).size).toBe(ready.length);
        actor.send({ type: 'STOP' });
        clock.advance(4_000);
        expect(actor.getSnapshot().status).toBe('done');
        expect(stops()).toBe(1);
        for (const name of IDS) expect(mailboxes.ref(name)?.getSnapshot().status).not.toBe('active');
        expect(clock.pending).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('takes every one of its transitions', () => {
    const coverage = new Coverage();
    const { clock, mailboxes, deaf, actor } = household({}, { coverage });
    actor.start();
    clock.advance(1_000);
    const order = { incident: 'i', reason: 'a test', from: 'healingOperator' as const };
    actor.send({ type: 'RESTART_CHILD', id: 'engine', scope: 'rest', ...order });
    clock.advance(1_000);
    mailboxes.ref('engine')?.send({ type: 'BOOM' });
    clock.advance(10_000);
    for (const type of ['TERMINATE_CHILD', 'START_CHILD', 'KILL_CHILD'] as const) {
      actor.send({ type, id: 'desk' });
      clock.advance(10_000);
    }
    actor.send({ type: 'CHILD.FAILED', id: 'engine', incarnation: 99 });
    deaf.add('bus');
    actor.send({ type: 'RESTART_CHILD', id: 'bus', scope: 'one', ...order });
    clock.advance(10_000);
    deaf.add('desk');
    actor.send({ type: 'STOP' });
    actor.send({ type: 'STOP' });
    actor.send({ type: 'RESTART_CHILD', id: 'bus', scope: 'one', ...order });
    actor.send({ type: 'START_CHILD', id: 'bus' });
    clock.advance(10_000);
    expect(actor.getSnapshot().status).toBe('done');
    for (const state of ['starting', 'running', 'mending'] as const) gaveUpWhile(state, coverage);
    expect(coverage.missing()).toEqual(BEYOND_REACH.supervisor?.map(({ what }) => what));
  });

  it.each(['starting', 'running', 'mending'] as const)('gives up while %s, stops everything, and is deaf', (state) => {
    gaveUpWhile(state);
  });
});

/** A supervisor that may restart nothing loses a child in that state. */
function gaveUpWhile(state: 'starting' | 'running' | 'mending', coverage?: Coverage) {
  const rules = { whenSpent: 'escalate', intensity: { most: 0, withinMs: 1_000 } } as const;
  const { clock, mailboxes, actor, deaf, stops } = household(rules, { coverage });
  const order = { incident: 'i', reason: 'a test', from: 'healingOperator' as const };
  actor.start();
  if (state !== 'starting') clock.advance(1_000);
  if (state === 'mending') actor.send({ type: 'RESTART_CHILD', id: 'desk', scope: 'one', ...order });
  expect(actor.getSnapshot().value).toBe(state);
  if (state === 'running') deaf.add('desk');
  actor.send({ type: 'KILL_CHILD', id: 'bus' });
  const tell = () => {
    actor.send({ type: 'STOP' });
    actor.send({ type: 'RESTART_CHILD', id: 'bus', scope: 'one', ...order });
    actor.send({ type: 'START_CHILD', id: 'bus' });
  };
  if (state === 'running') {
    expect(actor.getSnapshot().value).toBe('escalating');
    tell();
    // Up to the moment in which the deaf one is cut off, and no further.
    clock.advanceTo(1_999);
    mailboxes.ref('desk')?.send({ type: 'CLOSED' });
    expect(actor.getSnapshot().value).toBe('givenUp');
    tell();
  }
  clock.advance(10_000);
  expect(actor.getSnapshot()).toMatchObject({ status: 'error', error: { name: 'SupervisorGaveUp', exit: 'shutdown' } });
  for (const name of IDS) expect(mailboxes.ref(name)?.getSnapshot().status).not.toBe('active');
  expect(stops()).toBe(1);
  expect(clock.pending).toBe(0);
}

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AnyStateMachine, assign, createActor, fromCallback, setup } from 'xstate';
import type { ChildSpec } from '../../src/healing/child.ts';
import { Mailboxes } from '../../src/healing/mailbox.ts';
import { supervisor } from '../../src/healing/supervisor.ts';
import {
  alive,
  bornAs,
  type LifeContext,
  type LifeEvent,
  type LifeInput,
  lifeActions,
  lifeActors,
  lifeGuards,
} from '../../src/machines/life.ts';

type E = LifeEvent | { type: 'ADD'; n: number } | { type: 'BOOM' } | { type: 'LOOP' };
interface C extends LifeContext {
  sum: number;
}

/** A component that opens after `openMs`, adds numbers, and crashes on BOOM. `diary` is what happened, in order. */
const adder = (
  id: string,
  diary: string[],
  announce: (incarnation: number, as: 'ready' | 'failed') => void,
  deaf = false,
): AnyStateMachine =>
  setup({
    types: { context: {} as C, events: {} as E, input: {} as LifeInput },
    actors: {
      ...lifeActors,
      open: fromCallback(({ sendBack }) => {
        const timer = setTimeout(() => sendBack({ type: 'OPENED' }), 10);
        return () => clearTimeout(timer);
      }),
      close: fromCallback(({ sendBack }) => {
        diary.push(`${id} closes`);
        if (!deaf) sendBack({ type: 'CLOSED' });
      }),
      ticker: fromCallback(() => {
        const timer = setInterval(() => diary.push(`${id} ticks`), 1_000);
        return () => clearInterval(timer);
      }),
    },
    actions: {
      ...lifeActions<C, E>(),
      announce: ({ context }, { as }: { as: 'ready' | 'failed' }) => {
        diary.push(`${id}#${context.life.incarnation} ${as}`);
        announce(context.life.incarnation, as);
      },
      add: assign({ sum: ({ context, event }) => context.sum + (event.type === 'ADD' ? event.n : 0) }),
      boom: () => {
        throw new Error('boom');
      },
    },
    guards: lifeGuards,
  }).createMachine({
    id,
    context: ({ input }) => ({ ...bornAs(input), sum: 0 }),
    ...alive({
      initial: 'adding',
      states: {
        adding: { invoke: { src: 'ticker' }, on: { ADD: { actions: 'add' }, BOOM: { actions: ['add', 'boom'] } } },
      },
    }),
  });

const family = (
  ids: readonly string[],
  more: Partial<Record<string, Partial<ChildSpec>>> = {},
  deaf: readonly string[] = [],
) => {
  const diary: string[] = [];
  const mailboxes = new Mailboxes(ids, () => Date.now());
  const specs: ChildSpec[] = ids.map((id) => {
    const logic = adder(
      id,
      diary,
      (incarnation, as) => root.send({ type: as === 'ready' ? 'CHILD.READY' : 'CHILD.FAILED', id, incarnation }),
      deaf.includes(id),
    );
    return {
      id,
      restart: 'permanent',
      startWithinMs: 5_000,
      stopWithinMs: 500,
      dependsOn: [],
      logic: () => logic,
      ...more[id],
    };
  });
  let stopped = 0;
  const root = createActor(
    supervisor({ id: 'family', specs, mailboxes, now: () => Date.now(), chance: () => 0, stopped: () => stopped++ }),
  );
  root.start();
  const sum = (id: string) => mailboxes.ref(id)?.getSnapshot().context.sum;
  const child = (id: string) => root.getSnapshot().context.children.find((one) => one.id === id);
  return { root, mailboxes, diary, sum, child, stopped: () => stopped };
};
const order = { incident: 'INC-1', reason: 'a test says so', from: 'healingOperator' as const };

describe('a supervisor', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('starts its children in order, each when the one before stands, and stops them in reverse', () => {
    const { root, diary, stopped } = family(['a', 'b', 'c']);
    vi.advanceTimersByTime(50);
    expect(diary).toEqual(['a#1 ready', 'b#1 ready', 'c#1 ready']);
    expect(root.getSnapshot().value).toBe('running');
    diary.length = 0;
    root.send({ type: 'STOP' });
    expect(diary).toEqual(['c closes', 'b closes', 'a closes']);
    expect(root.getSnapshot().status).toBe('done');
    expect(stopped()).toBe(1);
  });

  it('keeps the mail of a child that is not ready and delivers it in order', () => {
    const { mailboxes, sum } = family(['a']);
    mailboxes.post('a', { type: 'ADD', n: 1 });
    mailboxes.post('a', { type: 'ADD', n: 2 });
    expect(sum('a')).toBe(0);
    vi.advanceTimersByTime(10);
    expect(sum('a')).toBe(3);
    expect(mailboxes.progress('a')).toMatchObject({ accepted: 2, processed: 2, held: 0, unprocessedSince: null });
  });

  it('brings back a child that crashed, under the same systemId, and leaves no orphan behind', () => {
    const { root, mailboxes, diary, sum } = family(['a', 'b']);
    vi.advanceTimersByTime(50);
    mailboxes.post('a', { type: 'BOOM' });
    expect(root.getSnapshot().status).toBe('active');
    mailboxes.post('a', { type: 'ADD', n: 5 });
    vi.advanceTimersByTime(300);
    expect(diary).toContain('a#2 ready');
    expect(sum('a')).toBe(5);
    diary.length = 0;
    vi.advanceTimersByTime(1_000);
    expect(diary.filter((line) => line === 'a ticks')).toHaveLength(1);
    expect(root.system.get('a')).toBe(mailboxes.ref('a'));
  });

  it('never delivers the event that killed a child to the next one', () => {
    const { mailboxes, child } = family(['a']);
    vi.advanceTimersByTime(50);
    mailboxes.post('a', { type: 'BOOM' });
    vi.advanceTimersByTime(5_000);
    expect(child('a')).toMatchObject({ incarnation: 2, phase: 'ready', lastEnd: 'it failed: boom' });
  });

  it('gives up when the restart intensity is spent, and starts again when it is told to', () => {
    const { root, mailboxes, child } = family(['a']);
    vi.advanceTimersByTime(50);
    for (let i = 0; i < 4; i++) {
      mailboxes.post('a', { type: 'BOOM' });
      vi.advanceTimersByTime(5_000);
    }
    expect(child('a')).toMatchObject({ phase: 'down', exhausted: true, incarnation: 4 });
    root.send({ type: 'RESTART_CHILD', id: 'a', scope: 'one', ...order });
    vi.advanceTimersByTime(50);
    expect(child('a')).toMatchObject({ phase: 'ready', incarnation: 5 });
  });

  it('restarts a child on order, keeping what reaches it meanwhile', () => {
    const { root, mailboxes, diary, sum } = family(['a', 'b']);
    vi.advanceTimersByTime(50);
    diary.length = 0;
    root.send({ type: 'RESTART_CHILD', id: 'a', scope: 'one', ...order });
    mailboxes.post('a', { type: 'ADD', n: 7 });
    vi.advanceTimersByTime(50);
    expect(diary).toEqual(['a closes', 'a#2 ready']);
    expect(sum('a')).toBe(7);
  });

  it('stops by force a child that does not stop, and still restarts it', () => {
    const { root, child } = family(['a'], {}, ['a']);
    vi.advanceTimersByTime(50);
    root.send({ type: 'RESTART_CHILD', id: 'a', scope: 'one', ...order });
    vi.advanceTimersByTime(400);
    expect(child('a')).toMatchObject({ phase: 'stopping', incarnation: 1 });
    vi.advanceTimersByTime(200);
    expect(child('a')).toMatchObject({ phase: 'ready', incarnation: 2 });
  });

  it('restarts a child with all that depend on it, in order', () => {
    const { root, diary } = family(['a', 'b', 'c', 'd'], { b: { dependsOn: ['a'] }, d: { dependsOn: ['b'] } });
    vi.advanceTimersByTime(50);
    diary.length = 0;
    root.send({ type: 'RESTART_CHILD', id: 'a', scope: 'rest', ...order });
    vi.advanceTimersByTime(100);
    expect(diary).toEqual(['d closes', 'b closes', 'a closes', 'a#2 ready', 'b#2 ready', 'd#2 ready']);
  });

  it('leaves a temporary child down', () => {
    const { mailboxes, child } = family(['a'], { a: { restart: 'temporary' } });
    vi.advanceTimersByTime(50);
    mailboxes.post('a', { type: 'BOOM' });
    vi.advanceTimersByTime(60_000);
    expect(child('a')).toMatchObject({ phase: 'down', incarnation: 1 });
  });

  it('wakes a deaf child by a restart, and the mail it did not take is taken by the next', () => {
    const { root, mailboxes, sum } = family(['a']);
    vi.advanceTimersByTime(50);
    mailboxes.stall('a');
    mailboxes.post('a', { type: 'ADD', n: 4 });
    vi.advanceTimersByTime(1_000);
    expect(mailboxes.progress('a')).toMatchObject({ accepted: 1, processed: 0, unprocessedSince: Date.now() - 1_000 });
    root.send({ type: 'RESTART_CHILD', id: 'a', scope: 'one', ...order });
    vi.advanceTimersByTime(1_000);
    expect(sum('a')).toBe(4);
  });

  it('shows mail that reached nobody', () => {
    const { mailboxes } = family(['a']);
    mailboxes.post('nobody', { type: 'ADD', n: 1 });
    expect(mailboxes.deadLetters).toEqual([{ to: 'nobody', event: { type: 'ADD', n: 1 }, reason: 'no such actor' }]);
  });

  it('brings back a child that died before its word that it was ready arrived', () => {
    const { root, mailboxes, child } = family(['a']);
    vi.advanceTimersByTime(50);
    mailboxes.post('a', { type: 'BOOM' });
    root.send({ type: 'CHILD.READY', id: 'a', incarnation: 1 });
    expect(child('a')?.phase).toBe('down');
    vi.advanceTimersByTime(1_000);
    expect(child('a')).toMatchObject({ phase: 'ready', incarnation: 2 });
  });

  it('makes mail to a child that is not to come back a dead letter', () => {
    const { root, mailboxes } = family(['a']);
    vi.advanceTimersByTime(50);
    root.send({ type: 'RESTART_CHILD', id: 'a', scope: 'one', ...order });
    mailboxes.post('a', { type: 'ADD', n: 1 });
    root.send({ type: 'STOP' });
    vi.advanceTimersByTime(1_000);
    mailboxes.post('a', { type: 'ADD', n: 2 });
    expect(mailboxes.deadLetters.map(({ event, reason }) => [event.n, reason])).toEqual([
      [1, 'the actor had ended'],
      [2, 'the actor had ended'],
    ]);
  });
});

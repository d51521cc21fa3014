import { describe, expect, it } from 'vitest';
import { activeIds, entriesOf, pathsOf, shortState } from '../../inspector/src/chart/active.ts';
import { differences } from '../../inspector/src/chart/differences.ts';
import { eventFrom } from '../../inspector/src/chart/event-from.ts';
import { actorsAt, barsOf, inOrder, stepAt, visitsIn } from '../../inspector/src/chart/replay.ts';
import { talkOf, WORLD } from '../../inspector/src/chart/talk.ts';
import { fitted } from '../../inspector/src/chart/viewport.ts';
import { eventWords, labelOf } from '../../inspector/src/chart/words.ts';
import type { ActorEvent, Moment, Step } from '../../src/inspector/contract.ts';
import { machineView } from '../../src/inspector/machine-view.ts';
import { signalLifecycle, tradeExecution } from '../../src/machines/index.ts';

const trade = machineView(tradeExecution);
const work = { entries: 'open', orders: 'idle', books: 'agreed' };
const running = { running: { work, ground: 'sound', mending: 'idle' } };

const step = (n: number, at: number, was: unknown, value: unknown, actor = 'a'): Step => ({
  n,
  at,
  actor,
  event: 'GO',
  from: null,
  was,
  value,
  taken: [`m|GO|${n}`],
  diff: [],
});

describe('a state value', () => {
  it('lights every state it is in, those around it and those side by side', () => {
    const lit = activeIds(trade.root, running);
    expect([...lit].map((id) => id.replace('tradeExecution.running.', ''))).toEqual([
      'tradeExecution',
      'tradeExecution.running',
      'work',
      'work.entries',
      'work.entries.open',
      'work.orders',
      'work.orders.idle',
      'work.books',
      'work.books.agreed',
      'ground',
      'ground.sound',
      'mending',
      'mending.idle',
    ]);
    expect(activeIds(trade.root, null).size).toBe(0);
  });

  it('is told as paths, and in a few letters by what the actor does', () => {
    expect(pathsOf(running)).toContain('running.work.books.agreed');
    expect(shortState(running)).toBe('open');
    expect(shortState({ executing: 'ordered' })).toBe('executing.ordered');
    expect(shortState('failed')).toBe('failed');
    expect(shortState(null)).toBe('');
  });

  it('is counted by the transitions that led to it: what is entered with its parent, and what is entered at birth, too', () => {
    const signal = machineView(signalLifecycle);
    const counts = entriesOf(signal.root, { 'signal.generated|EVALUATE|0': 3, 'signal.approved|EXECUTE|0': 2 });
    expect(counts.get('signal.generated')).toBe(1);
    expect(counts.get('signal.evaluating')).toBe(3);
    expect(counts.get('signal.executing')).toBe(2);
    expect(counts.get('signal.executing.ordered')).toBe(2);
    expect(counts.get('signal.learned')).toBeUndefined();
  });
});

describe('an instant', () => {
  const steps = inOrder([step(3, 20, 'y', 'z'), step(1, 10, 'x', 'y'), step(2, 10, 'p', 'q', 'b')]);

  it('is after the last step before it; of several in one millisecond, after the one that is meant', () => {
    expect(stepAt(steps, 9, null)).toBeNull();
    expect(stepAt(steps, 10, null)?.n).toBe(2);
    expect(stepAt(steps, 10, 1)?.n).toBe(1);
    expect(stepAt(steps, 15, 1)?.n).toBe(2);
  });

  it('shows every actor as it was then: by its last step, by what it was before its next, else by the recorder', () => {
    const moment = {
      components: [],
      actors: [
        { id: 'c', machine: null, value: 'm', status: 'active', incarnation: 1, since: 0, taken: ['old'], context: {} },
      ],
    } as unknown as Moment;
    const at = (n: number | null): Record<string, unknown> => {
      const now = steps.find((one) => one.n === n) ?? null;
      return Object.fromEntries(
        actorsAt(moment, steps, now?.at ?? 0, now, new Map()).map(({ id, value }) => [id, value]),
      );
    };
    expect(at(null)).toEqual({ a: 'x', b: 'p', c: 'm' });
    expect(at(1)).toEqual({ a: 'y', b: 'p', c: 'm' });
    expect(at(3)).toEqual({ a: 'z', b: 'q', c: 'm' });
    expect(actorsAt(moment, steps, 20, steps[2] ?? null, new Map()).find(({ id }) => id === 'a')?.taken).toEqual([
      'm|GO|3',
    ]);
  });

  it('is a bar for each state, without a gap and without an overlap', () => {
    expect(barsOf('a', steps, { from: 0, to: 30 }, 'ignored')).toEqual([
      { from: 0, to: 10, value: 'x', step: null },
      { from: 10, to: 20, value: 'y', step: 1 },
      { from: 20, to: 30, value: 'z', step: 3 },
    ]);
    expect(barsOf('c', steps, { from: 0, to: 30 }, 'm')).toEqual([{ from: 0, to: 30, value: 'm', step: null }]);
    expect(barsOf('new', [step(1, 10, null, 'x', 'new')], { from: 0, to: 30 }, undefined)).toEqual([
      { from: 10, to: 30, value: 'x', step: 1 },
    ]);
  });

  it('counts what was gone through up to it, and nothing after it', () => {
    const ids = (value: unknown): ReadonlySet<string> => new Set([String(value)]);
    const { entries, visits } = visitsIn(steps, 'a', steps[0] ?? null, ids);
    expect(Object.fromEntries(entries)).toEqual({ x: 1, y: 1 });
    expect(visits).toEqual({ 'm|GO|1': 1 });
  });
});

describe('who talks to whom', () => {
  const event = (seq: number, from: string | null, to: string, type: string, changed = false): ActorEvent => ({
    seq,
    at: seq * 10,
    from,
    to,
    type,
    event: { type },
    value: null,
    changed,
    taken: [],
  });

  it('counts repeats in one arrow, and gives a change of state one of its own', () => {
    const { arrows } = talkOf(
      [
        event(1, 'a', 'b', 'TICK'),
        event(2, null, 'a', 'X'),
        event(3, 'a', 'b', 'TICK'),
        event(4, 'a', 'b', 'TICK', true),
        event(5, 'a', 'b', 'TICK'),
      ],
      10,
      null,
    );
    expect(arrows.map(({ type, count, changed }) => [type, count, changed])).toEqual([
      ['TICK', 2, false],
      ['X', 1, false],
      ['TICK', 1, true],
      ['TICK', 1, false],
    ]);
  });

  it('names the world where nobody is known, keeps only the talk of one actor when told, and says whom it left out', () => {
    const all = [event(1, null, 'a', 'X'), event(2, 'a', 'b', 'Y'), event(3, 'c', 'd', 'Z')];
    expect(talkOf(all, 10, 'a').lifelines).toEqual([WORLD, 'a', 'b']);
    expect(talkOf(all, 10, null, 3).left).toBe(2);
  });
});

describe('words and sizes', () => {
  it('say XState’s own events as a person would', () => {
    expect(eventWords('xstate.after.5000.a.b')).toBe('after 5 s');
    expect(eventWords('xstate.after.RETRY.a.b', 90_000)).toBe('after 90 s');
    expect(eventWords('xstate.error.actor.open')).toBe('error open');
    expect(eventWords('xstate.done.state.a')).toBe('done');
    expect(labelOf({ id: '', event: '', targets: [], guard: 'isFull', actions: [], delay_ms: null })).toBe('[isFull]');
    expect(labelOf({ id: '', event: 'GO', targets: [], guard: 'isFull', actions: [], delay_ms: null })).toBe(
      'GO [isFull]',
    );
  });

  it('fit a chart into the middle of its frame, and never blow a small one up', () => {
    expect(fitted({ w: 836, h: 436 }, { width: 1_600, height: 400 })).toEqual({ k: 0.5, x: 18, y: 118 });
    expect(fitted({ w: 1_000, h: 1_000 }, { width: 100, height: 100 }).k).toBe(1.1);
  });
});

describe('two snapshots', () => {
  it('differ where a leaf differs, and nowhere else', () => {
    const was = { life: { files: { log: { badLines: 3 } }, fault: null }, n: 1, gone: 'x', list: [1, 2] };
    const is = { life: { files: { log: { badLines: 0 } }, fault: null }, n: 1, come: 'y', list: [1, 3] };
    expect(differences(was, is)).toEqual([
      { key: 'life.files.log.badLines', was: 3, is: 0 },
      { key: 'gone', was: 'x', is: undefined },
      { key: 'list.1', was: 2, is: 3 },
      { key: 'come', was: undefined, is: 'y' },
    ]);
    expect(differences(was, structuredClone(was))).toEqual([]);
  });
});

describe('an event written by hand', () => {
  it('is refused in words when it is no event', () => {
    expect(eventFrom('', '{}')).toEqual({ wrong: 'An event needs a type.' });
    expect(eventFrom('GO', '{ bad')).toEqual({ wrong: expect.stringContaining('not JSON') });
    expect(eventFrom('GO', '[1]')).toEqual({ wrong: expect.stringContaining('must be an object') });
    expect(eventFrom('GO', '{"type":"STOP"}')).toEqual({ wrong: expect.stringContaining('leave it out') });
  });

  it('is sent with the type that was chosen and what was written', () => {
    expect(eventFrom('GO', '')).toEqual({ event: { type: 'GO' } });
    expect(eventFrom('GO', '{"n":1}')).toEqual({ event: { n: 1, type: 'GO' } });
  });
});

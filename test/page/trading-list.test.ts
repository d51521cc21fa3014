import { describe, expect, it } from 'vitest';
import {
  beforeOf,
  begun,
  EMPTY,
  type List,
  shown,
  updated,
  withNewer,
  withOlder,
} from '../../inspector/src/trading/list.ts';
import type { SignalPage, SignalView } from '../../src/inspector/contract.ts';
import { fc } from '../fast-check.ts';

const signal = (n: number, at: number, state = 'generated'): SignalView => ({
  id: `BTCUSDT_${at}_${n}`,
  symbol: 'BTCUSDT',
  direction: 'LONG',
  strategy: 'breakout',
  state,
  at,
  changed_at: at,
  confidence: null,
  price: null,
  blocked_by: null,
  reason: null,
});
/** The server: newest first, what is older than `before`. */
const answer = (all: readonly SignalView[], limit: number, before?: number): SignalPage => ({
  signals: all.filter(({ at }) => before === undefined || at < before).slice(0, limit),
  total: all.length,
});
/** Newest first, several at one moment. */
const world = (moments: readonly number[]): readonly SignalView[] =>
  moments.map((at, n) => signal(n, at)).sort((a, b) => b.at - a.at);
const ids = (rows: readonly SignalView[]): readonly string[] => rows.map(({ id }) => id);

describe('the list of signals', () => {
  it('loads every signal once, page by page, even where several are of one millisecond', () => {
    const moments = fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 120 });
    fc.assert(
      fc.property(moments, (at) => {
        const all = world(at);
        const most = Math.max(0, ...at.map((one) => at.filter((other) => other === one).length));
        const limit = most + 2;
        let list = begun(answer(all, limit), limit);
        let stalled = false;
        for (let turn = 0; turn < 500 && !list.complete; turn++)
          ({ list, stalled } = withOlder(list, answer(all, limit, beforeOf(list, stalled)), limit));
        expect(list.complete).toBe(true);
        expect(ids(list.rows)).toEqual(ids(all));
      }),
    );
  });

  it('comes to its end even where a page is too small for one millisecond', () => {
    const all = world([5, 5, 5, 5, 5, 3]);
    let list = begun(answer(all, 2), 2);
    let stalled = false;
    for (let turn = 0; turn < 50 && !list.complete; turn++)
      ({ list, stalled } = withOlder(list, answer(all, 2, beforeOf(list, stalled)), 2));
    expect(list.complete).toBe(true);
    expect(list.rows.at(-1)?.at).toBe(3);
  });

  it('does not move while somebody reads: new ones wait, and go on top when they are wanted', () => {
    const old = world([1, 2, 3]);
    const all = world([1, 2, 3, 4, 5]);
    const before = begun(answer(old, 10), 10);
    const reading = withNewer(before, answer(all, 10), 10, true);
    expect(reading.rows).toEqual(before.rows);
    expect(reading.waiting.map(({ at }) => at)).toEqual([5, 4]);
    expect(shown(reading).rows.map(({ at }) => at)).toEqual([5, 4, 3, 2, 1]);
    expect(withNewer(before, answer(all, 10), 10, false).rows.map(({ at }) => at)).toEqual([5, 4, 3, 2, 1]);
  });

  it('never hides a hole: where more are new than were asked for, it begins anew', () => {
    const before = begun(answer(world([1, 2]), 10), 10);
    const all = world([1, 2, 3, 4, 5, 6]);
    const reading = withNewer(before, answer(all, 2), 2, true);
    expect(reading).toMatchObject({ gap: true, rows: before.rows });
    const after = shown(reading);
    expect(after.rows.map(({ at }) => at)).toEqual([6, 5]);
    expect(after.complete).toBe(false);
  });

  it('is the same whether the new ones are taken at once or wait through several answers', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 12 }), (arrivals) => {
        let last = 3;
        const now = () => [...Array(last).keys()].map((n) => signal(0, n + 1)).reverse();
        let reading: List = begun(answer(now(), 100), 100);
        for (const many of arrivals) {
          last += many;
          reading = withNewer(reading, answer(now(), 100), 100, true);
        }
        const all = now();
        expect(ids(shown(reading).rows)).toEqual(ids(all));
      }),
    );
  });

  it('shows the new state of a known signal where it stands, and is the same object where nothing changed', () => {
    const before = begun(answer(world([1, 2, 3]), 10), 10);
    const [, middle] = before.rows;
    if (middle === undefined) throw new Error('there are three');
    const after = updated(before, [{ ...middle, state: 'executed', changed_at: 9 }]);
    expect(after.rows.map(({ state }) => state)).toEqual(['generated', 'executed', 'generated']);
    expect(after.rows[0]).toBe(before.rows[0]);
    expect(updated(before, before.rows)).toBe(before);
  });

  it('begins with the first answer', () => {
    expect(withNewer(EMPTY, answer(world([1]), 10), 10, true)).toMatchObject({ complete: true, total: 1 });
  });
});

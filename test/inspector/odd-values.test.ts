/** What an app keeps in a context and sends in an event may be anything; its inspector shows what can be shown of it. */
import { describe, expect, it } from 'vitest';
import { assign, createActor, setup } from 'xstate';
import { type Bounds, digest } from '../../src/inspector/digest.ts';
import { StepList } from '../../src/inspector/step-list.ts';
import { recording } from './recording-habitat.ts';

const BOUNDS: Bounds = { nodes: 1_000, depth: 6, chars: 10_000 };
const shown = (value: unknown): unknown => digest(value, BOUNDS);

/** As immer leaves a draft behind that somebody has kept. */
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
const trap = {
  get gone(): never {
    throw new Error('it is gone');
  },
};

describe('a copy of what is shown', () => {
  it('leaves out of many fields only the one that cannot be read', () => {
    expect(shown({ fine: 1, draft: revoked(), list: [1, revoked(), 2], trap, also: 2 })).toEqual({
      fine: 1,
      draft: expect.stringMatching(/^\[it cannot be read: .*revoked\]$/),
      list: [1, expect.stringMatching(/^\[it cannot be read: /), 2],
      trap: { gone: '[it cannot be read: it is gone]' },
      also: 2,
    });
  });

  it('tells numbers from what is none, which JSON calls null', () => {
    expect(shown([0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])).toEqual([
      0,
      'NaN',
      'Infinity',
      '-Infinity',
    ]);
  });

  it('takes of a large map or set only what it shows, and says how much there is', () => {
    let read = 0;
    class Counted extends Map<string, number> {
      override *[Symbol.iterator](): MapIterator<[string, number]> {
        for (const entry of super.entries()) {
          read++;
          yield entry;
        }
      }
      override entries(): MapIterator<[string, number]> {
        return this[Symbol.iterator]();
      }
    }
    const many = Array.from({ length: 5_000 }, (_, n) => n);
    const map = shown(new Counted(many.map((n) => [`k${n}`, n]))) as object;
    expect(Object.keys(map)).toHaveLength(101);
    expect(map).toMatchObject({ k0: 0, k99: 99, '…': '[… 4900 more]' });
    expect(read).toBeLessThanOrEqual(101);
    expect(shown(new Set(many))).toEqual([...many.slice(0, 100), '[… 4900 more]']);
    expect(shown(new Map([['a', new Set([1])]]))).toEqual({ a: [1] });
  });
});

describe('an actor with a context that cannot all be read', () => {
  it('is there with the rest of it, and so are its steps', () => {
    const { recorder, inspect, failures, clock } = recording();
    const steps = new StepList({ source: recorder, now: () => clock.now(), timer: clock, redact: (value) => value });
    const machine = setup({ types: { context: {} as { n: number; draft: object; trap: object } } }).createMachine({
      id: 'odd',
      context: { n: 1, draft: revoked(), trap },
      initial: 'a',
      states: { a: { on: { GO: { target: 'b', actions: assign({ n: 2 }) } } }, b: {} },
    });
    createActor(machine, { inspect }).start().send({ type: 'GO' });
    expect(recorder.actor('odd')?.context).toMatchObject({ n: 2, trap: { gone: '[it cannot be read: it is gone]' } });
    expect(steps.page({ from: 0, to: Number.MAX_SAFE_INTEGER, limit: 10 }).steps).toMatchObject([
      { was: null, value: 'a', diff: expect.arrayContaining([{ key: 'n', was: null, is: 1 }]) },
      { was: 'a', value: 'b', diff: [{ key: 'n', was: 1, is: 2 }] },
    ]);
    expect(failures).toEqual([]);
  });
});

describe("an actor whose logic is of one's own", () => {
  it('has no state value that would be told once and never again, nor one that goes round in circles', () => {
    const { recorder, inspect, failures } = recording();
    const round = { value: 'first' as unknown };
    const logic = {
      transition: () => ({ ...blank, value: Object.assign({}, round, { round }) }),
      getInitialSnapshot: () => ({ ...blank, value: round }),
      getPersistedSnapshot: () => blank,
    };
    const blank = { status: 'active' as const, output: undefined, error: undefined };
    round.value = round;
    createActor(logic, { id: 'own', inspect }).start().send({ type: 'GO' });
    expect(recorder.actors()).toMatchObject([{ id: 'own', value: null, events: 1 }]);
    expect(failures).toEqual([]);
  });
});

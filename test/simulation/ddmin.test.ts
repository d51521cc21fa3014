import { describe, expect, it } from 'vitest';
import { ddmin } from '../../src/sim/ddmin.ts';
import { fc } from '../fast-check.ts';

/** Tries parts one after the other, and counts them. */
function trying<T>(fails: (items: readonly T[]) => boolean, most = Number.POSITIVE_INFINITY) {
  const tried = { times: 0 };
  const firstFailing = async (candidates: readonly (readonly T[])[]): Promise<number | null> => {
    for (const [at, items] of candidates.entries()) {
      if (tried.times >= most) return null;
      tried.times++;
      if (fails(items)) return at;
    }
    return null;
  };
  return { tried, firstFailing };
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('delta debugging', () => {
  it('finds any few items that fail together, in their order, and no other', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }).chain((count) =>
          fc.record({
            count: fc.constant(count),
            guilty: fc.subarray(numbers(count), { minLength: 1, maxLength: Math.min(5, count) }),
          }),
        ),
        async ({ count, guilty }) => {
          const { firstFailing } = trying<number>((items) => guilty.every((one) => items.includes(one)));
          expect(await ddmin(numbers(count), firstFailing)).toEqual(guilty);
        },
      ),
    );
  });

  it('leaves nothing that could be left out, whatever makes it fail', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.subarray(numbers(16), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
        async (causes) => {
          const fails = (items: readonly number[]): boolean =>
            causes.some((cause) => cause.every((one) => items.includes(one)));
          const left = await ddmin(numbers(16), trying(fails).firstFailing);
          expect(fails(left)).toBe(true);
          for (const one of left) expect(fails(left.filter((other) => other !== one))).toBe(false);
        },
      ),
    );
  });

  it('needs few tries for one guilty of a thousand', async () => {
    const { tried, firstFailing } = trying<number>((items) => items.includes(713));
    expect(await ddmin(numbers(1_000), firstFailing)).toEqual([713]);
    expect(tried.times).toBeLessThan(40);
  });

  it('leaves nothing at all where it fails by itself', async () => {
    const { tried, firstFailing } = trying<number>(() => true);
    expect(await ddmin(numbers(100), firstFailing)).toEqual([]);
    expect(tried.times).toBe(1);
  });

  it('ends with what it has when nothing may be tried any more', async () => {
    const { tried, firstFailing } = trying<number>((items) => items.includes(3) && items.includes(90), 12);
    const left = await ddmin(numbers(100), firstFailing);
    expect(tried.times).toBe(12);
    expect(left).toEqual(expect.arrayContaining([3, 90]));
    expect(left.length).toBeLessThan(100);
  });
});

import { expect, test } from 'vitest';
import { FillSequence } from '../../../src/adapters/ccxt/fill-sequence.ts';
import type { ToldFill } from '../../../src/adapters/ccxt/fills.ts';
import { VirtualClock } from '../../../src/adapters/virtual-clock.ts';
import type { Fill } from '../../../src/machines/messages.ts';
import { fc } from '../../fast-check.ts';

/** An order that fills in `parts`, as the stream tells it. */
function order(orderId: string, parts: readonly number[]): ToldFill[] {
  let before = 0;
  return parts.map((qty, index) => {
    const fill: Fill = {
      fillId: `${orderId}-${index}`,
      clientOrderId: `k-${orderId}`,
      orderId,
      symbol: 'BTCUSDT',
      side: 'BUY',
      qty,
      price: 100,
      feeUsd: 0,
      complete: index === parts.length - 1,
      at: index,
    };
    const told = { fill, before };
    before += qty;
    return told;
  });
}

const parts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });
const ids = (fills: readonly Fill[]): string[] => fills.map(({ fillId }) => fillId);

test('whatever the stream repeats, mixes up and leaves out, every fill is told once, and those of an order in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      parts,
      parts,
      fc.infiniteStream(fc.nat()),
      fc.integer({ min: 0, max: 3 }),
      async (one, two, draws, failures) => {
        const clock = new VirtualClock();
        const orders = new Map([
          ['1', order('1', one)],
          ['2', order('2', two)],
        ]);
        const told: Fill[] = [];
        let left = failures;
        const sequence = new FillSequence({
          clock,
          tell: (fill) => told.push(fill),
          fetch: async ({ orderId }) => {
            if (left-- > 0) throw new Error('no answer');
            return (orders.get(orderId) ?? []).map(({ fill }) => fill);
          },
          failed: () => undefined,
          silent: () => undefined,
        });
        const draw = (below: number): number => (draws.next().value ?? 0) % below;
        const stream = [...orders.values()].flat();
        for (const { fill } of stream.filter(({ before }) => before === 0)) sequence.expect(fill, 3_000);
        // Some lost, some twice, all mixed.
        const sent = stream.flatMap((fill) => [[], [fill], [fill], [fill, fill]][draw(4)] ?? []);
        for (let i = sent.length - 1; i > 0; i--) {
          const j = draw(i + 1);
          [sent[i], sent[j]] = [sent[j] as ToldFill, sent[i] as ToldFill];
        }
        for (const fill of sent) {
          sequence.offer(fill);
          await clock.advanceAsync(draw(900));
        }
        await clock.advanceAsync(120_000);
        expect(ids(told).filter((id) => id.startsWith('1-'))).toEqual(ids(order('1', one).map(({ fill }) => fill)));
        expect(ids(told).filter((id) => id.startsWith('2-'))).toEqual(ids(order('2', two).map(({ fill }) => fill)));
        sequence.stop();
      },
    ),
    { numRuns: 200 },
  );
});

test('what the stream never told of is told to be silent; a single lost fill is not', async () => {
  const clock = new VirtualClock();
  const silent: string[] = [];
  const fills = order('1', [1, 1]);
  const make = () =>
    new FillSequence({
      clock,
      tell: () => undefined,
      fetch: async () => fills.map(({ fill }) => fill),
      failed: () => undefined,
      silent: ({ orderId }) => silent.push(orderId),
    });
  const [first] = fills;
  if (!first) throw new Error('there is a first');
  const heard = make();
  heard.expect(first.fill, 3_000);
  heard.offer(first);
  await clock.advanceAsync(5_000);
  expect(silent).toEqual([]);
  const deaf = make();
  deaf.expect(first.fill, 3_000);
  await clock.advanceAsync(5_000);
  expect(silent).toEqual(['1']);
});

import { describe, expect, it } from 'vitest';
import { LazyHeap } from '../../src/actors/lazy-heap.ts';
import { fc } from '../fast-check.ts';

interface Thing {
  readonly key: number;
  readonly order: number;
  live: boolean;
}

describe('a heap whose entries may die inside', () => {
  it('gives the living in order, and never holds many more than live', () => {
    const commands = fc.array(
      fc.oneof(
        { weight: 4, arbitrary: fc.record({ do: fc.constant('push' as const), at: fc.integer({ min: 0, max: 50 }) }) },
        { weight: 3, arbitrary: fc.record({ do: fc.constant('kill' as const), at: fc.nat() }) },
        { weight: 1, arbitrary: fc.record({ do: fc.constant('pop' as const), at: fc.nat() }) },
        {
          weight: 1,
          arbitrary: fc.record({ do: fc.constant('before' as const), at: fc.integer({ min: 0, max: 50 }) }),
        },
      ),
      { maxLength: 400 },
    );
    const inOrder = (a: Thing, b: Thing) => a.key - b.key || a.order - b.order;
    fc.assert(
      fc.property(commands, (steps) => {
        const heap = new LazyHeap<Thing>(inOrder, ({ live }) => live);
        let model: Thing[] = [];
        for (const [order, step] of steps.entries()) {
          model.sort(inOrder);
          if (step.do === 'push') {
            const thing = { key: step.at, order, live: true };
            heap.push(thing);
            model.push(thing);
          } else if (step.do === 'kill' && model.length > 0) {
            const [dead] = model.splice(step.at % model.length, 1);
            if (dead) dead.live = false;
            heap.died();
          } else if (step.do === 'pop') {
            expect(heap.pop()).toBe(model[0]);
            model = model.slice(1);
          } else if (step.do === 'before') {
            expect(heap.before(({ key }) => key < step.at)).toEqual(model.filter(({ key }) => key < step.at));
          }
          expect(heap.held).toBeLessThanOrEqual(2 * model.length + 66);
        }
        model.sort(inOrder);
        expect(heap.peek()).toBe(model[0]);
      }),
    );
  });
});

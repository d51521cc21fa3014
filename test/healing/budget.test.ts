import { describe, expect, it } from 'vitest';
import { eitherUses } from '../../src/healing/budget.ts';

describe('what two healers count of one purse', () => {
  it.each([
    ['what both have from the process before them, once', [1, 2], [1, 2], [1, 2]],
    ['two uses of one instant, twice: two incidents may be remedied in it', [5, 5], [5], [5, 5]],
    ['also where the other one has both', [5], [5, 5], [5, 5]],
    ['what only one has spent, in order', [1, 9], [1, 4], [1, 4, 9]],
    ['nothing, where nothing was spent', [], [], []],
  ])('is %s', (_, one, other, both) => {
    expect(eitherUses(one, other)).toEqual(both);
  });
});

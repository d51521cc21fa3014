import { describe, expect, it } from 'vitest';
import { firstLine, firstOther } from '../../../src/cli/sim/same-elsewhere.ts';

describe('two processes with the same seeds', () => {
  it('are the same where all traces are, and else differ first at a seed', () => {
    const here = [
      { seed: 1, trace: 'a' },
      { seed: 2, trace: 'b' },
      { seed: 3, trace: 'c' },
    ];
    expect(firstOther(here, here.toReversed())).toBe(null);
    expect(firstOther(here, here.with(1, { seed: 2, trace: 'x' }))).toEqual({ seed: 2, trace: 'b' });
    expect(firstOther(here, here.slice(0, 2))).toEqual({ seed: 3, trace: 'c' });
  });

  it('differ first in a line', () => {
    expect(firstLine(['a', 'b', 'c'], ['a', 'x', 'y'])).toEqual({ line: 2, here: 'b', there: 'x' });
    expect(firstLine(['a'], ['a', 'b'])).toEqual({ line: 2, here: 'nothing more', there: 'b' });
    expect(firstLine(['a', 'b'], ['a'])).toEqual({ line: 2, here: 'b', there: 'nothing more' });
    expect(firstLine(['a'], ['a'])).toEqual({ line: null, here: '', there: '' });
  });
});

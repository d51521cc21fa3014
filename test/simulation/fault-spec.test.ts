import { describe, expect, it } from 'vitest';
import { parseFaults } from '../../src/sim/fault-spec.ts';

describe('which faults there are to be', () => {
  it('is said by kinds, each as often as it weighs', () => {
    expect(parseFaults('crash=3, disk-full')).toEqual(['crash', 'crash', 'crash', 'disk-full']);
    expect(parseFaults('none')).toEqual([]);
  });

  it.each([
    ['crahs', 'crahs: there is no such kind of fault'],
    ['crash,crash=2', 'crash: it is there twice'],
    ['crash=0', 'crash=0: a weight is a whole number from 1 to 100'],
    ['crash=', 'crash=: a weight is a whole number'],
    ['crash=1.5', 'crash=1.5: a weight is a whole number'],
    ['crash=5=6', 'crash=5=6: a weight is a whole number'],
    ['crash,', 'a kind of fault is missing'],
    ['', 'a kind of fault is missing'],
    ['none,crash', 'none: there is no such kind of fault'],
  ])('is refused in words: %s', (spec, words) => {
    expect(() => parseFaults(spec)).toThrow(words);
  });
});

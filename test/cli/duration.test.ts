import { describe, expect, it } from 'vitest';
import { parseDuration, sayDuration } from '../../src/cli/duration.ts';

describe('a duration', () => {
  it.each([
    ['500ms', 500],
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['2h', 7_200_000],
    ['1.5h', 5_400_000],
    ['1d', 86_400_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '2', 'h', '2 h', '-2h', '2w', '0s', '1h30m', 'Infinityh', '1e3s'])('"%s" is refused', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  it('is said in one or two units', () => {
    expect([840, 12_000, 192_000, 7_500_000, 270_000_000].map(sayDuration)).toEqual([
      '840 ms',
      '12 s',
      '3 min 12 s',
      '2 h 05 min',
      '3 d 3 h',
    ]);
  });
});

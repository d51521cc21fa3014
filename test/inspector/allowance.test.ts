import { describe, expect, it } from 'vitest';
import { allowance } from '../../src/inspector/allowance.ts';

/** Asks so often, the clock going on by `ms` each time. @returns how often it was allowed */
function asking({ perSecond, burst }: { readonly perSecond: number; readonly burst: number }) {
  let now = 0;
  const purse = allowance(() => now, { perSecond, burst });
  const ask = (times: number, ms: number): number => {
    let allowed = 0;
    for (let i = 0; i < times; i++) {
      now += ms;
      if (purse.take()) allowed++;
    }
    return allowed;
  };
  const rest = (ms: number): void => {
    now += ms;
  };
  return { ask, rest };
}

describe('an allowance', () => {
  it('is given at once as far as it was saved, then as it is earned', () => {
    const { ask } = asking({ perSecond: 10, burst: 20 });
    expect(ask(1_000, 0)).toBe(20);
    expect(ask(100_000, 0.1)).toBeGreaterThan(90);
    expect(ask(100_000, 0.1)).toBeLessThanOrEqual(100);
  });

  it('is whole again after a rest', () => {
    const { ask, rest } = asking({ perSecond: 10, burst: 20 });
    ask(1_000, 0.01);
    rest(60_000);
    expect(ask(1_000, 0)).toBe(20);
  });

  it('is no greater part of the work on a machine that has little time for it', () => {
    const { ask } = asking({ perSecond: 150, burst: 300 });
    ask(1_000, 0);
    // 640 are asked for in a second: 150 of them would be a quarter of the work.
    expect(ask(64_000, 1_000 / 640)).toBeLessThanOrEqual(1_000);
  });

  it('gives all that is asked for where that is no more than is allowed', () => {
    const { ask } = asking({ perSecond: 150, burst: 300 });
    expect(ask(10_000, 10)).toBeGreaterThan(8_000);
  });
});

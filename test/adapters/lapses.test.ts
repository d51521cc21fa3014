import { describe, expect, it } from 'vitest';
import { lapseBetween, type Reading, watchLapses } from '../../src/adapters/lapses.ts';

const HOUR = 3_600_000;
const START: Reading = { wall: 1_000_000, monotonic: 5_000, boot: 7_000, used: 100 };
/** A second goes by, and what else is said. */
const onwards = (change: Partial<Reading> = {}): Reading => ({
  wall: START.wall + 1_000 + (change.wall ?? 0),
  monotonic: START.monotonic + 1_000 + (change.monotonic ?? 0),
  boot: START.boot === null ? null : START.boot + 1_000 + (change.boot ?? 0),
  used: START.used + 50 + (change.used ?? 0),
});
const judged = (change?: Partial<Reading>) => lapseBetween(START, onwards(change), 1_000);

describe('a lapse', () => {
  it('is none while all clocks go on, and none of a machine that is slow for some seconds', () => {
    expect(judged()).toBe(null);
    expect(judged({ wall: 4_900, monotonic: 4_900, boot: 4_900 })).toBe(null);
    expect(judged({ wall: -800 })).toBe(null);
  });

  it('is a sleep where the time since boot went on and the monotonic clock did not', () => {
    expect(judged({ wall: 2 * HOUR, boot: 2 * HOUR })).toEqual({ kind: 'slept', ms: 2 * HOUR });
  });

  it('is a process that stood still where its clocks went on and it used no processor', () => {
    expect(judged({ wall: 7_000, monotonic: 7_000, boot: 7_000 })).toEqual({ kind: 'stood-still', ms: 7_000 });
  });

  it('is none where the process was busy all the time: that is no sleep, and told elsewhere', () => {
    expect(judged({ wall: 7_000, monotonic: 7_000, boot: 7_000, used: 6_500 })).toBe(null);
  });

  it('is a clock that was set, forward or back, where only the time of day moved', () => {
    expect(judged({ wall: HOUR })).toEqual({ kind: 'clock-set-forward', ms: HOUR });
    expect(judged({ wall: -HOUR })).toEqual({ kind: 'clock-set-back', ms: HOUR });
  });

  it('is told as a clock that jumped where there is no clock since boot', () => {
    const before = { ...START, boot: null };
    expect(lapseBetween(before, { ...onwards({ wall: HOUR }), boot: null }, 1_000)).toEqual({
      kind: 'clock-set-forward',
      ms: HOUR,
    });
  });

  it('is told once, to whoever asks first', () => {
    let present = START;
    const lapses = watchLapses(() => present);
    expect(lapses.take()).toBe(null);
    present = onwards({ wall: HOUR, boot: HOUR });
    expect(lapses.take()).toEqual({ kind: 'slept', ms: HOUR });
    expect(lapses.take()).toBe(null);
    lapses.close();
  });
});

import type { Pace } from '../ports/world.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

/**
 * How often things are done by the clock, in bot time. A replay that runs N times faster does them N times less often on its
 * own time line, so that a real second costs the same; at `max`, where an hour takes some twenty milliseconds, they are bounded: looks by
 * an hour, checks by five minutes, and judging by a quarter of an hour, which is two hundred sweeps a real second.
 */
export function paceFor(speed: number | 'max'): Pace {
  if (speed === 'max')
    return {
      ...{ lookMs: HOUR, changeMs: MINUTE, checkMs: 5 * MINUTE, saveMs: HOUR, showMs: 6 * HOUR },
      ...{ judgeMs: 15 * MINUTE, sweepMs: 15 * MINUTE },
    };
  return {
    lookMs: Math.min(HOUR, 2_000 * speed),
    changeMs: Math.min(MINUTE, 50 * speed),
    checkMs: Math.min(MINUTE, 1_000 * speed),
    saveMs: Math.min(HOUR, 1_000 * speed),
    showMs: Math.min(HOUR, 1_000 * speed),
    // In real time at once.
    judgeMs: Math.min(MINUTE, 10 * Math.max(0, speed - 1)),
    sweepMs: MINUTE,
  };
}

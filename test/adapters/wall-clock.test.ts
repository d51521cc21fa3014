import { firstValueFrom, timer } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { wallClock } from '../../src/adapters/wall-clock.ts';
import type { Clock } from '../../src/ports/clock.ts';

const waited = (clock: Clock, ms: number): Promise<number> =>
  new Promise((resolve) => clock.setTimeout(() => resolve(clock.now()), ms));

describe('the wall clock', () => {
  afterEach(() => vi.useRealTimers());

  it('begins at the present, or at the origin it is given', () => {
    const before = Date.now();
    const [now, sinceOrigin] = [wallClock().now(), wallClock({ origin: 1_000_000 }).now() - 1_000_000];
    const after = Date.now();
    // However long the machine was busy in between: a clock that begins at the present is between two looks at another.
    expect(now).toBeGreaterThanOrEqual(before - 50);
    expect(now).toBeLessThanOrEqual(after + 50);
    expect(sinceOrigin).toBeGreaterThanOrEqual(0);
    expect(sinceOrigin).toBeLessThanOrEqual(after - before + 50);
    expect(Number.isInteger(wallClock({ speed: 7.3 }).now())).toBe(true);
  });

  it('runs N times faster: an hour at 360,000 takes ten milliseconds', async () => {
    const clock = wallClock({ speed: 360_000, origin: 0 });
    const began = performance.now();
    expect(await waited(clock, 3_600_000)).toBeGreaterThanOrEqual(3_600_000);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('fires no timer before its time, at any speed', async () => {
    for (const speed of [1, 3, 60, 3_600]) {
      const clock = wallClock({ speed, origin: 0 });
      const dues = Array.from({ length: 20 }, (_, i) => (i + 0.5) * speed);
      const early = await Promise.all(
        dues.map(async (ms) => {
          const due = clock.now() + ms;
          return (await waited(clock, ms)) < Math.floor(due);
        }),
      );
      expect(early).not.toContain(true);
    }
  });

  it('waits longer than a Node timer can (2^31 ms, 25 days), and not a day less', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
    const clock = wallClock({ origin: 0 });
    let fired = 0;
    clock.setTimeout(() => fired++, 3 * 2 ** 31);
    vi.advanceTimersByTime(3 * 2 ** 31 - 1);
    expect(fired).toBe(0);
    vi.advanceTimersByTime(1);
    expect(fired).toBe(1);
  });

  it('fires nothing that was cancelled, also in the middle of a long wait', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
    const clock = wallClock({ origin: 0 });
    let fired = 0;
    const id = clock.setTimeout(() => fired++, 2 * 2 ** 31);
    vi.advanceTimersByTime(1.5 * 2 ** 31);
    clock.clearTimeout(id);
    clock.clearTimeout(id);
    vi.advanceTimersByTime(2 ** 31);
    expect(fired).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  /** The machine sleeps: the time of day goes on, and nothing else does. */
  const slept = (ms: number): void => void vi.setSystemTime(Date.now() + ms);

  it('follows the time of day out of a sleep: what was due meanwhile is due at once, once, and the rest in its time', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'], now: 1_000_000 });
    const clock = wallClock({ follows: true });
    const fired: string[] = [];
    clock.setTimeout(() => fired.push('an hour'), 3_600_000);
    clock.setTimeout(() => fired.push('three hours'), 3 * 3_600_000);
    const gone = clock.setTimeout(() => fired.push('cancelled'), 3_600_000);
    clock.clearTimeout(gone);
    clock.setTimeout(() => fired.push('a second'), 1_000);
    slept(2 * 3_600_000);
    vi.advanceTimersByTime(1_000);
    vi.advanceTimersByTime(1);
    expect(fired).toEqual(['a second', 'an hour']);
    expect(clock.now()).toBe(1_000_000 + 2 * 3_600_000 + 1_001);
    vi.advanceTimersByTime(3_600_000 - 1_002);
    expect(fired).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(fired).toEqual(['a second', 'an hour', 'three hours']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('never goes back when the time of day is set back, and is not ahead for longer when that is taken back', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'], now: 9_000_000 });
    const clock = wallClock({ follows: true });
    slept(-3_600_000);
    vi.advanceTimersByTime(10);
    expect(clock.now()).toBe(9_000_010);
    slept(3_600_000);
    expect(clock.now()).toBe(9_000_010);
    // What is less than a lapse is a clock that is being disciplined.
    slept(4_000);
    expect(clock.now()).toBe(9_000_010);
  });

  it("gives RxJS the same time, and does not follow the system's clock when it is set", async () => {
    const clock = wallClock({ speed: 1_000, origin: 0 });
    await firstValueFrom(timer(5_000, clock.scheduler));
    expect(clock.scheduler.now()).toBeGreaterThanOrEqual(5_000);
    vi.useFakeTimers({ toFake: ['Date'], now: 0 });
    expect(clock.now()).toBeGreaterThanOrEqual(5_000);
  });
});

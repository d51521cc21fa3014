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

  it("gives RxJS the same time, and does not follow the system's clock when it is set", async () => {
    const clock = wallClock({ speed: 1_000, origin: 0 });
    await firstValueFrom(timer(5_000, clock.scheduler));
    expect(clock.scheduler.now()).toBeGreaterThanOrEqual(5_000);
    vi.useFakeTimers({ toFake: ['Date'], now: 0 });
    expect(clock.now()).toBeGreaterThanOrEqual(5_000);
  });
});

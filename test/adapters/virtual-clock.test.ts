import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { asyncScheduler, interval, take, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createActor, createMachine } from 'xstate';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import { fc } from '../fast-check.ts';

const never = () => false;
const nothing = () => null;

describe('virtual time', () => {
  it('fires timers in order of time, and at the same instant in the order they were set', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 60 }), (delays) => {
        const clock = new VirtualClock(1_000);
        const fired: { index: number; at: number }[] = [];
        delays.forEach((delay, index) => {
          clock.setTimeout(() => fired.push({ index, at: clock.now() }), delay);
        });
        clock.advance(20);
        const expected = delays
          .map((delay, index) => ({ index, at: 1_000 + delay }))
          .sort((a, b) => a.at - b.at || a.index - b.index);
        expect(fired).toEqual(expected);
        expect(clock.pending).toBe(0);
      }),
    );
  });

  it('fires every timer of a chain, also those set while it fires', () => {
    const clock = new VirtualClock(0);
    const at: number[] = [];
    clock.setTimeout(function again() {
      at.push(clock.now());
      clock.setTimeout(again, 100);
    }, 100);
    clock.advanceTo(1_050);
    expect(at).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000]);
    expect(clock.now()).toBe(1_050);
  });

  it('fires nothing that was cancelled, not even at the very instant', () => {
    const clock = new VirtualClock(0);
    const fired: string[] = [];
    let second = 0;
    clock.setTimeout(() => {
      fired.push('first');
      clock.clearTimeout(second);
    }, 5);
    second = clock.setTimeout(() => fired.push('second'), 5);
    clock.advance(10);
    expect(fired).toEqual(['first']);
    clock.clearTimeout(second);
    clock.clearTimeout(987_654);
  });

  it('keeps no memory of a million cancelled timers, though the time of none has come', () => {
    const clock = new VirtualClock(0);
    const kept = clock.setTimeout(() => undefined, 1e9);
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 1_000_000; i++) clock.clearTimeout(clock.setTimeout(() => undefined, 1e9));
    expect(clock.pending).toBe(1);
    collect();
    // A leak would hold a timer (about 100 bytes) for each of them.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(60e6);
    clock.clearTimeout(kept);
  });

  it('never goes back, and takes a negative or missing delay for none', () => {
    const clock = new VirtualClock(500);
    clock.advanceTo(100);
    expect(clock.now()).toBe(500);
    const fired: number[] = [];
    clock.setTimeout(() => fired.push(clock.now()), -5);
    clock.setTimeout(() => fired.push(clock.now()), Number.NaN);
    clock.advance(0);
    expect(fired).toEqual([500, 500]);
  });

  it('is the time of XState and of RxJS at once', () => {
    const clock = new VirtualClock(1_746_372_780_000);
    const machine = createMachine({
      initial: 'waiting',
      states: { waiting: { after: { 5000: 'done' } }, done: {} },
    });
    const actor = createActor(machine, { clock }).start();
    const seen: number[] = [];
    interval(1_000, clock.scheduler)
      .pipe(take(3))
      .subscribe(() => seen.push(clock.now() - 1_746_372_780_000));
    timer(new Date(1_746_372_780_000 + 2_500), clock.scheduler).subscribe(() => seen.push(-1));
    clock.advance(4_999);
    expect(seen).toEqual([1_000, 2_000, -1, 3_000]);
    expect(actor.getSnapshot().value).toBe('waiting');
    clock.advance(1);
    expect(actor.getSnapshot().value).toBe('done');
    expect(clock.scheduler.now()).toBe(clock.now());
    expect(clock.scheduler).not.toBe(asyncScheduler);
  });
});

describe('a run of virtual time', () => {
  it('ends when nothing is set any more, and a year takes no time', async () => {
    const clock = new VirtualClock(0);
    let days = 0;
    clock.setTimeout(function day() {
      if (++days < 365) clock.setTimeout(day, 86_400_000);
    }, 86_400_000);
    await clock.run({ until: never, idle: nothing });
    expect(clock.now()).toBe(365 * 86_400_000);
  });

  it('ends when told, between two instants and never within one', async () => {
    const clock = new VirtualClock(0);
    const fired: string[] = [];
    for (const name of ['a', 'b', 'c']) clock.setTimeout(() => fired.push(name), 10);
    clock.setTimeout(() => fired.push('late'), 11);
    await clock.run({ until: () => fired.includes('a'), idle: nothing });
    expect(fired).toEqual(['a', 'b', 'c']);
  });

  it('waits for work under way before time moves on', async () => {
    const clock = new VirtualClock(0);
    const log: string[] = [];
    let work: Promise<void> | null = null;
    clock.setTimeout(() => {
      log.push(`asked at ${clock.now()}`);
      work = new Promise((resolve) => {
        setTimeout(() => {
          log.push(`answered at ${clock.now()}`);
          // What the answer sets in motion belongs to the instant too.
          clock.setTimeout(() => log.push(`followed at ${clock.now()}`), 0);
          work = null;
          resolve();
        }, 5);
      });
    }, 100);
    clock.setTimeout(() => log.push(`later at ${clock.now()}`), 101);
    await clock.run({ until: never, idle: () => work });
    expect(log).toEqual(['asked at 100', 'answered at 100', 'followed at 100', 'later at 101']);
  });

  it('waits for work that alone can set the next timer', async () => {
    const clock = new VirtualClock(0);
    let fired = false;
    let work: Promise<void> | null = new Promise<void>((resolve) => {
      setImmediate(() => {
        clock.setTimeout(() => {
          fired = true;
        }, 50);
        work = null;
        resolve();
      });
    });
    await clock.run({ until: never, idle: () => work });
    expect(fired).toBe(true);
  });

  it('lets the real world in (signals, inotify) while it is busy', async () => {
    const clock = new VirtualClock(0);
    let interrupted = false;
    setTimeout(() => {
      interrupted = true;
    }, 30);
    clock.setTimeout(function busy() {
      clock.setTimeout(busy, 1);
    }, 1);
    const began = performance.now();
    await clock.run({ until: () => interrupted, idle: nothing });
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('rejects with what a timer throws', async () => {
    const clock = new VirtualClock(0);
    clock.setTimeout(() => {
      throw new Error('a timer broke');
    }, 1);
    await expect(clock.run({ until: never, idle: nothing })).rejects.toThrow('a timer broke');
  });

  it('says so when timers without delay keep it at one instant for ever', async () => {
    const clock = new VirtualClock(0);
    clock.setTimeout(function again() {
      clock.setTimeout(again, 0);
    }, 0);
    await expect(clock.run({ until: never, idle: nothing })).rejects.toThrow(/stands still/);
  });

  it('is fast: 300,000 timers in well under a second', async () => {
    const clock = new VirtualClock(0);
    let fired = 0;
    for (let i = 0; i < 50; i++) {
      clock.setTimeout(function again() {
        if (++fired < 300_000) clock.setTimeout(again, 60_000);
      }, i * 1_000);
    }
    const began = performance.now();
    await clock.run({ until: never, idle: nothing });
    expect(fired).toBeGreaterThanOrEqual(300_000);
    expect(performance.now() - began).toBeLessThan(3_000);
  });
});

import { describe, expect, it } from 'vitest';
import { PendingWork } from '../../src/adapters/pending-work.ts';

const later = <T>(): { readonly promise: Promise<T>; resolve(value: T): void; reject(error: Error): void } =>
  Promise.withResolvers<T>();

describe('pending work', () => {
  it('is idle, at once, when there is none', () => {
    expect(new PendingWork().idle()).toBeNull();
  });

  it('hands back the promise itself, and counts it until it settles', async () => {
    const pending = new PendingWork();
    const work = later<number>();
    expect(pending.track(work.promise)).toBe(work.promise);
    expect(pending.count).toBe(1);
    work.resolve(5);
    await pending.idle();
    expect([pending.count, await work.promise]).toEqual([0, 5]);
    expect(pending.idle()).toBeNull();
  });

  it('counts a rejection as settled, which its owner alone has to answer for', async () => {
    const pending = new PendingWork();
    const work = later<never>();
    const seen = pending.track(work.promise).catch((error: Error) => error.message);
    work.reject(new Error('no'));
    await pending.idle();
    expect([pending.count, await seen]).toEqual([0, 'no']);
  });

  it('is not idle before what followed from it is over as well', async () => {
    const pending = new PendingWork();
    const steps: string[] = [];
    const first = later<void>();
    void pending.track(first.promise).then(() => {
      steps.push('first');
      void pending.track(new Promise<void>((resolve) => setTimeout(resolve, 20))).then(() => steps.push('second'));
    });
    const idle = pending.idle();
    first.resolve();
    await idle;
    expect(steps).toEqual(['first', 'second']);
  });

  it('is waited for by as many as like', async () => {
    const pending = new PendingWork();
    const work = later<void>();
    void pending.track(work.promise);
    const all = Promise.all([pending.idle(), pending.idle(), pending.idle()]);
    work.resolve();
    await all;
    expect(pending.count).toBe(0);
  });
});

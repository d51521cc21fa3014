import { describe, expect, it } from 'vitest';
import { processVitals } from '../../src/adapters/process-vitals.ts';
import type { View } from '../../src/healing/invariant.ts';
import { feedInvariants } from '../../src/healing/invariants/feed.ts';
import { vitalInvariants } from '../../src/healing/invariants/vitals.ts';
import { arrive, suspiciousAfter } from '../../src/machines/arrivals.ts';
import { heapGrowth, type ProcessVitals, type SeenVitals, seeVitals } from '../../src/machines/vitals.ts';

const MB = 1024 * 1024;
const HOUR = 3_600_000;
const TIMES = { barMs: 1_000, recorded: false, lookMs: 2_000, checkMs: 1_000, sweepMs: 60_000 };
const well: ProcessVitals = {
  loopP99Ms: 3,
  loopMaxMs: 20,
  rssBytes: 200 * MB,
  heapUsedBytes: 100 * MB,
  heapLimitBytes: 2_000 * MB,
  openFiles: 40,
  openFilesLimit: 1_024,
  clockJumpMs: 0,
  lapse: null,
};

/** A view in which one actor runs with this context. */
const viewOf = (actor: string, context: object, now: number): View =>
  ({
    now,
    sight: (id: string) =>
      id === actor
        ? {
            status: 'active',
            snapshot: { value: { running: {} }, hasTag: () => true, context: { life: { files: {} }, ...context } },
          }
        : undefined,
    mail: () => ({ accepted: 0, processed: 0, held: 0, unprocessedSince: null }),
  }) as unknown as View;

const judge = (id: string, view: View) =>
  [...vitalInvariants(TIMES), ...feedInvariants(TIMES, ['BTCUSDT'])].find((one) => one.id === id)?.holds(view);
const felt = (change: Partial<ProcessVitals>, before: SeenVitals | null = null, at = 1_000) =>
  viewOf('heartbeat', { vitals: seeVitals(before, { ...well, ...change }, at) }, at);

describe('what the bot stands on', () => {
  it('holds while all is well, and where nobody measures', () => {
    for (const { id, actor } of vitalInvariants(TIMES)) {
      expect(judge(id, felt({}))?.holds ?? true, id).not.toBe(false);
      expect(judge(id, viewOf(actor, { vitals: null, disk: null, diskSilent: null, woke: null }, 0))?.holds, id).toBe(
        true,
      );
    }
  });

  it('breaks when the event loop is held, memory or files run out', () => {
    expect(judge('heartbeat/event-loop-free', felt({ loopP99Ms: 400 }))).toMatchObject({ holds: false });
    expect(judge('heartbeat/memory-bounded', felt({ heapUsedBytes: 1_800 * MB }))).toMatchObject({ holds: false });
    expect(judge('heartbeat/files-to-spare', felt({ openFiles: 900 }))).toMatchObject({ holds: false });
    expect(judge('heartbeat/files-to-spare', felt({ openFiles: null }))).toMatchObject({ holds: true });
  });

  it('sees a heap that grows long before it is full, and forgives one that breathes', () => {
    const anHourOf = (bytesAt: (minute: number) => number): SeenVitals => {
      let seen: SeenVitals | null = null;
      for (let minute = 0; minute <= 60; minute++)
        seen = seeVitals(seen, { ...well, heapUsedBytes: bytesAt(minute) }, minute * 60_000);
      return seen as SeenVitals;
    };
    const leaking = anHourOf((minute) => (100 + minute * 20) * MB);
    expect(Math.round(heapGrowth(leaking.heap) / MB)).toBe(1_200);
    expect(judge('heartbeat/memory-bounded', viewOf('heartbeat', { vitals: leaking }, HOUR))).toMatchObject({
      holds: false,
    });
    const breathing = anHourOf((minute) => (100 + (minute % 7) * 30) * MB);
    expect(judge('heartbeat/memory-bounded', viewOf('heartbeat', { vitals: breathing }, HOUR))).toMatchObject({
      holds: true,
    });
    expect(leaking.heap.length).toBeLessThanOrEqual(61);
  });

  it('tells for ten minutes that somebody set the clock, and then no more', () => {
    const jumped = seeVitals(null, { ...well, clockJumpMs: -3_600_000 }, 1_000);
    const at = (now: number) => judge('heartbeat/clock-steady', viewOf('heartbeat', { vitals: jumped }, now));
    expect(at(2_000)).toMatchObject({ holds: false, figures: { jump_ms: -3_600_000 } });
    expect(at(602_000)).toMatchObject({ holds: true });
  });

  it('stops entries before the disk is full, and does not know when the disk is silent', () => {
    const disk = (freeBytes: number, totalBytes: number) =>
      judge(
        'file_integrity/disk-has-room',
        viewOf('fileIntegrity', { disk: { at: 1, freeBytes, totalBytes }, diskSilent: null }, 1),
      );
    expect(disk(50 * MB, 100_000 * MB)).toMatchObject({ holds: false });
    expect(disk(300 * MB, 100_000 * MB)).toMatchObject({ holds: true });
    expect(disk(50 * MB, 64 * MB)).toMatchObject({ holds: true });
    expect(disk(1 * MB, 64 * MB)).toMatchObject({ holds: false });
    const silent = viewOf('fileIntegrity', { disk: null, diskSilent: 'EIO' }, 1);
    expect(judge('file_integrity/disk-has-room', silent)).toMatchObject({ holds: null });
  });

  it('is measured for real', async () => {
    const vitals = processVitals('/tmp');
    const until = performance.now() + 120;
    await new Promise((resolve) => setTimeout(resolve, 30));
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const felt = vitals.process();
    vitals.close();
    expect(felt.loopMaxMs).toBeGreaterThan(40);
    expect(felt.heapUsedBytes).toBeGreaterThan(MB);
    expect(felt.heapLimitBytes).toBeGreaterThan(felt.heapUsedBytes);
    expect(felt.openFiles).toBeGreaterThan(2);
    expect(Math.abs(felt.clockJumpMs)).toBeLessThan(1_000);
    expect(await vitals.disk()).toMatchObject({ freeBytes: expect.any(Number), totalBytes: expect.any(Number) });
  });
});

describe('a symbol whose candles come in bursts', () => {
  const bursts = Array.from({ length: 40 }, (_, i) => (i % 10 === 9 ? 60_000 : 1_000));
  const times = [0];
  for (const gap of bursts) times.push((times.at(-1) ?? 0) + gap);
  const arrivals = times.reduce<ReturnType<typeof arrive> | undefined>((before, at) => arrive(before, at), undefined);
  const last = times.at(-1) ?? 0;
  const view = (now: number, probe?: object) =>
    viewOf(
      'marketFeed',
      { arrivals: { BTCUSDT: arrivals }, probes: probe ? { BTCUSDT: probe } : {}, lastTickAt: now },
      now,
    );
  const fresh = (now: number, probe?: object) => judge('market_feed/BTCUSDT-fresh', view(now, probe));
  const limit = arrivals ? suspiciousAfter(arrivals, 30_000) : 0;

  it('may be silent four times as long as in 98 of 100 gaps, however they lie', () => {
    const gapsOf = (...gaps: readonly number[]) => suspiciousAfter({ lastAt: 0, gaps }, 30_000);
    const many = Array.from({ length: 49 }, (_, i) => 10_000 + i);
    expect(gapsOf(...many, 600_000)).toBe(2_400_000);
    expect(gapsOf(600_000, ...many, 9_000)).toBe(4 * 10_048);
    expect(gapsOf(9_000, 600_000, 600_000, ...many)).toBe(2_400_000);
    expect([gapsOf(), gapsOf(1_000), gapsOf(-1_000, -2_000)]).toEqual([30_000, 30_000, 30_000]);
  });

  it('is not suspected for the silences it always had', () => {
    expect(limit).toBe(240_000);
    expect(fresh(last + 200_000)).toMatchObject({ holds: true });
  });

  it('is suspected beyond them, and judged when its source was asked', () => {
    const now = last + 250_000;
    expect(fresh(now)).toMatchObject({ holds: null });
    expect(fresh(now, { askedAt: last + 245_000, newestAt: null, error: 'ETIMEDOUT' })).toMatchObject({ holds: null });
    expect(fresh(now, { askedAt: last + 245_000, newestAt: last, error: null })).toMatchObject({
      holds: true,
      says: expect.stringContaining('quiet, not dead'),
    });
    expect(fresh(now, { askedAt: last + 245_000, newestAt: last + 60_000, error: null })).toMatchObject({
      holds: false,
    });
    // An answer from before the silence says nothing of it.
    expect(fresh(now, { askedAt: last, newestAt: last, error: null })).toMatchObject({ holds: null });
  });
});

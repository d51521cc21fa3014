/** The guardian under random histories of the process it guards, on a virtual clock. */

import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { VirtualClock } from '../../src/adapters/virtual-clock.ts';
import { type GuardianOutput, type GuardianPolicy, guardian } from '../../src/healing/guardian.ts';
import { fc } from '../fast-check.ts';
import { Coverage } from './coverage.ts';

const POLICY: GuardianPolicy = {
  firstBeatMs: 30_000,
  silenceMs: 8_000,
  graceMs: 2_000,
  sweepsMissed: 3,
  sweepAtLeastMs: 30_000,
  lateMs: 10_000,
  calmMs: 60_000,
  stopMs: 300_000,
  insistMs: 2_000,
  backoff: { firstMs: 500, capMs: 300_000 },
  restarts: { most: 5, withinMs: 600_000 },
  outageCodes: [68],
  finalCodes: [0, 64, 75, 78, 130, 143],
};
/** Word of an outage arrives from this one on, and takes so long, ms. */
const DELIVERED_FROM = 3;
const TELLING_MS = 10_000;
const BEAT_MS = 1_000;
const SWEEP_MS = 60_000;
const HUNG_WITHIN_MS = POLICY.silenceMs + POLICY.graceMs;
const SICK_WITHIN_MS = SWEEP_MS * POLICY.sweepsMissed + POLICY.lateMs;

/** How a process lives: when it is ready, when something goes wrong, what, and whether it heeds a wish to stop. */
interface Fate {
  readonly readyAfterMs: number;
  readonly lastsMs: number;
  readonly fault: 'code' | 'signal' | 'hang' | 'sickness' | 'leaves' | 'done' | 'outage' | 'nothing';
  readonly stops: 'cleanly' | 'slowly' | 'never';
}
const HEALTHY: Fate = { readyAfterMs: 3_000, lastsMs: 0, fault: 'nothing', stops: 'cleanly' };

interface Process {
  readonly bornAt: number;
  readonly fate: Fate;
  alive: boolean;
  beats: boolean;
  sweeps: boolean;
  ready: boolean;
  sweptAt: number | null;
  /** Since when it has been hanging, or its healer has been standing still. */
  wrongSince: number | null;
  killedAt: number | null;
}

/** A world with one process at a time, that lives by its fate; dead ones are kept. */
function scene(fates: readonly Fate[], coverage?: Coverage) {
  const clock = new VirtualClock(1_000);
  const processes: Process[] = [];
  const asked: number[] = [];
  const waits: number[] = [];
  const told: number[] = [];
  let gaveUp = 0;
  let fateTimers = 0;
  const later = (fn: () => void, ms: number): void => {
    fateTimers++;
    clock.setTimeout(() => {
      fateTimers--;
      fn();
    }, ms);
  };
  const exit = (one: Process, code: number | null, signal: string | null): void => {
    if (!one.alive) return;
    one.alive = false;
    actor.send({ type: 'EXITED', code, signal });
  };
  const live = (one: Process): void => {
    const beat = (): void => {
      if (!one.alive || !one.beats) return;
      later(beat, BEAT_MS);
      const age = clock.now() - one.bornAt;
      if (!one.ready && age >= one.fate.readyAfterMs) {
        one.ready = true;
        if (!one.sweeps) one.wrongSince = clock.now();
      }
      if (one.ready && one.sweeps && (one.sweptAt === null || clock.now() - one.sweptAt >= SWEEP_MS))
        one.sweptAt = clock.now();
      actor.send({ type: 'BEAT', ready: one.ready, sweptAt: one.sweptAt, sweepEveryMs: SWEEP_MS });
    };
    later(beat, BEAT_MS);
    later(() => {
      const { fault } = one.fate;
      if (!one.alive) return;
      if (fault === 'code') exit(one, 3, null);
      if (fault === 'signal') exit(one, null, 'SIGSEGV');
      if (fault === 'done') exit(one, 0, null);
      if (fault === 'outage') exit(one, 68, null);
      if (fault === 'leaves') {
        // Its healer rests from now on, and that is no fault.
        one.sweeps = false;
        actor.send({ type: 'LEAVING' });
        later(() => exit(one, 0, null), 200_000);
      }
      if (fault === 'hang') one.beats = false;
      if (fault === 'sickness') one.sweeps = false;
      if (fault === 'hang' || (fault === 'sickness' && one.ready)) one.wrongSince = clock.now();
    }, one.fate.lastsMs);
  };
  const machine = guardian(POLICY, { now: () => clock.now(), chance: () => 0.5 }).provide({
    actions: {
      start: () => {
        expect(processes.filter(({ alive }) => alive)).toEqual([]);
        const fate = fates[processes.length] ?? HEALTHY;
        const born = { bornAt: clock.now(), fate, alive: true, beats: true, sweeps: true, ready: false };
        const one: Process = { ...born, sweptAt: null, wrongSince: null, killedAt: null };
        processes.push(one);
        live(one);
      },
      kill: () => {
        const one = processes.at(-1);
        if (!one) return;
        one.killedAt = clock.now();
        later(() => exit(one, null, 'SIGKILL'), 5);
      },
      ask: (_, { presses }: { presses: number }) => {
        asked.push(presses);
        const one = processes.at(-1);
        if (!one || one.fate.stops === 'never' || !one.beats) return;
        if (presses > 1) later(() => exit(one, 130, null), 5);
        else later(() => exit(one, 0, null), one.fate.stops === 'slowly' ? 20_000 : 500);
      },
      tellRestart: (_, { waitMs }: { waitMs: number }) => void waits.push(waitMs),
      tellGaveUp: () => void gaveUp++,
      tellOutage: (_, { outages }: { outages: number }) => {
        told.push(outages);
        // The network that is down is the one it is told by.
        later(() => actor.send({ type: 'TOLD', delivered: outages >= DELIVERED_FROM }), TELLING_MS);
      },
    },
  });
  const actor = createActor(coverage?.watch(machine) ?? machine, {
    clock,
    ...(coverage && { inspect: coverage.inspect }),
  });
  actor.start();
  const output = (): GuardianOutput | undefined => actor.getSnapshot().output;
  return {
    clock,
    actor,
    processes,
    asked,
    waits,
    told,
    output,
    gaveUps: () => gaveUp,
    timers: () => clock.pending - fateTimers,
  };
}

const fate: fc.Arbitrary<Fate> = fc.record({
  readyAfterMs: fc.constantFrom(1_000, 3_000, 90_000),
  lastsMs: fc.nat(400_000),
  fault: fc.constantFrom('code', 'signal', 'hang', 'sickness', 'leaves', 'done', 'outage', 'nothing'),
  stops: fc.constantFrom('cleanly', 'slowly', 'never'),
});

describe('a guardian, whatever its process does', () => {
  it('keeps one alive, ends what hangs in time and nothing else, stays in its budget, and stops when asked', () => {
    fc.assert(
      fc.property(
        fc.array(fate, { maxLength: 20 }),
        fc.integer({ min: 1_000, max: 3_000_000 }),
        fc.integer({ min: 1, max: 3 }),
        (fates, askAtMs, presses) => {
          const { clock, actor, processes, output, gaveUps, waits, timers } = scene(fates);
          clock.advance(askAtMs);
          const early = output();
          for (const one of processes) {
            const { killedAt, wrongSince, bornAt, fate: by } = one;
            // Nobody is killed who beats and sweeps, and nobody who does not is left.
            if (killedAt !== null) expect(wrongSince).not.toBeNull();
            if (wrongSince === null) continue;
            const limit = (by.fault === 'hang' ? HUNG_WITHIN_MS : SICK_WITHIN_MS + SWEEP_MS) + BEAT_MS;
            const patience = by.fault === 'hang' && wrongSince - bornAt < BEAT_MS ? POLICY.firstBeatMs : limit;
            if (clock.now() - wrongSince > patience) expect(one).toMatchObject({ alive: false });
            if (killedAt !== null) expect(killedAt - wrongSince).toBeLessThanOrEqual(patience);
          }
          // What ended for want of an exchange is started again out of no budget.
          const births = processes
            .slice(1)
            .filter((_, before) => processes[before]?.fate.fault !== 'outage')
            .map(({ bornAt }) => bornAt);
          for (const at of births) {
            const near = births.filter((other) => other <= at && at - other < POLICY.restarts.withinMs);
            expect(near.length).toBeLessThanOrEqual(POLICY.restarts.most);
          }
          for (const wait of waits) expect(wait).toBeLessThanOrEqual(POLICY.backoff.capMs);
          if (early) {
            const last = processes.at(-1);
            expect(last?.alive).toBe(false);
            // It went of itself only where that was meant, or hopeless, or too often.
            const meant = early.end?.code === 0 || (early.end?.code === 3 && processes.every(({ ready }) => !ready));
            expect(meant || early.gaveUp).toBe(true);
            expect(gaveUps()).toBe(early.gaveUp ? 1 : 0);
          }
          for (let press = 0; press < presses && !output(); press++) actor.send({ type: 'ASKED', signal: 'SIGINT' });
          clock.advance(POLICY.stopMs + 1_000);
          expect(actor.getSnapshot().status).toBe('done');
          expect(processes.filter(({ alive }) => alive)).toEqual([]);
          expect(timers()).toBe(0);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('waits twice as long after each failure, and short again after a calm minute', () => {
    const crash = (lastsMs: number): Fate => ({ ...HEALTHY, lastsMs, fault: 'signal' });
    const { clock, waits } = scene([crash(5_000), crash(5_000), crash(5_000), crash(70_000)]);
    clock.advance(600_000);
    expect(waits).toEqual([375, 750, 1_500, 375]);
  });

  it.each([
    ['before it was ever up', []],
    ['after it was up', [{ ...HEALTHY, lastsMs: 3_600_000, fault: 'signal' }]],
  ] as const)(
    'starts one that cannot reach the exchange for as long as that takes, and tells it once: %s',
    (_, first) => {
      const outage: Fate = { ...HEALTHY, readyAfterMs: 90_000, lastsMs: 20_000, fault: 'outage' };
      const { clock, processes, waits, told, output } = scene([...first, ...Array(200).fill(outage)]);
      clock.advance(first.length * 3_600_000 + 12 * 3_600_000);
      expect(output()).toBeUndefined();
      const own = waits.slice(first.length);
      expect(own.slice(0, 4)).toEqual([375, 750, 1_500, 3_000]);
      expect([Math.max(...own), own.at(-1)]).toEqual([225_000, 225_000]);
      expect(told).toEqual([1, 2, 3]);
      clock.advance(24 * 3_600_000);
      expect(output()).toBeUndefined();
      expect(processes.at(-1)).toMatchObject({ ready: true, alive: true });
    },
  );

  it('counts crashes between outages all the same, and tells of the next outage anew', () => {
    const outage: Fate = { ...HEALTHY, readyAfterMs: 90_000, lastsMs: 20_000, fault: 'outage' };
    const crash: Fate = { ...HEALTHY, lastsMs: 5_000, fault: 'signal' };
    const { clock, told, gaveUps } = scene([outage, outage, outage, crash, outage, ...Array(9).fill(crash)]);
    clock.advance(3_600_000);
    expect(told).toEqual([1, 2, 3, 1]);
    expect(gaveUps()).toBe(1);
  });

  it('ends at once when the first start fails for what will last', () => {
    const { clock, output } = scene([{ ...HEALTHY, readyAfterMs: 90_000, lastsMs: 500, fault: 'code' }]);
    clock.advance(1_000);
    expect(output()).toMatchObject({ end: { code: 3 }, gaveUp: false });
  });

  it('does not take its own sleep for a hang: what was on its way arrives within the grace', () => {
    const { clock, actor, processes } = scene([{ ...HEALTHY, fault: 'hang', lastsMs: 10_000 }]);
    clock.advance(10_000 + POLICY.silenceMs + 500);
    expect(actor.getSnapshot().value).toMatchObject({ watching: { pulse: 'faint' } });
    actor.send({ type: 'BEAT', ready: true, sweptAt: 1, sweepEveryMs: SWEEP_MS });
    clock.advance(POLICY.silenceMs - 100);
    expect(processes[0]?.killedAt).toBeNull();
  });

  it('takes every one of its transitions as time goes by, and asks every guard both ways', () => {
    const coverage = new Coverage();
    const run = (fates: readonly Fate[], ...steps: readonly (number | 'ask')[]): GuardianOutput | undefined => {
      const stage = scene(fates, coverage);
      for (const step of steps) {
        if (step === 'ask') stage.actor.send({ type: 'ASKED', signal: 'SIGINT' });
        else stage.clock.advance(step);
      }
      return stage.output();
    };
    const late: Fate = { ...HEALTHY, fault: 'sickness', lastsMs: 100_000 };
    const dies: Fate = { ...HEALTHY, fault: 'signal', lastsMs: 5_000 };
    const hangs: Fate = { ...HEALTHY, fault: 'hang', lastsMs: 5_000 };
    const mute: Fate = { ...hangs, lastsMs: 0 };
    const stubborn: Fate = { ...HEALTHY, stops: 'never' };
    const slow: Fate = { ...HEALTHY, stops: 'slowly' };
    const HOUR = 3_600_000;
    expect(run([HEALTHY], 90_000, 'ask', 1_000)).toMatchObject({ end: { code: 0 }, gaveUp: false });
    expect(run([slow], 90_000, 'ask', 5_000, 'ask', 100)).toMatchObject({ end: { code: 130 } });
    expect(run([stubborn], 90_000, 'ask', 5_000, 'ask', 100, 'ask', 100)).toMatchObject({
      end: { signal: 'SIGKILL', hung: null },
      asked: { presses: 3 },
    });
    expect(run([stubborn], 90_000, 'ask', 5_000, 'ask', 3_000)).toMatchObject({ end: { signal: 'SIGKILL' } });
    expect(run([stubborn], 90_000, 'ask', HOUR)).toMatchObject({
      end: { hung: expect.stringContaining('within 300 s') },
    });
    expect(run([{ ...dies, fault: 'done' }], HOUR)).toMatchObject({ end: { code: 0 }, asked: null });
    expect(run([{ ...dies, fault: 'code', lastsMs: 500 }], HOUR)).toMatchObject({ end: { code: 3 }, gaveUp: false });
    expect(run([{ ...HEALTHY, fault: 'leaves', lastsMs: 90_000 }], HOUR)).toMatchObject({
      end: { code: 0 },
      asked: null,
    });
    const outage: Fate = { ...dies, readyAfterMs: 90_000, fault: 'outage' };
    expect(run([outage], 6_000, 'ask')).toMatchObject({ end: null });
    expect(run(Array(9).fill(outage), HOUR)).toBeUndefined();
    expect(run([dies], 5_100, 'ask')).toMatchObject({ end: null });
    expect(run(Array(9).fill(dies), HOUR)).toMatchObject({ gaveUp: true, end: { signal: 'SIGSEGV' } });
    expect(run(Array(9).fill(hangs), HOUR)).toMatchObject({ gaveUp: true, end: { hung: expect.any(String) } });
    expect(run([hangs], 8_000, 'ask', 30_000)).toMatchObject({
      end: { hung: expect.stringContaining('told to stop') },
    });
    expect(run([mute], 30_001, 'ask', 1_000)).toMatchObject({ end: { hung: expect.stringContaining('its start') } });
    expect(run([late], HOUR)).toBeUndefined();
    for (const what of ['BEAT', 'sweep'] as const) {
      const stage = scene([what === 'BEAT' ? hangs : late], coverage);
      stage.clock.advance(what === 'BEAT' ? 13_500 : 61_000 + SWEEP_MS * 3 + 5_000);
      stage.actor.send({ type: 'BEAT', ready: true, sweptAt: 1, sweepEveryMs: SWEEP_MS });
    }
    expect(coverage.missing()).toEqual([]);
  });
});

import { uptime } from 'node:os';
import { LAPSE_MS, type Lapse } from '../machines/vitals.ts';

/** What the clocks of a machine say at one moment, ms. */
export interface Reading {
  /** The time of day: anybody may set it. */
  readonly wall: number;
  /** Nobody can set it; it stands still while the machine sleeps. */
  readonly monotonic: number;
  /** As the monotonic one, and goes on while the machine sleeps. `null` where no such clock can be read. */
  readonly boot: number | null;
  /** Processor time this process has used. */
  readonly used: number;
}

/** How often the clocks are read, ms of real time. */
const EVERY_MS = 1_000;

export const readClocks = (): Reading => {
  const { user, system } = process.cpuUsage();
  return {
    wall: Date.now(),
    monotonic: performance.now(),
    // Off Linux the time since boot is worked out from the time of day, and is set with it.
    boot: process.platform === 'linux' ? uptime() * 1_000 : null,
    used: (user + system) / 1_000,
  };
};

/**
 * What happened to time between two readings, where it was more than {@link LAPSE_MS}: the greatest thing, if several.
 * A process that was busy for as long was not stopped: that is its own doing, and the event loop's delay tells of it.
 */
export function lapseBetween(before: Reading, after: Reading, everyMs: number): Lapse | null {
  const ran = after.monotonic - before.monotonic;
  const passed = before.boot === null || after.boot === null ? ran : after.boot - before.boot;
  const set = after.wall - before.wall - passed;
  const away = ran - everyMs;
  const found: readonly Lapse[] = [
    { kind: 'slept', ms: passed - ran },
    { kind: 'stood-still', ms: after.used - before.used < away / 2 ? away : 0 },
    { kind: set > 0 ? 'clock-set-forward' : 'clock-set-back', ms: Math.abs(set) },
  ];
  const [greatest] = [...found].sort((a, b) => b.ms - a.ms);
  return greatest && greatest.ms > LAPSE_MS ? { kind: greatest.kind, ms: Math.round(greatest.ms) } : null;
}

export interface Lapses {
  /** The greatest lapse since this was last called; `null` for none. */
  take(): Lapse | null;
  close(): void;
}

/** Watches the clocks in real time. `look` is what reads them. */
export function watchLapses(look: () => Reading = readClocks): Lapses {
  let before = look();
  let found: Lapse | null = null;
  const sense = (): void => {
    const after = look();
    const lapse = lapseBetween(before, after, EVERY_MS);
    before = after;
    if (lapse && lapse.ms > (found?.ms ?? 0)) found = lapse;
  };
  const timer = setInterval(sense, EVERY_MS);
  timer.unref();
  return {
    take: () => {
      // Whoever asks first after a sleep is to be told of it, whichever timer came first.
      sense();
      const taken = found;
      found = null;
      return taken;
    },
    close: () => clearInterval(timer),
  };
}

/** How the process below the bot is, and its disk; and what is remembered of it. Sizes in bytes, times in ms. */

/**
 * A time in which nobody looked at the market, or a clock that was set: the machine slept (a lid was closed), the process stood
 * still (it was stopped, its virtual machine was paused), or somebody moved the time of day.
 */
export interface Lapse {
  readonly kind: 'slept' | 'stood-still' | 'clock-set-forward' | 'clock-set-back';
  /** How long, or by how much; above 0. */
  readonly ms: number;
}

/** Shorter ones are a busy machine's, or a clock that is being disciplined. */
export const LAPSE_MS = 5_000;

/** The bot was away, or its clock was moved: what it knew of prices and of the exchange is of another time. */
export interface Woke {
  readonly type: 'WOKE';
  readonly at: number;
  /** For how long it was away; 0 where only a clock was set. */
  readonly sleptMs: number;
  /** By how much the time of day was set forward (back: negative); 0 where it was not. */
  readonly steppedMs: number;
  /** What happened, in words. */
  readonly says: string;
}

/** What is told of a lapse. @param at when it was found, ms */
export function wokeFrom({ kind, ms }: Lapse, at: number): Woke {
  const seconds = `${(ms / 1_000).toFixed(1)} s`;
  const told = { type: 'WOKE', at, sleptMs: 0, steppedMs: 0 } as const;
  if (kind === 'slept') return { ...told, sleptMs: ms, says: `the machine slept for ${seconds}` };
  if (kind === 'stood-still')
    return {
      ...told,
      sleptMs: ms,
      says: `the process stood still for ${seconds} (it was stopped, or its machine was)`,
    };
  return kind === 'clock-set-forward'
    ? { ...told, steppedMs: ms, says: `the time of day jumped forward by ${seconds}` }
    : { ...told, steppedMs: -ms, says: `the time of day was set back by ${seconds}` };
}

/** `null` where it cannot be measured here. */
export interface ProcessVitals {
  /** For how long the event loop was held since the last look: 99th percentile, and longest. */
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  /** V8 ends the process beyond it. */
  readonly heapLimitBytes: number;
  readonly openFiles: number | null;
  readonly openFilesLimit: number | null;
  /** By how much the wall clock was set forward (back: negative) since the last look. */
  readonly clockJumpMs: number;
  /** The greatest lapse since the last look. */
  readonly lapse: Lapse | null;
}

/** The disk the bot's directory is on. */
export interface DiskVitals {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** One sample a minute, for an hour. */
const SAMPLE_EVERY_MS = 60_000;
const SAMPLES_KEPT = 61;
/** A clock that is corrected by less is being disciplined, as it should. */
const JUMP_MS = 1_000;

export interface HeapSample {
  readonly at: number;
  readonly bytes: number;
}

export interface SeenVitals {
  readonly at: number;
  readonly now: ProcessVitals;
  readonly heap: readonly HeapSample[];
  readonly lastJump: { readonly at: number; readonly ms: number } | null;
}

/** What is known after another look. */
export function seeVitals(before: SeenVitals | null, now: ProcessVitals, at: number): SeenVitals {
  const heap = before?.heap ?? [];
  const due = at - (heap.at(-1)?.at ?? Number.NEGATIVE_INFINITY) >= SAMPLE_EVERY_MS;
  const jumped = Math.abs(now.clockJumpMs) > JUMP_MS;
  return {
    at,
    now,
    heap: due ? [...heap, { at, bytes: now.heapUsedBytes }].slice(-SAMPLES_KEPT) : heap,
    lastJump: jumped ? { at, ms: now.clockJumpMs } : (before?.lastJump ?? null),
  };
}

/** Bytes an hour by which the heap grows, by least squares over the samples; 0 for fewer than half an hour of them. */
export function heapGrowth(samples: readonly HeapSample[]): number {
  const n = samples.length;
  if (n < 30) return 0;
  const meanAt = samples.reduce((sum, { at }) => sum + at, 0) / n;
  const meanBytes = samples.reduce((sum, { bytes }) => sum + bytes, 0) / n;
  const spread = samples.reduce((sum, { at }) => sum + (at - meanAt) ** 2, 0);
  const common = samples.reduce((sum, { at, bytes }) => sum + (at - meanAt) * (bytes - meanBytes), 0);
  return spread === 0 ? 0 : (common / spread) * 3_600_000;
}

/** How the process below the bot is, and its disk; and what is remembered of it. Sizes in bytes, times in ms. */

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

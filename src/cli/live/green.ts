import type { ProcessTime } from '../../adapters/process-time.ts';
import type { StatusReport } from '../../healing/status.ts';

/** A feed of minutes has its first bar within one, and the healer its first sweep. */
export const GREEN_WITHIN_S = 180;
const LOOK_EVERY_MS = 500;

/** What does not hold, or is not known yet; nothing: every invariant holds on fresh evidence. */
export const notGreen = ({ status, invariants }: Pick<StatusReport, 'status' | 'invariants'>): readonly string[] => {
  if (status === 'not_running' || invariants.length === 0) return ['the bot does not run yet'];
  return invariants
    .filter(({ holds }) => holds !== true)
    .map(({ id, holds, evidence }) => `${id} ${holds === false ? 'is broken' : 'is not known'}: ${evidence.says}`);
};

export interface GreenOptions {
  readonly time: ProcessTime;
  readonly withinS: number;
  readonly status: () => Pick<StatusReport, 'status' | 'invariants'>;
  readonly green: () => void;
  /** Once, when the time is over; the looking goes on. */
  readonly late: (reasons: readonly string[]) => void;
}

/** Looks until everything holds. @returns how to look no more */
export function untilGreen({ time, withinS, status, green, late }: GreenOptions): () => void {
  const began = time.uptimeSeconds();
  let told = false;
  const stop = time.every(LOOK_EVERY_MS, () => {
    const reasons = notGreen(status());
    if (reasons.length === 0) {
      stop();
      green();
    } else if (!told && time.uptimeSeconds() - began >= withinS) {
      told = true;
      late(reasons);
    }
  });
  return stop;
}

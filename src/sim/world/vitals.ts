import { LAPSE_MS } from '../../machines/vitals.ts';
import type { Vitals } from '../../ports/vitals.ts';
import type { Outside } from './outside.ts';

const MB = 1024 * 1024;

/** What a process measures of its machine: a calm one, whose clock somebody sets and whose disk fills up. */
export function simVitals(outside: Outside): Vitals {
  let before = outside.ahead;
  return {
    process: () => {
      const set = outside.ahead - before;
      before = outside.ahead;
      const kind = set > 0 ? 'clock-set-forward' : 'clock-set-back';
      return {
        loopP99Ms: 1,
        loopMaxMs: 2,
        rssBytes: 100 * MB,
        heapUsedBytes: 50 * MB,
        heapLimitBytes: 2_000 * MB,
        openFiles: 20,
        openFilesLimit: 1_024,
        clockJumpMs: set,
        lapse: Math.abs(set) > LAPSE_MS ? { kind, ms: Math.abs(set) } : null,
      };
    },
    disk: async () => ({
      freeBytes: outside.disk.trouble.refusing === 'ENOSPC' ? 0 : 10_000 * MB,
      totalBytes: 100_000 * MB,
    }),
    close: () => undefined,
  };
}

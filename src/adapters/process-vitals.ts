import * as fs from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Vitals } from '../ports/vitals.ts';
import { readClocks, watchLapses } from './lapses.ts';

/** How fine the event loop's delays are measured, ms; so much of each is the timer's own. */
const RESOLUTION_MS = 10;
const NANO = 1e6;

/** The soft limit of open files, as the kernel has it; `null` off Linux and where there is none. */
function limitOfOpenFiles(): number | null {
  try {
    const found = /^Max open files\s+(\d+)/m.exec(fs.readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return found === undefined ? null : Number(found);
  } catch {
    // No procfs: then it is not known, which is what null says.
    return null;
  }
}

function countOpenFiles(): number | null {
  try {
    // The listing itself holds one.
    return fs.readdirSync('/proc/self/fd').length - 1;
  } catch {
    return null;
  }
}

/** By how much the time of day is ahead of a clock that nobody can set, and that a sleep does not stop where there is one. */
function timeOfDayLead(): number {
  const { wall, boot, monotonic } = readClocks();
  return wall - (boot ?? monotonic);
}

/** Vitals of this process and of the disk below `root`. */
export function processVitals(root: string): Vitals {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const openFilesLimit = limitOfOpenFiles();
  const lapses = watchLapses();
  let offset = timeOfDayLead();
  return {
    process: () => {
      const present = timeOfDayLead();
      const clockJumpMs = Math.round(present - offset);
      offset = present;
      const heap = getHeapStatistics();
      const vitals = {
        loopP99Ms: Math.max(0, delay.percentile(99) / NANO - RESOLUTION_MS),
        loopMaxMs: Math.max(0, delay.max / NANO - RESOLUTION_MS),
        rssBytes: process.memoryUsage.rss(),
        heapUsedBytes: heap.used_heap_size,
        heapLimitBytes: heap.heap_size_limit,
        openFiles: countOpenFiles(),
        openFilesLimit,
        clockJumpMs,
        lapse: lapses.take(),
      };
      delay.reset();
      return vitals;
    },
    disk: async () => {
      const { bavail, blocks, bsize } = await fs.promises.statfs(root);
      return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
    },
    close: () => {
      lapses.close();
      delay.disable();
    },
  };
}

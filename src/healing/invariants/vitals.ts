/**
 * What the bot stands on: event loop, memory, clock, open files, disk. The bot cannot mend these; it can stop adding to them and
 * say so in time. Where nobody measures (virtual time), they hold.
 */
import type { FileIntegrityContext } from '../../machines/file-integrity.ts';
import type { HeartbeatContext } from '../../machines/heartbeat.ts';
import type { SafetyLayerContext } from '../../machines/safety-layer.ts';
import { heapGrowth, type SeenVitals } from '../../machines/vitals.ts';
import type { Finding, Invariant } from '../invariant.ts';
import { about, broken, holds, type Subject, type Times, unknown } from './judging.ts';

const heartbeat: Subject = { component: 'heartbeat', actor: 'heartbeat' };
const safetyLayer: Subject = { component: 'safety_layer', actor: 'safetyLayer' };
const fileIntegrity: Subject = { component: 'file_integrity', actor: 'fileIntegrity' };

const MB = 1024 * 1024;
/** A loop held for this long at the 99th percentile is no trading bot's. */
const LOOP_P99_MS = 250;
const HEAP_FULL = 0.85;
/** The heap may not be on its way to be full within this time. */
const HOURS_LEFT = 2;
const FILES_FULL = 0.8;
/** A clock that was set by this much makes an exchange refuse what is signed with it, ms; and for how long it is told. */
const JUMP_MS = 2_000;
const JUMP_TOLD_MS = 600_000;
/** A disk is nearly full with less than this left; a small one (a quota, a RAM disk), with less than this part of it. */
const FREE_BYTES = 200 * MB;
const FREE_PART = 0.1;
const NOT_MEASURED = 'it is not measured in virtual time';

const mb = (bytes: number): number => Math.round(bytes / MB);

function vital(id: string, { checkMs }: Times, judge: (vitals: SeenVitals, now: number) => Finding): Invariant {
  return {
    id: `heartbeat/${id}`,
    ...heartbeat,
    severity: 'medium',
    dependsOn: ['heartbeat/alive'],
    patienceMs: checkMs * 3,
    proofWithinMs: checkMs * 5,
    holds: about<HeartbeatContext>('heartbeat', ({ vitals }, view) =>
      vitals === null ? holds(view.now, NOT_MEASURED) : judge(vitals, view.now),
    ),
    remedies: [],
    neverRestart: true,
  };
}

export function vitalInvariants(times: Times): readonly Invariant[] {
  return [
    vital('event-loop-free', times, ({ at, now: { loopP99Ms, loopMaxMs } }) => {
      const figures = { p99_ms: Math.round(loopP99Ms), longest_ms: Math.round(loopMaxMs), limit_ms: LOOP_P99_MS };
      return loopP99Ms <= LOOP_P99_MS
        ? holds(at, `the event loop was held for ${figures.p99_ms} ms at the 99th percentile`, figures)
        : broken(at, `the event loop was held for ${figures.p99_ms} ms at the 99th percentile`, figures);
    }),
    vital('memory-bounded', times, ({ at, now, heap }) => {
      const growth = heapGrowth(heap);
      const left = now.heapLimitBytes - now.heapUsedBytes;
      const figures = {
        heap_mb: mb(now.heapUsedBytes),
        limit_mb: mb(now.heapLimitBytes),
        rss_mb: mb(now.rssBytes),
        growth_mb_per_hour: mb(growth),
      };
      if (now.heapUsedBytes > now.heapLimitBytes * HEAP_FULL)
        return broken(at, `${figures.heap_mb} of ${figures.limit_mb} MB of heap are used`, figures);
      if (growth > 0 && left / growth < HOURS_LEFT)
        return broken(
          at,
          `the heap grows by ${figures.growth_mb_per_hour} MB an hour and is full in ${(left / growth).toFixed(1)} h`,
          figures,
        );
      return holds(at, `${figures.heap_mb} of ${figures.limit_mb} MB of heap are used`, figures);
    }),
    vital('files-to-spare', times, ({ at, now: { openFiles, openFilesLimit } }) => {
      if (openFiles === null || openFilesLimit === null) return holds(at, 'open files cannot be counted here');
      const figures = { open: openFiles, limit: openFilesLimit };
      const says = `${openFiles} of ${openFilesLimit} files are open`;
      return openFiles <= openFilesLimit * FILES_FULL ? holds(at, says, figures) : broken(at, says, figures);
    }),
    vital('clock-steady', times, ({ lastJump, at }, now) => {
      const age = lastJump === null ? Number.POSITIVE_INFINITY : now - lastJump.at;
      if (lastJump === null || age > JUMP_TOLD_MS || Math.abs(lastJump.ms) < JUMP_MS)
        return holds(at, 'nobody has set the clock');
      const figures = { jump_ms: lastJump.ms, age_ms: age };
      return broken(at, `the wall clock was set by ${lastJump.ms} ms; look at its time service`, figures);
    }),
    {
      id: 'safety_layer/awake',
      ...safetyLayer,
      // Entries are closed meanwhile by the layer itself: a network that takes its time needs no kill switch.
      severity: 'medium',
      dependsOn: ['safety_layer/alive', 'heartbeat/alive'],
      patienceMs: 0,
      proofWithinMs: times.barMs * 3 + 15_000,
      holds: about<SafetyLayerContext>('safetyLayer', ({ woke }, view) => {
        if (woke === null) return holds(view.now, 'books and prices are of after the last lapse');
        const figures = { woke_at: woke.at, age_ms: view.now - woke.at };
        return broken(view.now, `${woke.says}; books and prices are still of before`, figures);
      }),
      remedies: [{ type: 'REPAIR', target: 'resync', to: 'heartbeat' }],
      neverRestart: true,
    },
    {
      id: 'file_integrity/disk-has-room',
      ...fileIntegrity,
      severity: 'critical',
      dependsOn: ['file_integrity/alive'],
      patienceMs: 0,
      proofWithinMs: times.lookMs * 2,
      holds: about<FileIntegrityContext>('fileIntegrity', ({ disk, diskSilent }, view) => {
        if (diskSilent !== null) return unknown(view.now, `the disk does not say what it has left: ${diskSilent}`);
        if (disk === null) return holds(view.now, NOT_MEASURED);
        const { freeBytes, totalBytes, at } = disk;
        const limit = Math.min(FREE_BYTES, totalBytes * FREE_PART);
        const figures = { free_mb: mb(freeBytes), total_mb: mb(totalBytes), limit_mb: mb(limit) };
        return freeBytes >= limit
          ? holds(at, `${figures.free_mb} MB are free`, figures)
          : broken(at, `only ${figures.free_mb} MB are free on the disk; free some space`, figures);
      }),
      remedies: [],
      neverRestart: true,
    },
  ];
}

import type { EventLogs } from '../ports/event-log.ts';
import type { Files } from '../ports/files.ts';
import type { Logger } from '../ports/logger.ts';
import type { Quarantine } from '../ports/quarantine.ts';
import { JsonlLog } from './jsonl-log.ts';
import { SegmentedLog } from './segmented-log.ts';

/** Four seconds of verification, and two to ten weeks of a bot's life. */
export const SEGMENT_BYTES = 128 * 1024 * 1024;

/**
 * Makes the logs of one directory.
 * @param mirror another directory, best on another disk, in which sequenced logs have a second copy
 * @param segmentBytes where sequenced logs go on in a new file
 * @param log is told why one could not, and of what was put back
 */
export const jsonlLogs = (
  files: Files,
  quarantine: Quarantine,
  mirror: Files | null = null,
  segmentBytes = SEGMENT_BYTES,
  log?: Pick<Logger, 'warn'>,
): EventLogs => ({
  log: (path, { sequenced }) =>
    sequenced
      ? new SegmentedLog(files, quarantine, path, { sequenced, mirror, segmentBytes, ...(log ? { log } : {}) })
      : new JsonlLog(files, quarantine, path, { sequenced, ...(log ? { log } : {}) }),
});

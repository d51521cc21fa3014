import type { EventLogs } from '../ports/event-log.ts';
import type { Files } from '../ports/files.ts';
import type { Quarantine } from '../ports/quarantine.ts';
import { JsonlLog } from './jsonl-log.ts';
import { LogMirror } from './log-mirror.ts';

/**
 * Makes the logs of one directory.
 * @param mirror another directory, best on another disk, in which sequenced logs have a second copy
 */
export const jsonlLogs = (files: Files, quarantine: Quarantine, mirror: Files | null = null): EventLogs => ({
  log: (path, { sequenced }) => {
    const copy = mirror && sequenced ? { mirror: new LogMirror(mirror, path) } : {};
    return new JsonlLog(files, quarantine, path, { sequenced, ...copy });
  },
});

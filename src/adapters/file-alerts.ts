import { type AlertSink, type Delivered, type Notice, noticeKey, noticeRecord } from '../ports/alerts.ts';
import type { EventLogs } from '../ports/event-log.ts';
import { FileFault } from '../ports/files.ts';
import { says } from '../ports/says.ts';

export const ALERTS_FILE = 'logs/operator_alerts.jsonl';

/** Of so many of the last lines is known that they are there, and they are not written twice. */
const KNOWN_LINES = 2_000;

/** Codes of a disk that takes nothing more, and can be read. */
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

/**
 * Alerts in `logs/operator_alerts.jsonl`, with the field names of the Python bot. What the disk refuses is refused to the
 * caller; what was taken and not acknowledged, because the process was killed, is not written again.
 */
export function fileAlerts(logs: EventLogs): AlertSink & { told(): AsyncIterable<Notice>; close(): Promise<void> } {
  const log = logs.log(ALERTS_FILE, { sequenced: false });
  let known: Set<string> | null = null;

  const opened = async (): Promise<Set<string>> => {
    if (known) return known;
    await log.open({ create: 'always' });
    const keys: string[] = [];
    for await (const record of log.replay()) {
      const notice = noticeRecord.safeParse(record);
      if (notice.success) keys.push(noticeKey(notice.data));
      if (keys.length > KNOWN_LINES * 2) keys.splice(0, KNOWN_LINES);
    }
    known = new Set(keys);
    return known;
  };

  return {
    id: 'file',
    atOnce: 400,
    gatherMs: 0,
    waitingAtMost: 10_000,
    takesAll: true,
    async *told() {
      try {
        await opened();
      } catch (error) {
        // On a disk that is full nobody can end a torn line; what stands before it can be read.
        if (!(error instanceof FileFault) || !FULL.has(error.code)) throw error;
      }
      for await (const record of log.replay()) {
        const notice = noticeRecord.safeParse(record);
        if (notice.success) yield notice.data;
      }
    },
    deliver: async (notices): Promise<Delivered> => {
      const keys = await opened();
      const { exists, detached } = await log.verify();
      // A file without a name would take the alerts along with it.
      if (!exists || detached) await log.repair();
      // One after the other: of lines that are written together a power cut may keep a later one alone.
      for (const notice of notices) {
        if (keys.has(noticeKey(notice))) continue;
        try {
          await log.append(notice);
        } catch (error) {
          return { ok: false, retry: true, afterMs: null, why: says(error) };
        }
        keys.add(noticeKey(notice));
      }
      return { ok: true };
    },
    close: async () => {
      await log.close();
      known = null;
    },
  };
}

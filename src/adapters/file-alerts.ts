import type { Alerts } from '../ports/alerts.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventLogs } from '../ports/event-log.ts';

export const ALERTS_FILE = 'logs/operator_alerts.jsonl';

/** Alerts in `logs/operator_alerts.jsonl`, with the field names of the Python bot. */
export function fileAlerts(logs: EventLogs, clock: Clock): Alerts & { open(): Promise<void>; close(): Promise<void> } {
  const log = logs.log(ALERTS_FILE, { sequenced: false });
  return {
    open: async () => {
      await log.open({ create: 'always' });
    },
    raise: async ({ level, category, message, details, actionRequired }) => {
      const now = clock.now();
      const timestamp_iso = new Date(now).toISOString();
      await log.append({
        level,
        category,
        message,
        details,
        action_required: actionRequired,
        timestamp: now / 1000,
        timestamp_iso,
      });
    },
    close: () => log.close(),
  };
}

/** What the guardian leaves behind: `logs/guardian.jsonl`, and an alert when it gives up. */
import { appendLine } from '../../adapters/append-line.ts';
import type { Ending } from '../../healing/guardian.ts';
import type { Notice } from '../../ports/alerts.ts';
import { sayEnding } from './words.ts';

export const GUARDIAN_FILE = 'logs/guardian.jsonl';
const ALERTS_FILE = 'logs/operator_alerts.jsonl';

/** A line of `logs/guardian.jsonl`: a bot that ended as it should not, and what was done. */
export interface RestartRecord {
  /** ISO-8601, and seconds since the epoch: the wall's time, whatever time line the bot is on. */
  readonly timestamp: string;
  readonly ts: number;
  readonly event: 'restart' | 'gave_up';
  readonly guardian_pid: number;
  /** Of the process that ended; `null` where it could not even be started. */
  readonly pid: number | null;
  readonly code: number | null;
  readonly signal: string | null;
  /** Why the guardian ended it, or `null`. */
  readonly hung: string | null;
  readonly says: string;
  readonly uptime_seconds: number;
  /** Counts the restarts of this guardian from 1; with `gave_up`, those that were within the budget's time. */
  readonly restart: number;
  /** Until the next start, ms; `null`: there is none. */
  readonly wait_ms: number | null;
}

export interface Restart {
  readonly event: RestartRecord['event'];
  readonly end: Ending;
  readonly pid: number | null;
  readonly uptimeMs: number;
  readonly restart: number;
  readonly waitMs: number | null;
}

/** @param at ms since the epoch */
export const restartRecord = ({ event, end, pid, uptimeMs, restart, waitMs }: Restart, at: number) =>
  ({
    timestamp: new Date(at).toISOString(),
    ts: at / 1_000,
    event,
    guardian_pid: process.pid,
    pid,
    ...end,
    says: `the bot ${sayEnding(end)}`,
    uptime_seconds: Math.round(uptimeMs / 10) / 100,
    restart,
    wait_ms: waitMs,
  }) satisfies RestartRecord;

/** What the alert of a crash loop is about. */
export const CRASH_LOOP = { category: 'GUARDIAN_CRASH_LOOP', subject: 'the bot' } as const;

/** What the alert of an exchange is about that could not be reached at a start. */
export const OUTAGE = { category: 'GUARDIAN_OUTAGE', subject: 'the bot' } as const;

/** The alert of a crash loop. Throws `FileFault`. */
export const raiseCrashLoop = (dir: string, message: string, details: RestartRecord, at: number): void =>
  raise(
    dir,
    {
      ...CRASH_LOOP,
      message,
      action_required: `Look at logs/bot_out.log and ${GUARDIAN_FILE}, mend the cause, and start the bot again: open positions are unattended.`,
    },
    details,
    at,
  );

/** The alert of a bot that is down until the exchange can be reached. Throws `FileFault`. */
export const raiseOutage = (dir: string, message: string, details: RestartRecord, at: number): void =>
  raise(
    dir,
    {
      ...OUTAGE,
      message,
      action_required:
        'Look at the network of the machine and at the exchange: open positions are unattended. The bot starts by itself as soon as it can.',
    },
    details,
    at,
  );

/** An alert of a bot that can raise none itself, as `file-alerts` writes them. */
function raise(
  dir: string,
  about: Pick<Notice, 'category' | 'subject' | 'message' | 'action_required'>,
  details: RestartRecord,
  at: number,
): void {
  const now = new Date(at).toISOString();
  const notice: Notice = {
    level: 'CRITICAL',
    ...about,
    details: { ...details },
    timestamp: at / 1_000,
    timestamp_iso: now,
    id: `GUARDIAN-${details.guardian_pid}-${at}`,
    state: 'firing',
    count: 1,
    first_at: now,
  };
  appendLine(dir, ALERTS_FILE, notice);
}

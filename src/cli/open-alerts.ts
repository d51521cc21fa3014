import { AlertDesk, type AlertDeskOptions } from '../actors/alert-desk.ts';
import { fileAlerts } from '../adapters/file-alerts.ts';
import type { Redactor } from '../adapters/redactor.ts';
import { wallClock } from '../adapters/wall-clock.ts';
import type { EventLogs } from '../ports/event-log.ts';

/** How long a stop waits for the last alert, ms of real time. */
const STOP_WITHIN_MS = 3_000;

export interface OpenAlertsOptions extends Omit<AlertDeskOptions, 'file' | 'outside' | 'stopWithinMs' | 'clean'> {
  readonly redactor: Redactor;
  readonly stopWithinMs?: number;
}

/** The alerts of a bot's directory, opened. Sinks live in real time, at whatever speed the bot does. */
export async function openAlerts(logs: EventLogs, { redactor, ...options }: OpenAlertsOptions): Promise<AlertDesk> {
  const desk = new AlertDesk({
    stopWithinMs: STOP_WITHIN_MS,
    ...options,
    file: fileAlerts(logs),
    outside: wallClock(),
    clean: (value) => redactor.value(value),
  });
  await desk.open();
  return desk;
}

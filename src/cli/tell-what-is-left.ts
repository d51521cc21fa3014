import { loadOutbox } from '../actors/alert-outbox.ts';
import { fileQuarantine } from '../adapters/file-quarantine.ts';
import { jsonlLogs } from '../adapters/jsonl-logs.ts';
import { kernelLock } from '../adapters/kernel-lock.ts';
import { nodeFiles } from '../adapters/node-files.ts';
import { PendingWork } from '../adapters/pending-work.ts';
import { pinoLog } from '../adapters/pino-log.ts';
import { processChance } from '../adapters/process-chance.ts';
import { Redactor } from '../adapters/redactor.ts';
import { seededChance } from '../adapters/seeded-chance.ts';
import { wallClock } from '../adapters/wall-clock.ts';
import { wholeFileStore } from '../adapters/whole-file-store.ts';
import { alertSinks, HOUR_MS } from './alert-config.ts';
import { notRunning } from './bot-status.ts';
import type { AlertConfig } from './config/alerts-section.ts';
import type { Environment } from './config/environment.ts';
import { openAlerts } from './open-alerts.ts';

/** How long the sinks may take, ms: nothing else is waiting for this process. */
const WITHIN_MS = 10_000;

/**
 * Sends the alerts of a bot that is down and cannot do it: what stands in its file and reached no sink. Throws
 * `OwnedElsewhere` where a bot has come to run there meanwhile, `CliError` for a secret that is missing, and `FileFault`.
 * @param onLine is told what goes wrong, as the log is
 * @returns whether nothing is left
 */
export async function tellWhatIsLeft(
  dir: string,
  config: AlertConfig,
  environment: Environment,
  onLine: (message: string) => void,
): Promise<boolean> {
  const redactor = new Redactor();
  const sinks = alertSinks(config, environment, redactor, dir);
  if (sinks.length === 0) return true;
  const clock = wallClock();
  const files = nodeFiles(dir, { durability: 'synced', watched: false });
  const lease = await kernelLock(dir, { files, answer: () => notRunning(null) }).acquire('default');
  const log = pinoLog(dir, { clock, redactor, mirror: (level, message) => level !== 'info' && onLine(message) });
  try {
    const quarantine = fileQuarantine(files, clock);
    const store = wholeFileStore(files);
    const desk = await openAlerts(jsonlLogs(files, quarantine), {
      clock,
      store,
      quarantine,
      pending: new PendingWork(),
      log,
      chance: seededChance(Math.floor(processChance() * 2 ** 31)),
      redactor,
      sinks,
      repeatAfterMs: config.repeatAfterHours * HOUR_MS,
      stopWithinMs: WITHIN_MS,
    });
    await desk.close();
    const { waiting } = await loadOutbox({ clock, store, quarantine, log });
    return sinks.every(({ id }) => (waiting[id] ?? []).length === 0);
  } finally {
    log.close();
    await lease.release();
  }
}

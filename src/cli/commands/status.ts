import { resolve } from 'node:path';
import { ESCALATION_FILE } from '../../actors/healing-operator.ts';
import { askOwner, OwnerSilent } from '../../adapters/kernel-lock.ts';
import { processTime } from '../../adapters/process-time.ts';
import { placeAt } from '../../adapters/read-only.ts';
import { perComponent, type StatusReport } from '../../healing/status.ts';
import { ANSWER_WITHIN_MS } from '../bot-directory.ts';
import { notRunning } from '../bot-status.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { readRestarts, sayRestarts } from '../guardian/read-restarts.ts';
import { knownInvariants } from '../known-invariants.ts';
import { readIncidents } from '../read-incidents.ts';
import { readEscalation } from '../read-ledger.ts';
import { statusLines } from '../status-words.ts';
import { mark, say, tell } from '../terminal.ts';
import { watchedOf } from '../watched.ts';

/** What the kill switch's file says of a bot that does not run; one that cannot be read counts as on. */
function killReason(dir: string): string | null {
  const loaded = readEscalation(dir);
  if (!loaded.ok) return loaded.missing ? null : `${ESCALATION_FILE} cannot be read`;
  return loaded.value.soft_kill_switch_active ? (loaded.value.reason ?? 'no reason was kept') : null;
}

function atRest(dir: string): StatusReport {
  const report = notRunning(killReason(dir), [], knownInvariants());
  const { incidents } = readIncidents(dir);
  const last = (component: string) =>
    incidents.filter((one) => one.component === component).at(-1)?.incident_id ?? null;
  return { ...report, components: perComponent((name) => ({ ...report.components[name], last_incident: last(name) })) };
}

const EXITS = {
  green: EXIT.done,
  yellow: EXIT.yellow,
  unknown: EXIT.unknown,
  red: EXIT.red,
  not_running: EXIT.notRunning,
} as const satisfies Record<StatusReport['status'], number>;

export async function status({ dir: given, json }: { dir: string; json?: boolean }): Promise<number> {
  const dir = resolve(given);
  try {
    const place = placeAt(dir);
    if (place.is === 'taken') throw new CliError(`${place.by} is no directory. Name the bot's with --dir`);
    const isThere = place.is === 'folder';
    if (!isThere) tell(`${dir}: there is no such directory. Name the bot's with --dir`);
    const answer = isThere ? ((await askOwner(dir, { timeoutMs: ANSWER_WITHIN_MS })) as StatusReport | null) : null;
    const report = answer ?? atRest(dir);
    const guardian = readRestarts(dir, processTime().present());
    if (json) say(JSON.stringify({ ...report, guardian }, null, 2));
    else {
      const restarts = sayRestarts(guardian, report.status !== 'not_running');
      const watched = report.status === 'green' ? {} : watchedOf(report, readIncidents(dir).incidents);
      for (const line of statusLines(report, restarts, dir, watched)) say(line);
    }
    return EXITS[report.status];
  } catch (error) {
    if (!(error instanceof OwnerSilent)) throw error;
    if (json) say(JSON.stringify({ ...atRest(dir), status: 'red', error: error.message }, null, 2));
    else tell(`${mark('red')}  ${error.message}`);
    return EXIT.red;
  }
}

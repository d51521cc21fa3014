import { resolve } from 'node:path';
import { ESCALATION_FILE } from '../../actors/healing-operator.ts';
import { askOwner, OwnerSilent } from '../../adapters/kernel-lock.ts';
import { processTime } from '../../adapters/process-time.ts';
import { placeAt } from '../../adapters/read-only.ts';
import { perComponent, type StatusReport } from '../../healing/status.ts';
import { ANSWER_WITHIN_MS } from '../bot-directory.ts';
import { notRunning } from '../bot-status.ts';
import { sayDuration } from '../duration.ts';
import { EXIT } from '../exit-codes.ts';
import { type GuardianStatus, readRestarts, sayRestarts } from '../guardian/read-restarts.ts';
import { readIncidents } from '../read-incidents.ts';
import { readEscalation } from '../read-ledger.ts';
import { counted, mark, say, style, table, tell } from '../terminal.ts';

/** What the kill switch's file says of a bot that does not run; one that cannot be read counts as on. */
function killReason(dir: string): string | null {
  const loaded = readEscalation(dir);
  if (!loaded.ok) return loaded.missing ? null : `${ESCALATION_FILE} cannot be read`;
  return loaded.value.soft_kill_switch_active ? (loaded.value.reason ?? 'no reason was kept') : null;
}

function atRest(dir: string): StatusReport {
  const report = notRunning(killReason(dir));
  const { incidents } = readIncidents(dir);
  const last = (component: string) =>
    incidents.filter((one) => one.component === component).at(-1)?.incident_id ?? null;
  return { ...report, components: perComponent((name) => ({ ...report.components[name], last_incident: last(name) })) };
}

const EXITS = { green: EXIT.done, yellow: EXIT.yellow, red: EXIT.red, not_running: EXIT.notRunning } as const;
const RANK = { red: 0, yellow: 1, green: 2 } as const;

/** What a component is doing, without what is the same for all that are well. */
const shortState = (state: string): string =>
  state.replace(/^running\.work\./, '').replace(/ \+ (ground\.sound|mending\.idle)/g, '');

function sayReport(report: StatusReport, guardian: GuardianStatus, dir: string): void {
  const restarts = sayRestarts(guardian, report.status !== 'not_running');
  if (report.status === 'not_running') {
    say(`${mark('not_running')}  no bot runs in ${dir}`);
    if (restarts !== null) say(restarts);
    if (report.kill_switch.active) say(`The kill switch is on: ${report.kill_switch.reason}`);
    return;
  }
  const components = Object.entries(report.components).sort(([, a], [, b]) => RANK[a.status] - RANK[b.status]);
  const bad = components.filter(([, { status }]) => status !== 'green');
  const verdict = bad.length === 0 ? 'every component is green' : `${bad.map(([name]) => name).join(', ')}: see below`;
  say(`${mark(report.status)}  ${verdict}  (process ${report.pid}, up ${sayDuration(report.uptime_seconds * 1_000)})`);
  const { pipeline, kill_switch: kill } = report;
  say(
    `entries ${kill.active ? `blocked by the kill switch: ${kill.reason} (kintsugi resume takes it off)` : 'allowed by the kill switch'}; pipeline ${pipeline.status}, ${pipeline.stuck_count} stuck`,
  );
  if (report.healing === 'observe')
    say('The healer only observes: what it would do is in the ledger, nothing is sent.');
  if (restarts !== null) say(restarts);
  say();
  say(
    table(
      components.map(([name, one]) => {
        const held = one.invariants.filter(({ holds }) => holds === true).length;
        return [
          mark(one.status),
          name,
          `${held}/${one.invariants.length} hold`,
          counted(one.restarts, 'restart'),
          shortState(one.state),
        ];
      }),
    ),
  );
  const doubts = components.flatMap(([, { invariants }]) => invariants.filter(({ holds }) => holds !== true));
  if (doubts.length > 0) say();
  for (const { id, holds, evidence } of doubts) {
    say(
      `${style(holds === false ? 'red' : 'yellow', holds === false ? 'broken ' : 'unknown')}  ${id}: ${evidence.says}`,
    );
  }
}

export async function status({ dir: given, json }: { dir: string; json?: boolean }): Promise<number> {
  const dir = resolve(given);
  try {
    const isThere = placeAt(dir).is === 'folder';
    if (!isThere) tell(`${dir}: there is no such directory. Name the bot's with --dir`);
    const answer = isThere ? ((await askOwner(dir, { timeoutMs: ANSWER_WITHIN_MS })) as StatusReport | null) : null;
    const report = answer ?? atRest(dir);
    const guardian = readRestarts(dir, processTime().present());
    if (json) say(JSON.stringify({ ...report, guardian }, null, 2));
    else sayReport(report, guardian, dir);
    return EXITS[report.status];
  } catch (error) {
    if (!(error instanceof OwnerSilent)) throw error;
    if (json) say(JSON.stringify({ ...atRest(dir), status: 'red', error: error.message }, null, 2));
    else tell(`${mark('red')}  ${error.message}`);
    return EXIT.red;
  }
}

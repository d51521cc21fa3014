import { join } from 'node:path';
import { LEDGER_FILE } from '../../actors/healing-operator.ts';
import { followFile } from '../../adapters/follow-file.ts';
import { wallClock } from '../../adapters/wall-clock.ts';
import { type IncidentRecord, incidentRecord, type OperatorRecord, operatorRecord } from '../../healing/ledger.ts';
import { type RepairTimes, repairTimes, repairTimesByComponent, type Spans } from '../../healing/repair-times.ts';
import { botDirectory, statusOfOwner } from '../bot-directory.ts';
import { parseDuration, sayDuration } from '../duration.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { componentNamed } from '../explain/names.ts';
import { readIncidents } from '../read-incidents.ts';
import { linesIn } from '../read-ledger.ts';
import { counted, say, style, table, tell } from '../terminal.ts';

export interface IncidentsFlags {
  readonly dir: string;
  readonly json?: boolean;
  readonly follow?: boolean;
  readonly stats?: boolean;
  readonly component?: string;
  readonly since?: string;
}

type Wanted = (one: Pick<IncidentRecord, 'component' | 'ts'>) => boolean;

const COLOURS = { healed: 'green', cleared: 'dim', open: 'yellow', failed: 'red' } as const;
/** How often a ledger that is followed is looked at, ms. */
const LOOK_EVERY_MS = 200;

const row = (one: IncidentRecord): readonly string[] => {
  const tried = one.remedies.map(({ type, to, outcome }) => `${type} ${to} (${outcome})`).join(', ');
  return [
    one.opened_at,
    style(COLOURS[one.status], one.status),
    one.healed_ms === null ? '' : sayDuration(one.healed_ms),
    one.invariant,
    one.waits_for ? `waited for ${one.waits_for}` : tried || 'nothing was tried',
  ];
};

/** What the flags leave of the incidents. "Since" is counted back from the bot's own time where one runs, else from now. */
async function wantedBy({ dir, component, since }: IncidentsFlags): Promise<Wanted> {
  const name = component === undefined ? null : componentNamed(component, readIncidents(dir).incidents);
  let from = Number.NEGATIVE_INFINITY;
  if (since !== undefined) {
    const back = parseDuration(since);
    if (back === null)
      throw new CliError(`--since ${since}: a duration is a number and a unit: 90s, 30m, 2h, 1d`, EXIT.usage);
    const botTime = (await statusOfOwner(dir))?.bot_time ?? null;
    from = (botTime === null ? wallClock().now() : Date.parse(botTime)) - back;
  }
  return (one) => (name === null || one.component === name) && one.ts * 1_000 >= from;
}

const spanOf = (ms: number | null): string => (ms === null ? '' : sayDuration(ms));
const cells = ({ count, median, max }: Spans): readonly string[] => [String(count), spanOf(median), spanOf(max)];
const timesRow = (one: RepairTimes): readonly string[] => [
  one.component,
  String(one.incidents),
  String(one.failed),
  ...cells(one.detect),
  ...cells(one.repair),
];

function sayStats(all: readonly IncidentRecord[], byComponent: readonly RepairTimes[]): void {
  const heads = ['component', 'incidents', 'failed', 'detected', 'median', 'longest', 'healed', 'median', 'longest'];
  const whole = timesRow(repairTimes('all', all));
  say(table([heads.map((head) => style('dim', head)), ...byComponent.map(timesRow), whole]));
  say();
  say('Detected: from the first broken evidence to the incident (MTTD). Healed: from there to the proof (MTTR).');
}

/** One line of a ledger that is followed: what happened, in a line. */
const newsOf = (one: IncidentRecord): readonly string[] => {
  const last = one.remedies.at(-1);
  const says =
    one.status === 'open'
      ? last
        ? `${last.type} ${last.to}: ${last.plan?.does ?? last.outcome}`
        : one.waits_for
          ? `waits for ${one.waits_for}: ${one.evidence_before.says}`
          : one.evidence_before.says
      : one.status === 'failed'
        ? `given up: ${one.verdict}`
        : (one.evidence_after?.says ?? '');
  return [one.timestamp, style(COLOURS[one.status], one.status.padEnd(7)), one.incident_id, one.invariant, says];
};

const wordOf = ({ action, timestamp, by, reason }: OperatorRecord): readonly string[] => [
  timestamp,
  style('yellow', action === 'pause' ? 'paused' : 'resumed'),
  `by ${by}: ${reason}`,
];

/** The ledger as it grows, a line a record, until Ctrl-C. */
async function follow(dir: string, wanted: Wanted, json: boolean): Promise<number> {
  const stop = new AbortController();
  const end = () => stop.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  process.stdout.once('error', end);
  tell(`Following ${LEDGER_FILE} in ${dir}; Ctrl-C ends it.`);
  for await (const { bytes } of followFile(join(dir, LEDGER_FILE), LOOK_EVERY_MS, stop.signal)) {
    for (const { record } of linesIn(bytes)) {
      const incident = incidentRecord.safeParse(record);
      const operator = operatorRecord.safeParse(record);
      if (incident.success && wanted(incident.data))
        say(json ? JSON.stringify(record) : newsOf(incident.data).join('  '));
      else if (operator.success && wanted({ component: '', ts: operator.data.ts }))
        say(json ? JSON.stringify(record) : wordOf(operator.data).join('  '));
      else if (record === null) tell('a line of the ledger could not be read; kintsugi verify says which');
    }
  }
  return EXIT.done;
}

export async function incidents(flags: IncidentsFlags): Promise<number> {
  const { json = false } = flags;
  const dir = botDirectory(flags.dir);
  const wanted = await wantedBy({ ...flags, dir });
  if (flags.follow) return follow(dir, wanted, json);
  const { incidents: everything, operators, unread } = readIncidents(dir);
  const all = everything.filter(wanted);
  const stats = repairTimesByComponent(all);
  if (json) {
    say(JSON.stringify({ schema: 1, dir, unread_lines: unread, incidents: all, operators, stats }, null, 2));
    return EXIT.done;
  }
  if (everything.length === 0) say('No incident was recorded.');
  else if (all.length === 0) {
    const { length } = everything;
    say(`No incident is such a one, of ${length} that ${length === 1 ? 'was' : 'were'} recorded.`);
  } else if (flags.stats) sayStats(all, stats);
  else {
    say(table(all.map(row)));
    for (const one of all.slice(-5)) {
      say();
      say(`${one.incident_id}  ${one.invariant}`);
      say(`  before  ${one.evidence_before.says}`);
      say(`  after   ${one.evidence_after?.says ?? 'no evidence yet'}`);
    }
    say(`\nkintsugi explain ${all.at(-1)?.incident_id} tells the last of them whole.`);
  }
  if (!flags.stats && flags.component === undefined)
    for (const one of operators.filter(({ ts }) => wanted({ component: '', ts }))) say(wordOf(one).join('  '));
  if (unread > 0) tell(`${counted(unread, 'line')} of the ledger could not be read; kintsugi verify says which`);
  return EXIT.done;
}

/** `kintsugi status` as a person reads it. Pure: every colour is the report's. */
import { byHealth } from '../healing/health.ts';
import type { ComponentStatus, StatusReport } from '../healing/status.ts';
import { counted, sayDuration } from '../healing/words.ts';
import { mark, style, table } from './terminal.ts';
import type { watchedOf } from './watched.ts';

/** What a component is doing, without what is the same for all that are well. */
const shortState = (state: string): string =>
  state.replace(/^running\.work\./, '').replace(/ \+ (ground\.sound|mending\.idle)/g, '');

/** Whether somebody is woken for it, where there is something to be woken for. */
const criticality = ({ status, critical }: Pick<ComponentStatus, 'status' | 'critical'>): string =>
  critical && status !== 'green' ? 'critical' : '';

/** What is not green beside the components. */
const besideOf = ({ beside = {} }: StatusReport) =>
  Object.entries(beside).filter(([, { status }]) => status !== 'green');

function verdict(report: StatusReport, watched: ReturnType<typeof watchedOf>): string {
  const bad = [...Object.entries(report.components), ...besideOf(report)]
    .filter(([, { status }]) => status !== 'green')
    .map(([name]) => name);
  if (bad.length === 0) return 'every component is green';
  const below = bad.filter((name) => watched[name] === undefined);
  return [
    ...(below.length > 0 ? [`${below.join(', ')}: see below`] : []),
    ...bad.flatMap((name) => (watched[name] === undefined ? [] : [`${name}: ${watched[name]}`])),
  ].join('; ');
}

function liveLines({ live }: StatusReport): readonly string[] {
  if (!live) return [];
  const { exchange, testnet, account, kill_path: kill, keys, entries_held: held } = live;
  const way = kill === null ? 'not tested yet' : kill.ok ? `works (${kill.says})` : `DOES NOT WORK: ${kill.says}`;
  return [
    `${testnet ? 'test network' : style('red', 'REAL MONEY')}: ${exchange}, account ${account}; kill path ${way}`,
    ...(keys === null ? [] : [`keys: ${keys}`]),
    ...(held === null ? [] : [`entries are held: ${held}`]),
  ];
}

/**
 * @param restarts what the guardian has to say of restarts of the process, or `null`
 * @param watched see {@link watchedOf}
 */
export function statusLines(
  report: StatusReport,
  restarts: string | null,
  dir: string,
  watched: ReturnType<typeof watchedOf> = {},
): readonly string[] {
  const { pipeline, kill_switch: kill } = report;
  const guardian = restarts === null ? [] : [restarts];
  if (report.status === 'not_running')
    return [
      `${mark('not_running')}  no bot runs in ${dir}`,
      ...guardian,
      ...(kill.active ? [`The kill switch is on: ${kill.reason}`] : []),
    ];
  const components = Object.entries(report.components).sort(([, a], [, b]) => byHealth(a.status, b.status));
  const rows = components.map(([name, one]) => {
    const held = one.invariants.filter(({ holds }) => holds === true).length;
    return [
      mark(one.status),
      name,
      `${held}/${one.invariants.length} hold`,
      counted(one.restarts, 'restart'),
      shortState(one.state),
      criticality(one),
    ];
  });
  const others = besideOf(report).map(([name, axes]) => {
    const { status } = axes;
    const checks = report.invariants.filter(({ component }) => component === name);
    const held = checks.filter(({ holds }) => holds === true).length;
    return [mark(status), name, `${held}/${checks.length} hold`, '', 'beside the components', criticality(axes)];
  });
  const doubts = report.invariants.filter(({ holds }) => holds !== true);
  return [
    `${mark(report.status)}  ${verdict(report, watched)}  (process ${report.pid}, up ${sayDuration(report.uptime_seconds * 1_000)})`,
    `entries ${kill.active ? `blocked by the kill switch: ${kill.reason} (kintsugi resume takes it off)` : 'allowed by the kill switch'}; pipeline ${pipeline.status}, ${pipeline.stuck_count} stuck`,
    ...liveLines(report),
    ...(report.healing === 'observe'
      ? ['The healer only observes: what it would do is in the ledger, nothing is sent.']
      : []),
    ...guardian,
    ...(report.inspector ? [`see it live at ${report.inspector} (kintsugi inspect gives its owner the token)`] : []),
    '',
    table([...rows, ...others]),
    ...(doubts.length > 0 ? [''] : []),
    ...doubts.map(
      ({ id, holds, evidence }) =>
        `${style(holds === false ? 'red' : 'yellow', holds === false ? 'broken ' : 'unknown')}  ${id}: ${evidence.says}`,
    ),
  ];
}

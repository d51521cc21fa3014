/** `kintsugi status` as a person reads it. Pure: every colour is the report's. */
import { byHealth } from '../healing/health.ts';
import type { StatusReport } from '../healing/status.ts';
import { counted, sayDuration } from '../healing/words.ts';
import { mark, style, table } from './terminal.ts';

/** What a component is doing, without what is the same for all that are well. */
const shortState = (state: string): string =>
  state.replace(/^running\.work\./, '').replace(/ \+ (ground\.sound|mending\.idle)/g, '');

function verdict(report: StatusReport): string {
  const bad = Object.entries(report.components).flatMap(([name, { status }]) => (status === 'green' ? [] : [name]));
  if (bad.length > 0) return `${bad.join(', ')}: see below`;
  if (report.status === 'green') return 'every component is green';
  const open = report.open_incidents.map(({ invariant }) => invariant);
  return `every component is green, and what stands beside them is not${open.length > 0 ? `: ${open.join(', ')}` : ''}`;
}

/** @param restarts what the guardian has to say of restarts of the process, or `null` */
export function statusLines(report: StatusReport, restarts: string | null, dir: string): readonly string[] {
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
    ];
  });
  const doubts = report.invariants.filter(({ holds }) => holds !== true);
  return [
    `${mark(report.status)}  ${verdict(report)}  (process ${report.pid}, up ${sayDuration(report.uptime_seconds * 1_000)})`,
    `entries ${kill.active ? `blocked by the kill switch: ${kill.reason} (kintsugi resume takes it off)` : 'allowed by the kill switch'}; pipeline ${pipeline.status}, ${pipeline.stuck_count} stuck`,
    ...(report.healing === 'observe'
      ? ['The healer only observes: what it would do is in the ledger, nothing is sent.']
      : []),
    ...guardian,
    '',
    table(rows),
    ...(doubts.length > 0 ? [''] : []),
    ...doubts.map(
      ({ id, holds, evidence }) =>
        `${style(holds === false ? 'red' : 'yellow', holds === false ? 'broken ' : 'unknown')}  ${id}: ${evidence.says}`,
    ),
  ];
}

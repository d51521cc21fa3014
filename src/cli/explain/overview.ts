/** A component, or an invariant, as a person is told of it. Pure. */
import { at, type Chapter, saysEvidence } from '../../healing/incident-story.ts';
import type { IncidentRecord } from '../../healing/ledger.ts';
import { type RepairTimes, repairTimes } from '../../healing/repair-times.ts';
import type { CatalogueEntry, ComponentStatus, StatusReport } from '../../healing/status.ts';
import { counted } from '../../healing/words.ts';
import { sayDuration } from '../duration.ts';
import { watchedOf } from '../watched.ts';

const SHOWN = 5;

const lastOf = (incidents: readonly IncidentRecord[]): Chapter => ({
  title: 'Its last incidents',
  says:
    incidents.length === 0
      ? ['None was recorded.']
      : incidents
          .slice(-SHOWN)
          .reverse()
          .map(
            (one) =>
              `${at(one.opened_at)}  ${one.incident_id}  ${one.status}  ${one.invariant}: ${one.evidence_before.says}`,
          ),
});

function timesOf({ incidents, failed, detect, repair }: RepairTimes): Chapter {
  if (incidents === 0) return { title: 'How fast', says: ['There is nothing to measure.'] };
  const span = (ms: number | null): string => (ms === null ? 'none' : sayDuration(ms));
  return {
    title: 'How fast',
    says: [
      `Of ${incidents} incidents ${repair.count} were healed and ${failed} given up.`,
      `Detected (MTTD): median ${span(detect.median)}, longest ${span(detect.max)}.`,
      `Healed (MTTR): median ${span(repair.median)}, longest ${span(repair.max)}.`,
    ],
  };
}

const notHoldingOf = (entries: readonly CatalogueEntry[]): readonly CatalogueEntry[] =>
  entries.filter(({ holds }) => holds !== true);

function next(incidents: readonly IncidentRecord[], bad: readonly CatalogueEntry[], isRunning: boolean): Chapter {
  const last = incidents.at(-1);
  const title = 'What to do next';
  if (!isRunning)
    return { title, says: ['No bot runs there: kintsugi doctor looks at its records, kintsugi run starts it.'] };
  if (bad.length === 0) return { title, says: ['Nothing: everything it must hold holds.'] };
  return {
    title,
    says: [last ? `Read its last incident: kintsugi explain ${last.incident_id}.` : 'Wait: it is not known yet.'],
  };
}

/** @param report what the running bot says, or `null` where none runs */
export function componentStory(
  name: string,
  incidents: readonly IncidentRecord[],
  report: StatusReport | null,
): readonly Chapter[] {
  const own = incidents.filter(({ component }) => component === name);
  const entries = report?.invariants.filter(({ component }) => component === name) ?? [];
  const bad = notHoldingOf(entries);
  const watched = report && watchedOf(report, own)[name];
  const status = (report?.components as Readonly<Record<string, ComponentStatus>> | undefined)?.[name];
  const now = !report
    ? ['No bot runs there; what follows is from its records.']
    : [
        status
          ? `It is ${status.status}, in ${status.state}, restarted ${counted(status.restarts, 'time')}${watched ? `: ${watched}` : ''}.`
          : 'It stands in no colour of its own.',
        `${entries.length - bad.length} of its ${entries.length} invariants hold.`,
        ...bad.map((entry) => `${entry.id} ${saysEvidence(entry, report.bot_time)}`),
      ];
  return [
    { title: 'How it is', says: now },
    lastOf(own),
    timesOf(repairTimes(name, own)),
    next(own, bad, report !== null),
  ];
}

/** @param catalogue of the running bot, or as it is by default */
export function invariantStory(
  id: string,
  incidents: readonly IncidentRecord[],
  catalogue: readonly CatalogueEntry[],
  report: StatusReport | null,
): readonly Chapter[] {
  const own = incidents.filter(({ invariant }) => invariant === id);
  const entry = catalogue.find((one) => one.id === id);
  const above = catalogue.filter(({ depends_on: on }) => on.includes(id)).map((one) => one.id);
  const what = !entry
    ? ['This version knows no such invariant; it is in the records.']
    : [
        `${entry.component}, ${entry.severity}${entry.patience_ms > 0 ? `; it counts once it is broken for ${sayDuration(entry.patience_ms)}` : '; it counts at once'}.`,
        `It depends on ${entry.depends_on.join(', ') || 'nothing'}.`,
        `What depends on it: ${above.join(', ') || 'nothing'}.`,
        `When it breaks: ${entry.remedies.map((words, index) => `${index + 1}. ${words}`).join('; ')}; then it is given up.`,
      ];
  const now =
    report && entry ? [saysEvidence(entry, report.bot_time)] : ['No bot runs there: its evidence is not known.'];
  return [
    { title: 'What it is', says: what },
    { title: 'How it is', says: now },
    lastOf(own),
    timesOf(repairTimes(id, own)),
    next(own, report && entry ? notHoldingOf([entry]) : [], report !== null),
  ];
}

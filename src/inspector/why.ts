/** Why a component is what it is, as a chain from the symptom to what to do. Its words are those of `kintsugi explain`. Pure. */
import { WATCHED_MS } from '../healing/health.ts';
import {
  at as atTime,
  broke,
  nextCommand,
  nextStep,
  outcome,
  type Surroundings,
  saysEvidence,
  tried,
  why,
} from '../healing/incident-story.ts';
import type { IncidentRecord } from '../healing/ledger.ts';
import type { InvariantStatus } from '../healing/status.ts';
import { counted, quoted, sayDuration } from '../healing/words.ts';
import { actorOf, type Component } from '../machines/messages.ts';
import type { WhyChain } from './contract.ts';
import type { Known } from './known.ts';
import { lastOfEach } from './recent-incidents.ts';
import { type Standing, standingsOf } from './standing.ts';
import { troublesOf } from './strip.ts';
import { tradingEffect } from './trading-effect.ts';

type Step = WhyChain['steps'][number];

const step = (kind: Step['kind'], title: string, lines: readonly string[], command: string | null = null): Step => ({
  kind,
  title,
  lines,
  command,
});
const iso = (ms: number): string => atTime(new Date(ms).toISOString());

function symptom({ how, name, invariants }: Standing, one: IncidentRecord | null, known: Known): Step {
  const time = known.status.bot_time ?? new Date(known.at).toISOString();
  const doubts = invariants.filter(({ holds }) => holds !== true);
  const now = invariants.find(({ id }) => id === one?.invariant);
  const [first] = doubts;
  const held = invariants.length - doubts.length;
  const live = [...(now?.holds === true ? [now] : []), ...doubts].map((check) => `${saysCheck(check, time)}.`);
  const titles: Readonly<Record<Standing['how'], string>> = {
    unjudged: 'The healer does not judge it any more',
    failed: one?.evidence_before.says ?? first?.evidence.says ?? 'It could not be repaired',
    blind: `Nothing is known of ${counted(doubts.length, 'check')} any more`,
    observing: one?.evidence_before.says ?? 'A check does not hold',
    mending: one?.evidence_before.says ?? 'A check does not hold',
    broken: first?.evidence.says ?? 'A check does not hold',
    watched: one ? `It broke: ${one.evidence_before.says}` : `${name} was brought back lately`,
    unknown: 'Nothing is known yet',
    green: 'Nothing is wrong',
  };
  // What the title says already is not said twice; the incident has all of it.
  const isTold = one !== null && titles[how].includes(one.evidence_before.says);
  return step('symptom', known.status.status === 'not_running' ? 'No bot runs' : titles[how], [
    ...(one ? broke(one).says.slice(0, isTold ? 1 : undefined) : []),
    ...live,
    `${held} of ${counted(invariants.length, 'check')} ${held === 1 ? 'holds' : 'hold'} now.`,
  ]);
}

/** What was found of a check last, with its numbers: the value, and the limit. */
function saysCheck(check: InvariantStatus, time: string): string {
  const { says: _, ...figures } = check.evidence;
  const numbers = Object.entries(figures).map(([name, value]) => `${name} ${String(value)}`);
  return `${check.id} ${saysEvidence(check, time)}${numbers.length > 0 ? ` (${numbers.join(', ')})` : ''}`;
}

function attempts(one: IncidentRecord, actor: string, { budgets }: Known): Step {
  const left = (budgets[actor] ?? []).map(
    ({ remedy, left: still, most, within_ms: within }) =>
      `${still} of ${most} ${remedy} in ${within / 1_000} s ${still === 1 ? 'is' : 'are'} left.`,
  );
  const count = one.remedies.length;
  const were = count === 1 ? 'was' : 'were';
  const done = one.remedies.every((remedy) => remedy.outcome === 'observed') ? 'planned, not sent' : 'sent';
  const title = count === 0 ? 'Nothing was sent yet' : `${counted(count, 'remedy', 'remedies')} ${were} ${done}`;
  return step('tried', title, [...tried(one).says, ...(one.status === 'failed' ? outcome(one).says : []), ...left]);
}

function effect({ id: component }: Standing, one: IncidentRecord | null, known: Known, around: Surroundings): Step {
  const { title, because } = tradingEffect(known, component);
  const waiting = around.all
    .filter(({ caused_by: by, status }) => one !== null && by === one.incident_id && status === 'open')
    .map(({ invariant, incident_id: id }) => `${invariant} waits on it (${id}).`);
  const nothing = waiting.length === 0 ? ['Nothing else waits on it.'] : waiting;
  return step('effect', title === '' ? 'What else it touches' : title, [...because, ...nothing]);
}

function needsYou(standing: Standing, one: IncidentRecord | null, known: Known, around: Surroundings): Step {
  const { kill_switch: kill } = known.status;
  if (known.kind === 'app')
    return standing.how === 'failed'
      ? step('needs_you', 'Needs you', [
          'The healer tries again by itself. Mend what the evidence names; or start the actor anew: app.start(id).',
        ])
      : step('needs_you', 'Nothing is asked of you', ['The supervisor and the healer are on it.']);
  if (one !== null) {
    const isYours = one.status === 'failed' || one.remedies.at(-1)?.outcome === 'observed' || around.running === null;
    const title = isYours ? 'Needs you' : 'Nothing is asked of you';
    return step('needs_you', title, [nextStep(one, around)], nextCommand(one, around));
  }
  if (known.status.status === 'not_running')
    return step(
      'needs_you',
      'Needs you',
      ['No bot runs: start it, and everything is judged anew.'],
      `kintsugi run --dir ${quoted(around.dir)}`,
    );
  if (standing.how === 'unjudged' || standing.how === 'blind')
    return step(
      'needs_you',
      'Needs you, if it lasts',
      ['The guardian restarts a bot whose healer is overdue. If it stays so, look at the records.'],
      `kintsugi doctor --dir ${quoted(around.dir)}`,
    );
  return step('needs_you', 'Nothing is asked of you', [
    kill.active ? 'The kill switch is on for another reason.' : 'It is looked at again by itself.',
  ]);
}

function greenWhen({ invariants, open, healed, how }: Standing, known: Known): Step {
  const missing = invariants.filter(({ holds }) => holds !== true).map(({ id }) => id);
  const closed = healed?.closed_at ?? null;
  const isWatched = how === 'watched';
  const lines = [
    missing.length === 0
      ? `All ${counted(invariants.length, 'check')} hold, as they must.`
      : `${missing.join(', ')} must hold on fresh evidence.`,
    ...(open.length > 0 ? [`${open.map(({ id }) => id).join(', ')} must be closed.`] : []),
    ...(how === 'unjudged' ? ['The healer must judge again.'] : []),
    isWatched && closed !== null
      ? `It is watched until ${iso(Date.parse(closed) + WATCHED_MS)}, in ${sayDuration(Math.max(0, Date.parse(closed) + WATCHED_MS - known.at))}.`
      : isWatched
        ? 'It is watched for ten minutes from when it was brought back.'
        : 'What was healed is watched for ten minutes before it is green.',
  ];
  const title = isWatched
    ? 'Green after ten quiet minutes'
    : `Green again when ${counted(invariants.length, 'check')} hold`;
  return step('green_when', title, how === 'unknown' ? lines.slice(0, 1) : lines);
}

/** What holds, and since when it has held without trouble. */
function allHolds({ id, invariants }: Standing, known: Known): Step {
  const ends = troublesOf(known).flatMap(({ component, to }) => (component === id && to !== null ? [to] : []));
  const since = ends.length > 0 ? Math.max(...ends) : known.since;
  const time = known.status.bot_time ?? new Date(known.at).toISOString();
  const says =
    since === null
      ? 'Since when is not in the records.'
      : `Without trouble since ${iso(since)}, for ${sayDuration(Math.max(0, known.at - since))}.`;
  return step('proof', `All ${counted(invariants.length, 'check')} hold`, [
    says,
    ...invariants.map((check) => `${saysCheck(check, time)}.`),
  ]);
}

/** The incident the component is what it is for: the open one that is worst, or the last that was healed. */
function incidentOf(
  { id: component, open, healed, how }: Standing,
  all: readonly IncidentRecord[],
  { status }: Known,
): IncidentRecord | null {
  const [first] = open;
  const isLeft = (one: IncidentRecord) => one.component === component && one.closed_at === null;
  if (status.status === 'not_running') return all.findLast(isLeft) ?? null;
  if (first) return all.find(({ incident_id: id }) => id === first.id) ?? null;
  return how === 'watched' ? healed : null;
}

/**
 * `GET /api/why/:component`.
 * @param component as the status names it (`signal_bus`), or one that is judged beside (`market_feed`)
 * @returns `null` where there is no such component
 */
export function whyOf(component: string, known: Known): WhyChain | null {
  const standing = standingsOf(known).find(({ id }) => id === component);
  if (!standing) return null;
  const { status, kind } = known;
  const all = lastOfEach(known.records);
  const around: Surroundings = {
    all,
    running: status.status === 'not_running' ? null : status.open_incidents,
    dir: known.dir ?? '',
  };
  const one = incidentOf(standing, all, known);
  const actor = kind === 'app' ? component : actorOf(component as Component);
  const steps =
    standing.how === 'green'
      ? [allHolds(standing, known)]
      : [
          symptom(standing, one, known),
          ...(one ? [causeOf(one, around), attempts(one, actor, known)] : []),
          ...(standing.how === 'unknown' ? [] : [effect(standing, one, known, around)]),
          ...(one?.status === 'healed' ? [step('proof', 'Healed, and proven', outcome(one).says)] : []),
          needsYou(standing, one, known, around),
          greenWhen(standing, known),
        ];
  return { component, health: standing.health ?? 'unknown', incident: one?.incident_id ?? null, steps };
}

function causeOf(one: IncidentRecord, around: Surroundings): Step {
  const root = one.root_cause ?? one.waits_for;
  return step('cause', root === null ? 'It is the root cause itself' : `Caused by ${root}`, why(one, around).says);
}

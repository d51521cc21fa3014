/** An incident as a person tells it: what broke, why, what was tried, what proved it healed, what to do next. Pure. */
import type { IncidentRecord } from './ledger.ts';
import type { InvariantStatus, OpenIncident } from './status.ts';
import { counted, quoted, sayDuration } from './words.ts';

/** A heading and its sentences. */
export interface Chapter {
  readonly title: string;
  readonly says: readonly string[];
}

/** What is known besides the incident itself. */
export interface Surroundings {
  readonly all: readonly IncidentRecord[];
  /** Open incidents of the bot that runs there; `null` where none runs. */
  readonly running: readonly OpenIncident[] | null;
  readonly dir: string;
}

/** `2026-01-05 10:00:01.003Z`. */
export const at = (iso: string): string => iso.replace('T', ' ');
const between = (from: string, to: string): string => sayDuration(Math.max(0, Date.parse(to) - Date.parse(from)));

/** The words of a piece of evidence, and its numbers: the value that was found, and the limit. */
export function evidence(found: { readonly says: string } & Readonly<Record<string, unknown>>): string {
  const { says, holds: _, taken_at: __, ...figures } = found;
  const numbers = Object.entries(figures).map(([name, value]) => `${name} ${String(value)}`);
  return `"${says}"${numbers.length > 0 ? ` (${numbers.join(', ')})` : ''}`;
}

/** What holds, what does not, and how old the evidence is, on the bot's own clock. */
export function saysEvidence({ holds, evidence: found, checked_at }: InvariantStatus, botTime: string | null): string {
  const word = holds === true ? 'holds' : holds === false ? 'broken' : 'unknown';
  if (checked_at === null || botTime === null) return `${word}: ${found.says}`;
  return `${word}, ${between(checked_at, botTime)} ago: ${found.says}`;
}

const naming = ({ incident_id: id, invariant, status }: IncidentRecord): string => `${invariant} (${id}, ${status})`;

export function broke(one: IncidentRecord): Chapter {
  const { component, invariant, severity, evidence_before: before } = one;
  if (one.asked_by !== undefined && before.holds !== false)
    return {
      title: 'What was wanted',
      says: [
        `${at(one.opened_at)}  ${one.asked_by} asked for a remedy of ${invariant}, of ${component}, which was not broken.`,
        `The evidence: ${evidence(before)}, taken ${at(before.taken_at)}.`,
      ],
    };
  return {
    title: 'What broke',
    says: [
      `${at(one.broken_since)}  ${invariant}, of ${component}, did not hold any more; it is ${severity}.`,
      `The evidence: ${evidence(before)}, taken ${at(before.taken_at)}.`,
      `The incident was opened ${at(one.opened_at)}, ${sayDuration(one.detected_ms)} after it broke.`,
    ],
  };
}

export function why(one: IncidentRecord, { all }: Surroundings): Chapter {
  const cause = all.find(({ incident_id: id }) => id === one.caused_by);
  const effects = all.filter(
    ({ incident_id: id, caused_by: by }) => by === one.incident_id || one.symptoms.includes(id),
  );
  const root = one.root_cause ?? one.waits_for;
  const wasWanted = one.asked_by !== undefined && one.evidence_before.holds !== false;
  const causes = wasWanted
    ? `${one.asked_by} wanted it; nothing was known to be broken.`
    : root === null
      ? 'Nothing that it depends on was broken: it is the root cause itself.'
      : cause
        ? `It was caused by ${naming(cause)}: ${evidence(cause.evidence_before)}. It waited for that to be mended.`
        : `It waited for ${root}, which was broken as well${one.caused_by ? ` (${one.caused_by})` : ''}.`;
  const waited =
    effects.length === 0 ? [] : [`What waited on it: ${effects.map((effect) => naming(effect)).join('; ')}.`];
  return { title: 'Why', says: [causes, ...waited] };
}

const OUTCOMES: Readonly<Record<string, string>> = {
  'under way': 'there is no answer yet',
  refused: 'it was refused',
  silent: 'nobody answered in time',
  unproven: 'it was answered, but the invariant still did not hold',
  done: 'it was reported done; the proof is awaited',
  proven: 'it was done, and proven',
  observed: 'it was not sent: the healer only observes',
};

export function tried({ remedies, asked_by: by, evidence_before: before }: IncidentRecord): Chapter {
  if (remedies.length === 0) return { title: 'What was tried', says: ['Nothing was sent to anybody.'] };
  const says = remedies.flatMap(({ type, to, target, at: sentAt, answered_at, outcome, says: words, plan }, index) => {
    const what = plan?.does ?? `${type} ${to}${target ? `: ${target}` : ''}`;
    const others = type === 'RESTART' && plan && plan.affects.length > 1 ? `; it stops ${plan.affects.join(', ')}` : '';
    const answer = answered_at === null ? '' : `, after ${between(sentAt, answered_at)}`;
    return [
      `${at(sentAt)}  ${index + 1}. ${type}: ${what}${others}.`,
      `   ${OUTCOMES[outcome] ?? outcome}${answer}${words === '' ? '' : `: "${words}"`}.`,
    ];
  });
  const wanted = by === undefined || before.holds !== false ? [] : [`A remedy was asked for by ${by}.`];
  return { title: 'What was tried', says: [...says, ...wanted] };
}

export function outcome(one: IncidentRecord): Chapter {
  const { status, evidence_after: after, closed_at: closed, remedies, verdict } = one;
  if (status === 'healed' && after && closed) {
    const answered = remedies.at(-1)?.answered_at ?? null;
    const lag = answered === null ? '' : `, ${between(answered, after.taken_at)} after the answer`;
    return {
      title: 'What proved it healed',
      says: [
        `${at(after.taken_at)}  ${one.invariant} held again on new evidence${lag}: ${evidence(after)}.`,
        `From the opening to the proof it took ${sayDuration(one.healed_ms ?? 0)}.`,
      ],
    };
  }
  if (status === 'cleared' && closed && after && remedies.at(-1)?.outcome === 'proven')
    return {
      title: 'What it came to',
      says: [`${at(after.taken_at)}  ${one.invariant} holds on evidence taken after the remedy: ${evidence(after)}.`],
    };
  if (status === 'cleared' && closed)
    return {
      title: 'How it ended',
      says: [
        `${at(closed)}  It held again ${one.root_cause ? 'when its cause was gone' : 'by itself'}; no remedy of its own claims it${after ? `: ${evidence(after)}` : ''}.`,
      ],
    };
  if (status === 'failed')
    return {
      title: 'Why it was given up',
      says: [
        `${at(one.timestamp)}  It was given up after ${counted(remedies.length, 'remedy', 'remedies')} without a proof. The last word: ${verdict ?? 'none was recorded'}.`,
        ...(after ? [`The evidence then: ${evidence(after)}.`] : []),
      ],
    };
  return { title: 'How it stands', says: [`It is open, as of ${at(one.timestamp)}; nothing has proven it healed.`] };
}

/** What a tired person does now, in one or two sentences. */
export function nextStep(one: IncidentRecord, { all, running, dir }: Surroundings): string {
  const same = all.filter(({ invariant }) => invariant === one.invariant).length;
  const again = same > 1 ? ` It is one of ${same} incidents of this invariant: kintsugi explain ${one.invariant}.` : '';
  const now = running?.find(({ id }) => id === one.incident_id);
  if (one.status === 'healed') return `Nothing. It is healed, and watched for ten minutes.${again}`;
  if (one.status === 'cleared')
    return `Nothing.${one.caused_by ? ` Look at its cause instead: kintsugi explain ${one.caused_by}.` : ''}${again}`;
  if (one.remedies.at(-1)?.outcome === 'observed')
    return `Decide: the healer only observes. What it would do stands above; set "healing": "act" to let it, or do it by hand.`;
  if (one.status === 'failed') {
    const more = now ? 'The bot tries again by itself five minutes after it gave up. ' : '';
    return `${more}Find out what ${one.component} needs: kintsugi doctor --dir ${quoted(dir)} looks at its files. Exits go on meanwhile; entries are blocked while the kill switch is on (kintsugi status). When it is mended: kintsugi resume --reason TEXT.`;
  }
  if (now)
    return one.caused_by
      ? `Look at its cause: kintsugi explain ${one.caused_by}.`
      : `Wait: the healer is on it (${now.phase}). kintsugi incidents --follow shows how it goes on.`;
  return running === null
    ? 'The bot stopped before it ended, and none runs there now. Start it: everything is judged anew.'
    : 'The bot was stopped before it ended. The one that runs now does not have it: what is still broken has a new incident.';
}

/** The command that goes with {@link nextStep}, or `null`. */
export function nextCommand(one: IncidentRecord, { running, dir }: Surroundings): string | null {
  const at = `--dir ${quoted(dir)}`;
  if (one.status === 'healed' || one.remedies.at(-1)?.outcome === 'observed') return null;
  if (one.status === 'failed') return `kintsugi doctor ${at}`;
  if (one.caused_by) return `kintsugi explain ${one.caused_by} ${at}`;
  if (one.status === 'cleared') return null;
  return running === null ? `kintsugi run ${at}` : `kintsugi incidents --follow ${at}`;
}

/** The whole story, chapter by chapter. */
export const incidentStory = (one: IncidentRecord, around: Surroundings): readonly Chapter[] => [
  broke(one),
  why(one, around),
  tried(one),
  outcome(one),
  { title: 'What to do next', says: [nextStep(one, around)] },
];

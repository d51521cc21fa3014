/** One sentence on how all of it is, one on the rest, and who was told. Pure; the health is the report's. */
import { worst } from '../healing/health.ts';
import { counted, listed, sayDuration } from '../healing/words.ts';
import type { Verdict } from './contract.ts';
import type { Known } from './known.ts';
import { type How, type Standing, standingsOf } from './standing.ts';
import { tradingEffect } from './trading-effect.ts';

/** The order in which a person wants to hear of it. */
const GRAVITY: readonly How[] = [
  'unjudged',
  'failed',
  'blind',
  'observing',
  'mending',
  'broken',
  'watched',
  'unknown',
  'green',
];

const is = (names: readonly string[]): string => (names.length === 1 ? 'is' : 'are');
const ended = (sentence: string): string => (/[.!?]$/.test(sentence) ? sentence : `${sentence}.`);

/** What is said of components that stand alike. */
function saysOf(how: How, all: readonly Standing[], { at, kind }: Known): string {
  const names = all.map(({ name }) => name);
  const who = listed(names);
  const closed = all.length === 1 ? (all[0]?.healed?.closed_at ?? null) : null;
  const app = kind === 'app' ? 'app' : 'bot';
  const sentences: Readonly<Record<How, string>> = {
    unjudged: `Nobody judges ${who} any more, so nothing there is taken for green.`,
    failed: `${who} could not be repaired.`,
    blind: `Nothing is known of ${who} any more.`,
    observing: `${who} ${is(names)} broken, and the healer only observes.`,
    mending: `${who} ${is(names)} being repaired.`,
    broken: `A check of ${who} does not hold; it is looked at once more before it counts.`,
    watched:
      closed === null
        ? `${who} ${names.length === 1 ? 'was' : 'were'} repaired lately and ${is(names)} being watched.`
        : `${who} was repaired ${sayDuration(Math.max(0, at - Date.parse(closed)))} ago and is being watched.`,
    unknown: `Nothing is known of ${who} yet: the ${app} is starting.`,
    green: `${names.length === 1 ? `${who} is` : `The other ${counted(names.length, 'component')} are`} green.`,
  };
  return sentences[how];
}

function alertOf(standings: readonly Standing[], { kind, status }: Pick<Known, 'kind' | 'status'>, first: How): string {
  const failed = standings.filter(({ how }) => how === 'failed');
  if (status.status === 'not_running') return 'Nobody is alerted by a bot that does not run.';
  if (kind === 'app')
    return failed.length > 0
      ? `${listed(failed.map(({ name }) => name))} was handed to a person: the app was told by its escalations.`
      : 'Nothing was escalated: nothing needs a person.';
  const alerted = failed.filter((one) => one.alerted).map(({ name }) => name);
  const quiet = failed.filter((one) => !one.alerted && !one.blocks).map(({ name }) => name);
  const told = [
    ...(alerted.length > 0
      ? [`The operator was alerted of ${listed(alerted)}: what is broken there is critical.`]
      : []),
    ...(status.kill_switch.active ? ['The operator was alerted that entries are blocked.'] : []),
    ...(quiet.length > 0 ? [`${listed(quiet)} ${is(quiet)} not critical: no alert was sent for that.`] : []),
  ];
  if (told.length > 0) return told.join(' ');
  if (first === 'unjudged')
    return 'No alert was sent: a healer that does not judge sends none. The guardian restarts a bot whose healer is overdue.';
  if (first === 'watched' || first === 'unknown' || first === 'green')
    return 'No alert was sent: nothing needs a person.';
  return standings.some(({ how, critical }) => how === first && critical)
    ? 'No alert was sent. It is critical: if it cannot be repaired, the operator is alerted.'
    : 'No alert was sent, and none will be: it is not critical.';
}

/** The verdict on a bot, an app, or the records of a bot. */
export function verdictOf(known: Known): Verdict {
  const { status, kind } = known;
  const standings = standingsOf(known);
  const groups = GRAVITY.flatMap((how) => {
    const all = standings.filter((one) => one.how === how && (how !== 'green' || !one.isBeside));
    return all.length > 0 ? [{ how, all }] : [];
  });
  const [first] = groups;
  const health =
    status.status === 'not_running' ? worst(Object.values(status.components).map((one) => one.status)) : status.status;
  const rest = (from: number): string =>
    groups
      .slice(from)
      .map(({ how, all }) => saysOf(how, all, known))
      .join(' ');
  const effect = tradingEffect(known);
  const alert = alertOf(standings, known, first?.how ?? 'unknown');
  if (status.status === 'not_running')
    return {
      health,
      title: kind === 'app' ? 'The app is not running.' : 'The bot is not running.',
      detail: status.kill_switch.active
        ? `The kill switch is on: ${ended(status.kill_switch.reason ?? 'no reason was kept')}`
        : 'What is shown is from its records.',
      alert,
    };
  if (status.kill_switch.active)
    return {
      health,
      title: `Entries are blocked: ${ended(status.kill_switch.reason ?? 'no reason was kept')}`,
      detail: `${rest(0)} Exits go on.`,
      alert,
    };
  if (!first) return { health, title: 'Nothing is known yet: there is nothing to judge.', detail: '', alert };
  if (first.how === 'green')
    return {
      health,
      title: 'Everything holds.',
      detail: `Every check of ${counted(first.all.length, kind === 'app' ? 'actor' : 'component')} holds, and nothing was repaired in the last ten minutes.`,
      alert,
    };
  const isAll = groups.length === 1;
  if (first.how === 'unknown' && isAll)
    return {
      health,
      title: `Nothing is known yet: the ${kind === 'app' ? 'app' : 'bot'} is starting.`,
      detail: 'No check has been looked at yet. What is still unknown after half a minute is red.',
      alert,
    };
  // A bot has one healer for all its components; of an app, one actor alone may be gone.
  if (first.how === 'unjudged' && (isAll || kind !== 'app'))
    return {
      health,
      title: 'The healer does not judge any more, so nothing is taken for green.',
      detail: [rest(1), effect.title].filter((one) => one !== '').join(' '),
      alert,
    };
  const isQuiet = first.how === 'watched' || first.how === 'unknown';
  return {
    health,
    title: [saysOf(first.how, first.all, known), isQuiet ? '' : effect.title].filter((one) => one !== '').join(' '),
    detail: [rest(1), isQuiet || effect.title === '' ? '' : effect.because.join(' ')]
      .filter((one) => one !== '')
      .join(' '),
    alert,
  };
}

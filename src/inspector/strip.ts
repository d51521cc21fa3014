/** When there was trouble, from the ledger: what the strips show, and what part of the time all was green. Pure. */
import { type Health, WATCHED_MS } from '../healing/health.ts';
import type { IncidentRecord } from '../healing/ledger.ts';
import type { ComponentView, Overview } from './contract.ts';
import type { Known } from './known.ts';
import { DAY_MS } from './recent-incidents.ts';

export type Trouble = ComponentView['strip'][number] & { readonly component: string };

/** One incident: yellow while it is healed, red while it is given up, yellow again while what was healed is watched. */
function troubleOf(records: readonly IncidentRecord[], endsAt: number | null, now: number): readonly Trouble[] {
  const [first] = records;
  const last = records.at(-1);
  if (!first || !last) return [];
  const { incident_id: incident, component } = first;
  const turns: { from: number; health: Health }[] = [{ from: Date.parse(first.opened_at), health: 'yellow' }];
  for (const { status, timestamp } of records) {
    const health = status === 'failed' ? 'red' : 'yellow';
    if (turns.at(-1)?.health !== health) turns.push({ from: Date.parse(timestamp), health });
  }
  const closedAt = last.closed_at === null ? null : Date.parse(last.closed_at);
  const isWatched = last.status === 'healed' && closedAt !== null;
  const watchedTo = isWatched ? closedAt + WATCHED_MS : closedAt;
  const end = watchedTo === null ? endsAt : watchedTo > now ? null : watchedTo;
  return turns.flatMap(({ from, health }, index) => {
    const to = turns[index + 1]?.from ?? end;
    return to !== null && to <= from ? [] : [{ from, to, health, incident, component }];
  });
}

/**
 * All trouble of the last 24 h, oldest first. What the ledger left open, and the running bot does not have, ended with the
 * life of the bot that had it.
 */
export function troublesOf({
  records,
  at,
  since,
  status,
}: Pick<Known, 'records' | 'at' | 'since' | 'status'>): readonly Trouble[] {
  const open = new Set(status.open_incidents.map(({ id }) => id));
  const from = at - DAY_MS;
  return [...Map.groupBy(records, ({ incident_id: id }) => id)]
    .flatMap(([id, own]) => {
      const goesOn = status.status === 'not_running' || open.has(id);
      const lastWord = Date.parse(own.at(-1)?.timestamp ?? '');
      return troubleOf(own, goesOn ? null : Math.max(lastWord, since ?? lastWord), at);
    })
    .filter(({ to }) => to === null || to > from)
    .map((trouble) => ({ ...trouble, from: Math.max(from, trouble.from) }))
    .sort((a, b) => a.from - b.from);
}

/**
 * The part of the time, of the last 24 h at most, in which there was no trouble, and how long that time is.
 * @param since when all was judged for the first time
 * @param to when it was judged last: of what nobody judged nothing is said
 */
export function greenShare(
  troubles: readonly Trouble[],
  since: number | null,
  to: number,
): Pick<Overview['repairs'], 'all_green' | 'observed_ms'> {
  const start = since === null ? to : Math.max(since, to - DAY_MS);
  if (to <= start) return { all_green: null, observed_ms: 0 };
  let troubled = 0;
  let coveredTo = start;
  for (const trouble of troubles) {
    const end = Math.min(trouble.to ?? to, to);
    troubled += Math.max(0, end - Math.max(trouble.from, coveredTo));
    coveredTo = Math.max(coveredTo, end);
  }
  return { all_green: 1 - troubled / (to - start), observed_ms: to - start };
}

/** What the repairs of the last 24 h came to. Pure. */
import { alertsOperator, WATCHED_MS } from '../healing/health.ts';
import type { IncidentRecord } from '../healing/ledger.ts';
import { spansOf } from '../healing/repair-times.ts';
import { nameOf } from '../healing/words.ts';
import type { ComponentView, Overview } from './contract.ts';

/** The smallest span that so large a part of them does not exceed (nearest rank); `null` of none. */
export function percentile(spans: readonly number[], part: number): number | null {
  const sorted = [...spans].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? null;
}

const healedIn = (incidents: readonly IncidentRecord[]): readonly number[] =>
  incidents.flatMap(({ healed_ms: ms }) => (ms === null ? [] : [ms]));

/** Median time from opening to proof, ms. */
export const mttrOf = (incidents: readonly IncidentRecord[]): number | null => spansOf(healedIn(incidents)).median;

/** Where in what is sorted the first that is not before `at` stands. */
function firstFrom(sorted: readonly { readonly at: number }[], at: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.at ?? at) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Of the incidents healed, the part of which the same invariant has not broken again within ten minutes. Those that have not
 * been watched for so long are in neither number, unless they broke again.
 */
export function heldShare(incidents: readonly IncidentRecord[], at: number): number | null {
  const healed = incidents.filter(({ status }) => status === 'healed');
  const openings = new Map(
    [...Map.groupBy(incidents, ({ invariant }) => invariant)].map(([invariant, own]) => [
      invariant,
      own.map(({ opened_at: at, incident_id: id }) => ({ at: Date.parse(at), id })).sort((a, b) => a.at - b.at),
    ]),
  );
  const again = ({ invariant, closed_at: closed, incident_id: id }: IncidentRecord): boolean => {
    const closedAt = Date.parse(closed ?? '');
    const own = openings.get(invariant) ?? [];
    const next = own.slice(firstFrom(own, closedAt), firstFrom(own, closedAt) + 2).find((one) => one.id !== id);
    return next !== undefined && next.at - closedAt <= WATCHED_MS;
  };
  const broke = healed.filter(again).length;
  const watched = healed.filter((one) => !again(one) && at - Date.parse(one.closed_at ?? '') >= WATCHED_MS).length;
  return broke + watched === 0 ? null : watched / (broke + watched);
}

/**
 * @param incidents the last record of each of the last 24 h
 * @param at the present, ms
 */
export function repairsOf(
  incidents: readonly IncidentRecord[],
  at: number,
  green: Pick<Overview['repairs'], 'all_green' | 'observed_ms'>,
): Overview['repairs'] {
  const count = (status: IncidentRecord['status']) => incidents.filter((one) => one.status === status).length;
  const healed = healedIn(incidents);
  return {
    healed: count('healed'),
    failed: count('failed'),
    cleared: count('cleared'),
    median_ms: mttrOf(incidents),
    p95_ms: percentile(healed, 0.95),
    held: heldShare(incidents, at),
    ...green,
  };
}

/** Incidents that nobody could heal, and of which nobody was woken. */
export const heldBack = (incidents: readonly IncidentRecord[]): number =>
  incidents.filter((one) => one.status === 'failed' && !alertsOperator(one)).length;

const OUTCOMES = { healed: 'healed', failed: 'failed', open: 'under way', cleared: 'cleared' } as const;

/** The last remedy that was planned for a component, in a few words. */
export function lastRepair(incidents: readonly IncidentRecord[]): ComponentView['last_repair'] {
  const tries = incidents.flatMap((incident) => {
    const attempt = incident.remedies.at(-1);
    return attempt ? [{ incident, attempt }] : [];
  });
  const last = tries.reduce<(typeof tries)[number] | null>(
    (latest, one) => (latest === null || Date.parse(one.attempt.at) >= Date.parse(latest.attempt.at) ? one : latest),
    null,
  );
  if (last === null) return null;
  const { type, to, target, at, says, outcome } = last.attempt;
  const what = {
    REPAIR: `Repaired its ${target ?? 'state'}`,
    RESTART: `Restarted ${nameOf(to)}`,
    EXPIRE: `Expired what was stuck in ${nameOf(to)}`,
  }[type];
  const isDone = outcome === 'done' || outcome === 'proven';
  return {
    says: isDone && says !== '' ? `${what}, ${says}` : isDone ? what : `${type} ${to}${says === '' ? '' : `: ${says}`}`,
    at,
    outcome: outcome === 'observed' ? 'only observed' : OUTCOMES[last.incident.status],
    incident: last.incident.incident_id,
  };
}

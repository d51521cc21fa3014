/** The healing as a list of moments: found, tried, proven. Made from the incidents. */
import type { Health, IncidentRecord } from '../../../src/inspector/contract.ts';
import { duration } from '../format.ts';
import { outcomeHealth } from '../incidents/look.ts';

export interface HealingRow {
  readonly key: string;
  readonly at: number;
  readonly incident: string;
  readonly component: string;
  readonly rule: string;
  readonly says: string;
  readonly result: string;
  readonly health: Health;
}

const ms = (iso: string): number => Date.parse(iso);

function rowsOf(one: IncidentRecord): readonly HealingRow[] {
  const base = {
    incident: one.incident_id,
    component: one.component,
    rule: one.invariant.split('/').at(-1) ?? one.invariant,
  };
  const found: HealingRow = {
    ...base,
    key: `${one.incident_id}-found`,
    at: ms(one.opened_at),
    says: one.evidence_before.says,
    result: `found in ${duration(one.detected_ms)}`,
    health: 'unknown',
  };
  const tried = one.remedies.map((remedy, n): HealingRow => {
    const good = remedy.outcome === 'proven';
    return {
      ...base,
      key: `${one.incident_id}-${n}`,
      at: ms(remedy.at),
      says: `${remedy.type} ${remedy.to}${remedy.says === '' || good ? '' : `: ${remedy.says}`}`,
      result: remedy.outcome,
      health: outcomeHealth(remedy),
    };
  });
  if (one.closed_at === null && one.status !== 'failed') return [found, ...tried];
  const ended: HealingRow = {
    ...base,
    key: `${one.incident_id}-end`,
    at: one.closed_at === null ? one.ts * 1_000 : ms(one.closed_at),
    says: one.evidence_after?.says ?? one.verdict ?? one.status,
    result:
      one.status === 'healed'
        ? `proven in ${duration(one.healed_ms)}`
        : one.status === 'failed'
          ? 'given up'
          : one.status,
    health: one.status === 'failed' ? 'red' : 'green',
  };
  return [found, ...tried, ended];
}

/** The newest first, of this time only. */
export const healingRows = (all: readonly IncidentRecord[], from: number, to: number): readonly HealingRow[] =>
  all
    .flatMap((one) => rowsOf(one).toReversed())
    .filter(({ at }) => at >= from && at <= to)
    .sort((a, b) => b.at - a.at);

/** As the core has it: healed and still watched. */
const WATCHED_MS = 600_000;

export interface Bar {
  readonly incident: string;
  readonly from: number;
  readonly to: number;
  readonly health: Health;
  /** Until when what was healed is watched, ms; `null` where nothing was healed. */
  readonly watched: number | null;
}
export interface Lane {
  readonly component: string;
  readonly bars: readonly Bar[];
}

/** One lane for each component that had trouble in this time, the latest trouble first. */
export function lanesOf(all: readonly IncidentRecord[], from: number, to: number): readonly Lane[] {
  const lanes = new Map<string, Bar[]>();
  for (const one of all) {
    const bar: Bar = {
      incident: one.incident_id,
      from: ms(one.broken_since),
      to: one.closed_at === null ? to : ms(one.closed_at),
      health: one.status === 'failed' ? 'red' : 'yellow',
      watched: one.status === 'healed' && one.closed_at !== null ? ms(one.closed_at) + WATCHED_MS : null,
    };
    if ((bar.watched ?? bar.to) < from || bar.from > to) continue;
    lanes.set(one.component, [...(lanes.get(one.component) ?? []), bar]);
  }
  return [...lanes].map(([component, bars]) => ({ component, bars }));
}

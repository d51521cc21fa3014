import type { IncidentRecord } from './ledger.ts';

/** Spans in ms. `median` and `max` are `null` where there is none. */
export interface Spans {
  readonly count: number;
  readonly median: number | null;
  readonly max: number | null;
}

export interface RepairTimes {
  readonly component: string;
  readonly incidents: number;
  readonly failed: number;
  /** Time to detect: from the first broken evidence to the opening. */
  readonly detect: Spans;
  /** Time to repair: from the opening to the proof, of what was healed. */
  readonly repair: Spans;
}

/** How many, the one in the middle (of an even number the mean of both), and the longest. */
export function spansOf(spans: readonly number[]): Spans {
  const sorted = [...spans].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[sorted.length % 2 === 0 ? half - 1 : half], sorted[half]];
  const median = low === undefined || high === undefined ? null : (low + high) / 2;
  return { count: sorted.length, median, max: sorted.at(-1) ?? null };
}

/** MTTD and MTTR of some incidents, under one name. */
export const repairTimes = (component: string, incidents: readonly IncidentRecord[]): RepairTimes => ({
  component,
  incidents: incidents.length,
  failed: incidents.filter(({ status }) => status === 'failed').length,
  detect: spansOf(incidents.map(({ detected_ms: ms }) => ms)),
  repair: spansOf(incidents.flatMap(({ healed_ms: ms }) => (ms === null ? [] : [ms]))),
});

/** The same per component, in order of names. */
export function repairTimesByComponent(incidents: readonly IncidentRecord[]): readonly RepairTimes[] {
  const by = Map.groupBy(incidents, ({ component }) => component);
  return [...by.keys()].sort().map((component) => repairTimes(component, by.get(component) ?? []));
}

import type { HistoryRange, IncidentRecord } from '../../../inspector/contract.ts';

/** Incidents that are marked, the newest. */
const MOST_MARKS = 1_000;

export interface RangeParts {
  readonly firsts: readonly (number | null)[];
  readonly last: number | null;
  readonly stepsFrom: number | null;
  /** Of the ledger, in its order. */
  readonly records: readonly IncidentRecord[];
}

/** From when to when there is something to be seen. An incident that was ever given up is red. */
export function historyRange({ firsts, last, stepsFrom, records }: RangeParts): HistoryRange {
  const marks = new Map<string, HistoryRange['marks'][number]>();
  for (const { incident_id: incident, opened_at: opened, closed_at: closed, status } of records) {
    const wasRed = marks.get(incident)?.health === 'red' || status === 'failed';
    marks.set(incident, {
      at: Date.parse(opened),
      to: closed === null ? null : Date.parse(closed),
      incident,
      health: wasRed ? 'red' : 'yellow',
    });
  }
  const list = [...marks.values()].slice(-MOST_MARKS);
  const begins = [...firsts, ...list.map(({ at }) => at)].filter((at) => at !== null);
  const ends = [last, ...list.map(({ at, to }) => to ?? at)].filter((at) => at !== null);
  return {
    from: begins.length === 0 ? null : Math.min(...begins),
    to: ends.length === 0 ? null : Math.max(...ends),
    steps_from: stepsFrom,
    marks: list,
  };
}

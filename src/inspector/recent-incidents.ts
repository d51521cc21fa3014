import type { IncidentRecord } from '../healing/ledger.ts';

export const DAY_MS = 86_400_000;
const KEPT = 10_000;

/** The last record of each incident, in the order in which they were opened. */
export function lastOfEach(records: Iterable<IncidentRecord>): readonly IncidentRecord[] {
  const last = new Map<string, IncidentRecord>();
  for (const record of records) last.set(record.incident_id, record);
  return [...last.values()];
}

/** The records of the last 24 h, and those of incidents that are older and open still; the newest 10,000 at most. */
export class RecentIncidents {
  #records: IncidentRecord[] = [];

  /** In the order of the ledger. */
  add(record: IncidentRecord): void {
    this.#records.push(record);
    if (this.#records.length > KEPT * 2) this.#records = this.#records.slice(-KEPT);
  }

  /** @param now ms on the bot's clock */
  records(now: number): readonly IncidentRecord[] {
    const open = new Set(
      lastOfEach(this.#records).flatMap(({ status, incident_id: id }) =>
        status === 'open' || status === 'failed' ? [id] : [],
      ),
    );
    this.#records = this.#records
      .filter(({ incident_id: id, ts }) => open.has(id) || now - ts * 1000 < DAY_MS)
      .slice(-KEPT);
    return this.#records;
  }
}

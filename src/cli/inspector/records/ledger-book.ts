import type { LedgerLine } from '../../../healing/chain-check.ts';
import { type IncidentRecord, incidentRecord } from '../../../healing/ledger.ts';
import { lastOfEach } from '../../../inspector/recent-incidents.ts';

/** Lines of the ledger that are kept; a ledger that is longer is known from here on. */
const KEPT = 20_000;

/** An incident as it was when nothing had been written of it. */
const asOpened = (one: IncidentRecord, at: number): IncidentRecord => ({
  ...one,
  status: 'open',
  closed_at: null,
  healed_ms: null,
  evidence_after: null,
  verdict: null,
  remedies: one.remedies.filter((remedy) => Date.parse(remedy.at) <= at),
});

/** The incidents of the ledger, every record of them, in the order in which they were written. */
export class LedgerBook {
  #records: IncidentRecord[] = [];
  forgotten = 0;

  /** @returns whether it is a record of an incident, or of somebody who may write there */
  take(record: LedgerLine['record']): boolean {
    const incident = incidentRecord.safeParse(record);
    if (!incident.success) return record !== null && record.event_type !== 'incident';
    this.#records.push(incident.data);
    if (this.#records.length > KEPT * 1.2) {
      this.forgotten += this.#records.length - KEPT;
      this.#records = this.#records.slice(-KEPT);
    }
    return true;
  }

  get records(): readonly IncidentRecord[] {
    return this.#records;
  }

  /**
   * What the ledger knows of a moment, ms: what was written up to it; and of an incident that had been opened and was first
   * written of a little later, that it was open.
   */
  until(at: number): readonly IncidentRecord[] {
    const written = this.#records.filter(({ ts }) => ts * 1000 <= at);
    const known = new Set(written.map(({ incident_id }) => incident_id));
    const begun = this.#records.filter(({ incident_id, ts, opened_at }) => {
      const isFirst = ts * 1000 > at && Date.parse(opened_at) <= at && !known.has(incident_id);
      if (isFirst) known.add(incident_id);
      return isFirst;
    });
    return [...written, ...begun.map((one) => asOpened(one, at))];
  }

  /** The last word on each incident, the newest first. */
  incidents({ component, limit }: { readonly component?: string; readonly limit: number }): readonly IncidentRecord[] {
    return lastOfEach(this.#records)
      .filter((one) => component === undefined || one.component === component)
      .toReversed()
      .slice(0, Math.max(0, Math.trunc(limit)));
  }
}

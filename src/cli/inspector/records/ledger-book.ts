import type { LedgerLine } from '../../../healing/chain-check.ts';
import { type IncidentRecord, incidentRecord } from '../../../healing/ledger.ts';
import { lastOfEach } from '../../../inspector/recent-incidents.ts';

/** Lines of the ledger that are kept; a ledger that is longer is known from here on. */
const KEPT = 20_000;

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

  /** What was written up to a moment, ms. */
  until(at: number): readonly IncidentRecord[] {
    return this.#records.filter(({ ts }) => ts * 1000 <= at);
  }

  /** The last word on each incident, the newest first. */
  incidents({ component, limit }: { readonly component?: string; readonly limit: number }): readonly IncidentRecord[] {
    return lastOfEach(this.#records)
      .filter((one) => component === undefined || one.component === component)
      .toReversed()
      .slice(0, Math.max(0, Math.trunc(limit)));
  }
}

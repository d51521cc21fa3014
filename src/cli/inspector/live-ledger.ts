import type { HealingBoard } from '../../healing/board.ts';
import { type IncidentRecord, incidentRecord } from '../../healing/ledger.ts';
import { lastOfEach, RecentIncidents } from '../../inspector/recent-incidents.ts';
import { readLedger } from '../read-ledger.ts';

/** The incidents of a running bot: those of the ledger as it started, and every record since, as it is written. */
export class LiveLedger {
  readonly #recent = new RecentIncidents();
  readonly #listeners = new Set<(record: IncidentRecord) => void>();
  readonly #now: () => number;

  /**
   * @param dir where the ledger is read once. Throws the system's error.
   * @param now ms on the bot's clock
   */
  constructor(dir: string, board: HealingBoard, now: () => number) {
    this.#now = now;
    for (const { record } of readLedger(dir)) {
      const incident = incidentRecord.safeParse(record);
      if (incident.success) this.#recent.add(incident.data);
    }
    board.recorded.subscribe((record) => {
      this.#recent.add(record);
      for (const listener of this.#listeners) listener(record);
    });
  }

  /** Of the last 24 h, and what is open still; in the order of the ledger. */
  records(): readonly IncidentRecord[] {
    return this.#recent.records(this.#now());
  }

  /** The last word on each, the newest first. */
  newest({ component, limit }: { readonly component?: string; readonly limit: number }): readonly IncidentRecord[] {
    const all = lastOfEach(this.records());
    return all
      .filter((one) => component === undefined || one.component === component)
      .reverse()
      .slice(0, limit);
  }

  /** Each record as it is written. The listener must not throw. @returns ends it */
  follow(listener: (record: IncidentRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

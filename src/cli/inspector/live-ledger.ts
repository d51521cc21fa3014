import type { HealingBoard } from '../../healing/board.ts';
import { type IncidentRecord, incidentRecord } from '../../healing/ledger.ts';
import { lastOfEach, RecentIncidents } from '../../inspector/recent-incidents.ts';
import { readLedger } from '../read-ledger.ts';

/** The incidents that a directory's ledger has, in its order. Throws the system's error. */
export const incidentsIn = (dir: string): readonly IncidentRecord[] =>
  readLedger(dir).flatMap(({ record }) => incidentRecord.safeParse(record).data ?? []);

/** Tells a record from all others. */
const keyOf = ({ incident_id: id, ts, status, remedies }: IncidentRecord): string =>
  `${id} ${ts} ${status} ${remedies.length}`;

/** The incidents of a running bot: those of the ledger, and every record since, as it is written. */
export class LiveLedger {
  #recent = new RecentIncidents();
  readonly #listeners = new Set<(record: IncidentRecord) => void>();
  readonly #now: () => number;
  readonly #heard: { unsubscribe(): void };

  /**
   * @param known those of the ledger, in its order
   * @param now ms on the bot's clock
   */
  constructor(known: readonly IncidentRecord[], board: HealingBoard, now: () => number) {
    this.#now = now;
    for (const record of known) this.#recent.add(record);
    this.#heard = board.recorded.subscribe((record) => {
      this.#recent.add(record);
      for (const listener of this.#listeners) listener(record);
    });
  }

  /** What the ledger had comes later than what is heard: it is put before that. */
  precede(known: readonly IncidentRecord[]): void {
    const heard = this.#recent.records(this.#now());
    const keys = new Set(known.map(keyOf));
    this.#recent = new RecentIncidents();
    for (const record of [...known, ...heard.filter((one) => !keys.has(keyOf(one)))]) this.#recent.add(record);
  }

  /** Nothing more is heard. */
  close(): void {
    this.#heard.unsubscribe();
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

/** What can be asked of the records of a directory. */
import type * as api from '../../../inspector/contract.ts';
import type { InspectorSource } from '../../../inspector/source.ts';

/** As in {@link InspectorSource}, answered from the files alone. */
export interface Questions
  extends Pick<
    InspectorSource,
    'trading' | 'signals' | 'signal' | 'incidents' | 'incident' | 'log' | 'history' | 'moment' | 'steps'
  > {
  /** Every record of the ledger that is kept (the last 20,000), in its order: what overviews are made of. */
  ledger(): Promise<readonly api.IncidentRecord[]>;
  /** Grows with every line that came to be known: whether there is news. `at` is the bot's last known time, ms. */
  revision(): Promise<Revision>;
  facts(): Promise<Facts>;
}

/** What the directory tells of the bot's last life, where it does. */
export interface Facts {
  /** As the bot was told: `sim`, `replay`. */
  readonly feed: string | null;
  readonly symbols: readonly string[];
  /** ISO-8601 */
  readonly last_tick_at: string | null;
  /** When it was last started, ms on its clock. */
  readonly since: number | null;
}

export interface Revision {
  readonly lines: number;
  readonly at: number | null;
  /** Lines that are no records: damaged, blank, or somebody else's. */
  readonly unread: number;
}

const ASKS: Readonly<Record<keyof Questions, true>> = {
  trading: true,
  signals: true,
  signal: true,
  incidents: true,
  incident: true,
  ledger: true,
  log: true,
  history: true,
  moment: true,
  steps: true,
  revision: true,
  facts: true,
};
export const isQuestion = (ask: string): ask is keyof Questions => Object.hasOwn(ASKS, ask);

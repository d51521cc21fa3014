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
};
export const isQuestion = (ask: string): ask is keyof Questions => Object.hasOwn(ASKS, ask);

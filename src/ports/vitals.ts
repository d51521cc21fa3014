import type { DiskVitals, ProcessVitals } from '../machines/vitals.ts';

/** What the bot stands on, measured in real time. */
export interface Vitals {
  process(): ProcessVitals;
  /** Throws where the disk does not answer. */
  disk(): Promise<DiskVitals>;
  /** Ends measuring. */
  close(): void;
}

/**
 * What of the bus still matters to those who fold it: all of a signal while it may change or its shadow trade may be open,
 * and every order and position. Of what is over for a day, a count is left.
 */
import type { LogRecord } from '../ports/event-log.ts';

/** Signals that are over are kept for so long after their last record: their shadow trades end within four hours. */
export const KEPT_FOR_S = 24 * 3_600;
const PRUNED_EVERY = 1_000;
const FINAL = ['learned', 'expired'] as const;
type Final = (typeof FINAL)[number];

interface Kept {
  readonly order: number;
  readonly record: LogRecord;
}
interface Life {
  readonly records: Kept[];
  final: Final | null;
  lastTs: number;
}

/** The first record of a retained past: how many signals ended of which nothing else is left. */
export const FORGOTTEN = 'forgotten';
export interface Forgotten {
  readonly event_type: typeof FORGOTTEN;
  readonly learned: number;
  readonly expired: number;
}
/** What a record says of signals that are no longer there, or `null`. */
export const forgottenIn = (raw: LogRecord): Forgotten | null =>
  raw.event_type === FORGOTTEN ? (raw as unknown as Forgotten) : null;

export class Retention {
  readonly #lives = new Map<string, Life>();
  /** Records of orders and positions, and of what no rule is known for. */
  readonly #others: Kept[] = [];
  #forgotten = { learned: 0, expired: 0 };
  #order = 0;
  #latest = 0;
  /** Records that were taken in. */
  taken = 0;

  take(record: LogRecord): void {
    const forgotten = forgottenIn(record);
    if (forgotten) {
      this.#forgotten = { learned: forgotten.learned, expired: forgotten.expired };
      return;
    }
    this.taken++;
    const kept = { order: this.#order++, record };
    const ts = typeof record.ts === 'number' ? record.ts : this.#latest;
    this.#latest = Math.max(this.#latest, ts);
    const { event_type, signal_id, new_state } = record;
    if (typeof signal_id !== 'string' || (event_type !== 'signal_generated' && event_type !== 'state_change')) {
      this.#others.push(kept);
      return;
    }
    const life = this.#lives.get(signal_id) ?? { records: [], final: null, lastTs: ts };
    life.records.push(kept);
    life.lastTs = Math.max(life.lastTs, ts);
    if (event_type === 'state_change') life.final = FINAL.find((state) => state === new_state) ?? null;
    this.#lives.set(signal_id, life);
    if (this.taken % PRUNED_EVERY === 0) this.#prune();
  }

  #prune(): void {
    for (const [id, { final, lastTs }] of this.#lives) {
      if (final === null || this.#latest - lastTs < KEPT_FOR_S) continue;
      this.#forgotten[final]++;
      this.#lives.delete(id);
    }
  }

  /** What is kept, in the order in which it was written, with what was forgotten before it. */
  records(): readonly LogRecord[] {
    const kept = [...this.#others, ...[...this.#lives.values()].flatMap(({ records }) => records)];
    kept.sort((a, b) => a.order - b.order);
    const records = kept.map(({ record }) => record);
    const { learned, expired } = this.#forgotten;
    return learned + expired === 0 ? records : [{ event_type: FORGOTTEN, learned, expired }, ...records];
  }
}

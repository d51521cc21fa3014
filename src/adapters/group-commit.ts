import { type Appended, type LogRecord, UnwritableRecord } from '../ports/event-log.ts';
import { FileFault } from '../ports/files.ts';
import { LineBatch } from './line-batch.ts';

/** Appends that may wait; beyond, they are refused, so that a dead disk does not fill the memory. */
const WAITING_AT_MOST = 100_000;
/** Bytes of one commit: what waits beyond is the next one's. Encoding as much takes some three milliseconds. */
const COMMIT_BYTES = 1024 * 1024;

interface Waiting {
  readonly record: LogRecord;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: Error) => void;
}

/** What goes to the disk together. */
interface Group {
  readonly batch: LineBatch;
  readonly waiting: readonly Waiting[];
  /** The number of its first record; `null` in a log without numbers. */
  readonly firstSeq: number | null;
}

export interface GroupCommitOptions {
  readonly path: string;
  readonly sequenced: boolean;
  /**
   * Each record says its place in its group (`log-unarrived.ts`). Which records go together hangs on how fast the disk is: where
   * nothing is synced, and records are to be the same in every run, they do not say it.
   */
  readonly tellsPlace: boolean;
  /** The highest number given so far. */
  readonly lastSeq: () => number;
  /**
   * Makes a batch durable. Resolves with where its first line begins; rejects when nothing of it is in the log.
   * `writing` is to be called when the bytes are with the system, and only the medium is waited for.
   */
  readonly commit: (batch: LineBatch, lastSeq: number | null, writing: () => void) => Promise<number>;
  /** Runs a flush when nothing else writes to the end of the log. */
  readonly exclusively: (flush: () => Promise<void>) => Promise<void>;
}

/**
 * Group commit: one write and one sync for all that wait (Gray and Reuter, Transaction Processing, 9.4). While the medium takes
 * one group the next is encoded. In order or not at all: when a commit fails, all that wait at that moment are refused with it.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #waiting: Waiting[] = [];
  /** Of `#waiting`, so many are in a group already. */
  #taken = 0;
  #underWay = 0;
  #flushing = false;
  /** The next one, encoded already. */
  #ahead: Group | null = null;
  readonly #batches: LineBatch[] = [new LineBatch(), new LineBatch()];

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Appends that are not acknowledged yet. */
  get waiting(): number {
    return this.#waiting.length - this.#taken + this.#underWay;
  }

  append(record: LogRecord): Promise<Appended> {
    if (this.waiting >= WAITING_AT_MOST) {
      const { path } = this.#options;
      return Promise.reject(new FileFault('append to', path, 'EAGAIN', `${WAITING_AT_MOST} records wait already`));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ record, resolve, reject });
      if (this.#flushing) return;
      this.#flushing = true;
      this.#flushSoon();
    });
  }

  /** One group a turn: whoever else wants the end of the log comes in between. */
  #flushSoon(): void {
    // A flush never rejects: it hands its failure to those who wait.
    void this.#options.exclusively(() => this.#flush());
  }

  async #flush(): Promise<void> {
    const group = this.#ahead === null ? this.#next(null) : this.#upToDate(this.#ahead);
    this.#ahead = null;
    if (group) this.#ahead = await this.#commit(group);
    if (this.#ahead !== null || this.#waiting.length > 0) this.#flushSoon();
    else this.#flushing = false;
  }

  /** Somebody else may have brought higher numbers into the log since it was encoded. */
  #upToDate(group: Group): Group {
    const firstSeq = group.firstSeq === null ? null : this.#options.lastSeq() + 1;
    if (firstSeq === null || firstSeq === group.firstSeq) return group;
    group.batch.clear();
    for (const [i, { record }] of group.waiting.entries()) group.batch.add(record, firstSeq + i, this.#told(i));
    return { ...group, firstSeq };
  }

  /** @returns the next group, encoded while the medium took this one */
  async #commit(group: Group): Promise<Group | null> {
    const { batch, waiting, firstSeq } = group;
    const lastSeq = firstSeq === null ? null : firstSeq + waiting.length - 1;
    const ahead: Group[] = [];
    try {
      const at = await this.#options.commit(batch, lastSeq, () => {
        const next = this.#next(group);
        if (next) ahead.push(next);
      });
      this.#underWay -= waiting.length;
      const { ends } = batch;
      for (let i = 0; i < waiting.length; i++)
        waiting[i]?.resolve({ seq: firstSeq === null ? null : firstSeq + i, offset: at + (ends[i] ?? 0) });
      return ahead[0] ?? null;
    } catch (error) {
      const { path } = this.#options;
      const fault = error instanceof Error ? error : new FileFault('append to', path, 'UNKNOWN', String(error));
      const refused = [...waiting, ...ahead.flatMap((one) => one.waiting), ...this.#waiting.slice(this.#taken)];
      this.#waiting = [];
      this.#taken = 0;
      this.#underWay = 0;
      for (const { reject } of refused) reject(fault);
      return null;
    }
  }

  #told(nth: number): number {
    return this.#options.tellsPlace ? nth : 0;
  }

  /** @param before the group that is on its way to the disk */
  #next(before: Group | null): Group | null {
    const { sequenced, lastSeq } = this.#options;
    const batch = this.#batches.find((one) => one !== before?.batch) ?? new LineBatch();
    batch.clear();
    const firstSeq = sequenced ? (before?.firstSeq ?? lastSeq() + 1) + (before?.waiting.length ?? 0) : null;
    const waiting: Waiting[] = [];
    for (let bytes = 0; this.#taken < this.#waiting.length && bytes < COMMIT_BYTES; this.#taken++) {
      const one = this.#waiting[this.#taken];
      if (!one) continue;
      try {
        const nth = waiting.length;
        bytes = batch.add(one.record, firstSeq === null ? null : firstSeq + nth, this.#told(nth));
        waiting.push(one);
      } catch (error) {
        // That is its sender's mistake, and no reason to refuse the others.
        one.reject(new UnwritableRecord(this.#options.path, { cause: error }));
      }
    }
    if (this.#taken === this.#waiting.length) {
      this.#waiting = [];
      this.#taken = 0;
    }
    this.#underWay += waiting.length;
    return waiting.length === 0 ? null : { batch, waiting, firstSeq };
  }
}

/** Where a record stands. `seq` is `null` in logs without sequence numbers. */
export interface Appended {
  readonly seq: number | null;
  readonly offset: number;
}

/** One line that does not verify. */
export interface BadLine {
  readonly offset: number;
  readonly length: number;
  /** Counted from 1. */
  readonly line: number;
  readonly reason: string;
  /** It parses, and is no record of anybody all the same: nothing of it is to be saved. */
  readonly impostor?: true;
}

/** A log as it stands on disk. Blank lines (mended places) are neither records nor bad. */
export interface LogVerdict {
  readonly exists: boolean;
  readonly writable: boolean;
  readonly records: number;
  readonly bytes: number;
  readonly bad: readonly BadLine[];
  /** Sequence numbers that are nowhere in the log, as inclusive ranges. */
  readonly missingSeq: readonly (readonly [number, number])[];
  /** Sequence numbers that more than one record bears. */
  readonly duplicateSeq: readonly number[];
  /** The open file is no longer the one the path names (deleted or replaced under the bot). */
  readonly detached: boolean;
}

/** A bad line, or the bad part of one, and where its bytes are now: in `file`, from byte `at` on. */
export interface Quarantined {
  readonly bad: BadLine;
  readonly file: string;
  readonly at: number;
}

/** What a repair did, line by line. */
export interface LogRepair {
  /** The file was not there and was made anew: `restored` from the open descriptor, or `created` empty. */
  readonly recreated: 'restored' | 'created' | null;
  /** Lines put back bit for bit from memory. */
  readonly restoredLines: number;
  /** Bytes put back from the mirror. */
  readonly restoredBytes: number;
  /** Lines moved to quarantine and blanked in place. */
  readonly quarantined: readonly Quarantined[];
}

export type LogRecord = Readonly<Record<string, unknown>>;

/**
 * An append-only JSONL file with one writer (DESIGN §5). With `sequenced`, every record carries `seq` (gapless, from 1)
 * and `crc` as its last field. An append resolves when its bytes are durable in the sense of `Files.durability`; it
 * rejects with `FileFault` when they are not on disk, and then they are not in the log either.
 */
export interface EventLog {
  readonly path: string;
  /**
   * Opens the log, closes a torn last line with a newline, and reads what is there.
   * `create: 'always'` makes a missing file; `create: 'never'` reports it by `existed: false` and leaves it closed.
   */
  open(options: {
    readonly create: 'always' | 'never';
  }): Promise<{ readonly existed: boolean; readonly records: number }>;
  /** Every good record in order, after the last append that was acknowledged. */
  replay(): AsyncIterable<LogRecord>;
  /** The same from a byte on, at which a line begins, with where each record's line begins. */
  entries(from: number): AsyncIterable<{ readonly record: LogRecord; readonly offset: number }>;
  append(record: LogRecord): Promise<Appended>;
  /** Appends that wait for acknowledgement. */
  readonly waiting: number;
  /**
   * Looks at what is new or was changed by someone else; at the whole file where `full`. `sweepBytes` of what was verified
   * before are read again, going on where the last sweep ended: damage that hides behind an append is found in time.
   */
  verify(options?: { readonly full?: boolean; readonly sweepBytes?: number }): Promise<LogVerdict>;
  /** Mends what `verify` finds (see DESIGN §5); appends made meanwhile wait and are kept. */
  repair(): Promise<LogRepair>;
  close(): Promise<void>;
}

/** Makes the logs of one bot's directory. */
export interface EventLogs {
  log(path: string, options: { readonly sequenced: boolean }): EventLog;
}

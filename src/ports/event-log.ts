import { says } from './says.ts';

/** Where a record stands. */
export interface Appended {
  /** `null` in logs without sequence numbers. */
  readonly seq: number | null;
  /** A {@link Position}. */
  readonly offset: number;
}

/**
 * A place in a log, growing from record to record: the byte, and in a log of several segments {@link SEGMENT_SPAN} more for each
 * segment before. The first segments can be taken away, and the places of the others stay.
 */
export type Position = number;
/** No segment is larger, bytes. */
export const SEGMENT_SPAN = 2 ** 40;

/** One line that does not verify. */
export interface BadLine {
  readonly offset: number;
  readonly length: number;
  /** Counted from 1. */
  readonly line: number;
  readonly reason: string;
  /** It parses, and is no record of anybody all the same: nothing of it is to be saved. */
  readonly impostor?: true;
  /** The segment it is in, where it is not the one that is written to. */
  readonly file?: string;
}

/** A log as it stands on disk. Blank lines (mended places) are neither records nor bad. */
export interface LogVerdict {
  /** The file that `exists` and `detached` are about: the first segment that is not well, or the one that is written to. */
  readonly path: string;
  readonly exists: boolean;
  readonly writable: boolean;
  readonly records: number;
  readonly bytes: number;
  readonly bad: readonly BadLine[];
  /** How many of the missing numbers have left nothing in their place, no mended one either. */
  readonly gaps: number;
  /** Sequence numbers that are nowhere in the log, as inclusive ranges. */
  readonly missingSeq: readonly (readonly [number, number])[];
  /** Sequence numbers that more than one record bears. */
  readonly duplicateSeq: readonly number[];
  /** Bytes that we wrote and somebody has cut off its end; a repair by who has it open puts them back. */
  readonly cutOff: number;
  /** The open file is no longer the one the path names (deleted or replaced under the bot). */
  readonly detached: boolean;
  /** Why it goes on in a file that has reached its size; `null` where it does not. */
  readonly notRotated: string | null;
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
  /** Bytes put back from the mirror, and at the end from memory. */
  readonly restoredBytes: number;
  /** Lines moved to quarantine and blanked in place. */
  readonly quarantined: readonly Quarantined[];
}

/** What there was when a log was opened. */
export interface Opened {
  readonly existed: boolean;
  readonly records: number;
  /** Its oldest segments were taken away: what they said is in no record that is left. */
  readonly archived: boolean;
  /**
   * Numbers that this process knows to have been given, and that stand nowhere any more, as an inclusive range: nobody has these records.
   * A record with this field as `lost`, appended next, says so in the log.
   */
  readonly lost: readonly [number, number] | null;
}

/** No line can be made of what was to be a record: it is its sender's mistake, and trying again will not mend it. */
export class UnwritableRecord extends Error {
  constructor(path: string, options: ErrorOptions) {
    const { cause } = options;
    super(`no line of ${path} can be made of it: ${says(cause)}`, options);
    this.name = 'UnwritableRecord';
  }
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
  open(options: { readonly create: 'always' | 'never' }): Promise<Opened>;
  /** Every good record in order, after the last append that was acknowledged. */
  replay(): AsyncIterable<LogRecord>;
  /** The same from a place on, at which a line begins, with where each record's line begins. */
  entries(from: Position): AsyncIterable<{ readonly record: LogRecord; readonly offset: Position }>;
  /** Rejects with {@link UnwritableRecord} where no JSON can be made of it; the others are none the worse for it. */
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

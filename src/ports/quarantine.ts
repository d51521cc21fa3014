/** One thing that was set aside. The bytes themselves lie in `file`, from byte `at` on. */
export interface QuarantineEntry {
  readonly id: string;
  readonly source: string;
  readonly offset: number;
  readonly length: number;
  readonly reason: string;
  /** SHA-256 of the bytes, hexadecimal. */
  readonly sha256: string;
  /** Path of the bytes, below `quarantine/`. */
  readonly file: string;
  readonly at: number;
  readonly ts: number;
  readonly timestamp: string;
}

/** Bytes that are to be set aside. */
export interface Suspect {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly reason: string;
}

/** Nothing is deleted: what cannot be read is kept here, fsynced before the original is changed. */
export interface Quarantine {
  /** Sets bytes aside; the entry is durable when this resolves. Setting aside the same bytes twice keeps one entry. */
  keep(source: string, offset: number, bytes: Uint8Array, reason: string): Promise<QuarantineEntry>;
  /** Sets several parts of one file aside, with one file and two syncs for all. */
  keepAll(source: string, suspects: readonly Suspect[]): Promise<readonly QuarantineEntry[]>;
  list(): Promise<readonly QuarantineEntry[]>;
}

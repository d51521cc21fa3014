/** One thing that was set aside. The bytes themselves lie in `file`. */
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
  readonly ts: number;
  readonly timestamp: string;
}

/** Nothing is deleted: what cannot be read is kept here, fsynced before the original is changed. */
export interface Quarantine {
  /** Sets bytes aside; the entry is durable when this resolves. Setting aside the same bytes twice keeps one entry. */
  keep(source: string, offset: number, bytes: Uint8Array, reason: string): Promise<QuarantineEntry>;
  list(): Promise<readonly QuarantineEntry[]>;
}

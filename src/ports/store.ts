import type { ZodType } from 'zod';

/** A document, or why there is none. A reader never invents a value: missing and unreadable are different answers. */
export type Loaded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly missing: true }
  | { readonly ok: false; readonly missing: false; readonly reason: string; readonly bytes: Uint8Array };

/** Whole JSON documents. */
export interface Store {
  /** Reads and checks one. Throws `FileFault` when the disk refuses. */
  load<T>(path: string, schema: ZodType<T>): Promise<Loaded<T>>;
  /**
   * Writes one, atomically. While a write is under way later values replace each other; resolves when this value, or a
   * later one, is durable. Rejects with `FileFault`.
   */
  save(path: string, value: unknown): Promise<void>;
}

/** A document as it stands in its file: two-space JSON with a newline at the end. */
export const documentBytes = (value: unknown): Uint8Array =>
  new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);

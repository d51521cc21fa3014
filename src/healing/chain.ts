/**
 * A hash chain over records: each carries the hash of the one before it, so that a line that was changed, taken out or put
 * in shows. The chain is not signed: who rewrites all of it can make another that verifies.
 */
import { createHash } from 'node:crypto';
import type { LogRecord } from '../ports/event-log.ts';

/** A place in the chain: the index of a record, from 1, and its hash. */
export interface Link {
  readonly chain: number;
  /** SHA-256, 64 hexadecimal digits. */
  readonly hash: string;
}

/** A JSON value as the one text that stands for it: no spaces, the fields of objects in order of their names. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = value as Readonly<Record<string, unknown>>;
  const names = Object.keys(fields).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(fields[name])}`).join(',')}}`;
}

/** The hash of a record: of everything in it but `hash` itself. */
export function hashOf({ hash: _, ...body }: LogRecord): string {
  return createHash('sha256').update(canonical(body)).digest('hex');
}

/** The record as the next of the chain. `last` is `null` for the first. Fields of the chain it has already are replaced. */
export function seal(record: LogRecord, last: Link | null): LogRecord & Link & { readonly prev: string | null } {
  const chain = (last?.chain ?? 0) + 1;
  const prev = last?.hash ?? null;
  // What JSON drops or changes on its way to the disk must not be in the hash.
  const body = JSON.parse(JSON.stringify({ ...record, chain, prev })) as LogRecord;
  return { ...body, chain, prev, hash: hashOf(body) };
}

/** The link a record says it is, or `null` for one outside the chain. */
export function linkOf({ chain, hash }: LogRecord): Link | null {
  const isLink = Number.isSafeInteger(chain) && typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash);
  return isLink ? { chain: chain as number, hash: hash as string } : null;
}

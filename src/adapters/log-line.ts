import { crc32c } from '@node-rs/crc32';
import type { LogRecord } from '../ports/event-log.ts';
import { says } from '../ports/says.ts';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const QUOTE = 0x22;
const COLON = 0x3a;
const CLOSE = 0x7d;
const CRC_FIELD = Buffer.from(',"crc":"');
/** `,"crc":"xxxxxxxx"}` */
const CRC_TAIL = CRC_FIELD.length + 8 + 2;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** CRC-32C (RFC 3720, appendix B.4) as eight hexadecimal digits. */
export const crcOf = (bytes: Uint8Array): string => crc32c(bytes).toString(16).padStart(8, '0');

/** A line without sequence: the record and a newline. */
export const plainLine = (record: LogRecord): Uint8Array => encoder.encode(`${JSON.stringify(record)}\n`);

/** A record without `nth`, `seq` and `crc`, which are the log's to give. */
export const withoutSeal = ({ nth: _, seq: __, crc: ___, ...rest }: LogRecord): LogRecord => rest;

/**
 * A line with `seq`, and as the last field `crc` of the bytes before it: what {@link LineBatch} writes, said plainly.
 * @param nth how many records stand before it in its group commit
 */
export function sequencedLine(record: LogRecord, seq: number, nth = 0): Uint8Array {
  const body = JSON.stringify(withoutSeal(record));
  const place = nth > 0 ? `"nth":${nth},` : '';
  const bytes = encoder.encode(`${body.slice(0, -1)}${body.length > 2 ? ',' : ''}${place}"seq":${seq}`);
  return Buffer.concat([bytes, CRC_FIELD, encoder.encode(`${crcOf(bytes)}"}\n`)]);
}

export type CheckedLine =
  | { readonly kind: 'blank' }
  | { readonly kind: 'good'; readonly seq: number | null; readonly record: LogRecord | null }
  | { readonly kind: 'bad'; readonly reason: string };

/** `0` to `f`. */
export const HEX_DIGITS = Buffer.from('0123456789abcdef');
const HEX = new Int8Array(256).fill(-1);
for (const [digit, code] of HEX_DIGITS.entries()) HEX[code] = digit;

/** The checksum that the line from `from` to `to` carries, as a number, or -1. */
export function carriedCrc(bytes: Buffer, from: number, to: number): number {
  const at = to - CRC_TAIL;
  if (at <= from || bytes[to - 1] !== CLOSE || bytes[to - 2] !== QUOTE) return -1;
  for (let i = 0; i < CRC_FIELD.length; i++) if (bytes[at + i] !== CRC_FIELD[i]) return -1;
  let crc = 0;
  for (let i = at + CRC_FIELD.length; i < to - 2; i++) {
    const digit = HEX[bytes[i] ?? 0] ?? -1;
    if (digit < 0) return -1;
    crc = crc * 16 + digit;
  }
  return crc;
}

/** The `"seq":N` with which the body of a line that ends at `to` ends; -1 where it does not. */
function seqBefore(bytes: Buffer, to: number): number {
  let seq = 0;
  let at = to - 1;
  for (let power = 1; at > 0; at--, power *= 10) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) break;
    seq += digit * power;
  }
  const named = bytes[at] === COLON && bytes[at - 1] === QUOTE && bytes[at - 2] === 0x71 && bytes[at - 5] === QUOTE;
  return at < to - 1 && named && Number.isSafeInteger(seq) ? seq : -1;
}

/** What the quick look came to: a sequence number, or one of these. */
export const SLOW = -1;
export const BAD_CRC = -2;

/** Whether a line verifies by its checksum, and its number: the way of nearly all lines, without an object made. */
export function quickCheck(bytes: Buffer, from: number, to: number): number {
  const crc = carriedCrc(bytes, from, to);
  if (crc < 0) return SLOW;
  const bodyEnd = to - CRC_TAIL;
  if (crc32c(bytes.subarray(from, bodyEnd)) !== crc) return BAD_CRC;
  return seqBefore(bytes, bodyEnd);
}

const hasBom = (bytes: Buffer): boolean => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;

const isSpace = (byte: number | undefined): boolean => byte === SPACE || byte === RETURN || byte === TAB;

const bad = (reason: string): CheckedLine => ({ kind: 'bad', reason });

/** The record in bytes that verify; `null` where they were none when they were written, either. */
function recordIn(bytes: Buffer): LogRecord | null {
  try {
    return JSON.parse(bytes.toString('utf8')) as LogRecord;
  } catch {
    return null;
  }
}

/**
 * What a line is: by its checksum where it has one, by parsing where it has none. Its newline is not part of it. Blanks
 * and a carriage return around it and a byte order mark before it are no damage.
 * @param sequenced the log's own records carry checksums: one with `seq` and without `crc` has lost it, and is bad
 */
export function checkLine(
  bytes: Uint8Array,
  want: 'verdict' | 'record',
  { sequenced = false }: { readonly sequenced?: boolean } = {},
): CheckedLine {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const quick = quickCheck(whole, 0, whole.length);
  if (quick > 0) {
    if (want === 'verdict') return { kind: 'good', seq: quick, record: null };
    const record = recordIn(whole);
    if (record !== null) return { kind: 'good', seq: quick, record };
  }
  let from = hasBom(whole) ? 3 : 0;
  let to = whole.length;
  while (from < to && isSpace(whole[from])) from++;
  while (to > from && isSpace(whole[to - 1])) to--;
  if (from === to) return { kind: 'blank' };
  const line = whole.subarray(from, to);
  const crc = carriedCrc(line, 0, line.length);
  if (crc >= 0) {
    const actual = crcOf(line.subarray(0, line.length - CRC_TAIL));
    const says = crc.toString(16).padStart(8, '0');
    if (actual !== says) return bad(`its checksum is ${actual}, it says ${says}`);
    const seq = seqBefore(line, line.length - CRC_TAIL);
    if (want === 'verdict' && seq > 0) return { kind: 'good', seq, record: null };
  }
  // No JSON holds them: looked for where it is none.
  const none = (reason: string): CheckedLine => bad(line.includes(0) ? 'it holds NUL bytes' : reason);
  let text: string;
  try {
    text = decoder.decode(line);
  } catch {
    return none('it is not UTF-8');
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return bad(`it is JSON, but no object: ${text.slice(0, 40)}`);
    }
    const { seq } = value as { seq?: unknown };
    if (sequenced && crc < 0 && typeof seq === 'number') return bad(`it has seq ${seq}, but its checksum is gone`);
    return { kind: 'good', seq: typeof seq === 'number' ? seq : null, record: value as LogRecord };
  } catch (error) {
    return none(`it is not JSON: ${says(error)}`);
  }
}

/** Spaces that end a line: what stands where something stood that is no record. */
export function blankLine(length: number): Uint8Array {
  const bytes = new Uint8Array(length).fill(SPACE);
  bytes[length - 1] = NEWLINE;
  return bytes;
}

/** Spaces in place of a bad part; a newline towards every good record beside it, so that each stands on a line of its own. */
export function blanksBetween(length: number, afterGood: boolean, beforeGood: boolean): Uint8Array {
  const bytes = new Uint8Array(length).fill(SPACE);
  if (afterGood) bytes[0] = NEWLINE;
  if (beforeGood) bytes[length - 1] = NEWLINE;
  return bytes;
}

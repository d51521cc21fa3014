import { crc32c } from '@node-rs/crc32';
import type { LogRecord } from '../ports/event-log.ts';

const NEWLINE = 0x0a;
const SPACE = 0x20;
const CRC_FIELD = ',"crc":"';
/** `,"crc":"xxxxxxxx"}` */
const CRC_TAIL_LENGTH = CRC_FIELD.length + 8 + 2;
const decoder = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();

/** CRC-32C (RFC 3720, appendix B.4) as eight hexadecimal digits. */
export const crcOf = (bytes: Uint8Array): string => crc32c(bytes).toString(16).padStart(8, '0');

/** A line without sequence: the record and a newline. */
export const plainLine = (record: LogRecord): Uint8Array => encoder.encode(`${JSON.stringify(record)}\n`);

/** A line with `seq`, and as the last field `crc` of the bytes before it. */
export function sequencedLine(record: LogRecord, seq: number): Uint8Array {
  const body = JSON.stringify({ ...record, seq });
  const bytes = encoder.encode(body.slice(0, -1));
  return Buffer.concat([bytes, encoder.encode(`${CRC_FIELD}${crcOf(bytes)}"}\n`)]);
}

export type CheckedLine =
  | { readonly kind: 'blank' }
  | { readonly kind: 'good'; readonly seq: number | null; readonly record: LogRecord | null }
  | { readonly kind: 'bad'; readonly reason: string };

const isBlank = (line: Uint8Array): boolean => line.every((byte) => byte === SPACE || byte === 0x0d || byte === 0x09);

const SEQ_FIELD = Buffer.from('"seq":');

/** The last `"seq":N` of a line's body; `null` where there is none. The body ends with it, so it is cheap to find. */
function seqOf(body: Buffer): number | null {
  const at = body.lastIndexOf(SEQ_FIELD);
  if (at < 0) return null;
  const seq = Number(body.toString('latin1', at + SEQ_FIELD.length));
  return Number.isSafeInteger(seq) && seq > 0 ? seq : null;
}

/** The checksum a line carries, or `null`. */
function carriedCrc(line: Buffer): string | null {
  const from = line.length - CRC_TAIL_LENGTH;
  if (from < 1 || line.toString('latin1', from, from + CRC_FIELD.length) !== CRC_FIELD) return null;
  const crc = line.toString('latin1', from + CRC_FIELD.length, line.length - 2);
  return /^[0-9a-f]{8}$/.test(crc) && line.toString('latin1', line.length - 2) === '"}' ? crc : null;
}

/** What a line is, by its checksum where it has one and by parsing where it has none. The newline is not part of it. */
export function checkLine(bytes: Uint8Array, want: 'verdict' | 'record'): CheckedLine {
  const line = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (isBlank(line)) return { kind: 'blank' };
  const crc = carriedCrc(line);
  if (crc !== null) {
    const body = line.subarray(0, line.length - CRC_TAIL_LENGTH);
    const actual = crcOf(body);
    if (actual !== crc) return { kind: 'bad', reason: `its checksum is ${actual}, it says ${crc}` };
    const record = want === 'record' ? (JSON.parse(line.toString('utf8')) as LogRecord) : null;
    return { kind: 'good', seq: seqOf(body), record };
  }
  if (line.includes(0)) return { kind: 'bad', reason: 'it holds NUL bytes' };
  let text: string;
  try {
    text = decoder.decode(line);
  } catch {
    return { kind: 'bad', reason: 'it is not UTF-8' };
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return { kind: 'bad', reason: `it is JSON, but no object: ${text.slice(0, 40)}` };
    }
    const { seq } = value as { seq?: unknown };
    return { kind: 'good', seq: typeof seq === 'number' ? seq : null, record: value as LogRecord };
  } catch (error) {
    return { kind: 'bad', reason: `it is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** A blank of `length` bytes: what stands where a bad line stood. */
export const blanks = (length: number): Uint8Array => new Uint8Array(length).fill(SPACE);

/** Spaces that end a line: the bad part before a good record becomes a line of its own. */
export function blankLine(length: number): Uint8Array {
  const bytes = blanks(length);
  bytes[length - 1] = NEWLINE;
  return bytes;
}

/** Where, inside a bad line, a good record begins that runs to its end (a record glued to a torn one); -1 if nowhere. */
export function gluedRecordAt(line: Uint8Array): number {
  const buffer = Buffer.from(line.buffer, line.byteOffset, line.length);
  for (let at = buffer.indexOf('{"', 1); at > 0; at = buffer.indexOf('{"', at + 1)) {
    if (checkLine(buffer.subarray(at), 'verdict').kind === 'good') return at;
  }
  return -1;
}

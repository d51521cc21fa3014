import { crc32c } from '@node-rs/crc32';
import type { LogRecord } from '../ports/event-log.ts';
import { HEX_DIGITS, withoutSeal } from './log-line.ts';

/** UTF-16 to UTF-8 takes at most three bytes a unit; the rest is `,"nth":N,"seq":N,"crc":"xxxxxxxx"}` and the newline. */
const TAIL_BYTES = 80;
/** Most logs never write more at a time; who does has a larger one from then on. */
const FIRST_BYTES = 16 * 1024;
const NTH_FIELD = Buffer.from(',"nth":');
const SEQ_FIELD = Buffer.from(',"seq":');
const CRC_FIELD = Buffer.from(',"crc":"');
const QUOTE = 0x22;
const CLOSE = 0x7d;
const NEWLINE = 0x0a;
const ZERO = 0x30;

/** Writes a whole number in decimal. @returns where it ends */
function writeNumber(buffer: Buffer, at: number, value: number): number {
  let digits = 1;
  for (let limit = 10; limit <= value; limit *= 10) digits++;
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    const digit = rest % 10;
    buffer[i] = ZERO + digit;
    rest = (rest - digit) / 10;
  }
  return at + digits;
}

function writeBytes(buffer: Buffer, at: number, bytes: Buffer): number {
  for (let i = 0; i < bytes.length; i++) buffer[at + i] = bytes[i] ?? 0;
  return at + bytes.length;
}

/**
 * Lines of one group commit, written one after the other into a buffer that is used again. With a sequence number they carry
 * it, their place in the group where they are not its first, and a checksum, as `log-line.ts` has it.
 */
export class LineBatch {
  /** None before the first line: many logs are read alone. */
  #buffer = Buffer.alloc(0);
  #length = 0;
  /** Where each line begins, and where the last one ends. */
  readonly ends: number[] = [0];

  clear(): void {
    this.#length = 0;
    this.ends.length = 1;
  }

  /**
   * @param nth its place in the group, counted from 0; told only where it is not the first
   * @returns bytes of the batch so far
   */
  add(record: LogRecord, seq: number | null, nth = 0): number {
    const isSealed = seq !== null && ('seq' in record || 'crc' in record || 'nth' in record);
    const text = JSON.stringify(isSealed ? withoutSeal(record) : record);
    this.#reserve(text.length * 3 + TAIL_BYTES);
    const start = this.#length;
    const buffer = this.#buffer;
    let at = start + buffer.write(text, start, 'utf8');
    if (seq !== null) at = this.#seal(start, at, seq, nth);
    buffer[at] = NEWLINE;
    this.#length = at + 1;
    this.ends.push(this.#length);
    return this.#length;
  }

  /** The bytes of the batch: valid until it is cleared. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Place in the group, number and checksum, in place of the brace that closes the record. */
  #seal(start: number, end: number, seq: number, nth: number): number {
    const buffer = this.#buffer;
    let at = end - 1;
    let isEmpty = at === start + 1;
    if (nth > 0) {
      at = writeBytes(buffer, at, isEmpty ? NTH_FIELD.subarray(1) : NTH_FIELD);
      at = writeNumber(buffer, at, nth);
      isEmpty = false;
    }
    at = writeBytes(buffer, at, isEmpty ? SEQ_FIELD.subarray(1) : SEQ_FIELD);
    at = writeNumber(buffer, at, seq);
    const crc = crc32c(buffer.subarray(start, at));
    at = writeBytes(buffer, at, CRC_FIELD);
    for (let shift = 28; shift >= 0; shift -= 4) buffer[at++] = HEX_DIGITS[(crc >>> shift) & 15] ?? 0;
    buffer[at++] = QUOTE;
    buffer[at++] = CLOSE;
    return at;
  }

  #reserve(more: number): void {
    const wanted = this.#length + more;
    if (wanted <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, wanted, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

import { crc32c } from '@node-rs/crc32';
import type { LogRecord } from '../ports/event-log.ts';
import { sequencedBody } from './log-line.ts';

/** UTF-16 to UTF-8 takes at most three bytes a unit; the rest is `,"crc":"xxxxxxxx"}` and the newline. */
const TAIL_BYTES = 20;

/**
 * Lines of one group commit, written one after the other into a buffer that is used again. With a sequence number they carry
 * it and a checksum, as `log-line.ts` has it.
 */
export class LineBatch {
  #buffer = Buffer.allocUnsafeSlow(256 * 1024);
  #length = 0;
  /** Where each line begins, and where the last one ends. */
  readonly ends: number[] = [0];

  clear(): void {
    this.#length = 0;
    this.ends.length = 1;
  }

  /** @returns bytes of the batch so far */
  add(record: LogRecord, seq: number | null): number {
    const body = seq === null ? JSON.stringify(record) : sequencedBody(record, seq);
    this.#reserve(body.length * 3 + TAIL_BYTES);
    const start = this.#length;
    const buffer = this.#buffer;
    let at = start + buffer.write(body, start, 'utf8');
    if (seq !== null) {
      const crc = crc32c(buffer.subarray(start, at)).toString(16).padStart(8, '0');
      at += buffer.write(`,"crc":"${crc}"}`, at, 'latin1');
    }
    buffer[at] = 0x0a;
    this.#length = at + 1;
    this.ends.push(this.#length);
    return this.#length;
  }

  /** The bytes of the batch: valid until it is cleared. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(more: number): void {
    const wanted = this.#length + more;
    if (wanted <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(wanted, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

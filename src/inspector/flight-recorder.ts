/**
 * The flight recorder: every change of an actor's state, written down so that a person can look back after a crash. It is a
 * bounded window (two segments of 16 MB, the older replaced by the next) and no record of truth: it is never synced, a kill
 * loses its last half second, a full disk stops it, and what comes faster than it can write is drawn together. Truth is in
 * the event log and the ledger.
 */
import type { AppendHandle, Files } from '../ports/files.ts';
import type { Logger } from '../ports/logger.ts';
import { says } from '../ports/says.ts';
import type { Allowed } from './allowance.ts';
import type { Redact } from './digest.ts';
import { FLIGHT_FOLDER, type FlightLine, flightFile, flightNumber } from './flight-line.ts';
import type { Change, Recorder } from './recording.ts';
import type { Timer } from './sampler.ts';
import { StepMaker } from './step-maker.ts';

export interface FlightOptions {
  readonly source: Pick<Recorder, 'onChange' | 'present'>;
  /** Of the bot's directory: only who owns it may write there. */
  readonly files: Files;
  /** ms on the bot's clock. */
  readonly now: () => number;
  /** Time of the wall. */
  readonly timer: Timer;
  readonly redact: Redact;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly limits?: Partial<FlightLimits>;
}

export interface FlightLimits {
  readonly segmentBytes: number;
  /** Lines are kept so long before they are written, ms of the wall's time. */
  readonly flushMs: number;
  /** Of faster steps the last of each actor is written, once a flush. */
  readonly steps?: Allowed;
  /** After the disk refused, it is tried again after so long, ms of the wall's time. */
  readonly againMs: number;
}

export interface FlightRecorder {
  /** Writes what waits, and ends. */
  close(): Promise<void>;
}

const LIMITS: FlightLimits = { segmentBytes: 16 * 1024 * 1024, flushMs: 500, againMs: 30_000 };
const SEGMENTS_KEPT = 2;
/** Bytes that wait at most while the disk is slow. */
const WAITING_AT_MOST = 4 * 1024 * 1024;

class Flight implements FlightRecorder {
  readonly #options: FlightOptions;
  readonly #limits: FlightLimits;
  readonly #encoder = new TextEncoder();
  readonly #maker: StepMaker;
  #lines: string[] = [];
  #waiting = 0;
  #handle: AppendHandle | null = null;
  #segment = -1;
  #bytes = 0;
  /** Lines were lost: before any other, all actors are written as they are. */
  #torn = false;
  #refusedAt: number | null = null;
  #timer: number | null = null;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;
  readonly #stopListening: () => void;

  constructor(options: FlightOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#maker = new StepMaker({ ...options, ...(this.#limits.steps ? { allowed: this.#limits.steps } : {}) });
    this.#put(this.#maker.keyframe());
    this.#stopListening = options.source.onChange((change) => this.#take(change));
    this.#arm();
  }

  async close(): Promise<void> {
    if (this.#closed) return this.#writing;
    this.#closed = true;
    this.#stopListening();
    if (this.#timer !== null) this.#options.timer.clearTimeout(this.#timer);
    this.#writing = this.#writing.then(async () => {
      await this.#flush();
      await this.#shut();
    });
    return this.#writing;
  }

  #take(change: Change): void {
    const line = this.#maker.take(change, this.#refusedAt === null && this.#waiting < WAITING_AT_MOST);
    if (line !== null) this.#put(line);
    this.#arm();
  }

  #put(line: FlightLine): void {
    const text = `${JSON.stringify(line)}\n`;
    this.#lines.push(text);
    this.#waiting += text.length;
  }

  #arm(): void {
    if (this.#timer !== null || this.#closed) return;
    this.#timer = this.#options.timer.setTimeout(() => {
      this.#timer = null;
      this.#writing = this.#writing.then(() => this.#flush());
    }, this.#limits.flushMs);
  }

  /** Never rejects: a flight recorder that cannot write hurts nobody. */
  async #flush(): Promise<void> {
    const { timer, log } = this.#options;
    if (this.#refusedAt !== null && timer.now() - this.#refusedAt < this.#limits.againMs && !this.#closed) {
      this.#arm();
      return;
    }
    try {
      if (this.#handle === null || this.#bytes >= this.#limits.segmentBytes) await this.#begin();
      const text = this.#drain();
      if (text !== '') await this.#append(text);
      if (this.#refusedAt !== null) log.info('the flight recorder writes again');
      this.#refusedAt = null;
    } catch (error) {
      if (this.#refusedAt === null)
        log.warn(`the flight recorder does not write for now, and time travel will have a gap: ${says(error)}`);
      this.#refusedAt = timer.now();
      this.#torn = true;
      this.#lines = [];
      this.#waiting = 0;
      await this.#shut();
      this.#arm();
    }
  }

  /** What waits, as text; all actors as they are instead, where lines were lost. */
  #drain(): string {
    if (this.#torn) {
      this.#lines = [];
      this.#put(this.#maker.keyframe());
      this.#torn = false;
    }
    for (const line of this.#maker.late()) this.#put(line);
    const text = this.#lines.join('');
    this.#lines = [];
    this.#waiting = 0;
    return text;
  }

  async #append(text: string): Promise<void> {
    const bytes = this.#encoder.encode(text);
    await this.#handle?.append(bytes);
    this.#bytes += bytes.length;
  }

  /**
   * A new segment, in the place of the oldest where there are enough: that one is written anew, whole, and then gets its number.
   */
  async #begin(): Promise<void> {
    const { files } = this.#options;
    if (this.#handle !== null) {
      const rest = this.#drain();
      // Now, and not after the waits below: what happens meanwhile comes behind it.
      this.#put(this.#maker.keyframe());
      if (rest !== '') await this.#append(rest);
    }
    await this.#shut();
    const names = await files.list(FLIGHT_FOLDER);
    const numbers = names.map(flightNumber).filter((n) => n !== null);
    const next = Math.max(this.#segment, ...numbers) + 1;
    const oldest = numbers.length >= SEGMENTS_KEPT ? Math.min(...numbers) : null;
    const first = this.#encoder.encode(this.#drain());
    const path = flightFile(next);
    await files.writeWhole(oldest === null ? path : flightFile(oldest), first);
    if (oldest !== null) await files.move(flightFile(oldest), path);
    this.#handle = await files.openAppend(path, { create: false });
    this.#segment = next;
    this.#bytes = first.length;
  }

  async #shut(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    try {
      await handle?.close();
    } catch (error) {
      this.#options.log.warn(`a segment of the flight recorder could not be closed: ${says(error)}`);
    }
  }
}

/**
 * Begins to write, in a segment of its own number. Writing is off the path: in batches, by the wall's time. Failures are said
 * in the log and thrown to nobody.
 */
export const flightRecorder = (options: FlightOptions): FlightRecorder => new Flight(options);

import type { Clock } from '../../ports/clock.ts';
import type { CcxtClient } from './client.ts';

/** Beyond this the clock of this machine is told to be wrong, ms. */
export const CLOCK_ALARM_MS = 1_000;
/** An answer within this is exact enough, ms; else it is asked again. */
const SOON_MS = 500;
const TRIES = 3;

interface Measurement {
  readonly offsetMs: number;
  readonly tookMs: number;
  readonly at: number;
  readonly monotonicAt: number;
}

/** The exchange's time, measured against the bot's clock. Without it nothing that is signed is taken. */
export class ExchangeTime {
  readonly #clock: Clock;
  readonly #alarm: (words: string) => void;
  readonly #monotonic: () => number;
  #offsetMs = 0;
  #told = false;
  /** Of the last measurement: when by both clocks, and how exact, ms. */
  #measured: { readonly at: number; readonly monotonicAt: number; readonly offBy: number } | null = null;

  /**
   * @param alarm is told once when the clocks are found to be more than {@link CLOCK_ALARM_MS} apart, and again after they agreed
   * @param monotonic time that no clock change moves, ms
   */
  constructor(clock: Clock, alarm: (words: string) => void, monotonic: () => number = () => clock.now()) {
    this.#clock = clock;
    this.#alarm = alarm;
    this.#monotonic = monotonic;
  }

  /**
   * By how much {@link now} may be later than the exchange's time, ms: what the measurement could not tell, and what the bot's clock was set forward
   * since, or the machine slept. Not known before the first measurement.
   */
  aheadMs(): number {
    if (this.#measured === null) return Number.POSITIVE_INFINITY;
    const { at, monotonicAt, offBy } = this.#measured;
    const went = this.#clock.now() - at;
    return offBy + Math.max(0, went - (this.#monotonic() - monotonicAt));
  }

  /** How far the exchange's clock is ahead of the bot's, ms. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  now(): number {
    return this.#clock.now() + this.#offsetMs;
  }

  /** Measures anew. Rejects when the exchange does not say. */
  async measure(asked: CcxtClient): Promise<void> {
    let best = await this.#once(asked);
    // A question that had to wait its turn says little.
    for (let tries = 1; tries < TRIES && best.tookMs > SOON_MS; tries++) {
      const next = await this.#once(asked);
      if (next.tookMs < best.tookMs) best = next;
    }
    this.#offsetMs = best.offsetMs;
    this.#measured = { at: best.at, monotonicAt: best.monotonicAt, offBy: best.tookMs / 2 };
    const isFar = Math.abs(this.#offsetMs) - best.tookMs / 2 > CLOCK_ALARM_MS;
    if (isFar && !this.#told) {
      const way = this.#offsetMs > 0 ? 'behind' : 'ahead of';
      this.#alarm(
        `this machine's clock is ${Math.abs(this.#offsetMs)} ms ${way} the clock of ${asked.id}; the bot goes by the exchange's. Set it right (NTP)`,
      );
    }
    this.#told = isFar;
  }

  async #once(asked: CcxtClient): Promise<Measurement> {
    const before = this.#clock.now();
    const theirs = await asked.fetchTime();
    const after = this.#clock.now();
    if (theirs === undefined) throw new Error(`${asked.id} does not say what time it is`);
    const offsetMs = theirs - Math.round((before + after) / 2);
    return { offsetMs, tookMs: after - before, at: after, monotonicAt: this.#monotonic() };
  }
}

import type { Clock } from '../../ports/clock.ts';
import type { CcxtClient } from './client.ts';

/** Beyond this the clock of this machine is told to be wrong, ms. */
export const CLOCK_ALARM_MS = 1_000;
/** An answer within this is exact enough, ms; else it is asked again. */
const SOON_MS = 500;
const TRIES = 3;

/** The exchange's time, measured against the bot's clock. Without it nothing that is signed is taken. */
export class ExchangeTime {
  readonly #clock: Clock;
  readonly #alarm: (words: string) => void;
  #offsetMs = 0;
  #told = false;

  /** @param alarm is told once when the clocks are found to be more than {@link CLOCK_ALARM_MS} apart, and again after they agreed */
  constructor(clock: Clock, alarm: (words: string) => void) {
    this.#clock = clock;
    this.#alarm = alarm;
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
    const isFar = Math.abs(this.#offsetMs) - best.tookMs / 2 > CLOCK_ALARM_MS;
    if (isFar && !this.#told) {
      const way = this.#offsetMs > 0 ? 'behind' : 'ahead of';
      this.#alarm(
        `this machine's clock is ${Math.abs(this.#offsetMs)} ms ${way} the clock of ${asked.id}; the bot goes by the exchange's. Set it right (NTP)`,
      );
    }
    this.#told = isFar;
  }

  async #once(asked: CcxtClient): Promise<{ readonly offsetMs: number; readonly tookMs: number }> {
    const before = this.#clock.now();
    const theirs = await asked.fetchTime();
    const after = this.#clock.now();
    if (theirs === undefined) throw new Error(`${asked.id} does not say what time it is`);
    return { offsetMs: theirs - Math.round((before + after) / 2), tookMs: after - before };
  }
}

import type { Clock, TimerId } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { says } from '../../ports/says.ts';

/** How long the exchange waits for the next word, and how often it gets one, ms (Binance's own example). */
export const COUNTDOWN_MS = 120_000;
const RENEW_MS = 30_000;
/** After one that was not answered, ms. */
const AGAIN_MS = 2_000;

/** Asks the exchange to cancel a symbol's orders in `ms`; 0 takes the wish back. Rejects where it is not known to be done. */
export type SetCountdown = (symbol: string, ms: number) => Promise<void>;

export interface CountdownOptions {
  readonly symbol: string;
  readonly set: SetCountdown;
  readonly clock: Clock;
  readonly log: Logger;
  /** It may have run out although it was to be off: orders may be gone. */
  readonly ranOut: () => void;
}

/**
 * One symbol's countdown at the exchange, kept as it is wanted. What an earlier life of the bot armed may still be running, so it
 * is off only when the exchange has said so, or when its time is over.
 */
export class Countdown {
  readonly #options: CountdownOptions;
  #wanted = false;
  /** What the exchange last said that it is; `null`: not known. */
  #is: boolean | null = null;
  /** Until when the exchange may cancel; `null`: it has said that it will not. */
  #mayFireAt: number | null;
  #asking: Promise<void> | null = null;
  #timer: TimerId | null = null;
  #closed = false;

  constructor(options: CountdownOptions) {
    this.#options = options;
    this.#mayFireAt = options.clock.now() + COUNTDOWN_MS;
  }

  /** The exchange may still cancel this symbol's orders by itself. */
  get mayFire(): boolean {
    return this.#mayFireAt !== null;
  }

  /** @returns when the exchange has answered, whichever way, or at once where nothing had to be asked */
  want(armed: boolean): Promise<void> {
    this.#wanted = armed;
    return this.#ask('unless it is so');
  }

  /** What is armed stays so: it cancels what nobody watches from now on. */
  close(): void {
    this.#closed = true;
    this.#rest();
  }

  #rest(): void {
    if (this.#timer !== null) this.#options.clock.clearTimeout(this.#timer);
    this.#timer = null;
  }

  #askIn(ms: number): void {
    this.#rest();
    if (!this.#closed) this.#timer = this.#options.clock.setTimeout(() => void this.#ask('in any case'), ms);
  }

  async #ask(when: 'in any case' | 'unless it is so'): Promise<void> {
    // One at a time: of two on their way the later might arrive first.
    while (this.#asking) await this.#asking;
    if (this.#closed || (when === 'unless it is so' && this.#is === this.#wanted)) return;
    this.#asking = this.#send();
    try {
      await this.#asking;
    } finally {
      this.#asking = null;
    }
  }

  async #send(): Promise<void> {
    const { symbol, set, clock, log, ranOut } = this.#options;
    const armed = this.#wanted;
    if (armed) this.#mayFireAt = clock.now() + COUNTDOWN_MS;
    else if (this.#mayFireAt !== null && clock.now() > this.#mayFireAt + AGAIN_MS) {
      this.#mayFireAt = null;
      this.#is = false;
      return ranOut();
    }
    this.#is = null;
    try {
      await set(symbol, armed ? COUNTDOWN_MS : 0);
      this.#is = armed;
      // It was sent before now, and counts from when it arrived.
      this.#mayFireAt = armed ? clock.now() + COUNTDOWN_MS : null;
      if (armed) this.#askIn(RENEW_MS);
      else this.#rest();
    } catch (error) {
      const why = says(error);
      log.warn(`the countdown of ${symbol} could not be ${armed ? 'renewed' : 'stopped'}: ${why}; it is tried again`);
      this.#askIn(AGAIN_MS);
    }
  }
}
